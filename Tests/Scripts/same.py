"""Runs programs with several numbers of threads and in several builds, and compares their files byte by byte.

    python3 Tests/Scripts/same.py                                  # every item of every chapter: 1, 2 and 3 threads, release and debug
    python3 Tests/Scripts/same.py --programs ch03 -- listing 3.10 --epochs 4
    python3 Tests/Scripts/same.py --threads 1 3 --builds .build/release --against results
    python3 Tests/Scripts/same.py --digits --threads 2 --builds .build/release .build/AVX2/release .build/SSE/release

All runs of a program are compared with its first run, or with the folder that --against names: results of the same arguments, those
of ch01 in ch01. Values that a clock has measured are left out; the card of a run lists them.

--digits is for builds that may differ: it lists the items that do, with the largest relative difference of a number on the card.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from results import item, numbers, results


class Side:
    """A build and a number of threads, or a folder with results."""

    def __init__(self, build, threads=None):
        self.build, self.threads = pathlib.Path(build), threads
        self.name = str(build) if threads is None else f"{build}, {threads} thread{'s' if threads > 1 else ''}"

    def results(self, program, arguments):
        if self.threads is None:
            return results(self.build / program)
        with tempfile.TemporaryDirectory() as out:
            command = [str(self.build / program)] + arguments + ["--quiet", "--out", out]
            environment = os.environ | {"DEEP_LEARNING_THREADS": str(self.threads)}
            run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if run.returncode != 0:
                sys.exit(f"{' '.join(command)} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
            return results(pathlib.Path(out))


def differing(found, expected):
    return [name for name in sorted(found.keys() | expected.keys()) if found.get(name) != expected.get(name)]


def largest_difference(card, other):
    """The largest relative difference of two numbers with the same name, and that name."""
    pairs = [(name, value, numbers(other).get(name, float("nan"))) for name, value in numbers(card).items()]
    apart = [(abs(a - b) / max(abs(a), abs(b)), name) for name, a, b in pairs if a != b and not (a != a and b != b)]
    return max(apart, default=(0, ""))


def table(head, rows):
    """Rows as text, the first column aligned left, the others right."""
    lines = [[str(cell) for cell in row] for row in [head] + rows]
    widths = [max(len(line[j]) for line in lines) for j in range(len(head))]
    return "\n".join("  ".join(c.rjust(w) if j else c.ljust(w) for j, (c, w) in enumerate(zip(line, widths))).rstrip() for line in lines)


def digits(program, found, others):
    """A row for each item with any difference."""
    files = {name for other in others for name in differing(other, found)}
    rows = []
    for what in sorted({item(file) for file in files}):
        row = [f"{program} {what}"]
        for other in others:
            own = [name for name in differing(other, found) if item(name) == what]
            card = next(name for name in found if name.endswith("-card.json") and item(name) == what)
            apart, name = largest_difference(found[card], other[card])
            row.append(f"{apart:.1e} {name}" if apart else f"0, {len(own)} files differ" if own else "0")
        rows.append(row)
    return rows


def main():
    chapters = sorted("ch" + folder.name[:2] for folder in pathlib.Path("Chapters").glob("[0-9]*"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", nargs="+", default=chapters, help="the chapters' programs")
    parser.add_argument("--builds", nargs="+", default=[".build/release", ".build/debug"], help="folders with the programs")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2, 3], help="numbers of threads")
    parser.add_argument("--against", help="a folder with results of the same arguments")
    parser.add_argument("--digits", action="store_true", help="show the largest differences")
    parser.add_argument("item", nargs="*", default=["all", "--quick"], help="what to run")
    options = parser.parse_args()
    sides = [Side(build, threads) for build in options.builds for threads in options.threads]
    if options.against:
        sides.insert(0, Side(options.against))
    start, rows, wrong = time.monotonic(), [], []

    for program in options.programs:
        first, *others = [side.results(program, options.item) for side in sides]
        if options.digits:
            rows += digits(program, first, others)
            continue
        rows.append([program, len(first)] + [len(differing(other, first)) for other in others])
        for side, other in zip(sides[1:], others):
            wrong += [f"{program}: {name} differs with {side.name}" for name in differing(other, first)]

    what = "largest relative differences from" if options.digits else "number of files that differ from"
    print(f"{' '.join(options.item)}: {what} those of {sides[0].name}\n")
    head = ["item"] if options.digits else ["program", "files"]
    print(table(head + [side.name for side in sides[1:]], rows))
    print(f"\n{len(options.programs) * len(sides)} runs in {time.monotonic() - start:.0f} seconds")
    if wrong:
        sys.exit("\n".join(wrong))


main()
