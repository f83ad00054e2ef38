"""Layers with optional blobs, and with any number of them, on real Caffe beside the stand-in."""

import pathlib

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYERS = pathlib.Path(__file__).resolve().parents[1] / "layers"
SHAPE, OTHER = (2, 3, 4), (3, 3, 1)
CASES = {
    "one": ("WeightedSum", 1, [[SHAPE]], {}),
    "three": ("WeightedSum", 1, [[SHAPE] * 3, [OTHER] * 3], {}),
    "with weights": ("WeightedSum", 1, [[SHAPE] * 2], {"param_str": '{"coeff": [1, -0.5]}'}),
    "one of three wanted": ("WeightedSum", 1, [[SHAPE] * 3], {"propagate_down": [False, True, False]}),
    "first and others": ("Agreement", 1, [[(4, 5)] * 3], {"loss_weights": [2.0]}),
    "copies": ("Copies", 3, [[(4, 5)], [(2, 5)]], {}),
    "cut": ("CutAt", 3, [[(2, 7, 2)]], {"param_str": '{"slice_point": [1, 3]}'}),
    "cut from the end": ("CutAt", 2, [[(2, 3, 4)]], {"param_str": '{"axis": -1}'}),
    "places of tops": ("Shifts", 2, [[(2, 3)]], {}),
    "learned": ("Affine", 2, [[(4, 3)], [(2, 3)]], {}),
    "given": ("Affine", 1, [[(4, 3), (3,)]], {}),
    "given, without bias": ("Affine", 2, [[(4, 3), (3,)]], {"param_str": '{"bias_term": false}'}),
    "ignored": ("Ignored", 0, [[(2, 3), (4,)]], {}),
}


@pytest.fixture(scope="module")
def both(on_both):
    text = (LAYERS / "open_ended.layer").read_text(encoding="utf-8")
    module = python_module(compile_source(Source("open_ended.layer", text)).layers)
    random = np.random.RandomState(3)
    cases, arrays = {}, {}
    for name, (layer, tops, steps, settings) in CASES.items():
        key = name.replace(" ", "_").replace(",", "")
        cases[key] = {"module": "open_ended", "layer": layer, "tops": tops, **settings}
        for i, shapes in enumerate(steps):
            for j, shape in enumerate(shapes):
                arrays[f"{key}.{i}.bottom{j}"] = random.standard_normal(shape).astype(np.float32)
    return on_both({"open_ended": module}, cases, arrays)


@pytest.mark.parametrize("name", CASES)
def test_caffe_gives_what_the_stand_in_gives(both, name):
    real, standin = both
    key = name.replace(" ", "_").replace(",", "")
    mine = {each: value for each, value in standin.items() if each.startswith(f"{key}.")}
    assert mine
    for each, value in mine.items():
        np.testing.assert_allclose(real[each], value, rtol=2e-6, atol=2e-6, err_msg=each)
