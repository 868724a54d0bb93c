"""The ring test of sPyNNaker: its network, and its recordings against a run.

ring.py net NEURONS DELAY > net.yaml
ring.py check RECORDING DIR: V, gsyn and spikes of RECORDING_*.csv, value by
value, against ring.v@start.csv, ring.i_exc.csv and ring.csv in DIR.
"""

import sys
from struct import pack, unpack

NET = """network: lif_ring
dt: 1 ms
inputs:
  pulse: {{shape: [1], spikes: [[0 ms]]}}
populations:
  ring:
    model: spinnaker_if_curr_exp
    shape: [{neurons}]
    parameters: {{tau_m: 20 ms, cm: 0.25 nF, v_rest: -65 mV, v_reset: -70 mV,
      v_thresh: -50 mV, tau_refrac: 2 ms, tau_syn_e: 5 ms, tau_syn_i: 5 ms}}
projections:
  pulse_ring: {{from: pulse, to: ring, receptor: exc, delay: 1, rule: list,
    synapses: [[0, 0]], weights: {{distribution: constant, value: 2 nA}}}}
  ring_ring: {{from: ring, to: ring, receptor: exc, delay: {delay}, rule: list,
    synapses: {synapses}, weights: {{distribution: constant, value: 2 nA}}}}
outputs: [ring]
"""


def recorded(name):
    rows = [[float(x) for x in line.split(",")] for line in open(name)]
    return {(int(t), int(n)): rest for n, t, *rest in rows}


def measured(name):
    rows = [line.strip().split(",") for line in open(name)][1:]
    # Written as the shortest text of a float.
    return {(int(t), int(n)): unpack("f", pack("f", float(v)))[0] for _, t, n, v in rows}


def main():
    if sys.argv[1] == "net":
        neurons = int(sys.argv[2])
        synapses = [[n, (n + 1) % neurons] for n in range(neurons)]
        print(NET.format(neurons=neurons, delay=sys.argv[3], synapses=synapses))
        return
    base, folder = sys.argv[2:4]
    for kind, file in (("v", "ring.v@start.csv"), ("gsyn", "ring.i_exc.csv")):
        wanted = recorded(f"{base}_{kind}.csv")
        found = measured(f"{folder}/{file}")
        wrong = sum(found.get(key) != value[0] for key, value in wanted.items())
        print(kind, len(wanted), "samples,", wrong, "differ")
    wanted = set(recorded(f"{base}_spikes.csv"))
    found = {key for key, value in measured(f"{folder}/ring.csv").items() if value}
    print(len(wanted), "spikes,", len(wanted ^ found), "differ")


main()
