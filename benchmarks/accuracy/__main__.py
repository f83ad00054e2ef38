"""Measures how exact every function of emitted code is, and writes the tables of docs/accuracy.md.

`make accuracy`; `python -m benchmarks.accuracy --count 2000` is quicker, and `--tables` makes the tables again from the
last run.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.accuracy import measure, table
from benchmarks.page import written

PAGE = measure.ROOT / "docs" / "accuracy.md"
RESULTS = measure.ROOT / ".benchmarks" / "accuracy.json"


def measured(count):
    """The errors of all formulas on every Python, as JSON has them, and which NumPy each Python has."""
    cases = measure.cases(list(measure.KINDS), count)
    errors, numpy = {case.name: {} for case in cases}, {}
    for python in measure.PYTHONS:
        with tempfile.TemporaryDirectory() as folder:
            found = measure.run(python, cases, Path(folder))
        numpy[python] = "NumPy " + ".".join(found["numpy"].astype(str).item().split(".")[:2])
        for name, of_case in measure.errors(cases, found).items():
            errors[name][python] = [summary(error) for error in of_case]
    return {"count": count, "numpy": numpy, "errors": errors}


def summary(error):
    """The largest error, and the one that 99.9 % of the places do not exceed."""
    ordered = np.sort(error, axis=None)
    return float(ordered[-1]), float(ordered[int(0.999 * (ordered.size - 1))])


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy")
    parser.add_argument("--count", type=int, default=10000, help="places for each function of single elements")
    parser.add_argument("--tables", action="store_true", help="make the tables from the last run")
    options = parser.parse_args()
    if not options.tables:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(measured(options.count)))
    found = json.loads(RESULTS.read_text())
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), table.tables(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
