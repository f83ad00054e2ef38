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
    options.add_argument("--table", type=pathlib.Path, nargs="+")
    given = options.parse_args(arguments)
    if given.table is not None:
        write_table([json.loads(path.read_text()) for path in given.table])
        return 0
    book = Book(given.first, given.total)
    done = run(programs(), given.programs, given.first, book.tell)
    print("\n".join(lines(done)))
    return int(bool(done.failures))


class Book:
    """Tells of failures as they come, keeps their programs, and writes down what was tried."""

    def __init__(self, first: int, total: pathlib.Path | None) -> None:
        self.first, self.total, self.told = first, total, 0
        there = total is not None and total.exists()
        self.before = json.loads(total.read_text()) if there else {"runs": [], "looked": {}}  # type: ignore[union-attr]

    def tell(self, done: Campaign) -> None:
        """What is new since the last time."""
        print(f"{done.programs} programs, {len(done.failures)} failures, {done.seconds:.0f} seconds", flush=True)
        for number, failure in enumerate(done.failures[self.told :], self.told):
            path = HERE / "regressions" / f"found_{self.first}_{number}.layer"
            path.write_text(failure.program.written(), encoding="utf-8")
            print(f"\n{failure.what}\n\n{failure.program.written()}\nkept as {path.name}\n", flush=True)
        self.told = len(done.failures)
        if self.total is not None:
            self.total.write_text(json.dumps(self._with(done), indent=1) + "\n")

    def _with(self, done: Campaign) -> dict[str, object]:
        chunks = -(-done.programs // CHUNK)
        run = {"programs": done.programs, "seeds": [self.first, self.first + chunks - 1]}
        run |= {"failures": len(done.failures), "seconds": round(done.seconds), "machine": machine()}
        looked = Counter(self.before["looked"]) + done.looked
        return {"runs": [*self.before["runs"], run], "looked": dict(looked)}


def machine() -> str:
    """What it ran on."""
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"


def write_table(totals: list[dict[str, object]]) -> None:
    """Puts the figures into the page."""
    text = PAGE.read_text(encoding="utf-8")
    table = "\n".join([BEGIN, *table_of(totals), END])
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda found: table, text, flags=re.DOTALL), encoding="utf-8")


def table_of(totals: list[dict[str, object]]) -> list[str]:
    """The lines of the table."""
    runs = [run for known in totals for run in known["runs"]]
    looked = sum((Counter(known["looked"]) for known in totals), Counter())
    programs = sum(run["programs"] for run in runs)
    found = ["| property | looked at |", "| --- | --- |"]
    found += [f"| {name} | {looked.get(name, 0):,} {WHAT[name]} |" for name in PROPERTIES]
    failures = sum(run["failures"] for run in runs)
    machines = "; ".join(sorted({run["machine"] for run in runs}))
    hours = sum(run["seconds"] for run in runs) / 3600
    said = f"{programs:,} programs, of which {failures} failed; `tests/random_programs/runs.json` has their seeds. "
    return [*found, "", f"{said}They took {hours:.1f} hours on two cores shared with other work ({machines})."]


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
