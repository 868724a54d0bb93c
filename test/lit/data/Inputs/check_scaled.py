#!/usr/bin/env python3
"""Compares recorded traces with a reference CSV (input, v, spike) whose v is scaled.

usage: check_scaled.py reference.csv v.csv spikes.csv SCALE [TOLERANCE]
Spikes must be equal, and v * SCALE within TOLERANCE * SCALE (v is not compared without it).
"""
import csv
import sys


def main() -> None:
    reference = [row for row in csv.reader(open(sys.argv[1], encoding="utf-8")) if row]
    v = [float(r["value"]) for r in csv.DictReader(open(sys.argv[2], encoding="utf-8"))]
    spikes = [float(r["value"]) for r in csv.DictReader(open(sys.argv[3], encoding="utf-8"))]
    scale = float(sys.argv[4])
    if not len(reference) == len(v) == len(spikes):
        sys.exit(f"{len(reference)}, {len(v)} and {len(spikes)} steps")
    wrong = sum((float(row[2]) > 0) != (s > 0) for row, s in zip(reference, spikes))
    worst = max(abs(float(row[1]) / scale - x) for row, x in zip(reference, v))
    print(f"{wrong} spikes differ, |dv| up to {worst:.3g} after division by {scale}")
    sys.exit(1 if wrong or (len(sys.argv) > 5 and worst > float(sys.argv[5])) else 0)


if __name__ == "__main__":
    main()
