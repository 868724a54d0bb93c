#!/usr/bin/env python3
"""Compares recorded traces with a reference CSV (input, v, spike), bit for bit in float32.

usage: check_trace.py reference.csv v.csv spikes.csv
"""
import csv
import struct
import sys


def f32(text: str) -> float:
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def main() -> None:
    reference = [row for row in csv.reader(open(sys.argv[1], encoding="utf-8")) if row]
    v = [row["value"] for row in csv.DictReader(open(sys.argv[2], encoding="utf-8"))]
    spikes = [row["value"] for row in csv.DictReader(open(sys.argv[3], encoding="utf-8"))]
    if not len(reference) == len(v) == len(spikes):
        sys.exit(f"{len(reference)}, {len(v)} and {len(spikes)} steps")
    wrong = [
        step
        for step, row in enumerate(reference)
        if f32(row[1]) != f32(v[step]) or float(row[2]) != float(spikes[step])
    ]
    print(f"{len(reference)} steps compared, {len(wrong)} differences {wrong[:5]}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
