#!/usr/bin/env python3
"""The cortical microcircuit of Potjans and Diesmann as a network description.

usage: microcircuit.py [SCALE [DT]] > microcircuit.yaml

Sizes, probabilities, in-degrees, weights and delays: Cerebral Cortex 24 (2014),
785-806, tables 1, 4 and 5. SCALE, 1 unless given, scales neurons and in-degrees.
What a smaller in-degree takes from the input is given back as by van Albada, Helias
and Diesmann (PLoS Comput. Biol. 11, 2015): weights grow by 1/sqrt(SCALE), a constant
current keeps the mean, for the rates of the full network.

DT, 0.1 unless given, is the step in ms. A source draws up to 5 events a step on
average; longer steps have several sources for each neuron. Delays below the least one, of
two steps of 0.1 ms or one longer step, are drawn again.
"""
import math
import sys

LAYERS = ["23E", "23I", "4E", "4I", "5E", "5I", "6E", "6I"]
SIZES = [20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948]
# Probability that a pair is connected, [target][source].
DENSITIES = [
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0, 0.0076, 0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0, 0.0042, 0],
    [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0, 0.1057, 0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
]
EXTERNAL = [1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100]  # in-degrees
EXTERNAL_RATE = 8.0  # Hz
RATES = [0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523]  # Hz, full network
WEIGHT = 87.8  # pA
TAU_SYN = 0.5e-3  # s
# A spike acts a step after it arrives in the published simulations, which have steps of
# 0.1 ms, and in the step of its arrival here: delays between layers are longer by that.
LATER = 0.1  # ms


def synapses(target: int, source: int) -> int:
    """Synapses of a pair of full populations (equation 1)."""
    p = DENSITIES[target][source]
    pairs = SIZES[target] * SIZES[source]
    return round(math.log(1 - p) / math.log((pairs - 1) / pairs))


def weight(target: int, source: int) -> tuple[float, float]:
    """Mean and deviation in pA."""
    if source % 2:
        return -4 * WEIGHT, 0.1 * 4 * WEIGHT
    if LAYERS[source] == "4E" and LAYERS[target] == "23E":
        return 2 * WEIGHT, 0.05 * 2 * WEIGHT
    return WEIGHT, 0.1 * WEIGHT


def offset(target: int, scale: float) -> float:
    """Constant current in pA for what scaling in-degrees takes away."""
    mean = WEIGHT * EXTERNAL[target] * EXTERNAL_RATE
    for source in range(8):
        mean += weight(target, source)[0] * synapses(target, source) / SIZES[target] * RATES[source]
    return TAU_SYN * (1 - math.sqrt(scale)) * mean


def number(value: float) -> str:
    return f"{value:.6g}"


def main() -> None:
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    step = float(sys.argv[2]) if len(sys.argv) > 2 else 0.1
    if not 0 < scale <= 1:
        sys.exit("SCALE must be above 0 and at most 1")
    grown = 1 / math.sqrt(scale)
    sizes = [round(scale * size) for size in SIZES]
    arguments = f" {scale:g} {step:g}" if step != 0.1 else f" {scale:g}" if scale != 1 else ""
    # Sources of each layer, by name.
    sources = {}
    for layer, external in zip(LAYERS, EXTERNAL):
        count = max(1, math.ceil(scale * external * EXTERNAL_RATE * step * 1e-3 / 5))
        sources[layer] = [f"X{layer}" + (f"_{k}" if count > 1 else "") for k in range(count)]
    out = [
        f"# Written by microcircuit.py{arguments}: the microcircuit of",
        "# Potjans and Diesmann, Cerebral Cortex 24 (2014).",
        "network: microcircuit",
        f"dt: {number(step)} ms",
        "seed: 1",
        "populations:",
    ]
    for layer, size, external in zip(LAYERS, sizes, EXTERNAL):
        rate = number(scale * external * EXTERNAL_RATE / len(sources[layer]))
        for name in sources[layer]:
            out.append(f"  {name}: {{model: poisson_count, shape: [{size}], parameters: {{rate: {rate} Hz}}}}")
    for index, (layer, size) in enumerate(zip(LAYERS, sizes)):
        current = f"{number(offset(index, scale))} pA" if scale < 1 else "0 pA"
        out += [
            f"  L{layer}:",
            "    model: if_curr_exp",
            f"    shape: [{size}]",
            f"    sign: {'inhibitory' if index % 2 else 'excitatory'}",
            "    parameters: {tau_m: 10 ms, cm: 250 pF, v_rest: -65 mV, v_reset: -65 mV, v_thresh: -50 mV, "
            f"tau_refrac: 2 ms, tau_syn_e: 0.5 ms, tau_syn_i: 0.5 ms, i_offset: {current}}}",
            "    initial: {v: {distribution: normal, mean: -58 mV, std: 10 mV}}",
        ]
    out.append("projections:")
    for layer in LAYERS:
        for name in sources[layer]:
            out.append(
                f"  {name}_L{layer}: {{from: {name}, to: L{layer}, receptor: exc, rule: one_to_one, "
                f"weights: {{distribution: constant, value: {number(WEIGHT * grown)} pA}}, "
                f"delay: {number(max(step, math.floor(1.5 / step + 1e-9) * step))} ms}}"
            )
    for target in range(8):
        for source in range(8):
            if DENSITIES[target][source] == 0:
                continue
            name = f"L{LAYERS[source]}_L{LAYERS[target]}"
            mean, deviation = weight(target, source)
            if scale == 1:
                count = f"density: {DENSITIES[target][source]}"
            else:
                count = f"number: {round(scale * scale * synapses(target, source))}"
            delay, spread = (0.75, 0.375) if source % 2 else (1.5, 0.75)
            least = max(step, 0.1 + LATER)
            most = math.floor((12.8 + LATER) / step + 1e-9) * step
            out.append(
                f"  {name}: {{from: L{LAYERS[source]}, to: L{LAYERS[target]}, "
                f"receptor: {'inh' if source % 2 else 'exc'}, rule: fixed_total, {count}, "
                f"weights: {{distribution: normal, mean: {number(mean * grown)} pA, "
                f"std: {number(deviation * grown)} pA}}, "
                f"delays: {{distribution: normal, mean: {number(delay + LATER)} ms, std: {number(spread)} ms, "
                f"min: {number(least)} ms, max: {number(most)} ms}}}}"
            )
    out.append(f"outputs: [{', '.join('L' + layer for layer in LAYERS)}]")
    print("\n".join(out))


if __name__ == "__main__":
    main()
