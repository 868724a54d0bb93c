"""Whether the keys of docs/inspect.md are those of programs, in both directions.

usage: check_program_keys.py PAGE PROGRAM.json...
"""
import json
import pathlib
import re
import sys


def keys(value, path: str) -> set[str]:
    """Dotted paths; quantities {value, unit} and lists of plain values are leaves."""
    if isinstance(value, dict) and set(value) != {"value", "unit"}:
        return set().union(set(), *(keys(v, f"{path}.{k}" if path else k) for k, v in value.items()))
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return set().union(*(keys(v, path + "[]") for v in value))
    return {path}


def main() -> None:
    page = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_.\[\]]+)` \|", page, re.M))
    found = set()
    for name in sys.argv[2:]:
        found |= keys(json.loads(pathlib.Path(name).read_text(encoding="utf-8")), "")
    # An empty list of objects has no keys of its own.
    found = {k for k in found if not any(d.startswith(k + "[]") for d in documented)}
    wrong = [f"not documented: {k}" for k in sorted(found - documented)]
    wrong += [f"in no program: {k}" for k in sorted(documented - found)]
    print("\n".join(wrong) or f"{len(documented)} keys")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
