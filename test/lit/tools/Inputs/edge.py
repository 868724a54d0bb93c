#!/usr/bin/env python3
"""An edge that crosses a line of 17 pixels, as rows of a CSV input.

usage: edge.py STEPS_PER_PIXEL right|left
"""
import sys

pace, direction = int(sys.argv[1]), sys.argv[2]
for step in range(60):
    pixel = step // pace if step % pace == 0 else -1
    row = [int(i == pixel) for i in range(17)]
    print(",".join(map(str, row if direction == "right" else reversed(row))))
