#!/usr/bin/env python3
"""Words for the fuzzer, taken from what the readers ask for.

usage: dictionaries.py SOURCE_DIR [--write]

Writes the dictionaries of the targets below, or checks that they have every word
of today's sources: a key that was added since is one the fuzzer would not know.
"""
import pathlib
import re
import sys

# A whole string literal that could be a key or a choice.
WORD = r'"([a-z][a-z0-9_]+)"'
DESCRIPTION = ["compiler/Import/Description*.cpp", "dialects/snn/IR/SnnEnums.td",
               "dialects/snn/models/*.mlir", "dialects/snn/rules/*.mlir"]

# Dictionary -> (files, pattern of a word in them, how the word is fed) ...
SOURCES = {
    "description": [
        (DESCRIPTION, WORD, "{}"),
        (["dialects/snn/models/*.mlir", "dialects/snn/rules/*.mlir"],
         r"^snn\.(?:model|rule) @(\w+)", "{}"),
    ],
    "target": [
        (["hw-models/target/*.cpp", "hw-models/base/Ledger.cpp", "hw-models/base/Yaml.cpp"], WORD, "{}"),
        (["hw-models/base/Quantity.h"], r'unit = "(\w+)"', " {}"),
        (["hw-models/chips/*.yaml"], r"^name: (\S+)", "{}"),
    ],
    "text": [
        (["dialects/snn/IR/*.td"], r'^def Snn_\w+Op\b[^<]*<"(\w+)"', "snn.{}"),
        (["dialects/spin/IR/*.td"], r'^def Spin_\w+Op\b[^<]*<"(\w+)"', "spin.{}"),
        (["dialects/imc/IR/*.td"], r'^def Imc_\w+Op\b[^<]*<"(\w+)"', "imc.{}"),
        (["dialects/snn/IR/*.td"], r'let mnemonic = "(\w+)"', "#snn.{}<"),
        (["dialects/snn/IR/*.td"], r'Snn_Type<"\w+", "(\w+)"', "!snn.{}<"),
        (["dialects/snn/IR/*.td"], r"[:>]\$(\w+)", "{}"),
        (["dialects/snn/IR/SnnEnums.td"], WORD, "{}"),
        (["dialects/snn/models/*.mlir", "dialects/snn/rules/*.mlir"],
         r"\b((?:arith|math)\.\w+)", "{}"),
    ],
}
# What no source spells as a word of its own.
EXTRA = {
    "description": ["{", "}", "[", "]", "&a", "*a", "ms", "mV", "nA", "e300", ".h5:", "_delays", "tau_"],
    "target": ["#set ", "extends: ", "value: ", "status: assumed", "source: x", "auto", "nan", "inf",
               "-1", "1e300", "18446744073709551615", "&a", "*a", "none"],
    "text": ["dense<", "dense_resource<", "tensor<", "xf32", "xi32", "xi64", "prepare", "step",
             "on_pre", "on_post", "#imc.", "9223372036854775807", "-1", "0x7FC00000"],
}


def words(root, name):
    out = set(EXTRA[name])
    for globs, pattern, form in SOURCES[name]:
        files = sorted(file for glob in globs for file in root.glob(glob))
        if not files:
            sys.exit(f"{name}: no file matches {globs}")
        found = {word for file in files
                 for word in re.findall(pattern, file.read_text(), re.MULTILINE)}
        if not found:
            sys.exit(f"{name}: no word matches {pattern} in {globs}")
        out |= {form.format(word) for word in found}
    return out


def main(arguments):
    root = pathlib.Path(arguments[0])
    stale = False
    for name in SOURCES:
        path = root / f"test/fuzz/dictionaries/{name}.dict"
        wanted = words(root, name)
        if "--write" in arguments:
            path.write_text("# Written by test/fuzz/dictionaries.py\n"
                            + "".join(f'"{word}"\n' for word in sorted(wanted)))
            continue
        present = set(re.findall(r'^"(.*)"$', path.read_text(), re.MULTILINE)) if path.exists() else set()
        if missing := sorted(wanted - present):
            print(f"{path} lacks {', '.join(missing)}; run test/fuzz/dictionaries.py . --write")
            stale = True
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
