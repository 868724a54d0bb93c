"""Whether the help of every command is complete.

usage: check_help.py LIMEN

Every option and argument has a text; every command has an example, whose flags it has; a
flag that takes a time says so.
"""
import re
import subprocess
import sys


def help_of(limen: str, *command: str) -> str:
    return subprocess.run([limen, *command, "--help"], capture_output=True, text=True, check=True).stdout


def main() -> None:
    limen = sys.argv[1]
    commands = re.findall(r"^  (\w+) {2,}\S", help_of(limen).split("Subcommands:")[1], re.M)
    wrong = []
    for command in commands:
        text = help_of(limen, command)
        body, _, examples = text.partition("Example")
        if not examples:
            wrong.append(f"{command}: no example")
        flags = set(re.findall(r"^  (?:-\w,)?(--?[a-z][\w-]*)", body, re.M))
        # A continued example goes on in an indented line.
        for example in re.findall(rf"^  limen {command} (.*(?:\n    .*)*)", examples, re.M):
            for flag in re.findall(r"(?<!\S)(--?[a-z][\w-]*)", example):
                if flag not in flags:
                    wrong.append(f"{command}: the example has {flag}, the command has not")
        # "  --flag TYPE   text", the text perhaps in the next line.
        for line, after in re.findall(r"^  (-\S.*)\n(.*)", body, re.M):
            if not re.search(r" {2,}\S|REQUIRED \S", line) and not after.startswith(" " * 20):
                wrong.append(f"{command}: no text: {line}")
        for flag in ("--dt", "--bin"):
            found = re.search(rf"^  {flag} .*(?:\n {{20}}.*)?", body, re.M)
            if found and "a time" not in found.group():
                wrong.append(f"{command}: {flag} does not say that it takes a time")
    print("\n".join(wrong) or f"{len(commands)} commands")
    sys.exit(1 if wrong or len(commands) < 11 else 0)


if __name__ == "__main__":
    main()
