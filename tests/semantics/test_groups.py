"""A group of axes is one axis to the formulas; a top may have it as one too."""

import numpy as np
import pytest
from layers import faults
from running import run

X = np.arange(48.0).reshape(2, 3, 4, 2)


@pytest.mark.parametrize(
    ("header", "formula", "wanted"),
    [
        ("x: [N, *S]) -> y: [N, S]", "2 * x", (2 * X).reshape(2, 24)),
        ("x: [N, C, *S]) -> y: [N, C, S]", "x - mean(x, over=S)", (X - X.mean((2, 3), keepdims=True)).reshape(2, 3, 8)),
        ("x: [N, C, *S]) -> y: [S, N]", "max(x, over=C)", X.max(1).reshape(2, 8).T),
        ("x: [N, C, *S]) -> y: [N, S]", "sum(x, over=[C, S])", np.repeat(X.sum((1, 2, 3))[:, None], 8, 1)),
        ("x: [N, *S]) -> y: [N, K=S]", "rename(x, S=K)", X.reshape(2, 24)),
    ],
)
def test_a_group_without_its_star_is_one_axis_of_a_top(header, formula, wanted):
    ran = run(f"layer A({header}:\n    y = {formula}\n", {"y": wanted}, x=X)
    np.testing.assert_allclose(ran.value("y"), wanted)
    if formula == "2 * x":
        np.testing.assert_allclose(ran.diff("x"), 2 * wanted.reshape(X.shape))


@pytest.mark.parametrize("header", ["x: [N, S], z: [N, *S]", "z: [N, *S], x: [N, S]"])
def test_one_name_is_one_axis_or_a_group(header):
    (found,) = faults(f"layer A({header}) -> y: [N]:\n    y = sum(x, over=S) + sum(z, over=S)\n")
    assert (found.code, found.message) == ("LD205", "`S` is both one axis and a group of axes")


def test_the_size_of_a_parameters_axis_has_to_be_that_of_its_name():
    text = "layer A(x: [N, K]) -> y: [N]:\n    param w: [K=3] = 1\n    y = dot(x, w, over=K)\n"
    np.testing.assert_array_equal(run(text, x=X[:, :, 0, 0]).value("y"), X[:, :, 0, 0].sum(1))
    with pytest.raises(ValueError, match=r"axis K has size .* = 4"):
        run(text, x=X[:, 0, :, 0])
