"""Emitted layers beside Caffe's own, at sizes that are worked off in parts."""

import json
import pathlib

import numpy as np
import pytest
from numpy.testing import assert_allclose

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "fields" / "scripts" / "beside.py"


def standard(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


TOTAL = (
    'layer { name: "sum" type: "Reduction" bottom: "y" top: "sum" loss_weight: 1 reduction_param { operation: SUMSQ } }'
)
IMAGES = {"2x3": (2, 3), "large": (8, 64, 37, 29), "primes": (3, 7, 211, 127), "flat": (5, 120011), "1": (1, 1, 1, 1)}
OWN = {
    "Sigmoid": ["Sigmoid", ""],
    "Tanh": ["TanH", ""],
    "Softmax": ["Softmax", ""],
    "PReLU": ["PReLU", ""],
    "Scale": ["Scale", "scale_param { bias_term: true }"],
    "EuclideanLoss": ["EuclideanLoss", ""],
    "SoftmaxLoss": ["SoftmaxWithLoss", ""],
    "InnerProduct": ["InnerProduct", "inner_product_param { num_output: 301 }"],
}


def beside(layer, shape):
    """A case of the script with its inputs."""
    if layer == "EuclideanLoss":
        arrays = {"pred": standard(*shape), "target": standard(*shape, seed=1)}
    elif layer == "SoftmaxLoss":
        labels = np.random.RandomState(2).randint(0, shape[1], (shape[0], 1, *shape[2:]))
        arrays = {"score": standard(*shape), "label": labels.astype(np.float32)}
    else:
        arrays = {"x": standard(*shape)}
    loss = layer.endswith("Loss")
    settings = "M: 301" if layer == "InnerProduct" else ""
    bottoms = " ".join(f'bottom: "{name}"' for name in arrays)
    python = f"python_param {{ module: 'rows' layer: '{layer}' param_str: '{settings}' }}"
    text = f'layer {{ name: "ours" type: "Python" {bottoms} top: "{"loss" if loss else "y"}" {python} }}\n'
    return {
        "inputs": {name: array.shape for name, array in arrays.items()},
        "fields": "force_backward: true\n" + text + ("" if loss else TOTAL),
        "own": OWN,
        **({"loss_weight": [1]} if loss else {}),
    }, arrays


FLAT = {"2x3": (2, 3), "tall": (2003, 67), "1": (1, 1, 1, 1), "maps": (3, 5, 7, 11)}
BESIDE = {
    f"{layer} {name}": beside(layer, shape)
    for layer in OWN
    for name, shape in (FLAT if layer == "InnerProduct" else IMAGES).items()
}


@pytest.fixture(scope="module")
def sides(run_on_caffe, module):
    cases = {name: case for name, (case, _) in BESIDE.items()}
    inputs = {f"{name}:{blob}": array for name, (_, arrays) in BESIDE.items() for blob, array in arrays.items()}
    files = {"rows.py": module, "cases.json": json.dumps(cases)}
    found = {}
    for name, array in run_on_caffe(SCRIPT, files=files, inputs=inputs).arrays.items():
        case, side, key = name.split("/", 2)
        found.setdefault(case, {}).setdefault(side, {})[key] = array
    return found


@pytest.mark.parametrize("name", BESIDE)
def test_equal_to_caffes_own_layer_at_any_size(sides, name):
    emitted, own = sides[name]["emitted"], sides[name]["own"]
    assert set(emitted) == set(own)
    for key, expected in own.items():
        assert_allclose(emitted[key], expected, rtol=2e-5, atol=2e-6 * max(np.abs(expected).max(), 1e-6), err_msg=key)
