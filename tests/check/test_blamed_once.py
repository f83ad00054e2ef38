"""Right layers that were blamed at some seed, each with what was taken for a fault."""

import pathlib

import numpy as np
import pytest
from conftest import compiled

from layerdsl.check.meaning import Meaning
from layerdsl.check.seeds import seeded
from layerdsl.check.sizes import cases
from layerdsl.check.values import draw
from layerdsl.cli import main

LAYERS = pathlib.Path(__file__).resolve().parent.parent / "layers"

BLAMED = [
    ("small_matrices", 120),  # a slope of 1e-5 has the rounding of numbers around 1 that it is the difference of
    ("small_matrices", 2009),  # what rounding may do shows a little more where values are moved more than four times
    ("small_matrices", 825),  # rounding of the terms of a product of matrices, of which little is left
    ("nested_scans", 521),  # places worked out of two labels lie outside, in all that is drawn for large sizes
]


@pytest.mark.parametrize(("name", "seed"), BLAMED)
def test_no_gradient_of_a_right_layer_is_wrong(name, seed, capfd):
    assert main(["check", str(LAYERS / f"{name}.layer"), "--seed", str(seed)]) == 0, "".join(capfd.readouterr())


# A slope that is no number, in a branch that is not taken, said nothing of what rounding does to the one that is.
ROOT_OF_A_STATE = """\
layer Normed(x: [N, D]) -> y: [N, K=5]:
    param w: [K=5, D] = xavier()
    state b: [K=5] = 0
    h = dot(x, w, over=D)
    if test:
        y = h / sqrt(b + 1e-3)
    else:
        update b = 0.999 * b + var(h, over=N)
        y = (h - mean(h, over=N)) / sqrt(var(h, over=N) + 1e-3)
"""
ROOT_OF_DATA = """\
layer Normed(x: [N, D]) -> y: [N, K=5]:
    hyper root: bool = false
    param w: [K=5, D] = xavier()
    h = dot(x, w, over=D)
    if root:
        y = h + sqrt(x[D=0])
    else:
        y = (h - mean(h, over=N)) / sqrt(var(h, over=N) + 1e-3)
"""


@pytest.mark.parametrize(("text", "seed"), [(ROOT_OF_A_STATE, 1), (ROOT_OF_A_STATE, 4), (ROOT_OF_DATA, 8)])
def test_a_branch_that_is_not_taken_blames_nobody(tmp_path, text, seed, capfd):
    path = tmp_path / "normed.layer"
    path.write_text(text)
    assert main(["check", str(path), "--seed", str(seed)]) == 0, "".join(capfd.readouterr())


def test_a_gradient_is_held_against_what_is_chosen_alone():
    """Where x is negative, the slope of its root is no number, but it is not asked for."""
    (layer,) = compiled(ROOT_OF_DATA).layers
    for root in (False, True):
        (case,) = cases(layer.graph, {"root": root}, 1, seeded("x"))
        values = draw(case, ("any", "unit", "rounded"), np.random.RandomState(0))
        values["x"] = -np.abs(values["x"])
        world = case.world(values, {"y": np.ones(case.shape(case.layer.tops[0]))})
        assert np.isfinite(Meaning(layer.graph).gradients(case, world)["x"]).all() == (not root)
