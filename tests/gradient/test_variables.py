"""`grad(value, wrt)` by a value that is a formula itself: that value alone is meant, and all of it."""

import numpy as np
import pytest
from running import start

X = np.array([0.3, -0.7, 1.1])
P = np.exp(X) / np.exp(X).sum()
T = np.tanh(X)

CASES = {
    "what a rewriting would swallow": ("p = softmax(x, over=N)\n    y = grad(sum(log(p)), p)", 1 / P),
    "log of a sigmoid": ("p = sigmoid(x)\n    y = grad(sum(log(p)), p)", 1 + np.exp(-X)),
    "exp of a logarithm": ("p = log(x**2)\n    y = grad(sum(exp(p)), p)", X**2),
    "root of a square": ("p = x**2\n    y = grad(sum(sqrt(p)), p)", 0.5 / np.abs(X)),
    "one of two that are equal": ("p = tanh(x)\n    q = tanh(x)\n    y = grad(sum(p * q), p)", T),
    "the same written out": ("p = tanh(x)\n    y = grad(sum(p * tanh(x)), p)", T),
    "of the whole where it is part of itself": ("p = tanh(x)\n    y = grad(sum(p * p), p)", 2 * T),
    "in what is derived": ("p = tanh(x)\n    q = grad(sum(p**3), p)\n    y = grad(sum(q**2), p)", 36 * T**3),
    "by what is derived": ("q = grad(sum(x**3), x)\n    y = grad(sum(q**2), q)", 6 * X**2),
    "by a sum": ("p = x + x\n    y = grad(sum(p**2), p)", 4 * X),
    "by a plain blob": ("y = grad(sum(log(softmax(x, over=N))), x)", 1 - 3 * P),
}


@pytest.mark.parametrize(("formula", "value"), CASES.values(), ids=CASES)
def test_value(formula, value):
    made = start(f"layer A(x: [N]) -> y: [N]:\n    {formula}\n", x=X).forward()
    np.testing.assert_allclose(made.value("y"), value, rtol=1e-12)


@pytest.mark.parametrize(("formula", "value"), CASES.values(), ids=CASES)
def test_its_own_slope(formula, value):
    """Along a direction, by differences of the values, which are right."""
    text = f"layer A(x: [N]) -> y: [N]:\n    {formula}\n"
    along, weights, h = np.array([0.4, 1.0, -0.6]), np.array([1.0, -2.0, 0.5]), 1e-5
    up, down = (start(text, x=X + side * h * along).forward().value("y") for side in (1, -1))
    made = start(text, x=X).forward()
    made.backward(y=weights)
    slope = (made.diff("x") * along).sum()
    np.testing.assert_allclose(slope, (weights * (up - down)).sum() / (2 * h), rtol=1e-7)


def test_within_a_step():
    text = (
        "layer A(x: [T]) -> y: [T]:\n    scan T:\n        carry h: [] = 0\n        p = tanh(x)\n        q = tanh(x)\n"
        "        s = grad(p * q + h, p)\n        next h = h + s\n    y = s\n"
    )
    np.testing.assert_allclose(start(text, x=X).forward().value("y"), T, rtol=1e-12)
