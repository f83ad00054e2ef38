"""Numbers known at set-up: whatever they are, they end in a number of NumPy's, never in an exception."""

import math

import numpy as np
import pytest
from layers import emitted
from running import run

TEXT = """
layer A(x: [N]) -> y: [N]:
    hyper k: float = 0; hyper m: int = 0; hyper on: bool = true
    y = x * {}
"""
INF = math.inf
VALUES = [
    ("(1 / k)", INF),
    ("(k / k)", math.nan),
    ("(-1 / k)", -INF),
    ("(k**-1)", INF),
    ("(m**-1)", INF),
    ("((k - 8)**(1 / 3))", math.nan),
    ("(9**9**9**9)", INF),
    ("((m - 2)**3)", -8),
    ("((m + 2)**-2)", 0.25),
    ("(7 % k)", math.nan),
    ("(7 // k)", INF),
    ("(7 % (m + 4))", 3),
    ("((k - 7) // 2)", -4),
    ("exp(1e9)", INF),
    ("(1e200**2)", INF),
    ("log(k)", -INF),
    ("sqrt(k - 1)", math.nan),
    ("arcsin(k + 2)", math.nan),
    ("hypot(k + 4, 3)", 5),
    ("atan2(k + 1, k)", math.pi / 2),
    ("pow(k + 2, m + 3)", 8),
    ("max(k, 1, m)", 1),
    ("clip(k + 3, 0, 1)", 1),
    ("sigmoid(k)", 0.5),
    ("softplus(k)", math.log(2)),
    ("log_sigmoid(k)", -math.log(2)),
    ("relu(k - 1)", 0),
    ("erf(1 / k)", 1),
    ("erfc(1 / k)", 0),
    ("floor(k - 0.5)", -1),
    ("round(k + 2.5)", 2),
    ("float(k >= 0)", 1),
    ("(2 if on and k == m else 3)", 2),
    ("float(on)", 1),
    ("(N / 2)", 1),
    ("(N // 2 * 3 - N % 2)", 3),
    ("(1 / (N - 2 + k))", INF),
]


@pytest.mark.parametrize(("formula", "value"), VALUES, ids=[formula for formula, _ in VALUES])
@pytest.mark.filterwarnings("error")
def test_values(formula, value):
    ran = run(TEXT.format(formula), x=[1.0, 2.0], dtype=np.float32)
    np.testing.assert_allclose(ran.value("y"), np.float32(value) * np.float32([1, 2]), rtol=1e-6)
    np.testing.assert_allclose(ran.diff("x"), np.full(2, value), rtol=1e-6)


def test_numbers_of_the_user_stay_what_they_are():
    text = "layer A(x: [N]) -> y: [N]:\n    y = x * 0.1 + 1e-30 - 16777217 + 123456789012345678\n"
    made = emitted(text)
    assert made.__name__ == "A"
    x = np.array([3.0])
    wanted = x * 0.1 + 1e-30 - 16777217 + 123456789012345678
    np.testing.assert_array_equal(run(text, x=x).value("y"), wanted)
