#!/usr/bin/env python3
"""Fails if a program holds its own copy of MLIR or LLVM beside the shared one.

Two copies register every option and type twice. usage: check_one_mlir.py BIN
"""
import pathlib
import subprocess
import sys


def main() -> None:
    bad = 0
    programs = [p for p in pathlib.Path(sys.argv[1]).rglob("*") if p.is_file()]
    if not programs:
        sys.exit(f"no programs in {sys.argv[1]}")
    for program in programs:
        symbols = subprocess.run(
            ["nm", "-C", "--defined-only", program], capture_output=True, text=True, check=False
        ).stdout
        # T: a strong definition; what headers instantiate is weak (W).
        own = [
            line
            for line in symbols.splitlines()
            if " T mlir::MLIRContext::" in line or " T llvm::cl::Option::" in line
        ]
        if own:
            bad += 1
            print(f"{program}: holds {own[0].split(' T ')[1]} statically; link the targets MLIR and LLVM")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
