#!/usr/bin/env python3
"""The liquid state machines of docs/examples on software and on chips, with the real tool.

usage: lsm.py LIMEN DATA [--task nmnist|digits] [--part accuracy|noise|speed] [--instances N] [--jobs N] [--few]

DATA holds nmnist/ (train, test, train_labels.txt, test_labels.txt) or, for the spoken
digits, recordings/ (digit_speaker_index.wav; with --few indices 0 to 9 alone).
Everything is measured by `limen train` and `limen run`; an instance is a liquid and a
chip with seeds of their own, and its readout is fitted to features measured on it.

  accuracy  software with Gaussian weights, software with the weights of the chips
            (float32, no device), chips; mean and deviation over the instances
  noise     accuracy of chips over the read noise, the readout fitted under the same
            noise, and fitted without noise
  speed     user time of an inference on a chip, from runs of two lengths
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples"
NOISES = [0, 0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3]
# Published software weights, in the place of pairs of formed cells.
GAUSSIAN = {
    "0.854": "{distribution: normal, mean: 0.00156, std: 6.61329}",
    "0.851": "{distribution: normal, mean: 0.00606, std: 6.67268}",
}
SPEAKERS = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"]


def network(task: str, seed: int, gaussian: bool) -> str:
    name = {"nmnist": "lsm-nmnist.yaml", "digits": "lsm-tidigits.yaml"}[task]
    lines = (EXAMPLES / name).read_text().splitlines()
    out, density = [], None
    for line in lines:
        key, _, value = line.strip().partition(": ")
        if key == "seed":
            line = f"seed: {seed}"
        if key == "density":
            density = value
            if gaussian:
                line = line.replace(value, "1")
        if key == "weights" and gaussian:
            line = line.replace(value, GAUSSIAN[density])
        out.append(line)
    return "\n".join(out) + "\n"


class Task:
    def __init__(self, name: str, data: str, folder: str, few: bool):
        self.name, self.data, self.folder = name, data, folder
        self.takes = "[0-9]" if few else "*"
        self.classes = {"nmnist": 10, "digits": 11}[name]

    def inputs(self, fold: int) -> tuple[list[str], list[str]]:
        """Flags for the training and the test samples."""
        if self.name == "nmnist":
            how = "crop=16x16,polarity=0,bins=50,values=binary"
            return tuple(
                ["--input", f"nmnist:{self.data}/nmnist/{part},{how}",
                 "--labels", f"{self.data}/nmnist/{part}_labels.txt"]
                for part in ("train", "test")
            )
        # One speaker is tested, the others train. First letters differ.
        speaker = SPEAKERS[fold % len(SPEAKERS)]
        how = "labels=name,channels=64,bins=129,values=binary,level=peak"
        return tuple(
            ["--input", f"wav:{self.data}/recordings,{how},match={glob}"]
            for glob in (f"*_[!{speaker[0]}]*_{self.takes}.wav", f"*_{speaker}_{self.takes}.wav")
        )


def call(arguments: list[str]) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def train(limen, task, instance, kind, settings=()):
    """Fits the readout of an instance; returns the file."""
    stem = f"{task.folder}/{kind}-{instance}-{'-'.join(settings)}".replace("=", "_")
    description, out = stem + ".yaml", stem + ".mlir"
    pathlib.Path(description).write_text(network(task.name, instance, kind == "gaussian"))
    call([limen, "train", description, "-o", out, "--classes", str(task.classes), *flags(kind, instance, settings),
          *task.inputs(instance - 1)[0]])
    return out


def flags(kind, instance, settings):
    target = "rram-40nm" if kind == "chip" else "host"
    out = ["--target", target, "--seed", str(instance), "--threads", "1"]
    for setting in settings:
        out += ["--set", setting]
    return out


def run(limen, task, instance, kind, file, settings=()):
    out = f"{file}-run-{'-'.join(settings)}"
    call([limen, "run", file, "--no-reference", "--out", out, *flags(kind, instance, settings),
          *task.inputs(instance - 1)[1]])
    with open(out + "/report.json", encoding="utf-8") as text:
        return json.load(text)


def accuracy(limen, task, pool, instances):
    def one(kind, instance):
        return run(limen, task, instance, kind, train(limen, task, instance, kind))

    print(f"{'':<34} {'mean %':>7} {'sd':>6} {'lowest':>7} {'highest':>8}")
    means, reports = {}, {}
    for kind, title in (
        ("gaussian", "software, Gaussian weights"),
        ("pairs", "software, weights of the chips"),
        ("chip", "chips (rram-40nm)"),
    ):
        reports[kind] = list(pool.map(lambda i: one(kind, i), instances))
        values = [100 * report["run"]["accuracy"] for report in reports[kind]]
        means[kind] = statistics.mean(values)
        print(
            f"{title:<34} {means[kind]:>7.2f} {statistics.stdev(values):>6.2f} {min(values):>7.2f} {max(values):>8.2f}"
        )
    print(f"gap of the means: chips - Gaussian software {means['chip'] - means['gaussian']:+.2f} points")
    print(f"                  chips - the same weights  {means['chip'] - means['pairs']:+.2f} points")
    first = reports["chip"][0]
    for resource_ in first["resources"]:
        print(f"{resource_['name']}: {resource_['used']} of {resource_['available']}")
    energies = [report["energy"]["per_inference"]["value"] for report in reports["chip"]]
    times = [report["time"]["seconds"]["per_inference"]["value"] for report in reports["chip"]]
    print(f"energy per inference {statistics.mean(energies):.3g} J, time {statistics.mean(times):.3g} s")


def noise(limen, task, pool, instances):
    def same(pair):
        level, instance = pair
        setting = (f"device.read_noise={level}",)
        file = train(limen, task, instance, "chip", setting)
        return run(limen, task, instance, "chip", file, setting)["run"]["accuracy"]

    clean = dict(zip(instances, pool.map(lambda i: train(limen, task, i, "chip", ("device.read_noise=0",)), instances)))

    def other(pair):
        level, instance = pair
        setting = (f"device.read_noise={level}",)
        return run(limen, task, instance, "chip", clean[instance], setting)["run"]["accuracy"]

    print(f"{'read noise':>10} {'fitted under it %':>18} {'sd':>6} {'fitted without %':>18} {'sd':>6}")
    for level in NOISES:
        points = [(level, i) for i in instances]
        row = []
        for measure in (same, other):
            values = [100 * value for value in pool.map(measure, points)]
            row += [statistics.mean(values), statistics.stdev(values)]
        print(f"{level:>10g} {row[0]:>18.2f} {row[1]:>6.2f} {row[2]:>18.2f} {row[3]:>6.2f}", flush=True)


def speed(limen, task):
    """From runs of the training samples once and of an eighth of them."""
    file = train(limen, task, 1, "chip")
    total = {"nmnist": 700, "digits": 500}[task.name]

    def user(samples: int) -> float:
        best = float("inf")
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            call([limen, "run", file, "--no-reference", "--samples", str(samples), "--out", f"{task.folder}/speed",
                  *flags("chip", 1, ()), *task.inputs(0)[0]])
            best = min(best, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
        return best

    few, many = user(total // 8), user(total)
    each = (many - few) / (total - total // 8)
    print(f"user time of an inference {each * 1e3:.3f} ms, reading and binning of its recording included: "
          f"{1 / each:.0f} a second on one core, {2 / each:.0f} on two ({few - each * (total // 8):.2f} s at the start)")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("limen")
    parser.add_argument("data")
    parser.add_argument("--task", choices=["nmnist", "digits"], default="nmnist")
    parser.add_argument("--part", choices=["accuracy", "noise", "speed"], action="append")
    parser.add_argument("--instances", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--few", action="store_true")
    given = parser.parse_args()
    instances = range(1, given.instances + 1)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        task = Task(given.task, given.data, folder, given.few)
        for part in given.part or ["accuracy", "noise", "speed"]:
            print(f"{given.task}, {part}, {given.instances} instances", flush=True)
            if part == "speed":
                speed(given.limen, task)
            else:
                {"accuracy": accuracy, "noise": noise}[part](given.limen, task, pool, instances)
            print(flush=True)


if __name__ == "__main__":
    main()
