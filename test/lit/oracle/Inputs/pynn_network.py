"""A recurrent network in PyNN: simulated by Brian2, exported as SONATA.

usage: pynn_network.py OUT
writes OUT/circuit_config.json and what it names, OUT/simulation_config.json,
OUT/edges.json (source, target, weight, delay of each projection) and
OUT/spikes.json (population -> [step, neuron]).
"""
import json
import os
import sys

import brian2
import numpy as np
import pyNN.brian2 as sim
from pyNN.network import Network
from pyNN.serialization import export_to_sonata

brian2.prefs.codegen.target = "numpy"  # no compiler needed
DT, DURATION = 0.1, 200.0  # ms


def build(tau_refrac):
    rng = np.random.RandomState(5)
    sim.setup(timestep=DT)
    cells = {
        "exc": sim.Population(
            12,
            sim.IF_curr_exp(
                i_offset=rng.uniform(1.0, 1.6, 12), tau_m=rng.uniform(12, 22, 12),
                tau_refrac=tau_refrac, tau_syn_E=4.0, tau_syn_I=9.0),
            label="exc"),
        "inh": sim.Population(
            4, sim.IF_curr_exp(i_offset=0.7, cm=0.8, tau_refrac=tau_refrac), label="inh"),
    }
    edges, projections = {}, []
    for source, target, chance, receptor, scale in [
        ("exc", "exc", 0.3, "excitatory", 0.4),
        ("exc", "inh", 0.5, "excitatory", 0.3),
        ("inh", "exc", 0.5, "inhibitory", -0.9),
    ]:
        pairs = [(i, j) for i in range(cells[source].size) for j in range(cells[target].size)
                 if rng.rand() < chance]
        rows = [(i, j, scale * rng.uniform(0.5, 1.5), round(0.1 * rng.randint(1, 40), 1))
                for i, j in pairs]
        name = f"{source}_{target}"
        edges[name] = rows
        projections.append(sim.Projection(
            cells[source], cells[target], sim.FromListConnector(rows, column_names=["weight", "delay"]),
            sim.StaticSynapse(), receptor_type=receptor, label=name))
    return cells, projections, edges


def main():
    out = sys.argv[1]
    # Brian2 counts the refractory time from the beginning of the step of the spike
    # and ends it one step earlier.
    cells, _, _ = build(tau_refrac=2.0 + DT)
    for population in cells.values():
        population.record("spikes")
    sim.run(DURATION)
    spikes = {
        name: sorted((int(round(float(t) / DT)), n)
                     for n, train in enumerate(p.get_data().segments[0].spiketrains)
                     for t in train.rescale("ms").magnitude)
        for name, p in cells.items()
    }
    cells, projections, edges = build(tau_refrac=2.0)
    os.chdir(os.path.dirname(out))
    export_to_sonata(Network(*cells.values(), *projections), os.path.basename(out), target="PyNN",
                     overwrite=True)
    for name, data in [
        ("edges", edges), ("spikes", spikes),
        ("simulation_config", {"run": {"tstop": DURATION, "dt": DT}, "network": "circuit_config.json"}),
    ]:
        with open(os.path.join(out, f"{name}.json"), "w") as file:
            json.dump(data, file)


if __name__ == "__main__":
    main()
