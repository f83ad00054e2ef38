"""Values that are constant along an axis: they may stand wherever other values may."""

import numpy as np
import pytest
from running import run

X = np.arange(6.0).reshape(2, 3)
LABEL = np.array([0, 2])
OVER_C = [
    ("max(0 * x + 2, over=C)", 2),
    ("min(w, over=C)", [4, 5]),
    ("prod(0 * x + 2, over=C)", 8),
    ("prod(x * 0 + w, over=[C, N])", 8000),
    ("sum(0 * x + 2, over=C)", 6),
    ("mean(0 * x + 2, over=C)", 2),
    ("std(0 * x + 2, over=C)", 0),
    ("norm(0 * x + 2, over=C)", 2 * 3**0.5),
    ("logsumexp(0 * x, over=C)", np.log(3)),
    ("argmax(0 * x, over=C)", 0),
    ("argmin(0 * x + w, over=C)", 0),
    ("float(any(0 * x > -1, over=C))", 1),
    ("float(all(0 * x > 1, over=C))", 0),
    ("count(0 * x > -1, over=C)", 3),
    ("(0 * x + 1)[C=label]", 1),
    ("(0 * x + w)[C=label]", [4, 5]),
    ("(0 * x + 1)[C=1]", 1),
    ("dot(0 * x + 1, x, over=C)", [3, 12]),
    ("sum((0 * x + 1)[C=1:], over=C)", 2),
    ("sum(rename(0 * x + w, C=D), over=D)", [12, 15]),
]


@pytest.mark.parametrize(("formula", "value"), OVER_C, ids=[formula for formula, _ in OVER_C])
def test_along_the_axis(formula, value):
    """`0 * x + w` with `w: [N]` is a value over N and C that is `w` for every C."""
    formula = formula.replace("min(w, over=C)", "min(0 * x + w, over=C)")
    text = f"layer A(x: [N, C], w: [N], label: index(C) [N]) -> y: [N]:\n    y = {formula} + 0 * w\n"
    ran = run(text, x=X, w=[4, 5], label=LABEL)
    np.testing.assert_allclose(ran.value("y"), np.broadcast_to(value, 2))


@pytest.mark.parametrize("formula", ["softmax(0 * x, over=C)", "x**0 / 3", "exp(log_softmax(0 * x, over=C))", "1 / C"])
def test_what_keeps_the_axis(formula):
    ran = run(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula}\n", x=X)
    np.testing.assert_allclose(ran.value("y"), np.full((2, 3), 1 / 3))
    np.testing.assert_array_equal(ran.diff("x"), np.zeros((2, 3)))


def test_a_product_of_what_is_repeated_has_its_derivative():
    text = "layer A(x: [N, C], w: [N]) -> y: []:\n    y = sum(prod(0 * x + w, over=C))\n"
    ran = run(text, x=X, w=[4, 5])
    assert ran.value("y") == 4**3 + 5**3
    np.testing.assert_allclose(ran.diff("w"), [3 * 4**2, 3 * 5**2])
