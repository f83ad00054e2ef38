"""No function is less exact than its bound, and docs/accuracy.md has the figures of them all."""

import re

import numpy as np
import pytest
from accurate import BOUNDS, ROOT, beyond_bounds, measure

from benchmarks.accuracy.exact import Wanted, units
from benchmarks.accuracy.functions import FUNCTIONS
from layerdsl.semantics.builtins import BUILTINS, PLAIN

PAGE = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", measure.KINDS)
def test_within_bounds(kind, tmp_path):
    """On this NumPy; tests/real has Caffe's and that of Python 2.7."""
    assert beyond_bounds(["newest"], kind, tmp_path) == []


def test_every_function_of_one_value_or_two_is_measured():
    """But for those whose result is no number."""
    of_two = {name for name, each in BUILTINS.items() if [one.name for one in each.parameters] == ["a", "b"]}
    measured = {one.formula.partition("(")[0] for one in FUNCTIONS}
    assert {*PLAIN, *of_two} - measured == {"isnan", "isinf", "isfinite"}


def test_every_formula_has_its_bounds():
    assert list(BOUNDS) == [one.formula for one in measure.FORMULAS]


@pytest.mark.parametrize("kind", measure.KINDS)
def test_the_page_has_every_formula_within_its_bounds(kind):
    tables = [
        re.search(rf"<!-- {name}-{kind}:begin -->(.*?)<!--", PAGE, re.DOTALL)[1] for name in ("functions", "arrays")
    ]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for table in tables for line in table.strip().splitlines()]
    rows = {row[0].strip("`*"): row[1:] for row in rows if row[0].startswith("`")}
    assert list(rows) == list(BOUNDS)
    for formula, cells in rows.items():
        bounds = BOUNDS[formula][list(measure.KINDS).index(kind)]
        for errors, written, bound in ((cells[:3], cells[3], bounds[0]), (cells[4:7], cells[7], bounds[1])):
            assert written == ("" if bound is None else f"{bound:g}"), formula
            assert all(float(error.split()[0]) <= bound for error in errors if error), formula


UNITS = [
    (1.0, 1.0, 0.0, 0),
    (1 + 2.0**-23, 1.0, 0.0, 1),
    (1.0, 1.0, 2.0**-24, 0.5),
    (3.0, np.pi, 1.2246467991473532e-16, (np.pi - 3) * 2**22),
    (np.inf, 1e39, 0.0, 0),
    (np.inf, 3e38, 0.0, np.inf),
    (3e38, 1e39, 0.0, np.inf),
    (np.nan, 1.0, 0.0, np.inf),
    (-np.inf, np.inf, 0.0, np.inf),
    (0.0, 1e-40, 0.0, 1e-40 / 1.1754943508222875e-38),
    (2.0**-30, 0.0, 0.0, 2.0**-30 / 1.1754943508222875e-38),
]


@pytest.mark.parametrize(("found", "high", "low", "error"), UNITS)
def test_units(found, high, low, error):
    """In float32: 1 is followed by 1 + 2**-23."""
    with np.errstate(over="ignore"):
        got = units(np.array([found], np.float32), Wanted(np.array([high]), np.array([low])))
    assert got[0] == pytest.approx(error, rel=1e-6)


def test_units_of_at_least_something():
    found, wanted = np.array([2.0**-20], np.float32), Wanted(np.array([0.0]), np.array([0.0]), least=1.0)
    assert units(found, wanted)[0] == 8
