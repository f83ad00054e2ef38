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
