"""Layers with small matrices and with boxes, on real Caffe beside the stand-in."""

import pathlib
import re

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYERS = pathlib.Path(__file__).resolve().parents[1] / "layers"
FILES = ("kalman", "small_matrices", "detection")

# The layer, how many tops, its hyper-parameters, and its bottoms by their shapes; "boxes" and "labels" are such.
CASES = [
    ("KalmanUpdate", 3, "", [(5, 3), "spread", (5, 2)]),
    ("KalmanFilter", 2, "{'D': 3}", [(7, 4, 2)]),
    ("Whiten", 1, "", [(20, 4)]),
    ("GaussianProcess", 1, "", [(12, 3), (12,)]),
    ("DeepCCA", 1, "", [(30, 4), (30, 3)]),
    ("LogEuclidean", 1, "", [(4, 3, 3)]),
    ("ThinPlate", 1, "", [(3, 6, 2), (3, 6, 2)]),
    ("Proposals", 1, "{'K': 9}", [(2, 18, 4, 5), (2, 36, 4, 5), "picture"]),
    ("MultiBoxLoss", 1, "", [(2, 30, 4), (2, 30, 5), "priors", "boxes", "objects"]),
]


def boxes(random, *shape):
    corner = random.uniform(0, 0.7, (*shape, 2))
    return np.concatenate([corner, corner + random.uniform(0.1, 0.3, (*shape, 2))], axis=-1)


OTHERS = {
    "spread": lambda random: np.eye(3) + np.zeros((5, 3, 3)),
    "picture": lambda random: np.array([[64, 80, 1], [60, 70, 1]]),
    "priors": lambda random: boxes(random, 30),
    "boxes": lambda random: boxes(random, 2, 3),
    "objects": lambda random: random.randint(-1, 5, (2, 3)),
}


def blob(random, wanted):
    value = OTHERS[wanted](random) if isinstance(wanted, str) else random.standard_normal(wanted)
    return np.asarray(value, np.float32)


def modules():
    """The text of each file, with nothing drawn at random, and which of them has a layer."""
    texts, homes = {}, {}
    for name in FILES:
        path = LAYERS / f"{name}.layer"
        text = re.sub(r"= (xavier|gaussian|uniform)\([^)]*\)", "= constant(0.3)", path.read_text(encoding="utf-8"))
        found = compile_source(Source(str(path), text))
        assert [each.message for each in found.diagnostics] == []
        texts[name] = python_module(found.layers)
        homes |= {layer.graph.name: name for layer in found.layers}
    return texts, homes


@pytest.fixture(scope="module")
def both(on_both):
    texts, homes = modules()
    random = np.random.RandomState(3)
    cases = {
        layer: {"module": homes[layer], "layer": layer, "tops": tops, "param_str": given}
        for layer, tops, given, _ in CASES
    }
    arrays = {
        f"{layer}.{step}.bottom{i}": blob(random, wanted)
        for layer, _, _, bottoms in CASES
        for step in range(2)
        for i, wanted in enumerate(bottoms)
    }
    return on_both(texts, cases, arrays)


@pytest.mark.parametrize("layer", [case[0] for case in CASES])
def test_same_blobs(both, layer):
    real, standin = both
    mine = [name for name in real if name.startswith(f"{layer}.")]
    assert mine
    for name in mine:
        size = np.abs(standin[name]).max(initial=1)
        assert np.isfinite(real[name]).all(), name
        np.testing.assert_allclose(real[name], standin[name], rtol=2e-4, atol=2e-5 * size, err_msg=name)
