"""Evaluates the equations of a small ELM neuron (arXiv 2306.16922, version 2) in
double and compares its memory with a recorded trace.

usage: check_elm.py INPUT.csv memory.m.csv
"""
import csv
import math
import sys

W_S = [[0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.5]]
W_B = [[0.3, -0.2], [0.1, 0.4], [-0.5, 0.2]]
W_R = [[0.2, -0.1], [-0.3, 0.5], [0.4, 0.1]]
B_1 = [0.1, -0.05, 0.2]
W_2 = [[0.7, -0.4, 0.3], [-0.6, 0.5, 0.9]]
B_2 = [0.05, -0.1]
TAU_M = [0.003, 0.05]
DT, TAU_B, LAMBDA = 1e-3, 5e-3, 5.0

with open(sys.argv[1]) as file:
    inputs = [[float(x) for x in row] for row in csv.reader(file)]
recorded = {}
with open(sys.argv[2]) as file:
    for row in csv.DictReader(file):
        recorded[int(row["step"]), int(row["neuron"])] = float(row["value"])

k_b = math.exp(-DT / TAU_B)
b, m = [0.0, 0.0], [0.0, 0.0]
worst = largest = 0.0
for t, x in enumerate(inputs):
    b = [k_b * b[i] + sum(w * v for w, v in zip(W_S[i], x)) for i in range(2)]
    r = [math.exp(-DT / TAU_M[j]) * m[j] for j in range(2)]
    h = [
        max(0.0, sum(w * v for w, v in zip(W_B[k] + W_R[k], b + r)) + B_1[k])
        for k in range(3)
    ]
    for j in range(2):
        dm = 1.7159 * math.tanh(2 / 3 * (sum(w * v for w, v in zip(W_2[j], h)) + B_2[j]))
        m[j] = r[j] + (1 - math.exp(-DT * LAMBDA / TAU_M[j])) * dm
        worst = max(worst, abs(m[j] - recorded[t, j]))
        largest = max(largest, abs(m[j]))
print(f"{len(inputs)} steps", "alive" if largest > 0.5 else largest)
print("equal" if worst < 1e-5 else f"differs by {worst}")
