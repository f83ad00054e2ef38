"""A gradient that is given by hand under a condition of the set-up: elsewhere it is the derived one."""

import numpy as np
import pytest
from layers import emitted

from layerdsl.caffe.standin import SingleLayer

LAYER = """
layer L(x: [N, C], w: [C]) -> y: [N, C]:
    hyper straight: bool = true
    hyper way: "up" | "down" = "up"
    if straight:
        y = 3 * x * w
        gradient x = d(y)
    elif way == "down":
        y = x * w
        gradient x = -d(y)
    else:
        y = x**2 * w
"""
X, W, G = np.array([[1.0, 2.0]]), np.array([3.0, 5.0]), np.array([[7.0, 11.0]])


@pytest.mark.parametrize(
    ("param_str", "x_diff", "w_diff"),
    [
        ("", G, 3 * X * G),
        ("{'straight': False, 'way': 'down'}", -G, X * G),
        ("{'straight': False}", 2 * X * W * G, X**2 * G),
    ],
)
def test_each_branch_has_its_own(param_str, x_diff, w_diff):
    net = SingleLayer(emitted(LAYER), [X, W], tops=1, param_str=param_str, dtype=np.float64)
    net.forward()
    net.backward([True, True], [G])
    np.testing.assert_allclose(net.bottom[0].diff, x_diff)
    np.testing.assert_allclose(net.bottom[1].diff, w_diff[0])


def test_grad_through_it_is_what_the_formula_says_and_so_is_the_derivative_of_that():
    """y = w * 5 * 2 * f(w * x), where f is a square and the slope of it is said to be 5."""
    text = """
layer F(x: [N]) -> y: [N]:
    y = x**2
    gradient x = 5 * d(y)

layer L(x: [N], w: const [N]) -> y: [N]:
    y = grad(sum(F(w * x)**2), x)
"""
    x, w, g = (np.array([value]) for value in (2.0, 3.0, 7.0))
    net = SingleLayer(emitted(text), [x, w], tops=1, dtype=np.float64)
    net.forward()
    np.testing.assert_allclose(net.top[0].data, w * 5 * 2 * (w * x) ** 2)
    net.backward([True, False], [g])
    np.testing.assert_allclose(net.bottom[0].diff, g * w * 5 * 2 * 5 * w)
