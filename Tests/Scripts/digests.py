"""Compares the tables, cards and figures of every item with --quick and seed 1 with recorded digests.

    swift build
    python3 Tests/Scripts/digests.py            # runs everything and lists the items that differ from Tests/Golden/*_digests.json
    python3 Tests/Scripts/digests.py --renew    # records all items again: look at the changes first

With --results, as in CI, nothing is run: the given folder has the results of `ch01 all --quick` in ch01, and so on.

An item has one digest per set of vector instructions, because the sets round differently. --build .build/AVX2/release
--instructions AVX2 uses a build for another set. If an item has changed, --renew for one set removes its digests for the others,
which are out of date. Values that a clock has measured are left out; the card of a run lists them.
"""

import argparse
import hashlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

from results import item, results


def instructions():
    """The set that the manifest compiles the kernels for on this machine."""
    if platform.machine() not in ["x86_64", "AMD64"]:
        return "NEON"
    flags = set()
    if os.path.exists("/proc/cpuinfo"):
        flags = set(next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "").split())
    machine = "AVX512" if {"avx512f", "fma"} <= flags else "AVX2" if "fma" in flags else "SSE"
    return os.environ.get("DEEP_LEARNING_INSTRUCTIONS", machine)


def run_all(build, chapters, folder):
    """Runs all items; each chapter writes to its own folder in the given one."""
    for chapter in chapters:
        program = f"ch{chapter.name[:2]}"
        command = [str(pathlib.Path(build) / program), "all", "--quick", "--quiet", "--out", f"{folder}/{program}"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def digests(folder):
    """One digest per item, over all its files."""
    sums = {}
    for name, content in sorted(results(folder).items()):
        head = f"{name} {len(content)}\n".encode()
        sums.setdefault(item(name), hashlib.sha256()).update(head + content)
    return {name: sums[name].hexdigest()[:16] for name in sums}


def merged(known, found, own):
    """The recorded digests, updated for one instruction set; items that no longer exist are left out."""
    merge = {}
    for name, digest in found.items():
        old = known.get(name, {})
        others = old if old.get(own) in [digest, None] else {}
        merge[name] = dict(sorted((others | {own: digest}).items()))
    return merge


def written(records):
    lines = [f"{json.dumps(name)}: {json.dumps(records[name])}" for name in sorted(records)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=".build/debug", help="the folder of the programs")
    parser.add_argument("--results", help="a folder with results: those of ch01 in ch01, and so on")
    parser.add_argument("--renew", action="store_true", help="record these results")
    parser.add_argument("--instructions", default=instructions(), help="the set that the programs were built for")
    options = parser.parse_args()
    chapters = sorted(pathlib.Path("Chapters").glob("[0-9]*"))
    with tempfile.TemporaryDirectory() as scratch:
        if not options.results:
            run_all(options.build, chapters, scratch)
        compare(chapters, pathlib.Path(options.results or scratch), options.instructions, options.renew)


def compare(chapters, folder, own, renews):
    """Compares the results in a folder with the records for an instruction set, or records them."""
    wrong, count = [], 0
    for chapter in chapters:
        number, name = chapter.name.split("-")
        file = pathlib.Path(f"Tests/Golden/{name.lower()}_digests.json")
        known = json.loads(file.read_text()) if file.exists() else {}
        found = digests(folder / f"ch{number}")
        count += len(found)
        if renews:
            file.write_text(written(merged(known, found, own)))
            continue
        for what in sorted(found.keys() | known.keys()):
            digest = known.get(what, {}).get(own)
            if what not in found:
                wrong.append(f"ch{number} {what} has no results")
            elif what not in known:
                wrong.append(f"ch{number} {what} is not in {file}")
            elif digest and digest != found[what]:
                wrong.append(f"ch{number} {what} differs from its record")
    if wrong:
        sys.exit("\n".join(wrong + ["If this is intended: python3 Tests/Scripts/digests.py --renew"]))
    print(f"{count} items {'recorded' if renews else 'match the records'} for {own}")


main()
