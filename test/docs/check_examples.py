#!/usr/bin/env python3
"""Runs the examples of the documentation.

- ```mlir blocks of op descriptions (*.td) and of docs/*.md must parse.
- ```yaml blocks of docs/*.md that describe a network must compile.
- docs/examples/* must compile, and be what the scripts among them write.

usage: check_examples.py SOURCE_DIR TOOLS_DIR
"""
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```", re.S | re.M)
# Top-level ops are parsed as they are; others inside a region that has their operands.
OPERAND = re.compile(r"%[A-Za-z_]\w*")
DEFINED = re.compile(r"(%[A-Za-z_]\w*)(?=[^=\n]*=)")


def dedent(text: str) -> str:
    lines = text.splitlines()
    indent = min((len(l) - len(l.lstrip()) for l in lines if l.strip()), default=0)
    return "\n".join(line[indent:] for line in lines)


def with_operands(text: str) -> str:
    """Defines what `text` uses and does not define, with the types it names."""
    if re.match(r"\s*(snn\.(network|model|rule)|spin\.program|imc\.program|module)\b", text):
        return text
    if re.match(r"\s*[#!]", text):  # an attribute or a type
        if text.strip().startswith("#"):
            lines = [line for line in text.splitlines() if line.strip()]
            return "\n".join(f'"test.op"() {{a = {line}}} : () -> ()' for line in lines)
        return "\n".join(
            f'%v{i} = "test.op"() : () -> {line.split("//")[0].strip()}'
            for i, line in enumerate(text.splitlines())
            if line.strip()
        )
    body = "\n".join(line.split("//")[0] for line in text.splitlines())
    defined = set(re.findall(r"^\s*(%\w+)\s*=", body, re.M))
    defined |= set(re.findall(r"(%\w+)\s*:\s*[\w!]", "".join(re.findall(r"\^bb\d*\((.*?)\)", body))))
    signature = body[body.rfind(" : ") + 3 :]
    types = re.findall(r"![\w.]+<[^>]*>|\b[fi]\d+\b", signature.split("->")[0])
    used = [name for name in dict.fromkeys(OPERAND.findall(body)) if name not in defined]
    defs = "".join(
        f'{name} = "test.op"() : () -> {types[min(i, len(types) - 1)]}\n'
        for i, name in enumerate(used)
        if types
    )
    return defs + body


def run(command: list[str], text: str | None = None) -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr


def main() -> None:
    root, tools = map(pathlib.Path, sys.argv[1:3])
    parse = [
        str(tools / "limen-opt"),
        "--allow-unregistered-dialect",
        "--mlir-very-unsafe-disable-verifier-on-parsing",
        "--verify-each=0",
        "-",
    ]
    failed, count = [], 0
    pages = sorted(root.glob("docs/*.md")) + sorted(root.glob("dialects/*/IR/*.td"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            language, example = found.group(2), dedent(found.group(3))
            line = text.count("\n", 0, found.start()) + 1
            where = f"{page.relative_to(root)}:{line}"
            if language == "mlir":
                problem = run(parse, with_operands(example))
            elif language == "yaml" and re.search(r"^network:", example, re.M):
                with tempfile.TemporaryDirectory() as folder:
                    file = pathlib.Path(folder) / "example.yaml"
                    file.write_text(example, encoding="utf-8")
                    problem = run([str(tools / "limen"), "compile", str(file), "--emit=llvm"])
            else:
                continue
            count += 1
            if problem:
                failed.append(f"{where}:\n{problem}")
    for file in sorted((root / "docs/examples").iterdir()):
        if file.suffix == ".py":
            continue
        count += 1
        problem = run([str(tools / "limen"), "compile", str(file), "--emit=llvm"])
        if problem:
            failed.append(f"{file.relative_to(root)}:\n{problem}")
    for scale, name in (("1", "microcircuit"), ("0.1", "microcircuit-10")):
        count += 1
        folder = root / "docs/examples"
        text = subprocess.run(
            [sys.executable, str(folder / "microcircuit.py"), scale], capture_output=True, text=True, check=True
        ).stdout
        if text != (folder / f"{name}.yaml").read_text(encoding="utf-8"):
            failed.append(f"docs/examples/{name}.yaml is not what microcircuit.py writes")
    print("\n".join(failed))
    print(f"{count} examples, {len(failed)} failed")
    sys.exit(1 if failed or count == 0 else 0)


if __name__ == "__main__":
    main()
