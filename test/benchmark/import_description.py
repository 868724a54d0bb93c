#!/usr/bin/env python3
"""Time and memory to import and verify large descriptions, before expansion.

usage: import_description.py LIMEN [POPULATIONS SYNAPSES]

Writes a network of that many populations of 1,000 neurons and ten random
projections for each population (1,000 and 10^8 unless given), imports it with
`limen compile --emit=snn`, and prints a table: populations, projections,
synapses, seconds, seconds of processor time, peak memory of the process in MB.
"""
import os
import subprocess
import sys
import tempfile
import time


def description(populations: int, synapses: int) -> str:
    lines = ["network: large", "dt: 0.1 ms", "seed: 1", "inputs:", "  in: {shape: [1000]}", "populations:"]
    for i in range(populations):
        lines.append(
            f"  p{i}: {{model: lif, shape: [1000], parameters: {{tau: 10 ms, r: 1.0, "
            "v_leak: 0.0, v_threshold: 1.0, v_reset: 0.0}}"
        )
    lines += [
        "projections:",
        "  in: {from: in, to: p0, delay: 0, rule: one_to_one, weights: {distribution: constant, value: 1.0}}",
    ]
    count = 10 * populations
    for i in range(count):
        lines.append(
            f"  c{i}: {{from: p{i % populations}, to: p{i * 7 % populations}, rule: fixed_total, "
            f"number: {synapses // count}, weights: {{distribution: normal, mean: 0.1, std: 0.01}}, "
            "delays: {distribution: normal, mean: 1.5 ms, std: 0.75 ms, min: 0.1 ms, max: 6.4 ms}}"
        )
    lines.append("outputs: [p0]")
    return "\n".join(lines) + "\n"


def main() -> None:
    limen = sys.argv[1]
    sizes = [(10, 10**6), (100, 10**7), (1000, 10**8)]
    if len(sys.argv) == 4:
        sizes = [(int(sys.argv[2]), int(sys.argv[3]))]
    print(f"{'populations':>12} {'projections':>12} {'synapses':>12} {'seconds':>8} {'cpu':>8} {'peak MB':>8}")
    for populations, synapses in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "large.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(description(populations, synapses))
            command = [limen, "compile", path, "--emit=snn", "-o", os.path.join(folder, "large.mlir")]
            started = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            if status != 0:
                sys.exit(f"{limen} failed")
            print(
                f"{populations:>12} {10 * populations + 1:>12} {synapses:>12} "
                f"{seconds:>8.2f} {usage.ru_utime + usage.ru_stime:>8.2f} {usage.ru_maxrss / 1024:>8.0f}"
            )


if __name__ == "__main__":
    main()
