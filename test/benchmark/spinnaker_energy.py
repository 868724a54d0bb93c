#!/usr/bin/env python3
"""Energy of real runs on the SpiNNaker model beside published totals.

usage: spinnaker_energy.py LIMEN FOLDER [--steps N] [--islands N] [--circuit FILE] [--full FILE --bench BENCH]

LIMEN is the program; descriptions and reports go to FOLDER, a Markdown table to
stdout. Networks have the published numbers of neurons and synapses (for Stromatias
2013 as many islands as asked for) and fire at a rate that gives the published synaptic events;
what they compute is of no interest: constant currents make them fire, and their
synapses are too weak to matter and cancel. --circuit runs a tenth of the microcircuit. --full
runs all of it on split cores with limen-bench-spinnaker (BENCH): minutes and gigabytes.
"""
import argparse
import json
import math
import pathlib
import subprocess

POPULATION = """  {name}:
    model: spinnaker_if_curr_exp
    shape: [{neurons}]
    parameters: {{tau_m: 20 ms, cm: 250 pF, v_rest: -65 mV, v_reset: -65 mV, v_thresh: -50 mV,
                 tau_refrac: 1 ms, tau_syn_e: 5 ms, tau_syn_i: 5 ms,
                 i_offset: {{distribution: uniform, low: {low:.6g} pA, high: {high:.6g} pA}}}}
    initial: {{v: {{distribution: uniform, low: -65 mV, high: -50.1 mV}}}}
"""
PROJECTION = """  {name}_{name}: {{from: {name}, to: {name}, receptor: exc, rule: fixed_in_degree, number: {degree},
    delay: 1 ms, weights: {{distribution: normal, mean: 0 pA, std: 1 pA}}}}
"""


def current(rate: float) -> float:
    """pA that make a neuron above fire `rate` times a second, 1 ms of refractoriness included; half of what it needs
    for 0."""
    per_mv = 250 / 20  # pA per mV at rest
    if rate == 0:
        return per_mv * 7.5
    return per_mv * 15 / (1 - math.exp(-(1 / rate - 0.001) / 0.020))


class Run:
    """One run of LIMEN; totals of its report."""

    def __init__(self, options, name: str, description: pathlib.Path, steps: int, settings: list[str]):
        out = options.folder / name
        command = [options.limen, "run", str(description), "--input", "none", "--steps", str(steps), "--no-reference",
                   "--out", str(out)]
        for setting in settings:
            command += [setting] if setting.startswith("--") else ["--set", setting]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        report = json.loads((out / "report.json").read_text())
        self.seconds = report["time"]["seconds"]["total"]["value"]
        self.needed = report["time"]["needed_real_time_factor"]
        self.events = report["activity"]["synaptic_events"]["total"]
        self.spikes = report["activity"]["spikes"]["total"]
        self.neurons = report["network"]["neurons"]
        self.synapses = report["network"]["synapses"]
        self.biological = steps * report["network"]["dt"]["value"]
        self.rows = report["energy"]["components"]
        self.total = report["energy"]["total"]["value"]
        self.active = sum(r["energy"]["value"] for r in self.rows if r["count"]["unit"] == "1")
        self.static = self.total - self.active
        self.cores = next(r["used"] for r in report["resources"] if r["name"] == "cores")
        self.chips = next(r["used"] for r in report["resources"] if r["name"] == "chips")
        self.overruns = sum(u["overruns"] for u in report["real_time"])
        self.late = sum(u["late"] for u in report["real_time"])
        self.dropped = sum(u["dropped"] for u in report["real_time"])

    def state(self) -> str:
        return (f"{self.cores} cores on {self.chips} chips, fullest tick {self.needed:.2f} of real time, "
                f"{self.late} late and {self.dropped} lost rows")


def describe(options, name: str, islands: int, neurons: int, degree: int, rate: float) -> pathlib.Path:
    """`islands` populations, each with synapses within."""
    path = options.folder / f"{name}.yaml"
    pa = current(rate)
    text = f"network: {name.replace('-', '_')}\ndt: 1 ms\nseed: 1\npopulations:\n"
    for i in range(islands):
        text += POPULATION.format(name=f"p{i}", neurons=neurons, low=0.97 * pa, high=1.03 * pa)
    text += "projections:\n"
    for i in range(islands):
        text += PROJECTION.format(name=f"p{i}", degree=degree)
    path.write_text(text + f"outputs: [{', '.join(f'p{i}' for i in range(islands))}]\n")
    return path


def nano(joules: float) -> str:
    return f"{joules * 1e9:.3g} nJ"


def compared(value: float, published: float) -> str:
    return f"{100 * (value / published - 1):+.0f} %"


def sharp(options) -> list[list[str]]:
    """4 chips, 10,000 neurons, 4,000,000 synapses; at rest and at 22 spikes/s."""
    settings = ["--target=spinnaker1-4", "software.neurons_per_core=160"]
    quiet = Run(options, "sharp-quiet", describe(options, "sharp-quiet", 1, 10000, 400, 0), options.steps, settings)
    busy = Run(options, "sharp-busy", describe(options, "sharp-busy", 1, 10000, 400, 22), options.steps, settings)
    updates = quiet.neurons * quiet.biological * 1e3
    neuron = quiet.total / updates
    event = (busy.active - quiet.active) / busy.events
    whole = busy.total / busy.events
    return [
        ["Sharp 2012", "energy per neuron and ms, at rest", "100 nJ", f"{nano(neuron)}, of which idle board "
         f"{nano(quiet.static / updates)}", compared(neuron, 100e-9), "full size; " + quiet.state()],
        ["", "energy per post-synaptic potential, above rest", "43 nJ", nano(event), compared(event, 43e-9),
         f"full size, {busy.spikes / busy.neurons / busy.biological:.1f} spikes/s (rate assumed, none is published in the abstract); " + busy.state()],
        ["", "all energy per synaptic event", "none", nano(whole), "", "the same run"],
    ]


