"""The results of a run for comparisons: without seconds, memory, the results folder, and other values that its card lists as
measured with a clock."""

import csv
import io
import json


def results(folder):
    """All files of a folder, by name."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    for name in [name for name in files if name.endswith("-card.json")]:
        card = json.loads(files[name])
        del card["seconds"], card["peakMemoryMiB"], card["folder"], card["command"]
        for file, names in card.get("measured", {}).items():
            if file == name:
                card["results"].update({fact: "measured" for fact in names})
            else:
                files[file] = without_columns(files[file], names) if names else b"measured"
        files[name] = json.dumps(card, sort_keys=True).encode()
    return files


def without_columns(content, names):
    """A table as CSV, with "measured" in the given columns."""
    head, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([head] + [["measured" if column in names else cell for column, cell in zip(head, row)] for row in rows])
    return text.getvalue().encode()


def numbers(card):
    """The numbers on a card, by name; infinity and NaN are texts in JSON."""
    found = {}
    for name, value in json.loads(card)["results"].items():
        try:
            found[name] = float(value)
        except ValueError:
            continue
    return found


def item(file):
    """The item that made a file: "listing 1.6" for listing-1.6-epochs.csv."""
    return " ".join(file.split("-")[:2])
