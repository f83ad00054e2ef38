"""Pooling with `pool: STOCHASTIC`, which Caffe computes on a GPU alone: its formulas window by window."""

import pathlib

import numpy as np
import pytest

from layerdsl.caffe import standin
from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

FILE = pathlib.Path(__file__).resolve().parent.parent.parent / "stdlib" / "caffe" / "pooling.layer"
CASES = [
    {"kernel_size": 2, "stride": 2},
    {"kernel_size": 3, "stride": 2},
    {"kernel_h": 1, "kernel_w": 3, "stride_h": 2, "stride_w": 1},
    {"global_pooling": True},
    {"kernel_size": 3, "stride": 2, "round_mode": "FLOOR"},
]
of_each_case = pytest.mark.parametrize("options", CASES, ids=str)


@pytest.fixture(scope="module")
def pooling():
    compiled = compile_source(Source("pooling.layer", FILE.read_text(encoding="utf-8")))
    return standin.load(python_module(compiled.layers), "pooling").Pooling


def net(pooling, x, options, phase):
    return standin.SingleLayer(pooling, [x], param_str=str({**options, "pool": "STOCHASTIC"}), phase=phase, dtype=float)


def windows(x, options):
    """Per place of the top the slices of its window, cut at the edge of the picture."""
    height, width = x.shape[2:]
    if options.get("global_pooling"):
        return {(0, 0): (slice(0, height), slice(0, width))}
    kh, kw = (options.get(f"kernel_{side}") or options["kernel_size"] for side in "hw")
    sh, sw = (options.get(f"stride_{side}") or options["stride"] for side in "hw")
    fit = np.floor if options.get("round_mode") == "FLOOR" else np.ceil
    rows, columns = int(fit((height - kh) / sh)) + 1, int(fit((width - kw) / sw)) + 1
    return {
        (p, q): (slice(p * sh, min(p * sh + kh, height)), slice(q * sw, min(q * sw + kw, width)))
        for p in range(rows)
        for q in range(columns)
    }


@of_each_case
def test_a_value_is_drawn_by_its_share(pooling, options):
    x = np.random.RandomState(1).uniform(0, 1, (2, 3, 5, 7))
    made = net(pooling, x, options, standin.TRAIN)
    made.forward()
    top = made.top[0].data
    drawn = np.random.RandomState(2).uniform(0, 1, top.shape)
    made.layer._random = type("Drawn", (), {"random_sample": lambda self, shape: drawn.reshape(shape)})()
    made.forward()
    made.backward(top_diffs=[np.ones(top.shape) * np.arange(1, 1 + top.size).reshape(top.shape)])
    diff = np.zeros(x.shape)
    for n, c in np.ndindex(2, 3):
        for (p, q), (h, w) in windows(x, options).items():
            upto = np.cumsum(x[n, c, h, w])
            first = int(np.argmax(upto >= drawn[n, c, p, q] * upto[-1]))
            assert top[n, c, p, q] == x[n, c, h, w].flat[first]
            row, column = divmod(first, w.stop - w.start)
            diff[n, c, h.start + row, w.start + column] += 1 + np.ravel_multi_index((n, c, p, q), top.shape)
    np.testing.assert_allclose(made.bottom[0].diff, diff, rtol=1e-12)


@of_each_case
def test_in_test_it_is_the_mean_by_these_shares(pooling, options):
    x = np.random.RandomState(1).uniform(0, 1, (2, 3, 5, 7))
    x[0, 0] = 0  # a window of zeros gives 0
    made = net(pooling, x, options, standin.TEST)
    made.forward()
    for (p, q), (h, w) in windows(x, options).items():
        part = x[:, :, h, w].reshape(2, 3, -1)
        with np.errstate(invalid="ignore"):
            wanted = np.nan_to_num((part**2).sum(-1) / part.sum(-1))
        np.testing.assert_allclose(made.top[0].data[:, :, p, q], wanted, rtol=1e-12)


def test_padding_is_refused_as_in_caffe(pooling):
    with pytest.raises(ValueError, match="no padding"):
        net(pooling, np.ones((1, 1, 4, 4)), {"kernel_size": 3, "pad": 1}, standin.TRAIN)
