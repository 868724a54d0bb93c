#!/usr/bin/env python3
"""Checks every root-relative include against the layers of docs/architecture.md.

usage: check_layers.py SOURCE_DIR | --self-test
"""
import pathlib
import re
import sys
import tempfile

# Folder prefix (longest match wins) -> (name of the layer, what it may include).
# Every folder may include itself.
BASE = ["hw-models/base"]
PLAIN = BASE + ["hw-models/target", "runtime/network"]
IR = ["dialects/support", "dialects/snn/IR", "dialects/spin/IR", "dialects/imc/IR"]
MODELS = ["hw-models/spin", "hw-models/imc"]
KERNELS = ["runtime/jit/Kernels.h"]
RUNTIME = ["runtime/engine", "runtime/input", "runtime/hdf5"]

RULES = {
    "hw-models/base": [],
    "hw-models/target": BASE,
    "runtime/network": BASE,
    "runtime/hdf5": BASE,
    "runtime/events": BASE,
    "runtime/sonata": BASE + ["runtime/hdf5"],
    "hw-models/spin": PLAIN,
    "hw-models/imc": PLAIN,
    "dialects/support": BASE,
    "dialects/snn/IR": PLAIN + ["dialects/support"],
    "dialects/spin/IR": PLAIN + ["dialects/support"],
    "dialects/imc/IR": PLAIN + ["dialects/support"],
    "dialects/snn/Transforms": PLAIN + ["dialects/snn/IR", "dialects/support"],
    "dialects/spin/Transforms": PLAIN + ["dialects/spin/IR", "dialects/support"],
    "dialects/imc/Transforms": PLAIN + ["dialects/imc/IR", "dialects/support"],
    "dialects/Registration.h": [],
    "dialects/Registration.cpp": IR + ["dialects/Registration.h"],
    "compiler/Mapping": PLAIN + ["hw-models/spin/CoreCosts.h", "hw-models/spin/TickWork.h"],
    "compiler": PLAIN
    + IR
    + ["dialects", "compiler/Mapping", "compiler/Conversion", "compiler/Transforms", "runtime/hdf5", "runtime/sonata"],
    "compiler/Transforms": PLAIN + IR + ["dialects", "compiler/Mapping"],
    "compiler/Pipelines": PLAIN + IR + ["dialects", "compiler"],
    "runtime/jit": BASE,
    "runtime/input": PLAIN + ["runtime/hdf5", "runtime/events", "runtime/sonata"],
    "runtime/engine": PLAIN + MODELS + KERNELS + ["runtime/input", "runtime/program"],
    "runtime/program": PLAIN + IR + MODELS + ["runtime/jit", "runtime/engine", "runtime/input"],
    "runtime/report": PLAIN + MODELS + RUNTIME,
    "runtime/learn": PLAIN + RUNTIME,
    "tools": [""],
    "test": [""],
}

# Only these may include MLIR or LLVM.
MLIR_FOLDERS = ("dialects/", "compiler/", "runtime/program/", "runtime/jit/", "tools/", "test/")
PLAIN_FOLDERS = ("compiler/Mapping/",)
TOP = ("hw-models/", "dialects/", "compiler/", "runtime/", "tools/", "test/")

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def inside(path: str, folder: str) -> bool:
    return folder == "" or path == folder or path.startswith(folder.rstrip("/") + "/")


def rule_for(path: str) -> str | None:
    found = [folder for folder in RULES if inside(path, folder)]
    return max(found, key=len) if found else None


def check(root: pathlib.Path) -> list[str]:
    problems = []
    for file in sorted(root.rglob("*")):
        path = file.relative_to(root).as_posix()
        if file.suffix not in (".h", ".cpp") or not path.startswith(TOP):
            continue
        folder = rule_for(path)
        if folder is None:
            problems.append(f"{path}: the folder is in no layer; add it to docs/architecture.md and here")
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(1)
            if target.startswith(("mlir/", "llvm/", "mlir-c/")):
                allowed = path.startswith(MLIR_FOLDERS) and not path.startswith(PLAIN_FOLDERS)
                if not allowed:
                    problems.append(f"{path}:{number}: {folder} may not include {target} (MLIR)")
            elif target.startswith(TOP):
                # `runtime/program` has plain structs (no MLIR) that engines read.
                if not inside(target, folder) and not any(inside(target, a) for a in RULES[folder]):
                    problems.append(f"{path}:{number}: {folder} may not include {target}")
    return problems


def self_test() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "hw-models/base").mkdir(parents=True)
        (root / "compiler/Mapping").mkdir(parents=True)
        (root / "hw-models/base/A.h").write_text('#include "runtime/engine/Engine.h"\n')
        (root / "compiler/Mapping/B.cpp").write_text(
            '#include "hw-models/base/A.h"\n#include "mlir/IR/Builders.h"\n'
        )
        found = check(root)
        wanted = [
            "compiler/Mapping/B.cpp:2: compiler/Mapping may not include mlir/IR/Builders.h (MLIR)",
            "hw-models/base/A.h:1: hw-models/base may not include runtime/engine/Engine.h",
        ]
        if found != wanted:
            sys.exit(f"self-test: got {found}, wanted {wanted}")


def main() -> None:
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    problems = check(pathlib.Path(sys.argv[1]))
    print("\n".join(problems) if problems else "all includes respect the layers")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
