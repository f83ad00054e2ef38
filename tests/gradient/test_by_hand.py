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
