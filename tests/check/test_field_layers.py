"""Losses as people write them by hand: the right ones are not blamed, the faults of the others are told in words."""

import pathlib

import pytest

from layerdsl.check import check_class

LAYERS = pathlib.Path(__file__).with_name("field_layers.py")
DICE = ["4x1x8x8:0..1", "4x1x8x8:labels=2"]
FOCAL = ["6x5", "6x1:labels=5"]
CENTER = ["6x5", "6:labels=3"]
TRIPLET = ["4x7"] * 3
SMOOTH = ["4x8", "4x8", "4x8:0..1"]
PIXELS = ["2x1x9x9", "2x1x9x9:labels=2"]
CLASSES = {"param_str": '{"classes": 3}'}
NO_WEIGHTS = {"propagate_down": [True, True, False]}

RIGHT = [
    ("DiceGood", DICE, {}),
    ("FocalGood", FOCAL, {}),
    ("CenterGood", CENTER, CLASSES),
    ("TripletGood", TRIPLET, {}),
    ("SmoothL1Good", SMOOTH, NO_WEIGHTS),
    ("DropGood", ["4x3x5x5"], {}),
    ("WeightedGood", PIXELS, {}),
]
WRONG = [
    ("DiceArgmax", DICE, {}, ["the forward does not move with it at all: argmax"]),
    (
        "FocalBad",
        FOCAL,
        {},
        ["`loss_weight` would do nothing", "is not the slope", "although `propagate_down[0]` is false"],
    ),
    ("CenterBad", CENTER, CLASSES, ["gradient of `blobs[0]` is not the slope", "is assigned in the backward"]),
    (
        "TripletBad",
        TRIPLET,
        {},
        [
            "every entry has the wrong sign",
            "left unwritten in part",
            "that of a new instance, after a pass on other values",
        ],
    ),
    ("SmoothL1Bad", SMOOTH, NO_WEIGHTS, ["is not the slope", "that has run on other sizes gives another diff"]),
    ("ContrastiveBad", ["4x7", "4x7", "4:labels=2"], {}, ["is not a number for values of 1e-30"]),
    ("DropBad", ["4x3x5x5"], {}, ["the backward draws random numbers of its own"]),
    ("WeightedBad", PIXELS, {}, ["`top[0]` is not a number for values of 30"]),
]


@pytest.mark.parametrize(("name", "bottoms", "options"), RIGHT, ids=[one[0] for one in RIGHT])
def test_a_right_layer_is_not_blamed(name, bottoms, options):
    result = check_class(f"{LAYERS}:{name}", bottoms, **options)
    assert [each.message for each in result.diagnostics] == []


@pytest.mark.parametrize(("name", "bottoms", "options", "words"), WRONG, ids=[one[0] for one in WRONG])
def test_the_faults_are_told(name, bottoms, options, words):
    result = check_class(f"{LAYERS}:{name}", bottoms, **options)
    said = "\n".join("\n".join([each.message, *each.notes]) for each in result.diagnostics if each.level == "error")
    assert [one for one in words if one not in said] == []


def test_what_is_drawn_in_backward_is_not_told_as_ten_other_faults():
    result = check_class(f"{LAYERS}:DropBad", ["4x3x5x5"])
    wrong = [row.property for row in result.rows if row.verdict == "WRONG"]
    assert wrong == ["gradient of `bottom[0]`", "propagate_down", "repeatable"]
