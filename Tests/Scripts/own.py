"""Runs the commands of Chapters/YOUR-OWN.md in order, in a temporary folder with drawn images.

    python3 Tests/Scripts/own.py                        # with the programs of .build/debug
    python3 Tests/Scripts/own.py --build .build/release

Every command must print the text that the page shows, apart from numbers.
"""

import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile


def draw(folder):
    """Writes three kinds of images, 40 of each, of random sizes, as PGM."""
    chance = random.Random(1)
    kinds = {
        "bars": lambda x, y: x % 0.4 < 0.2,
        "rings": lambda x, y: ((x - 0.5) ** 2 + (y - 0.5) ** 2) ** 0.5 % 0.3 < 0.15,
        "spots": lambda x, y: x % 0.5 < 0.2 and y % 0.5 < 0.2,
    }
    for name, isInk in kinds.items():
        (folder / name).mkdir(parents=True)
        for number in range(40):
            width, height, shift = chance.randint(28, 60), chance.randint(28, 60), chance.random() / 5
            ink = bytes(
                200 * isInk(x / width + shift, y / height + shift) + chance.randrange(50) for y in range(height) for x in range(width))
            (folder / name / f"{number}.pgm").write_bytes(b"P5\n# drawn\n%d %d\n255\n" % (width, height) + ink)


def blocks(text):
    """The commands of the page, each with the output that the page shows."""
    found = []
    for kind, body in re.findall(r"```(sh|text)\n(.*?)```", text, re.DOTALL):
        if kind == "sh":
            found += [(line, "") for line in body.splitlines() if line]
        else:
            found[-1] = (found[-1][0], body)
    return found


def without_numbers(text):
    return re.sub(r"\d+(\.\d+)?", "N", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=".build/debug", help="the folder with the programs")
    root = pathlib.Path.cwd()
    build = root / parser.parse_args().build
    commands = blocks((root / "Chapters/YOUR-OWN.md").read_text())
    if len(commands) < 5:
        sys.exit("Chapters/YOUR-OWN.md shows no commands")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "Chapters").symlink_to(root / "Chapters")
        draw(scratch / "photos")
        for command, expected in commands:
            print(f"$ {command}", flush=True)
            # The programs are already built, and this folder does not have the package.
            typed = re.sub(r"^swift run ", f"{build}/", command)
            if typed.startswith("swift build"):
                continue
            result = subprocess.run(typed, shell=True, cwd=scratch, capture_output=True, text=True)
            print(result.stdout + result.stderr, flush=True)
            if result.returncode != 0:
                sys.exit(f"'{command}' ended with {result.returncode}")
            missing = [line for line in without_numbers(expected).splitlines() if line not in without_numbers(result.stdout)]
            if missing:
                sys.exit(f"'{command}' did not print: {missing}")


main()
