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


@pytest.mark.parametrize(
    ("axes", "formula", "shape"),
    [
        ("[N, *D=[3, 8]]", "rename(x, S=D)", (2, 3, 8)),
        ("[N, *D=[k, S // k]]", "rename(x, S=D)", (2, 2, 12)),
        ("[N, S, *ones=[1] * 2]", "x", (2, 24, 1, 1)),
        ("[*ones=[1], N, *S, *more=[1] * (6 - ndim(x))]", "x", (1, 2, 3, 4, 2, 1, 1)),
        ("[N, S, *ones=[1] * (k - 3)]", "x", (2, 24)),
        ("[N, *D=[24] if k == 2 else [2, 12]]", "rename(x, S=D)", (2, 24)),
        ("[N, *D=[24] if k == 3 else [2, 12]]", "rename(x, S=D)", (2, 2, 12)),
        ("[N, *D=shape if k == 2 else [24]]", "rename(x, S=D)", (2, 4, 6)),
    ],
)
def test_a_top_states_the_sizes_of_a_group(axes, formula, shape):
    head = f"layer A(x: [N, *S]) -> y: {axes}:\n    hyper k: int = 2\n    hyper shape: list[int] = [4, -1]\n"
    diff = np.arange(48.0).reshape(shape)
    ran = run(f"{head}    y = {formula}\n", {"y": diff}, x=X)
    assert ran.value("y").tolist() == X.reshape(shape).tolist()
    assert ran.diff("x").tolist() == diff.reshape(X.shape).tolist()


def test_a_value_repeats_along_a_group_that_it_lacks():
    text = "layer A(x: [N, C]) -> y: [N, *P=[2, 3], C]:\n    y = x + index(P)\n"
    x = X[:, :, 0, 0]
    assert run(text, x=x).value("y").tolist() == (x[:, None] + np.arange(6.0)[:, None]).reshape(2, 2, 3, 3).tolist()


def test_inside_another_layer_axes_of_size_1_are_none():
    text = "layer Padded(x: [N, C]) -> y: [N, C, *ones=[1] * 2]:\n    y = 2 * x\n"
    text += "layer A(x: [N, C]) -> y: [N, C]:\n    y = Padded(x)\n"
    assert run(text, x=X[:, :, 0, 0]).value("y").tolist() == (2 * X[:, :, 0, 0]).tolist()


def test_a_group_that_does_not_fit_stops_the_set_up():
    text = "layer A(x: [N, *S]) -> y: [N, *D=[5, 5]]:\n    y = rename(x, S=D)\n"
    with pytest.raises(ValueError, match=r"A.*size 25.*24"):
        run(text, x=X)


@pytest.mark.parametrize(
    ("stated", "code", "help_"),
    [
        ("[2] * 3", "LD303", "a `list[int]` hyper-parameter, `[M, 2]`, `[1] * n`, or one of these by `if` and `else`"),
        ("k", "LD303", "a `list[int]` hyper-parameter, `[M, 2]`, `[1] * n`, or one of these by `if` and `else`"),
        ("[0.5]", "LD210", ""),
        ("[1] if sum(x) > 0 else []", "LD304", ""),
        ("shape", "LD204", "`rename(x, S=D)` gives an axis of the value this name"),
    ],
)
def test_sizes_that_are_no_list(stated, code, help_):
    head = (
        f"layer A(x: [N, *S]) -> y: [N, *S, *D={stated}]:\n    hyper k: int = 2\n    hyper shape: list[int] = [4, -1]\n"
    )
    found = faults(f"{head}    y = x\n")[0]
    assert found.code == code
    assert help_ in (found.help or "")


def test_the_index_of_a_group_counts_through_all_of_it():
    text = "layer A(x: [N, *S]) -> (y: [N, *S], m: [N]):\n    y = x * index(S)\n    m = y[S=argmax(x, over=S)]\n"
    x = np.array([[[0.0, 1, 2], [3, 4, 9]], [[8, 1, 2], [3, 4, 5]]])
    ran = run(text, x=x, diffs={"y": 1, "m": 0})
    np.testing.assert_array_equal(ran.value("y"), x * np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(ran.value("m"), [45, 0])
    np.testing.assert_array_equal(ran.diff("x"), np.broadcast_to(np.arange(6.0).reshape(2, 3), x.shape))
