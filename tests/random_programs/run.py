"""Tries random programs, says what was tried, and keeps what fails as regression tests.

run.py --programs 20000 --first 1        `first`: the seed of the first hundred programs
run.py --programs 20000 --total runs.json   adds what was tried to the totals of earlier runs
run.py --table runs.json                 writes the table of docs/testing.md from them
"""

from __future__ import annotations

import argparse
import json
import pathlib
import platform
import re
import sys
import time
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from random_layers.campaign import CHUNK, Campaign, lines, run
from random_layers.drawn import programs
from random_layers.properties import PROPERTIES

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "testing.md"
BEGIN, END = "<!-- random programs:begin -->", "<!-- random programs:end -->"


def main(arguments: list[str]) -> int:
    """The exit status: 1 where something failed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--programs", type=int, default=500)
    options.add_argument("--first", type=int, default=int(time.time()))
    options.add_argument("--total", type=pathlib.Path)
    options.add_argument("--table", type=pathlib.Path)
    given = options.parse_args(arguments)
    if given.table is not None:
        write_table(json.loads(given.table.read_text()))
        return 0
    kept = Kept(given.first)
    done = run(programs(), given.programs, given.first, kept.tell)
    print("\n".join(lines(done)))
    if given.total is not None:
        add(given.total, done, given.first)
    return int(bool(done.failures))


class Kept:
    """Tells of failures as they come, and keeps their programs."""

    def __init__(self, first: int) -> None:
        self.first, self.told = first, 0

    def tell(self, done: Campaign) -> None:
        """What is new since the last time."""
        print(f"{done.programs} programs, {len(done.failures)} failures, {done.seconds:.0f} seconds", flush=True)
        for number, failure in enumerate(done.failures[self.told :], self.told):
            path = HERE / "regressions" / f"found_{self.first}_{number}.layer"
            path.write_text(failure.program.written(), encoding="utf-8")
            print(f"\n{failure.what}\n\n{failure.program.written()}\nkept as {path.name}\n", flush=True)
        self.told = len(done.failures)


def add(path: pathlib.Path, done: Campaign, first: int) -> None:
    """Adds a run to the totals in a file."""
    known = json.loads(path.read_text()) if path.exists() else {"runs": [], "looked": {}}
    chunks = -(-done.programs // CHUNK)
    run = {"programs": done.programs, "seeds": [first, first + chunks - 1], "failures": len(done.failures)}
    known["runs"].append({**run, "seconds": round(done.seconds), "machine": machine()})
    known["looked"] = dict(Counter(known["looked"]) + done.looked)
    path.write_text(json.dumps(known, indent=1) + "\n")


def machine() -> str:
    """What it ran on."""
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"


def write_table(known: dict[str, object]) -> None:
    """Puts the figures into the page."""
    text = PAGE.read_text(encoding="utf-8")
    table = "\n".join([BEGIN, *table_of(known), END])
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda found: table, text, flags=re.DOTALL), encoding="utf-8")


def table_of(known: dict[str, object]) -> list[str]:
    """The lines of the table."""
    runs, looked = known["runs"], known["looked"]
    found = ["| property | looked at |", "| --- | --- |", f"| programs | {sum(run['programs'] for run in runs):,} |"]
    return found + [f"| {name} | {looked.get(name, 0):,} {WHAT[name]} |" for name in PROPERTIES]


# What is counted of a property.
WHAT = {
    "emitted code and reference": "programs whose values are all finite",
    "loops in parts": "programs that have such loops",
    "derivative and differences": "directions that have a slope",
    "Caffe's old NumPy": "programs",
    "float32 there": "programs",
    "every pass alone": "passes on a program",
    "printing and reading": "programs",
    "formatting": "programs",
    "other order": "programs",
    "other names": "programs",
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
