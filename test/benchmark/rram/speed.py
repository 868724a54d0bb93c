#!/usr/bin/env python3
"""Times limen-bench-rram --speed beside the same products in NumPy.

usage: speed.py LIMEN_BENCH_RRAM [SIZE]

NumPy draws the noise of every cell, as published tools do, and in a second
row only that of each sum, which has the same distribution and is what Limen
does. Both use doubles.
"""
import json
import subprocess
import sys
import time

import numpy as np


def median(call):
    taken = []
    start = time.perf_counter()
    while time.perf_counter() - start < 1 or len(taken) < 5:
        before = time.perf_counter()
        call()
        taken.append(time.perf_counter() - before)
    return sorted(taken)[len(taken) // 2]


def main():
    program = sys.argv[1]
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    rng = np.random.default_rng(1)
    plus, minus = rng.random((2, size, size))
    x = np.rint(rng.random(size) * 254 - 127) / 127
    difference = plus - minus
    variance = (0.02 * plus) ** 2 + (0.02 * minus) ** 2
    top = 4 * np.sqrt(size / 18)

    def adc(y):
        return np.rint(np.clip(y, -top, top) * 127 / top)

    def cells():
        p = plus * (1 + 0.02 * rng.standard_normal(plus.shape))
        m = minus * (1 + 0.02 * rng.standard_normal(minus.shape))
        return adc((p - m) @ x)

    def sums():
        return adc(difference @ x + np.sqrt(variance @ (x * x)) * rng.standard_normal(size))

    numpy = {
        "no noise": {"NumPy": median(lambda: adc(difference @ x))},
        "noise of each read": {"NumPy, per cell": median(cells), "NumPy, per sum": median(sums)},
    }
    out = subprocess.run([program, "--speed", "--size", str(size)], check=True, capture_output=True, text=True).stdout
    print(f"one product of a {size} x {size} array, seconds (NumPy {np.__version__})")
    for line in map(json.loads, out.splitlines()):
        ours = line["seconds"]
        print(f"{line['product']:<20} Limen {ours:.3g}, {line['times_bound']:.2f} x the bandwidth bound")
        for name, seconds in numpy[line["product"]].items():
            print(f"{'':<20} {name} {seconds:.3g}, {seconds / ours:.1f} x Limen")


main()
