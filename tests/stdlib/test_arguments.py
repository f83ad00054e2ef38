"""How the axes of a value meet those that a function declares."""

import numpy as np
import pytest
from test_stdlib import emitted

from layerdsl.caffe import standin
from layerdsl.pipeline import compile_source
from layerdsl.source import Source

X = np.random.RandomState(3).uniform(-1, 1, (4, 3, 2, 5))


@pytest.mark.parametrize("value", ["x * slope", "slope * x", "slope * (x + 0 * x)"])
def test_the_order_of_the_factors_does_not_tell(value):
    """The axes count in the order of the layer's declarations, so that N is the batch however the value is written."""
    layer = emitted(
        "from normalise import layer_norm\n\n"
        "layer L(x: [N, C, *S]) -> y: [N, C, *S]:\n"
        "    param slope: [C] = constant(2)\n"
        f"    y = layer_norm({value})\n"
    )
    run = standin.SingleLayer(layer, [X])
    run.forward()
    assert np.abs(run.top[0].data.mean((1, 2, 3))).max() < 1e-6
    assert np.allclose(run.top[0].data.std((1, 2, 3)), 1, atol=1e-3)


def test_the_axis_of_four_is_found_by_its_size():
    layer = emitted("from boxes import area\n\nlayer L(x: [N, 4, H, W]) -> y: [N, H, W]:\n    y = area(x)\n")
    boxes = np.random.RandomState(3).uniform(0, 1, (2, 4, 3, 5))
    run = standin.SingleLayer(layer, [boxes])
    run.forward()
    assert np.allclose(run.top[0].data, (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), atol=1e-6)


def test_a_value_without_the_axis_is_refused():
    text = "from boxes import area\n\nlayer L(x: [N, C, 5]) -> y: [N, C]:\n    y = area(x)\n"
    (found,) = compile_source(Source("l.layer", text)).diagnostics
    assert found.code == "LD202"


PAIRS = """
def pairs(a: [N, D], b: [M, D]):
    return dot(a, b, over=D)

layer L(a: [N, D], b: {b}) -> y: [N, M]:
    y = pairs(a, {given})
"""


@pytest.mark.parametrize(
    ("b", "given"), [("[M, D]", "b"), ("[D, M]", "b"), ("[M, D]", "2 * b"), ("[D, M]", "b + 0 * b")]
)
def test_what_an_earlier_argument_has_named_goes_by_name(b, given):
    layer = emitted(PAIRS.format(b=b, given=given))
    one, other = np.random.RandomState(1).uniform(-1, 1, (4, 3)), np.random.RandomState(2).uniform(-1, 1, (5, 3))
    run = standin.SingleLayer(layer, [one, other.T if b == "[D, M]" else other])
    run.forward()
    assert np.allclose(run.top[0].data, one @ other.T * (2 if "2" in given else 1), atol=1e-6)


def test_an_axis_of_one_is_unseen_in_functions_too():
    layer = emitted(
        "def nll(score: [N, C, *S], label: [N, 1, *S]):\n    return -log_softmax(score, over=C)[C=label]\n\n"
        "layer L(score: [N, C, H, W], label: index(C) [N, 1, H, W]) -> y: [N, H, W]:\n    y = nll(score, label)\n"
    )
    run = standin.SingleLayer(layer, [X, np.zeros((4, 1, 2, 5))])
    run.forward()
    assert np.allclose(run.top[0].data, -np.log(np.exp(X[:, 0]) / np.exp(X).sum(1)), atol=1e-5)


def test_two_groups():
    layer = emitted(
        "def outer(a: [N, *S], b: [N, *T]):\n    return sum(a, over=S) * sum(b, over=T)\n\n"
        "layer L(a: [N, C, H], b: [N, K]) -> y: [N]:\n    y = outer(a, b)\n"
    )
    a, b = X[:, :, 0], X[:, 0, 0]
    run = standin.SingleLayer(layer, [a, b])
    run.forward()
    assert np.allclose(run.top[0].data, a.sum((1, 2)) * b.sum(1), atol=1e-5)
