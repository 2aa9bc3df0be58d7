"""Kills a training command at random moments, lets it go on, and compares what it ends with, byte by byte, with a run never killed.

    python3 Tests/Scripts/kill.py                  # 50 kills of each command that stands in COMMANDS
    python3 Tests/Scripts/kill.py --times 3        # as CI does it
    python3 Tests/Scripts/kill.py --program .build/release/ch01 -- listing 1.6 --epochs 3

Every run is killed with SIGKILL after a random time, started again with --resume, and so on until one ends by itself. Its results and its
checkpoint must then be those of the run that was never killed, but for the seconds and the memory it took. One kill in three is a SIGINT,
Control-C, which must end with status 130 and tell how to go on. The random times come from --seed.
"""

import argparse
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

from results import results

# One training of one model; and trainings whose state has more parts: a network, its optimizer, and tensors that a step compares with.
COMMANDS = [["ch03", "listing", "3.10", "--epochs", "40"], ["ch03", "section", "3.5"]]


def without_seconds(value):
    if isinstance(value, dict):
        return {key: without_seconds(part) for key, part in value.items() if key != "seconds"}
    return [without_seconds(part) for part in value] if isinstance(value, list) else value


def checkpoint(path):
    """The header of a checkpoint without seconds, and its data."""
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    texts = header.pop("__metadata__")
    trainings = {key: without_seconds(json.loads(text)) for key, text in texts.items() if key.startswith("training ")}
    return header, trainings, texts["command"], content[end:]


def differences(trial, whole):
    """The names of all files that differ, the checkpoint's parts among them, and of those that nobody wanted."""
    found, expected = results(trial.out), results(whole.out)
    wrong = [name for name in sorted(found.keys() | expected.keys()) if found.get(name) != expected.get(name)]
    parts = zip(["header", "trainings", "command", "data"], checkpoint(trial.file), checkpoint(whole.file))
    wrong += [f"the checkpoint's {part}" for part, one, other in parts if one != other]
    return wrong + [path.name for path in trial.file.parent.iterdir() if path not in [trial.out, trial.file]]


class Trial:
    """One command with a checkpoint and a results folder of its own."""

    def __init__(self, command, place):
        self.out, self.file = place / "results", place / "run.safetensors"
        self.command = command + ["--out", str(self.out), "--quiet", "--checkpoint", str(self.file)]

    def start(self, *options):
        pipe = subprocess.PIPE
        return subprocess.Popen(self.command + list(options), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)

    def finish(self, process):
        out, err = process.communicate()
        if process.returncode != 0:
            sys.exit(f"{' '.join(self.command)} ended with {process.returncode}:\n{out}{err}")


def interrupt(process, moment):
    """Sends Control-C; whether it stopped the run. A run that has no step left to finish ends by itself."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    if process.returncode == 0:
        return False
    asked = process.returncode == 130 and re.search(r"to go on:\n\n    swift run .* --resume\n", err)
    # Before the run listens, Control-C ends it like any program.
    if not asked and process.returncode != -signal.SIGINT:
        sys.exit(f"SIGINT after {moment:.2f} s: status {process.returncode}\n{err}")
    return True


def until_done(trial, seconds, killed, times, chance):
    """Starts, kills and resumes until a run ends by itself; the number of kills, and how many of them were SIGINT."""
    kills, interrupts = 0, 0
    while True:
        process = trial.start("--resume")
        moment = chance.uniform(0, seconds)
        try:
            if killed + kills >= times:
                process.wait()
            else:
                process.wait(moment)
        except subprocess.TimeoutExpired:
            if (killed + kills + 1) % 3 == 0:
                if not interrupt(process, moment):
                    return kills, interrupts
                interrupts += 1
            else:
                process.kill()
                process.communicate()
            kills += 1
            continue
        trial.finish(process)
        return kills, interrupts


def kill(command, times, chance, scratch):
    """Kills a command so many times, in as many runs as it takes, and compares each run with one never killed."""
    whole = Trial(command, scratch / "whole")
    whole.out.parent.mkdir(parents=True)
    start = time.monotonic()
    whole.finish(whole.start())
    seconds = time.monotonic() - start
    plain = scratch / "plain"
    subprocess.run(command + ["--out", str(plain), "--quiet"], check=True, capture_output=True)
    if results(plain) != results(whole.out):
        sys.exit("a run with a checkpoint ends otherwise than one without")

    kills, interrupts, runs = 0, 0, 0
    while kills < times:
        runs += 1
        trial = Trial(command, scratch / f"{runs}")
        trial.out.parent.mkdir()
        more, asked = until_done(trial, seconds, kills, times, chance)
        kills, interrupts = kills + more, interrupts + asked
        wrong = differences(trial, whole)
        if wrong:
            sys.exit(f"run {runs}, killed {more} times, differs from the run never killed in {', '.join(wrong)}")
    print(f"{' '.join(command)}: {runs} runs, killed {kills} times, {interrupts} of them by Control-C; each ended as if it had not been")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50, help="how often to kill each command")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the random moments")
    parser.add_argument("--build", default=".build/release", help="the folder with the chapters' programs")
    parser.add_argument("--program", help="the program of a chapter, for one command of your own")
    parser.add_argument("item", nargs="*", help="what that program is to run")
    options = parser.parse_args()
    if bool(options.program) != bool(options.item):
        parser.error("--program and what it is to run go together")
    commands = [[options.program] + options.item] if options.program else [[f"{options.build}/{words[0]}"] + words[1:] for words in COMMANDS]
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        for number, command in enumerate(commands):
            kill(command, options.times, chance, pathlib.Path(scratch) / str(number))


main()
