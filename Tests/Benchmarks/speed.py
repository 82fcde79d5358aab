#!/usr/bin/env python3
"""Makes the picture speed.svg and the tables of README.md from figures.json, so that they can be made again without measuring.

    python3 Tests/Benchmarks/speed.py             from figures.json
    python3 Tests/Benchmarks/speed.py --new       first puts into it what the last run of Tests/run --benchmark has measured
"""

import json
import re
import sys
from pathlib import Path

from report import KEPT, ROOT
from speed_picture import speed

HERE = Path(__file__).resolve().parent
FILE, PICTURE, PAGE = HERE / "figures.json", HERE / "speed.svg", HERE / "README.md"
SCRIPTS = ("benchmark", "delete", "scaleway", "growth", "clients")


def main():
    if sys.argv[1:] not in ([], ["--new"]):
        sys.exit("usage: speed.py [--new]")
    if sys.argv[1:]:
        FILE.write_text(json.dumps(collected(KEPT), indent=1, ensure_ascii=False) + "\n")
    figures = json.loads(FILE.read_text())
    PICTURE.write_text(speed(figures))
    PAGE.write_text(page(PAGE.read_text(), figures["tables"]))
    print("Written: " + " ".join(str(path.relative_to(ROOT)) for path in (FILE, PICTURE, PAGE)))


def collected(folder):
    """What each benchmark has kept of its last whole run."""
    found = {}
    for name in SCRIPTS:
        if not (folder / f"{name}.json").exists():
            sys.exit(f"{name}.py has kept nothing: Tests/run --benchmark runs it")
        found[name] = json.loads((folder / f"{name}.json").read_text())
    wire, growth = found["benchmark"], found["growth"]
    return {
        "programs": {name: {**wire["ping"][name], **wire["start"][name]} for name in wire["ping"]},
        "growth": {"sizes": growth["sizes"], "calls": growth["calls"]},
        "tables": {name: found[name]["rows"] for name in SCRIPTS},
    }


def page(text, tables):
    """The page, with each table between the comments that name it."""
    for name, rows in tables.items():
        text, count = re.subn(
            rf"(?s)(<!-- {name}: made by speed.py -->\n).*?(<!-- end -->\n)", lambda found, rows=rows: found[1] + table(rows) + found[2], text
        )
        if count != 1:
            sys.exit(f"{PAGE.name} has no place for the table of {name}")
    return text


def table(rows):
    header, *others = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    return "".join(f"| {' | '.join(row)} |\n" for row in [header, ["---"] * len(header), *others])


if __name__ == "__main__":
    main()
