"""What works over axes, given a value without any."""

import numpy as np
import pytest
from running import run

FORMULAS = {
    **{f"{name}(x)": (-2, 1) for name in ("sum", "mean", "max", "min", "prod", "logsumexp")},
    "norm(x)": (2, -1),
    "var(x)": (0, 0),
    "std(x)": (0, 0),
    "softmax(x)": (1, 0),
    "softmin(x)": (1, 0),
    "log_softmax(x)": (0, 0),
    "float(any(x > 0))": (0, 0),
    "float(all(x < 0))": (1, 0),
    "count(x < 0)": (1, 0),
    "count(train)": (1, 0),
    "dot(x, x)": (4, -4),
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_value_and_derivative(formula):
    value, slope = FORMULAS[formula]
    ran = run(f"layer A(x: []) -> y: []:\n    y = {formula} + 0 * x\n", x=np.array(-2.0))
    assert (float(ran.value("y")), float(ran.diff("x"))) == (value, slope)


def test_calls_inside_each_other_are_read_once():
    formula = "x"
    for _ in range(40):
        formula = f"max({formula}, over=C) * x"
    assert run(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula}\n", x=np.ones((2, 3))).value("y").sum() == 6
