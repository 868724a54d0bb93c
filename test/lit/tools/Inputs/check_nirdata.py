#!/usr/bin/env python3
"""Checks recorded NIRData with h5py, or writes events for the next run.

usage: check_nirdata.py check record.h5 | events record.h5 OUT.h5
"""
import sys

import h5py
import numpy as np


def grid(file: h5py.File, node: str, name: str) -> h5py.Group:
    group = file["nodes"][node]
    assert group.attrs["__type__"] == "NIRNodeData"
    observable = group["observables"][name]
    assert observable.attrs["__type__"] == "TimeGriddedData"
    assert observable["data"].ndim == 3
    return observable


def main() -> None:
    file = h5py.File(sys.argv[2], "r")
    assert file.attrs["__type__"] == "NIRGraphData"
    spikes, v = grid(file, "cell", "spikes"), grid(file, "cell", "v")
    assert spikes["data"].dtype == bool, spikes["data"].dtype
    assert spikes.attrs["dt"] == v.attrs["dt"] == 1e-3
    s, x = spikes["data"][()], v["data"][()]
    if sys.argv[1] == "check":
        # IF, r 1, threshold 1.5, inputs of 1: fires every second step.
        assert s.shape == (1, 6, 2), s.shape
        assert s[0, :, 0].tolist() == [False, True] * 3, s[0, :, 0]
        assert x[0, :, 0].tolist() == [1, 0] * 3, x[0, :, 0]
        assert not s[0, :, 1].any()
        return
    # The spikes as events in the middle of their step, padded, with a value.
    step, neuron = np.nonzero(s[0])
    with h5py.File(sys.argv[3], "w") as out:
        out.attrs["__type__"] = "NIRGraphData"
        node = out.create_group("nodes/outer")
        node.attrs["__type__"] = "NIRGraphData"
        inner = node.create_group("nodes/cell")
        inner.attrs["__type__"] = "NIRNodeData"
        for name, offset in (("EventData", 0.5), ("ValuedEventData", 1.0)):
            o = inner.create_group(f"observables/{name}")
            o.attrs["__type__"] = name
            o.attrs["n_neurons"], o.attrs["t_max"] = 2, 6e-3
            o.create_dataset("idx", data=np.append(neuron, -1)[None], compression="gzip")
            o.create_dataset("time", data=np.append((step + offset) * 1e-3, np.inf)[None])
            if name[0] == "V":
                o.create_dataset("value", data=np.full((1, len(step) + 1), 2.0))


if __name__ == "__main__":
    main()
