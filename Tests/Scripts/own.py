"""Runs the commands of Chapters/YOUR-OWN.md in order, in a temporary folder with drawn images.

    python3 Tests/Scripts/own.py                        # with the programs of .build/debug
    python3 Tests/Scripts/own.py --build .build/release

Every command must print the text that the page shows, apart from numbers and lines of dots, and write the files that it names.
Then mistakes in the arguments and in the data must each end with one line and status 1.
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


# Wrong commands, each with a part of its message.
MISTAKES = [
    ("scratch --help", "Name nothing, a folder of images, or a table and a column"),
    ("scratch results/table.csv", "Name nothing, a folder of images, or a table and a column"),
    ("scratch nowhere", "there is no such folder"),
    ("scratch photos", "write your own images in its format (Chapters/YOUR-OWN.md)"),
    ("scratch nowhere.csv kind", "there is no such file"),
    ("scratch results/table.csv color", "the columns are length, width, kind"),
    ("scratch results/table.csv length", "different values in 300 rows"),
    ("scratch results/wrong.csv kind", "line 3, column 2 (width): expected a number, found \"wide\""),
]


def without_numbers(text):
    return re.sub(r"\d+(\.\d+)?", "N", text)


def check_mistakes(build, folder):
    """Every mistake ends with one line that says what is wrong, and status 1."""
    rows = (folder / "results/table.csv").read_text().splitlines()
    rows[2] = "1,wide,a"
    (folder / "results/wrong.csv").write_text("\n".join(rows))
    for command, message in MISTAKES:
        print(f"$ {command}", flush=True)
        result = subprocess.run(f"{build}/{command}", shell=True, cwd=folder, capture_output=True, text=True)
        print(result.stdout + result.stderr, flush=True)
        if result.returncode != 1 or result.stdout or result.stderr.count("\n") != 1 or message not in result.stderr:
            sys.exit(f"'{command}' must end with status 1 and one line that has: {message}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=".build/debug", help="the folder with the programs")
    root = pathlib.Path.cwd()
    build = root / parser.parse_args().build
    commands = blocks((root / "Chapters/YOUR-OWN.md").read_text())
    if len(commands) < 5:
        sys.exit("Chapters/YOUR-OWN.md shows no commands")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "Chapters").symlink_to(root / "Chapters")
        draw(folder / "photos")
        for command, expected in commands:
            print(f"$ {command}", flush=True)
            # The programs are already built, and this folder does not have the package.
            typed = re.sub(r"^swift run ", f"{build}/", command)
            if typed.startswith("swift build"):
                continue
            result = subprocess.run(typed, shell=True, cwd=folder, capture_output=True, text=True)
            print(result.stdout + result.stderr, flush=True)
            if result.returncode != 0:
                sys.exit(f"'{command}' ended with {result.returncode}")
            shown = [line for line in without_numbers(expected).splitlines() if line != "…"]
            missing = [line for line in shown if line not in without_numbers(result.stdout)]
            if missing:
                sys.exit(f"'{command}' did not print: {missing}")
        for name in ["table.svg", "table.safetensors", "images.svg", "images.safetensors"]:
            if not (folder / "results" / name).is_file():
                sys.exit(f"no command wrote results/{name}")
        check_mistakes(build, folder)


main()
