"""Compares the spikes of each population in two reports.

usage: compare_spikes.py A.json B.json

A population is near where its totals differ by at most 4 % and four deviations of two
independent counts; the dynamics is chaotic, and rounding alone changes single spikes.
"""
import json
import math
import sys

found, wanted = (
    {p["name"]: p["spikes"] for p in json.load(open(name))["activity"]["populations"]} for name in sys.argv[1:]
)
for name, spikes in wanted.items():
    if spikes == 0:
        continue
    apart = abs(found[name] - spikes)
    near = apart <= 0.04 * spikes + 4 * math.sqrt(2 * spikes)
    print(name, "near" if near else "far", found[name], spikes)
