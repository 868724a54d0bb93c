#!/usr/bin/env python3
"""Checks a NIR file against the rules of the format, with h5py alone.

usage: check_nir.py FILE [NODE=TYPE ...]
"""
import sys

import h5py
import numpy as np

PARAMETERS = {
    "Input": {"shape"}, "Output": {"shape"},
    "Affine": {"weight", "bias"}, "Linear": {"weight"}, "Scale": {"scale"},
    "Conv1d": {"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"},
    "Conv2d": {"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"},
    "SumPool2d": {"kernel_size", "stride", "padding"}, "AvgPool2d": {"kernel_size", "stride", "padding"},
    "Flatten": {"start_dim", "end_dim", "input_type"}, "Delay": {"delay"},
    "I": {"r"}, "LI": {"tau", "r", "v_leak"}, "IF": {"r", "v_threshold", "v_reset"},
    "LIF": {"tau", "r", "v_leak", "v_threshold", "v_reset"},
    "CubaLI": {"tau_syn", "tau_mem", "r", "v_leak", "w_in"},
    "CubaLIF": {"tau_syn", "tau_mem", "r", "v_leak", "w_in", "v_threshold", "v_reset"},
    "Threshold": {"threshold"},
}
SCALARS = {"groups", "start_dim", "end_dim"}


def text(dataset: h5py.Dataset) -> str:
    info = h5py.check_string_dtype(dataset.dtype)
    assert info is not None and info.length is None and info.encoding == "utf-8", dataset.name
    assert dataset.shape == (), dataset.name
    return dataset[()].decode("utf8")


def window(n: int, p: int, d: int, k: int, s: int) -> int:
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def shapes(node: h5py.Group, kind: str, given: tuple) -> tuple:
    """Input and output shape of a node by the rules of its type."""
    if kind in ("Input", "Output"):
        shape = tuple(node["shape"][()])
        return shape, shape
    if kind in ("Affine", "Linear"):
        w = node["weight"].shape
        return w[:-2] + w[-1:], w[:-1]
    if kind == "Conv1d":
        w, n = node["weight"].shape, int(node["input_shape"][()])
        p, d, s = (int(node[k][()]) for k in ("padding", "dilation", "stride"))
        return (w[1] * int(node["groups"][()]), n), (w[0], window(n, p, d, w[2], s))
    if kind == "Conv2d":
        w, n = node["weight"].shape, node["input_shape"][()]
        p, d, s = (node[k][()] for k in ("padding", "dilation", "stride"))
        out = tuple(window(n[a], p[a], d[a], w[2 + a], s[a]) for a in (0, 1))
        return (w[1] * int(node["groups"][()]), *n), (w[0], *out)
    if kind in ("SumPool2d", "AvgPool2d"):
        k, s, p = (node[x][()] for x in ("kernel_size", "stride", "padding"))
        return given, (given[0], *(window(given[1 + a], p[a], 1, k[a], s[a]) for a in (0, 1)))
    if kind == "Flatten":
        shape = tuple(node["input_type"][()])
        a, b = int(node["start_dim"][()]), int(node["end_dim"][()]) % len(shape)
        return shape, shape[:a] + (int(np.prod(shape[a:b + 1])),) + shape[b + 1:]
    sizes = {node[name].shape for name in PARAMETERS[kind]}
    assert len(sizes) == 1, f"{node.name}: parameters of the shapes {sizes}"
    return sizes.copy().pop(), sizes.pop()


def main() -> None:
    file = h5py.File(sys.argv[1], "r")
    assert set(file) == {"version", "node"}, list(file)
    found = []
    file.visititems(lambda name, item: found.extend(f"{name}@{a}" for a in item.attrs))
    assert not found and not list(file.attrs), f"attributes: {found}"
    text(file["version"])
    graph = file["node"]
    assert text(graph["type"]) == "NIRGraph"
    assert set(graph) <= {"type", "nodes", "edges", "metadata"}, list(graph)
    kinds = {}
    for name, node in graph["nodes"].items():
        kinds[name] = text(node["type"])
        assert set(node) == PARAMETERS[kinds[name]] | {"type"}, f"{node.name} holds {list(node)}"
        for key, data in node.items():
            if key == "type":
                continue
            assert data.dtype in (np.float32, np.float64, np.int64), f"{data.name}: {data.dtype}"
            assert (data.shape == ()) == (key in SCALARS or (kinds[name] == "Conv1d" and key in (
                "input_shape", "stride", "padding", "dilation"))), f"{data.name} has shape {data.shape}"
        if "bias" in node:
            outputs = node["weight"].shape[:1] if kinds[name].startswith("Conv") else node["weight"].shape[:-1]
            assert node["bias"].shape == outputs, node.name
    edges = graph["edges"]
    assert edges.ndim == 2 and edges.shape[1] == 2, edges.shape
    info = h5py.check_string_dtype(edges.dtype)
    assert info is not None and info.length is None and info.encoding == "utf-8"
    pairs = [(a.decode("utf8"), b.decode("utf8")) for a, b in edges[()]]
    assert len(set(pairs)) == len(pairs), "duplicate edges"
    assert {n for pair in pairs for n in pair} <= set(kinds), "dangling edges"
    # Types, from the inputs on: what a node gives is what the next one takes.
    out = {n: shapes(graph["nodes"][n], k, ()) for n, k in kinds.items() if "Pool" not in k}
    waiting = [n for n, k in kinds.items() if "Pool" in k]
    while waiting:
        ready = [n for n in waiting if any(b == n and a in out for a, b in pairs)]
        assert ready, waiting
        for n in ready:
            given = next(out[a][1] for a, b in pairs if b == n and a in out)
            out[n] = shapes(graph["nodes"][n], kinds[n], given)
            waiting.remove(n)
    for a, b in pairs:
        assert out[a][1] == out[b][0], f"{a} gives {out[a][1]}, {b} takes {out[b][0]}"
    for wanted in sys.argv[2:]:
        name, kind = wanted.split("=")
        assert kinds.get(name) == kind, f"{name} is {kinds.get(name)}"
    print(f"{len(kinds)} nodes and {len(pairs)} edges are valid NIR")


if __name__ == "__main__":
    main()
