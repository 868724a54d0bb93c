"""Two data sets that share classes: images whose parts are the bits of the class.

usage: make_patterns.py FOLDER

Class k of 8 has three bits; each bit is one of two patterns in a third of the image. Both
sets (4 x 6 and 6 x 5 pixels) have patterns of their own. Files: a-train, a-test, b-train,
b-test, each -images and -labels, in IDX.
"""
import pathlib
import random
import struct
import sys


def write(folder: pathlib.Path, name: str, rows: int, columns: int, patterns, samples: int, draw) -> None:
    images, labels = bytearray(), bytearray()
    for sample in range(samples):
        label = sample % 8
        for bit, pair in enumerate(patterns):
            for bright in pair[label >> bit & 1]:
                images.append(draw.randint(150, 255) if bright else draw.randint(0, 60))
        labels.append(label)
    header = struct.pack(">IIII", 0x803, samples, rows, columns)
    (folder / f"{name}-images").write_bytes(header + images)
    (folder / f"{name}-labels").write_bytes(struct.pack(">II", 0x801, samples) + labels)


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    draw = random.Random(7)
    for name, rows, columns in (("a", 4, 6), ("b", 6, 5)):
        size = rows * columns // 3
        patterns = []
        for _ in range(3):
            one = [i < size // 2 for i in range(size)]
            draw.shuffle(one)
            patterns.append((one, [not bright for bright in one]))
        write(folder, f"{name}-train", rows, columns, patterns, 160, draw)
        write(folder, f"{name}-test", rows, columns, patterns, 64, draw)


if __name__ == "__main__":
    main()
