"""Whether two reports have the same section. usage: same_keys.py KEY A.json B.json"""
import json
import sys

a, b = (json.load(open(name, encoding="utf-8"))[sys.argv[1]] for name in sys.argv[2:])
sys.exit(0 if a == b else f"{a}\n{b}")
