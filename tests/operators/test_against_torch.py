"""Value and gradients of every function against PyTorch's in double precision (see torch_values.py).

At awkward places PyTorch has other conventions for gradients, or loses them where a square overflows: there CONVENTIONS
says what holds instead, and why.
"""

import json
import pathlib

import numpy as np
import pytest
from operator_cases import CASES
from running import run

from layerdsl.semantics.builtins import BUILTINS

HERE = pathlib.Path(__file__).resolve().parent
FOUND = json.loads((HERE / "torch_values.json").read_text(encoding="utf-8"))
EACH = {
    f"{i} {case.formula}{' of size 1' * ones}": (case, ones)
    for i, case in enumerate(CASES)
    for ones in ((False, True) if case.ones else (False,))
}


def ties(first, second):
    """What two compared values get: where they are equal all goes to one of them, and nothing to what is no number."""

    def rule(g, a, b):
        equal, neither = a == b, np.isnan(a) | np.isnan(b)
        return {"a": [(equal, first * g), (neither, 0 * g)], "b": [(equal, second * g), (neither, 0 * g)]}

    return rule


def lengths(a, b):
    """1 in place of 0, and where the square of the length is not a number as all others."""
    r = np.hypot(a, b)
    return np.where(r == 0, 1, r), (r < 1e-150) | (r > 1e150)


def by_length(g, a, b):
    """The slopes of `atan2` without a square that overflows or vanishes; 0 at the origin."""
    with np.errstate(all="ignore"):
        r, far = lengths(a, b)
        return {"a": [(far, g * (b / r / r))], "b": [(far, -g * (a / r / r))]}


def of_length(g, a, b):
    """The slopes of `hypot`; 0 at the origin."""
    with np.errstate(all="ignore"):
        r, far = lengths(a, b)
        return {"a": [(far, g * (a / r))], "b": [(far, g * (b / r))]}


def even(g, x):
    """Each of two equal ones gets half; where all are -inf, each gets nothing."""
    lost = np.broadcast_to(np.all(x == -np.inf, axis=1, keepdims=True), x.shape)
    return {"x": [(np.abs(x) == 1e300, 0.5 * g[:, None]), (lost, 0 * g[:, None])]}


def cofactors(g, a):
    """`[[d, -c], [-b, a]]` of `[[a, b], [c, d]]`, singular or not."""
    turned = np.stack([a[:, 1, 1], -a[:, 1, 0], -a[:, 0, 1], a[:, 0, 0]], -1).reshape(a.shape)
    return {"a": [(np.full(a.shape, True), g[:, None, None] * turned)]}


# By formula: from the diff and the bottoms to the gradients, where they are other than PyTorch's.
CONVENTIONS = {
    "relu(x)": lambda g, x: {"x": [(np.isnan(x), 0 * g)]},  # NaN is not above 0
    "arccosh(x)": lambda g, x: {"x": [(x < 1, np.nan * g)]},  # it has no value there, nor a slope
    "max(a, b)": ties(0, 1),
    "min(a, b)": ties(1, 0),
    "clip(a, b, b + 1)": lambda g, a, b: {"b": [((b == b + 1) & (a < b), g)]},  # between equal limits
    "pow(a, b)": lambda g, a, b: {"b": [(a == 0, 0 * g)]},  # the value is 0, or infinite, whatever `b` is
    "atan2(a, b)": by_length,
    "hypot(a, b)": of_length,
    "logsumexp(x, over=C)": even,
    "det(a, N, M)": cofactors,
}


@pytest.mark.parametrize("name", EACH)
def test_as_in_torch(name):
    case, ones = EACH[name]
    wanted, bottoms = FOUND[name], case.bottoms(ones)
    g = np.arange(1.0, 1 + np.prod(wanted["shape"], dtype=int)).reshape(wanted["shape"])
    ran = run(case.layer(), {"y": g}, **bottoms)
    value = ran.value("y")
    assert value.size == g.size
    np.testing.assert_allclose(value.ravel(), wanted["value"], rtol=1e-12, atol=1e-13, err_msg="value")
    for bottom, diff in with_conventions(case, wanted["diffs"], g, bottoms).items():
        np.testing.assert_allclose(ran.diff(bottom), diff, rtol=1e-11, atol=1e-12, err_msg=f"by {bottom}")


def with_conventions(case, diffs, g, bottoms):
    """PyTorch's gradients in the shapes of the bottoms, and the conventions over them."""
    found = {name: np.reshape(diff, bottoms[name].shape) for name, diff in diffs.items()}
    rule = CONVENTIONS.get(case.formula) if case.data else None
    for name, places in (rule(g, **bottoms) if rule else {}).items():
        for place, right in places:
            found[name] = np.where(place, right, found[name])
    return found


# Functions that PyTorch has no counterpart of, and where they are tried.
ELSEWHERE = {
    "d": "stands in a gradient by hand alone: tests/gradient/test_by_hand.py",
    "uniform": "draws: tests/caffe/test_draws.py, tests/semantics/test_draws.py",
    "normal": "draws",
    "randint": "draws",
    "bernoulli": "draws",
    "ndim": "is a size, known with the shapes: tests/semantics, tests/real/twins (Scale)",
    "nms": "is in no PyTorch: tests/caffe/test_boxes.py has it against plain loops",
    "parts": "gives several tops: tests/semantics/test_layout.py, tests/real/twins (Slice)",
}


def test_every_function_is_tried_or_has_a_reason():
    tried = {case.name for case in CASES}
    assert set(BUILTINS) - tried == set(ELSEWHERE)


def test_conventions_are_about_something():
    assert set(CONVENTIONS) <= {case.formula for case in CASES if case.data}


@pytest.mark.parametrize(
    "name", [name for name, (case, _) in EACH.items() if case.formula in CONVENTIONS and case.data]
)
def test_a_convention_differs_from_torch(name):
    """What PyTorch has come to do as well is no convention of its own any more."""
    case, ones = EACH[name]
    bottoms, wanted = case.bottoms(ones), FOUND[name]
    g = np.arange(1.0, 1 + np.prod(wanted["shape"], dtype=int)).reshape(wanted["shape"])
    ours = with_conventions(case, wanted["diffs"], g, bottoms)
    assert any(
        not np.array_equal(ours[bottom].ravel(), diff, equal_nan=True) for bottom, diff in wanted["diffs"].items()
    )
