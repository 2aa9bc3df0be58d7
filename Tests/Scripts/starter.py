"""Proves that the exercises are the reader's and nothing else is lost: makes a copy with `book start` and runs its tests.

    python3 Tests/Scripts/starter.py                 # half an hour on two cores: the copy is built from nothing
    python3 Tests/Scripts/starter.py --copy DIR      # makes the copy there and keeps it
    python3 Tests/Scripts/starter.py --only 3.2 4.3  # these exercises alone, without the other tests

In the copy the tests of every exercise must fail because a function is missing, and all other tests must pass. Each exercise runs in
a process of its own, because a missing function stops the program.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile


def run(folder, *command):
    """Runs a command in a folder; its status and everything it printed."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout


def count(output):
    """The number of tests that ran to the end."""
    return sum(int(number) for number in re.findall(r"Test run with (\d+) tests?", output))


def prove(copy, only):
    """The faults that are found."""
    status, output = run(copy, "swift", "build", "--build-tests")
    if status != 0:
        return [f"the copy does not build:\n{output[-4000:]}"]
    status, output = run(copy, "swift", "run", "--skip-build", "book", "check", "--filters")
    filters = dict(line.split(" ", 1) for line in output.splitlines() if re.match(r"\d+\.\d+ ", line))
    if status != 0 or not filters:
        return [f"book check --filters names no exercise:\n{output[-2000:]}"]
    faults = []
    for number in only or filters:
        status, output = run(copy, "swift", "test", "--skip-build", "--filter", filters[number])
        missing = re.search(rf"Exercise ({re.escape(number)}(?:\.\d+)?) is yours: (\S+)", output)
        print(f"{number:5} {'stops at ' + missing.group(2) if missing else 'status ' + str(status)}", flush=True)
        if status == 0 or not missing:
            faults.append(f"Exercise {number}: its tests do not miss the function:\n{output[-2000:]}")
    if not only:
        status, output = run(copy, "swift", "test", "--skip-build", "--skip", "|".join(filters.values()))
        print(f"other tests: {count(output)}, status {status}", flush=True)
        if status != 0 or count(output) == 0:
            lines = [line for line in output.splitlines() if "recorded an issue" in line or "is yours" in line]
            faults.append("other tests fail:\n" + "\n".join(lines[:20] or output.splitlines()[-20:]))
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--copy", help="a new folder for the copy; default a temporary one")
    parser.add_argument("--only", nargs="+", help="exercises such as 3.2")
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(options.copy or f"{folder}/copy").resolve()
        status, output = run(root, "swift", "run", "book", "start", str(copy))
        print(output, end="", flush=True)
        faults = [output] if status != 0 else prove(copy, options.only)
    print("\n".join(faults) or "Every exercise is missed by its tests alone.")
    sys.exit(1 if faults else 0)


main()
