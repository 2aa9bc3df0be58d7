"""Kills a training command at random moments, resumes it, and compares its results byte by byte with an uninterrupted run.

    python3 Tests/Scripts/kill.py                  # 50 kills of each command in COMMANDS
    python3 Tests/Scripts/kill.py --times 3        # as in CI
    python3 Tests/Scripts/kill.py --program .build/debug/ch01 -- listing 1.6 --epochs 3

Every run is killed with SIGKILL after a random time and resumed with --resume, until it finishes. Its results and its checkpoint
must then equal those of the uninterrupted run, except for seconds and memory. One kill in three is a SIGINT (Control-C), which
must end with status 130 and say how to resume. --seed determines the random times.
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

# One training of one model; trainings whose state has more parts: a network, its optimizer, and tensors of a step; language
# models, whose losses on the way are a part of the history; games of two players, with pictures from the training; a denoiser with
# the moving average of its parameters; an agent with its memory, in the middle of an episode; and rounds of federated averaging, whose
# step trains five clients.
COMMANDS = [
    ["ch03", "listing", "3.10", "--epochs", "40"],
    ["ch03", "section", "3.5"],
    ["ch05", "exercise", "5.1", "--quick"],
    ["ch06", "exercise", "6.4", "--quick"],
    ["ch08", "section", "8.3.1", "--quick"],
    ["ch10", "listing", "10.8b", "--quick", "--epochs", "40"],
    ["ch11", "section", "11.9", "--quick"],
    ["ch12", "section", "12.10c", "--quick"],
    ["ch12", "exercise", "12.4", "--quick"],
]


def without_seconds(value):
    if isinstance(value, dict):
        return {key: without_seconds(part) for key, part in value.items() if key != "seconds"}
    return [without_seconds(part) for part in value] if isinstance(value, list) else value


def checkpoint(path):
    """The header of a checkpoint, without seconds, and its data."""
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    texts = header.pop("__metadata__")
    trainings = {key: without_seconds(json.loads(text)) for key, text in texts.items() if key.startswith("training ")}
    return header, trainings, texts["command"], content[end:]


def differences(trial, whole):
    """The names of all files that differ, with the checkpoint's parts, and of unexpected files."""
    found, expected = results(trial.out), results(whole.out)
    wrong = [name for name in sorted(found.keys() | expected.keys()) if found.get(name) != expected.get(name)]
    parts = zip(["header", "trainings", "command", "data"], checkpoint(trial.file), checkpoint(whole.file))
    wrong += [f"the checkpoint's {part}" for part, one, other in parts if one != other]
    return wrong + [path.name for path in trial.file.parent.iterdir() if path not in [trial.out, trial.file]]


class Trial:
    """A command with its own checkpoint and results folder."""

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
    """Sends Control-C and returns whether it stopped the run: a run after its last step just finishes."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    if process.returncode == 0:
        return False
    asked = process.returncode == 130 and re.search(r"To resume, run:\n\n    swift run .* --resume\n", err)
    # Until the run handles the signal, Control-C ends it like any program.
    if not asked and process.returncode != -signal.SIGINT:
        sys.exit(f"SIGINT after {moment:.2f} s: status {process.returncode}\n{err}")
    return True


def until_done(trial, seconds, killed, times, chance):
    """Starts, kills and resumes until a run finishes. Returns the number of kills, and of those by SIGINT."""
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
    """Kills a command the given number of times, in as many runs as needed, and compares each with an uninterrupted run."""
    whole = Trial(command, scratch / "whole")
    whole.out.parent.mkdir(parents=True)
    start = time.monotonic()
    whole.finish(whole.start())
    seconds = time.monotonic() - start
    plain = scratch / "plain"
    subprocess.run(command + ["--out", str(plain), "--quiet"], check=True, capture_output=True)
    if results(plain) != results(whole.out):
        sys.exit("a run with a checkpoint gives other results than one without")

    kills, interrupts, runs = 0, 0, 0
    while kills < times:
        runs += 1
        trial = Trial(command, scratch / f"{runs}")
        trial.out.parent.mkdir()
        more, asked = until_done(trial, seconds, kills, times, chance)
        kills, interrupts = kills + more, interrupts + asked
        wrong = differences(trial, whole)
        if wrong:
            sys.exit(f"run {runs}, killed {more} times, differs from the uninterrupted run in {', '.join(wrong)}")
    counts = f"{runs} runs, killed {kills} times, {interrupts} of them by Control-C"
    print(f"{' '.join(command)}: {counts}; each ended like the uninterrupted run")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50, help="how often to kill each command")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the random moments")
    parser.add_argument("--build", default=".build/debug", help="the folder with the chapters' programs")
    parser.add_argument("--program", help="a chapter's program, to kill your own command")
    parser.add_argument("item", nargs="*", help="the arguments of that program")
    options = parser.parse_args()
    if bool(options.program) != bool(options.item):
        parser.error("--program and its arguments go together: give both or neither")
    usual = [[f"{options.build}/{words[0]}"] + words[1:] for words in COMMANDS]
    commands = [[options.program] + options.item] if options.program else usual
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        for number, command in enumerate(commands):
            kill(command, options.times, chance, pathlib.Path(scratch) / str(number))


main()
