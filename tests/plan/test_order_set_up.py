"""Blobs that a choice of the set-up brings keep their own order in memory, whichever is declared first."""

import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

PRODUCT = """
layer Product(x: [N, K]) -> y: [N, M]:
    hyper M: int
    hyper transpose: bool = false
    if {test}:
        param {first} = constant(0)
        y = dot(x, a, over=K)
    else:
        param {second} = constant(0)
        y = dot(x, b, over=K)
"""


@pytest.mark.parametrize(
    ("test", "first", "second"),
    [("transpose", "a: [K, M]", "b: [M, K]"), ("not transpose", "a: [M, K]", "b: [K, M]")],
)
def test_no_blob_is_turned(test, first, second):
    text = PRODUCT.format(test=test, first=first, second=second)
    emitted = python_module(compile_source(Source("product.layer", text)).layers)
    assert "transpose(" not in emitted.split("class Product")[1]


def test_a_gradient_by_hand_is_made_stable_as_the_formulas_are():
    text = "layer L(x: [N]) -> y: [N]:\n    y = x**2\n    gradient x = d(y) * x**2\n"
    assert "np.power" not in python_module(compile_source(Source("l.layer", text)).layers)
