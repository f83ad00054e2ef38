"""Layers with blobs that may be absent and with any number of them, and such layers inside others, on real Caffe beside
the stand-in."""

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
STATEFUL, TWICE = {"param_str": '{"stateful": true}'}, {"param_str": '{"stateful": true, "twice": true}'}
CONDITIONS = {
    "its own state": ("Exposed", 1, [[(3, 2)], [(3, 2)], [(5, 2)]], {}),
    "an optional one": ("Exposed", 1, [[(3, 2), (3,)]], {}),
    "by condition": ("Exposed", 1, [[(3, 2), (1, 3, 2)], [(4, 2), (1, 4, 2)]], STATEFUL),
    "both": ("Exposed", 1, [[(3, 2), (3,), (1, 3, 2)]], STATEFUL),
    "both, one wanted": (
        "Exposed",
        1,
        [[(3, 2), (3,), (1, 3, 2)]],
        {**STATEFUL, "propagate_down": [False, False, True]},
    ),
    "a top as well": ("Exposed", 2, [[(3, 2), (1, 3, 2)]], TWICE),
    "all": ("Exposed", 2, [[(3, 2), (3,), (1, 3, 2)]], TWICE),
    "a value": ("Chosen", 1, [[(3, 4), (3, 4)]], {"loss_weights": [1.0]}),
    "any number": ("Rest", 3, [[(3, 4), (3, 4)]], {}),
    "any number behind one": ("Rest", 2, [[(3, 4), (4,), (3, 4), (3, 4)]], {"param_str": "with_bias: true"}),
    "inside": ("Encoder", 2, [[(3, 2, 5), (3, 2), (1, 2, 4)]], {}),
    "no bottom": ("Prior", 1, [[]], {"propagate_down": []}),
    "the first one is not there": ("Prior", 2, [[(5,)]], {}),
    "the first one alone": ("Prior", 1, [[(5, 2)]], {"param_str": "with_data: true"}),
}

INSIDE = {
    "joined inside": ("Merged", 2, [[(2, 3, 4), (2, 5, 4)]], {}),
    "taken apart inside": ("TakenApart", 3, [[(2, 4), (2, 4)], [(3, 6), (3, 6)]], {}),
    "handed on": ("HandedOn", 4, [[(2, 4)] * 4], {}),
    "handed on to be joined": ("Rows", 2, [[(2, 3), (2, 4), (2, 1)]], {}),
}
STEPS = {
    "by hand in steps": ("Recurrent", 2, [[(3, 2, 4), (2, 4)]], {}),
    "by hand in steps of steps": ("Table", 1, [[(3, 2, 4)]], {}),
}
LENGTHS = {
    "part": ("Cropped", 1, [[(2, 3, 5, 6)]], {}),
    "whole": ("Cropped", 1, [[(2, 3, 5, 6)]], {"param_str": "crop: false"}),
    "longer": ("Lengthened", 2, [[(2, 5), (6,)]], {"param_str": "mode: padded"}),
}
FILES = {
    "open_ended": CASES,
    "under_conditions": CONDITIONS,
    "several_inside": INSIDE,
    "by_hand_in_steps": STEPS,
    "lengths_of_branches": LENGTHS,
}


@pytest.fixture(scope="module")
def both(on_both):
    files = {name: (LAYERS / f"{name}.layer").read_text(encoding="utf-8") for name in FILES}
    modules = {
        name: python_module(compile_source(Source(f"{name}.layer", text)).layers) for name, text in files.items()
    }
    random = np.random.RandomState(3)
    cases, arrays = {}, {}
    for module, name in [(module, name) for module, own in FILES.items() for name in own]:
        layer, tops, steps, settings = FILES[module][name]
        key = name.replace(" ", "_").replace(",", "")
        cases[key] = {"module": module, "layer": layer, "tops": tops, **settings}
        for i, shapes in enumerate(steps):
            for j, shape in enumerate(shapes):
                arrays[f"{key}.{i}.bottom{j}"] = random.standard_normal(shape).astype(np.float32)
    return on_both(modules, cases, arrays)


@pytest.mark.parametrize("name", [name for own in FILES.values() for name in own])
def test_caffe_gives_what_the_stand_in_gives(both, name):
    real, standin = both
    key = name.replace(" ", "_").replace(",", "")
    mine = {each: value for each, value in standin.items() if each.startswith(f"{key}.")}
    assert mine
    for each, value in mine.items():
        np.testing.assert_allclose(real[each], value, rtol=2e-6, atol=2e-6, err_msg=each)
