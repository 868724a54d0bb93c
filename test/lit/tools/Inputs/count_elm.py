"""Counts the trained parameters of docs/examples/elm-neuron.yaml in its IR:
weights of random projections and biases. Connections of fixed weight (the
recalled memory) are none.

usage: count_elm.py NETWORK.mlir
"""
import re
import sys

with open(sys.argv[1]) as file:
    lines = file.read().splitlines()
total = 0
for line in lines:
    if "snn.random" in line:
        sizes = [int(n) for n in re.findall(r"!snn\.\w+<(\d+)>", line)]
        degree = re.search(r"fixed_in_degree (\d+)", line)
        total += sizes[1] * (int(degree[1]) if degree else sizes[0])
    bias = re.search(r"bias = dense<\[(.*?)\]>", line)
    if bias:
        total += len(bias[1].split(","))
print(total, "parameters")