def stromatias(options) -> list[list[str]]:
    """48 chips, 250,000 neurons, 81,000,000 synapses, 1.8e9 synaptic events/s, in islands of 5,000 neurons."""
    island, degree = 5000, 324
    rate = 1.8e9 / 81e6
    description = describe(options, "stromatias", options.islands, island, degree, rate)
    scale = 250000 / (island * options.islands)
    out = []
    for table in ["current", "until-2024"]:
        run = Run(options, f"stromatias-{table}", description, options.steps,
                  ["--target=spinnaker1-48", f"energy.table={table}"])
        power = (run.static + scale * run.active) / run.seconds
        events = scale * run.events / run.seconds
        out.append(["" if out else "Stromatias 2013", f"power per chip (table {table})", "below 1 W",
                    f"{power / 48:.2f} W, of which idle {run.static / run.seconds / 48:.2f} W", "",
                    f"{options.islands} islands of {island} neurons with {run.synapses / 1e6:.1f} M synapses; activity "
                    f"times {scale:.3g}, as 250,000 neurons do not fit 48 chips at 256 a core; " + run.state()])
        out.append(["", f"all energy per synaptic event (table {table})", "at most 27 nJ (derived)", nano(power / events),
                    compared(power / events, 27e-9), f"{events:.3g} synaptic events/s against 1.8e9"])
    return out


# As Rhodes 2020: 0.1 ms in real time, 64 neurons a core.
SPLIT = ["clocks.timer_tick=0.1 ms", "software.cores=split", "software.delay_slots=64",
         "software.neurons_per_core=64", "software.expected_activity=0.01"]


def rhodes(options) -> list[str]:
    """The full microcircuit on split cores."""
    row = ["Rhodes 2020", "all energy per recurrent synaptic event", "0.60 uJ (unconfirmed)"]
    if not options.full:
        return row + ["not run here", "", "full microcircuit in real time on split cores, run apart (--full)"]
    command = [options.bench, "--microcircuit", options.full, "--threads", "2", "--seed", "1", "--micro-loads",
               "--micro-time", str(options.full_time), "--micro-set", *SPLIT, f"boards={options.boards}",
               f"software.synapse_cores={options.synapse_cores}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    run = json.loads(done.stdout.strip().splitlines()[-1])
    joules = run["joules_per_recurrent_event"]
    settled = run["settled_ticks"]
    return row + [f"{joules * 1e6:.3g} uJ", compared(joules, 0.60e-6),
                  f"{run['synapses']:.4g} synapses, {run['resources']['cores']} cores on {run['resources']['chips']} chips, "
                  f"{run['boards']} boards (published about 12, unconfirmed); {run['real_time_factor']:.4g} of real time with "
                  f"the start; after it the worst core needs {settled['mean_of_worst_core']:.0f} cycles a tick on average, "
                  f"{settled['fullest']} at most, of {run['cycles_per_tick']['budget']}; {settled['above_budget']} of "
                  f"{settled['ticks']:.0f} ticks are longer"]


def circuit(options) -> list[list[str]]:
    """A tenth of the microcircuit, 0.1 ms in a tick of 2 ms."""
    full = ["van Albada 2018", "all energy per synaptic event", "5.9 uJ (unconfirmed)", "run apart, see below", "",
            "full microcircuit, 0.1 ms in ticks of 2 ms"]
    real = rhodes(options)
    if not options.circuit:
        return [full, real]
    run = Run(options, "circuit", options.circuit, 2 * options.steps,
              ["--target=spinnaker1-48", "clocks.timer_tick=2 ms", "software.neurons_per_core=64"])
    part = ["", "a tenth of its neurons, a hundredth of its synapses, slowed down 20 times", "none",
            f"{run.total / run.events * 1e6:.3g} uJ, without idle board {nano(run.active / run.events)}", "",
            f"a board that is mostly idle: not comparable with the full network; "
            f"{run.events / run.biological:.3g} events per biological second, external input included; " + run.state()]
    return [full, part, real]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("limen")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=500, help="ticks of a run (500)")
    parser.add_argument("--islands", type=int, default=10, help="of 5,000 neurons, of Stromatias 2013 (10; 40 fit)")
    parser.add_argument("--circuit", type=pathlib.Path, help="docs/examples/microcircuit-10.yaml")
    parser.add_argument("--full", help="docs/examples/microcircuit.yaml")
    parser.add_argument("--bench", help="limen-bench-spinnaker")
    parser.add_argument("--full-time", type=int, default=1000, help="biological milliseconds of --full (1000)")
    parser.add_argument("--boards", type=int, default=15, help="of --full (15)")
    parser.add_argument("--synapse-cores", type=int, default=5, help="for each neuron core, of --full (5)")
    options = parser.parse_args()
    if options.full and not options.bench:
        parser.error("--full needs --bench")
    options.folder.mkdir(parents=True, exist_ok=True)
    rows = [["", "what", "published", "model", "difference", "how"], ["---"] * 6]
    for part in [sharp, stromatias, circuit]:
        rows += part(options)
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
