"""Layers over sorted values and over labels, on real Caffe beside the stand-in."""

import pathlib

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYERS = pathlib.Path(__file__).resolve().parents[1] / "layers"
FILES = ("sorted_losses", "by_label", "chosen_by_rank")

# The layer, how many tops, and its bottoms: a shape of normal draws, or a shape and below which its labels are.
CASES = [
    ("LovaszSoftmax", 1, [(40, 2), ((40,), 2)]),
    ("HardExampleMining", 2, [(3, 4, 5, 6), ((3, 1, 5, 6), 4)]),
    ("AveragePrecision", 2, [(5, 8), ((5, 8), 2)]),
    ("QuantileLoss", 1, [(6, 3), (6,)]),
    ("MedianScaled", 1, [(9, 4)]),
    ("SoftRankAgreement", 2, [(5, 7), (5, 7)]),
    ("Drawdown", 1, [(3, 50)]),
    ("CentreLoss", 1, [(12, 5), ((12,), 4)]),
    ("ClassBalanced", 2, [(2, 4, 9, 9), ((2, 1, 9, 9), 4)]),
    ("MeanIoU", 2, [(2, 4, 9, 9), ((2, 9, 9), 4)]),
    ("Prototypes", 1, [(12, 5), ((12,), 3), (7, 5)]),
    ("HardNegatives", 1, [(10, 4), ((10,), 3)]),
    ("WordCounts", 1, [((4, 30), 6)]),
    ("PooledByRegion", 1, [(2, 3, 8, 9), ((2, 8, 9), 4)]),
    ("NearestNeighbours", 2, [(5, 4), (20, 4), ((20,), 3)]),
    ("KMaxPooling", 1, [(3, 12, 5)]),
    ("Router", 2, [(20, 6)]),
    ("ClusterStep", 2, [(30, 3), (5, 3)]),
    ("ListwiseGain", 2, [(4, 9), (4, 9)]),
    ("HistogramMatching", 1, [(2, 6, 7), (2, 6, 7)]),
]


def blob(random, shape):
    if isinstance(shape[0], tuple):
        return random.randint(0, shape[1], shape[0]).astype(np.float32)
    return random.standard_normal(shape).astype(np.float32)


def modules():
    """The text of each file, and which of them has a layer."""
    texts, homes = {}, {}
    for name in FILES:
        found = compile_source(Source(f"{name}.layer", (LAYERS / f"{name}.layer").read_text(encoding="utf-8")))
        assert [each.message for each in found.diagnostics] == []
        texts[name] = python_module(found.layers)
        homes |= {layer.graph.name: name for layer in found.layers}
    return texts, homes


@pytest.fixture(scope="module")
def both(on_both):
    texts, homes = modules()
    random = np.random.RandomState(3)
    cases = {layer: {"module": homes[layer], "layer": layer, "tops": tops} for layer, tops, _ in CASES}
    arrays = {
        f"{layer}.{step}.bottom{i}": blob(random, shape)
        for layer, _, bottoms in CASES
        for step in range(2)
        for i, shape in enumerate(bottoms)
    }
    return on_both(texts, cases, arrays)


@pytest.mark.parametrize("layer", [case[0] for case in CASES])
def test_caffe_gives_what_the_stand_in_gives(both, layer):
    real, standin = both
    mine = {each: value for each, value in standin.items() if each.startswith(f"{layer}.")}
    assert mine
    for each, value in mine.items():
        np.testing.assert_allclose(real[each], value, rtol=2e-5, atol=2e-6, err_msg=each)
