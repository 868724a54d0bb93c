#!/usr/bin/env python3
"""Compares a run report with a CSV of reference counts, exactly.

usage: check_counts.py report.json reference.csv [population=column ...]

The CSV has the columns sample, label, pred, out0 ... outN in any order; extra
arguments compare spikes of a population with a column of the CSV.
"""
import csv
import json
import sys


def main() -> None:
    report = json.load(open(sys.argv[1], encoding="utf-8"))
    populations = [argument.split("=") for argument in sys.argv[3:]]
    samples = {sample["id"]: sample for sample in report["samples"]}
    wrong = 0
    rows = list(csv.DictReader(open(sys.argv[2], encoding="utf-8")))
    for row in rows:
        sample = samples[row["sample"]]
        outputs = [int(float(row[key])) for key in sorted(
            (k for k in row if k.startswith("out")), key=lambda k: int(k[3:]))]
        pairs = [("predicted", sample["predicted"], int(row["pred"])),
                 ("label", sample["label"], int(row["label"])),
                 ("output_spikes", sample["output_spikes"], outputs)]
        pairs += [(p, sample["population_spikes"][p], int(row[column])) for p, column in populations]
        if "T" in row:
            pairs.append(("steps", sample["steps"], int(row["T"])))
        for name, found, wanted in pairs:
            if found != wanted:
                wrong += 1
                print(f"sample {row['sample']}: {name} is {found}, the reference has {wanted}")
    print(f"{len(rows)} samples compared, {wrong} differences")
    sys.exit(1 if wrong or not rows else 0)


if __name__ == "__main__":
    main()
