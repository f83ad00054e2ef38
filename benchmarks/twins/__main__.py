"""Runs every case and every timing, and writes the tables of docs/twins.md.

`make twins`; `python -m benchmarks.twins --rounds 5` is quicker, `--only pooling relu` times those cases again, and
`--tables` makes the tables again from the last run.
"""

import argparse
import json
import tempfile

from benchmarks import machine
from benchmarks.page import written
from benchmarks.twins import run, sizes, table

PAGE = table.ROOT / "docs" / "twins.md"
RESULTS = table.ROOT / ".benchmarks" / "twins.json"


def measured(rounds, words, before):
    """All that the page needs, as JSON has it.

    words: the cases with one of them in their titles are timed, the others keep their timings; all where it is None.
    """
    with tempfile.TemporaryDirectory() as folder:
        differences = run.differences(folder)
        run.emitted(folder)
        found = {count: timed(folder, count, rounds, words) for count in (1, 2)}
    return {
        "types": run.types(),
        "differences": differences,
        "timings": {str(count): merged(before.get(str(count), []), lines) for count, lines in found.items()},
        "machine": machine.describe(),
        "versions": run.versions(),
    }


def timed(folder, threads, rounds, words):
    return [] if words == [] else run.timings(folder, threads, rounds, *(words or ()))


def merged(before, lines):
    """The timings before, with these in place of those of the same cases, in the order of sizes.py."""
    found = {line["case"]: line for line in (*before, *lines)}
    return [found[case.title] for case in sizes.CASES if case.title in found]


def tables(found):
    """Each table by the name of its place in the page."""
    timings = {int(threads): lines for threads, lines in found["timings"].items()}
    where = "{processor}, {cores} cores of it, {system}. ".format(
        **found["machine"]
    ) + "Caffe {caffe}, Python {python}, NumPy {numpy}. Milliseconds are medians, forward + backward.".format(
        **found["versions"]
    )
    return {
        "twins": table.first_table(found["types"], found["differences"], timings[1]),
        "bounds": table.bounds_table(found["differences"]),
        "speed": where + "\n\n" + table.summary(timings) + "\n\n" + table.speed_table(timings),
    }


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twins")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of every pair, at most")
    parser.add_argument("--tables", action="store_true", help="make the tables from the last run")
    parser.add_argument(
        "--only", nargs="*", help="words in the titles of the cases to be timed again; none without words"
    )
    options = parser.parse_args()
    if not options.tables:
        before = json.loads(RESULTS.read_text())["timings"] if options.only is not None and RESULTS.exists() else {}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(measured(options.rounds, options.only, before)))
    found = json.loads(RESULTS.read_text())
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), tables(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
