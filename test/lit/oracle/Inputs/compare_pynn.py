"""Compares an import and a run with what pynn_network.py wrote.

usage: compare_pynn.py OUT IR RUN
"""
import csv
import json
import re
import struct
import sys


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def numbers(text, count):
    """The values of dense<...>: a list, or one for all."""
    if not text.startswith("["):
        return [float(text)] * count
    return [float(x) for x in text.strip("[]").split(",")]


def synapses(ir):
    """(source, target) -> sorted (source index, target index, weight, steps)."""
    names = {m[1]: m[2] for m in re.finditer(r'(%\w+) = snn\.neuron "(\w+)"', ir)}
    found = {}
    for m in re.finditer(
            r"(%\w+) = snn\.sparse (%\w+) offsets\(dense<(.*?)> : .*?\) targets\(dense<(.*?)> : .*?\) "
            r"weights\(dense<(.*?)> : .*?\)(?: delays\(dense<(.*?)> : .*?\))?(?: delay (\d+))?", ir):
        result, source, offsets, targets, weights, delays, delay = m.groups()
        if source not in names:  # the input of a circuit that has none
            continue
        offsets = [int(x) for x in offsets.strip("[]").split(",")]
        count = offsets[-1]
        targets, weights = numbers(targets, count), numbers(weights, count)
        delays = numbers(delays or "0", count)
        target = next(name for value, name in names.items()
                      if re.search(re.escape(value) + r' = snn\.neuron[^\n]*' + re.escape(result) + r"\b", ir))
        rows = [(s, int(targets[k]), single(weights[k]), int(delays[k]) + int(delay or 0))
                for s in range(len(offsets) - 1) for k in range(offsets[s], offsets[s + 1])]
        found[names[source], target] = sorted(rows)
    return found


def main():
    out, ir, run = sys.argv[1:4]
    edges = json.load(open(f"{out}/edges.json"))
    found = synapses(open(ir).read())
    for name, rows in edges.items():
        # One step more: input acts within a step here, from its end on in Brian2.
        wanted = sorted((int(s), int(t), single(w), int(round(d / 0.1)) + 1) for s, t, w, d in rows)
        got = found[tuple(name.split("_"))]
        if got != wanted:
            sys.exit(f"{name}: {len(got)} synapses, {len(wanted)} wanted: "
                     f"{set(got) ^ set(wanted)}")
        print(f"{name}: {len(wanted)} synapses equal")
    for name, spikes in json.load(open(f"{out}/spikes.json")).items():
        mine = [(int(r["step"]), int(r["neuron"])) for r in csv.DictReader(open(f"{run}/{name}.csv"))
                if float(r["value"]) != 0]
        per_neuron = lambda events: {
            n: sorted(t for t, m in events if m == n) for n in {m for _, m in events}}
        a, b = per_neuron([tuple(s) for s in spikes]), per_neuron(mine)
        if {n: len(t) for n, t in a.items()} != {n: len(t) for n, t in b.items()}:
            sys.exit(f"{name}: {len(spikes)} spikes in Brian2, {len(mine)} here")
        worst = max((abs(x - y) for n in a for x, y in zip(a[n], b[n])), default=0)
        moved = sum(x != y for n in a for x, y in zip(a[n], b[n]))
        print(f"{name}: {len(mine)} spikes, {moved} moved, by at most {worst} steps")


if __name__ == "__main__":
    main()
