"""Right layers that were blamed at some seed, each with what was taken for a fault."""

import pathlib

import pytest

from layerdsl.cli import main

LAYERS = pathlib.Path(__file__).resolve().parent.parent / "layers"

BLAMED = [
    ("small_matrices", 120),  # a slope of 1e-5 has the rounding of numbers around 1 that it is the difference of
    ("small_matrices", 825),  # rounding of the terms of a product of matrices, of which little is left
    ("nested_scans", 521),  # places worked out of two labels lie outside, in all that is drawn for large sizes
]


@pytest.mark.parametrize(("name", "seed"), BLAMED)
def test_no_gradient_of_a_right_layer_is_wrong(name, seed, capfd):
    assert main(["check", str(LAYERS / f"{name}.layer"), "--seed", str(seed)]) == 0, "".join(capfd.readouterr())
