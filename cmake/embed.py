#!/usr/bin/env python3
"""Writes a C++ file that holds text files as string literals.

usage: embed.py SYMBOL OUT.cpp FILE...
"""
import pathlib
import sys


def literal(text: str) -> str:
    # Compilers limit the length of one literal; adjacent ones are joined.
    lines = text.splitlines(keepends=True) or [""]
    parts = []
    for line in lines:
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        escaped = escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
        parts.append(f'    "{escaped}"')
    return "\n".join(parts)


def main() -> None:
    symbol, out, *files = sys.argv[1:]
    entries = []
    for name in sorted(files, key=lambda f: pathlib.Path(f).name):
        path = pathlib.Path(name)
        entries.append(f'  {{"{path.name}",\n{literal(path.read_text(encoding="utf-8"))}}},')
    body = "\n".join(entries)
    pathlib.Path(out).write_text(
        '#include "hw-models/base/Embedded.h"\n\n'
        "namespace limen::embedded {\n"
        f"static const File {symbol}Files[] = {{\n{body}\n}};\n"
        f"std::span<const File> {symbol}();\n"
        f"std::span<const File> {symbol}() {{ return {symbol}Files; }}\n"
        "} // namespace limen::embedded\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
