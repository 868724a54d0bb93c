"""Compares what two runs recorded: compare_values.py A B [--spikes] NAME=BOUND ...

Values (columns sample, step, neuron, value) may differ by BOUND; with --spikes the
spikes of a neuron must be as many, and each at most BOUND steps from its like. The
name sums stands for the first output's values, summed over the steps, of the reports.
"""
import csv
import json
import sys
from collections import defaultdict


def rows(folder, name):
    with open(f"{folder}/{name}.csv", newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    return [tuple(map(float, line)) for line in lines[1:]]


def sums(folder):
    with open(f"{folder}/report.json") as file:
        samples = json.load(file)["samples"]
    return [
        (i, 0, k, value)
        for i, sample in enumerate(samples)
        for k, value in enumerate(sample["output_spikes"])
    ]


def spike_times(table):
    times = defaultdict(list)
    for sample, step, neuron, count in table:
        times[sample, neuron] += [step] * int(count)
    return times


arguments = sys.argv[1:]
spikes = "--spikes" in arguments
a, b, *names = [x for x in arguments if x != "--spikes"]
for item in names:
    name, bound = item.split("=")
    one, two = (sums(x) if name == "sums" else rows(x, name) for x in (a, b))
    if spikes:
        x, y = spike_times(one), spike_times(two)
        if {k: len(v) for k, v in x.items()} != {k: len(v) for k, v in y.items()}:
            sys.exit(f"{name}: not as many spikes: {x} {y}")
        apart = max(abs(s - t) for k in x for s, t in zip(x[k], y[k]))
        total = sum(map(len, x.values()))
        print(f"{name} {total} spikes, at most {int(apart)} step(s) apart")
        continue
    if len(one) != len(two) or not one:
        sys.exit(f"{name}: {len(one)} and {len(two)} rows")
    worst = 0.0
    for p, q in zip(one, two):
        if p[:3] != q[:3]:
            sys.exit(f"{name}: {p} and {q}")
        worst = max(worst, abs(p[3] - q[3]))
    if worst > float(bound):
        sys.exit(f"{name}: differ by {worst:g}, more than {bound}")
    print(f"{name} {len(one)} values within {float(bound):g} ({worst:.2g})")
