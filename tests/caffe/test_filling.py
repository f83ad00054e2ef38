"""Fillers that a net names in `param_str`."""

import numpy as np
import pytest
from layers import emitted

from layerdsl.caffe.filling import _fill, _to_filler
from layerdsl.caffe.param_str import read_value
from layerdsl.caffe.standin import SingleLayer


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("xavier", ("xavier", {})),
        ("gaussian(std=0.01, mean = 2)", ("gaussian", {"std": 0.01, "mean": 2.0})),
        ("constant()", ("constant", {})),
        ('{"type": "msra", "variance_norm": "average"}', ("msra", {"variance_norm": "average"})),
        ("{'value': 3}", ("constant", {"value": 3.0})),
        ("gaussian(sparse=4)", ("gaussian", {"sparse": 4})),
    ],
)
def test_what_a_net_writes(written, wanted):
    assert _to_filler(read_value(written)) == wanted


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("xavierr", "one of the fillers bilinear, constant, gaussian"),
        ("gaussian(st=1)", "a filler `gaussian`, which has no `st`"),
        ("gaussian(sparse=1.5)", "a whole number"),
        ("xavier(variance_norm=fan)", "one of 'fan_in', 'fan_out', 'average'"),
        ("7", "one of the fillers"),
        ("[1, 2]", "one of the fillers"),
    ],
)
def test_what_is_refused(written, why):
    with pytest.raises((TypeError, ValueError), match=why):
        _to_filler(read_value(written))


def test_every_filler_fills():
    for name in ("constant", "uniform", "gaussian", "positive_unitball", "xavier", "msra", "bilinear"):
        data = np.full((3, 1, 4, 4), np.nan)
        _fill(data, _to_filler(name))
        assert np.isfinite(data).all()


LAYER = """
layer L(x: [N, C]) -> y: [N, C]:
    hyper first: filler = constant(0.5)
    hyper second: filler? = none
    param a: [C] = first
    if second != none:
        param b: [C] = second
        y = x * a + b
    else:
        y = x * a
"""


@pytest.mark.parametrize(
    ("param_str", "blobs"),
    [
        ("", [0.5]),
        ('{"first": {"type": "constant", "value": 2}}', [2]),
        ("first: constant(value=3), second: 'constant(value=4)'", [3, 4]),
    ],
)
def test_a_layer_is_filled_as_the_net_says(param_str, blobs):
    net = SingleLayer(emitted(LAYER), [np.ones((2, 3))], tops=1, param_str=param_str)
    assert [blob.data.tolist() for blob in net.blobs] == [[value] * 3 for value in blobs]
