"""Writes images in MNIST's format, in four files that the programs read.

    python3 Chapters/Scratch/images.py PHOTOS FOLDER [SIDE]

PHOTOS has one folder of images per class, 2 to 10 of them: PGM or PPM, or any format that the package Pillow opens, if it is
installed. The images become grey squares of SIDE pixels (28). Four fifths, chosen at random, are training images, the others
test images.
"""

import pathlib
import random
import re
import struct
import sys


def pixels(path):
    """Width, height and grey values from 0 to 255, row by row."""
    content = path.read_bytes()
    head = re.match(rb"P([56])\s+(?:#.*\s+)*(\d+)\s+(\d+)\s+(\d+)\s", content)
    if head and int(head[4]) < 256:
        planes, width, height, most = 1 if head[1] == b"5" else 3, int(head[2]), int(head[3]), int(head[4])
        numbers = content[head.end():head.end() + planes * width * height]
        grey = [sum(numbers[k:k + planes]) / planes * 255 / most for k in range(0, len(numbers), planes)]
        if len(grey) == width * height:
            return width, height, grey
    try:
        from PIL import Image
    except ImportError:
        sys.exit(f"cannot read {path}: it is not a complete PGM or PPM. Convert it (ImageMagick: mogrify -format pgm FILES) or install Pillow")
    image = Image.open(path).convert("L")
    return *image.size, list(image.getdata())


def square(width, height, grey, side):
    """The central square, resized: each new pixel is the mean of the old ones in its place."""
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2

    def span(place):
        first = place * edge // side
        return range(first, max(first + 1, (place + 1) * edge // side))

    def mean(row, column):
        found = [grey[(top + y) * width + left + x] for y in span(row) for x in span(column)]
        return round(sum(found) / len(found))

    return bytes(mean(row, column) for row in range(side) for column in range(side))


def main():
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    photos, folder, side = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 28
    classes = sorted(path for path in photos.iterdir() if path.is_dir())
    if not 2 <= len(classes) <= 10:
        sys.exit(f"cannot use {photos}: it has {len(classes)} folders. Make one folder for each of 2 to 10 classes")
    examples = [(label, path) for label, place in enumerate(classes) for path in sorted(place.iterdir()) if path.is_file()]
    random.Random(1).shuffle(examples)
    count = len(examples) * 4 // 5
    folder.mkdir(parents=True, exist_ok=True)
    for part, chosen in [("train", examples[:count]), ("t10k", examples[count:])]:
        images = b"".join(square(*pixels(path), side) for _, path in chosen)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, len(chosen), side, side) + images)
        labels = bytes(label for label, _ in chosen)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, len(chosen)) + labels)
    print(f"{count} + {len(examples) - count} images: " + ", ".join(f"{label} is {place.name}" for label, place in enumerate(classes)))


main()
