"""Runs every item that reads data on odd data sets: each must train or say in one line what it needs, and `all` must finish.

    python3 Tests/Scripts/odd.py                              # all sets, all items
    python3 Tests/Scripts/odd.py --sets few blank             # as in CI
    python3 Tests/Scripts/odd.py --programs .build/debug/ch03 --items "listing 3.10"

The sets replace MNIST, Fashion-MNIST and CIFAR-10, in their formats, with random pixels. Images of CIFAR-10 have a fixed size, so
sets of another size leave it out.
"""

import argparse
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

# By name: the numbers of training and test images, the labels in rotation, height and width, the pixels' possible values.
SETS = {
    "few": (40, 10, range(10), 28, 28, range(256)),
    "pair": (2, 1, [0, 7], 28, 28, range(256)),
    "single": (1, 1, [4], 28, 28, range(256)),
    "one-class": (900, 60, [3], 28, 28, range(256)),
    "two-classes": (900, 60, [3, 8], 28, 28, range(256)),
    "blank": (900, 60, range(10), 28, 28, [0]),
    "white": (900, 60, range(10), 28, 28, [255]),
    "sorted": (900, 200, "sorted", 28, 28, range(256)),
    "batch-and-one": (129, 65, range(10), 28, 28, range(256)),
    "one-test-image": (900, 1, range(10), 28, 28, range(256)),
    "dim": (900, 60, range(10), 28, 28, [0] * 9999 + [1]),
    "larger": (900, 60, range(10), 32, 32, range(256)),
    "small": (900, 60, range(10), 8, 8, range(256)),
    "pixel": (900, 60, range(10), 1, 1, range(256)),
    "flat": (900, 60, range(10), 1, 40, range(256)),
    "oblong": (900, 60, range(10), 20, 28, range(256)),
}


def labels(kind, count):
    if kind == "sorted":
        return bytes(k * 10 // count for k in range(count))
    return bytes(list(kind)[k % len(kind)] for k in range(count))


def make(folder, name):
    """Writes the three sets to the folders where the programs look for them."""
    train, test, classes, height, width, pixels = SETS[name]
    chance, values = random.Random(name), list(pixels)

    def draw(count):
        return bytes(chance.choices(values, k=count))

    for idx in ["mnist", "fashion-mnist"]:
        (folder / idx).mkdir(parents=True)
        for part, count in [("train", train), ("t10k", test)]:
            images = struct.pack(">IIII", 0x803, count, height, width) + draw(count * height * width)
            (folder / idx / f"{part}-images-idx3-ubyte").write_bytes(images)
            (folder / idx / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels(classes, count))
    if (height, width) != (28, 28):
        return
    cifar = folder / "cifar-10-batches-bin"
    cifar.mkdir()
    for file, count in [("data_batch_1", train), ("test_batch", test)]:
        records = [bytes([label]) + draw(3072) for label in labels(classes, count)]
        (cifar / f"{file}.bin").write_bytes(b"".join(records))


def run(program, words, data, out):
    command = [program] + words + ["--quick", "--quiet", "--data", str(data), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def items(program):
    """All items of a program, and those that read data."""
    listing = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^ch\d\d (\w+ [\w.]+) ", listing, re.MULTILINE)
    helps = {item: subprocess.run([program] + item.split() + ["--help"], capture_output=True, text=True).stdout for item in found}
    return found, [item for item in found if "\nIt needs " in helps[item]]


def outcome(result, item):
    """How an item ended, and whether that is correct."""
    if result.returncode == 0:
        return "trains", True
    lines = result.stderr.strip().splitlines()
    told = result.returncode == 1 and re.fullmatch(rf"ch\d\d: {item} failed: cannot (run|read) .*", lines[-1] if lines else "")
    # A training that breaks down before that adds a line.
    if told and len(lines) == 1:
        return re.search(r"it needs ([^.]*?)(\.|, but)|none of its files", lines[0]).group(0), True
    return f"ends with {result.returncode}: {' / '.join(lines[:3])}", False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    chapters = sorted(folder.name[:2] for folder in pathlib.Path("Chapters").glob("[0-9]*"))
    parser.add_argument("--programs", nargs="+", default=[f".build/debug/ch{chapter}" for chapter in chapters])
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--items", nargs="+", help="only these items")
    parser.add_argument("--all", action="store_true", help="also run 'all' on the first set")
    options = parser.parse_args()
    wrong, trained, told = [], 0, 0

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name in options.sets:
            make(scratch / name, name)
        for program in options.programs:
            offered, reading = items(program)
            for item in [item for item in reading if not options.items or item in options.items]:
                found = {}
                for name in options.sets:
                    how, fine = outcome(run(program, item.split(), scratch / name, scratch / "out"), item)
                    found.setdefault(how, []).append(name)
                    trained, told = trained + (how == "trains"), told + (fine and how != "trains")
                    if not fine:
                        wrong.append(f"{pathlib.Path(program).name} {item} on {name} {how}")
                print(f"{pathlib.Path(program).name} {item}: " + "; ".join(f"{how} ({', '.join(names)})" for how, names in found.items()), flush=True)
            if options.all:
                result = run(program, ["all"], scratch / options.sets[0], scratch / "all")
                ended = len(re.findall("^── ", result.stdout, re.MULTILINE)) + len(re.findall(" failed: cannot ", result.stderr))
                if result.returncode not in [0, 1] or ended != len(offered):
                    wrong.append(f"{program} all on {options.sets[0]}: {ended} of {len(offered)} items ended, status {result.returncode}")
    print(f"\n{trained} trained, {told} said what they need, {len(wrong)} failed otherwise")
    if wrong:
        sys.exit("\n".join(wrong))


main()
