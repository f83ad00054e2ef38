"""The functions whose errors exceed their bounds, at fewer places than docs/accuracy.md has."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.accuracy import measure  # noqa: E402
from benchmarks.accuracy.bounds import BOUNDS  # noqa: E402

PLACES = 300


def beyond_bounds(pythons, kind, folder, places=PLACES):
    """A line for each formula and Python where the largest error is more than is allowed."""
    cases = [measure.case(number, kind, places) for number in range(len(measure.FORMULAS))]
    found = {python: measure.errors(cases, measure.run(python, cases, folder)) for python in pythons}
    return [
        f"{python}: {line}" for python in pythons for case in cases for line in _beyond(case, found[python][case.name])
    ]


def _beyond(case, errors):
    formula = measure.FORMULAS[case.number].formula
    value, slope = BOUNDS[formula][list(measure.KINDS).index(case.kind)]
    for what, bound, some in (("value", value, errors[:1]), ("slope", slope, errors[1:])):
        worst = max((float(error.max()) for error in some), default=0.0)
        if some and not worst <= bound:
            yield f"{formula}, {case.kind}, {what}: {worst:.3g} units, allowed are {bound:g}"
