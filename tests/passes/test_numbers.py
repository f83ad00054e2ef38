"""Numbers known at set-up meet across divisions and linear operators, where that saves a pass."""

import re

import numpy as np
import pytest
from layers import compilation, emitted

from layerdsl.caffe.standin import SingleLayer
from layerdsl.pipeline import python_module

HEAD = "layer A(x: [N, C, S]) -> y: [N, C, S]:\n    hyper a: float = 0.3\n    hyper b: float = 0.7\n    "


def numbers(body, name):
    """How often a method multiplies an array by something that no array has."""
    module = python_module(compilation(HEAD + body + "\n").layers)
    method = re.search(rf"    def {name}\(.*?(?=\n    def |\n\n\n)", module, re.DOTALL).group()
    return len(re.findall(r"np\.multiply\([^()]*, (?:-|\w*\()?(?:self\.[ab]\b|\d)", method))


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("y = a * x / exp(x) * b", 1),
        ("y = b * sum(window(x * a, S by K=3, pad=1), over=K)", 1),
        ("y = exp(a * x / (b + x**2))", 1),
        ("y = a * x / exp(x) * b / sqrt(x + 4) * 3", 1),
    ],
)
def test_numbers_are_one(body, count):
    assert numbers(body, "forward") == count


def test_a_number_that_others_read_stays_where_it_is():
    assert numbers("z = a * x\n    y = b * (z / exp(x)) + exp(z)", "forward") == 2


@pytest.mark.parametrize(("times", "expected"), [(1, 1e10), (2, 1e20), (30, 1e300), (64, np.inf)])
def test_whole_numbers_multiplied_beyond_all_types_are_floats(times, expected):
    loop = f"a = x\n    for i in range({times}):\n        carry y = a\n        next y = y * 100000 * 100000\n"
    layer = emitted("layer A(x: [N]) -> y: [N]:\n    " + loop)
    net = SingleLayer(layer, [np.ones(2)], dtype=np.float64)
    net.forward()
    np.testing.assert_allclose(net.top[0].data, expected, rtol=1e-14)
