"""Axes at stated positions of a blob, as the emitted file reads them off its shape."""

import pytest

from layerdsl.caffe.shapes import _match_at


def read(shape, axes, begins, sizes=None):
    found = dict(sizes or {})
    _match_at("L", "x", shape, axes, begins, found)
    return {axis: size for axis, (size, _) in found.items()}


@pytest.mark.parametrize(
    ("shape", "begin", "wanted"),
    [
        ((2, 3, 4, 5), 1, {"*A": (2,), "C": 3, "*B": (4, 5)}),
        ((2, 3, 4, 5), 0, {"*A": (), "C": 2, "*B": (3, 4, 5)}),
        ((2, 3, 4, 5), -1, {"*A": (2, 3, 4), "C": 5, "*B": ()}),
        ((2, 3, 4, 5), -4, {"*A": (), "C": 2, "*B": (3, 4, 5)}),
        ((7,), 0, {"*A": (), "C": 7, "*B": ()}),
    ],
)
def test_one_axis(shape, begin, wanted):
    assert read(shape, ("*A", "C", "*B"), (None, begin, None)) == wanted


@pytest.mark.parametrize("begin", [4, 5, -5])
def test_a_place_that_is_not_there(begin):
    with pytest.raises(ValueError, match=r"L: x has shape \(2, 3, 4, 5\), declared is \[\*A, C at -?\d, \*B\]"):
        read((2, 3, 4, 5), ("*A", "C", "*B"), (None, begin, None))


@pytest.mark.parametrize(
    ("first", "count", "group", "rest"),
    [(1, 2, (3, 4), (5,)), (1, -1, (3, 4, 5), ()), (-1, 1, (5,), ()), (2, 0, (), (4, 5)), (-3, 2, (3, 4), (5,))],
)
def test_so_many_axes_from_a_place(first, count, group, rest):
    found = read((2, 3, 4, 5), ("*A", "*S", "*B"), (None, first, (count,)))
    assert (found["*S"], found["*B"]) == (group, rest)


def test_a_last_axis_counted_from_the_end():
    found = read((2, 3, 4, 5), ("*A", "*M", "E", "*B"), (None, 1, -1, None))
    assert found == {"*A": (2,), "*M": (3, 4), "E": 5, "*B": ()}
    assert read((2, 3), ("*A", "*M", "E", "*B"), (None, 1, 1, None))["*M"] == ()


def test_a_group_that_another_blob_has_alone():
    sizes = {"*S": ((3, 4), "s")}
    assert read((2, 3, 4, 5), ("*A", "*S", "*B"), (None, 1, None), sizes)["*B"] == (5,)
    with pytest.raises(ValueError, match="axis S has size 4x5 in x, but 3x4 in s"):
        read((2, 4, 5), ("*A", "*S", "*B"), (None, 1, None), sizes)
    with pytest.raises(ValueError, match="axis S has size 3 in x, but 3x4 in s"):
        read((2, 3), ("*A", "*S", "*B"), (None, 1, None), sizes)


def test_a_literal_size():
    assert read((2, 3, 1), ("*A", "C", 1), (None, 1, None)) == {"*A": (2,), "C": 3}
    with pytest.raises(ValueError, match="declared is"):
        read((2, 3, 2), ("*A", "C", 1), (None, 1, None))


@pytest.mark.parametrize(
    ("scores", "axis", "labels"),
    [
        ((2, 3, 4, 5), 1, [(2, 4, 5), (2, 1, 4, 5)]),
        ((2, 4, 5, 3), -1, [(2, 4, 5), (2, 4, 5, 1)]),
        ((2, 3, 1, 1), 1, [(2,), (2, 1), (2, 1, 1, 1)]),
        ((3, 2), 0, [(2,), (1, 2)]),
        ((2, 3), -1, [(2,), (2, 1)]),
    ],
)
def test_labels_with_and_without_axes_of_size_1(scores, axis, labels):
    found = {}
    _match_at("L", "x", scores, ("*A", "C", "*B"), (None, axis, None), found)
    for shape in labels:
        _match_at("L", "label", shape, ("*A", "*B"), (None, axis), found)
    with pytest.raises(ValueError, match="label"):
        _match_at("L", "label", (7, *labels[0]), ("*A", "*B"), (None, axis), found)


def test_positions_that_fall_are_told():
    with pytest.raises(ValueError, match=r"declared is \[A, B at 2, C at 1\], whose positions do not rise$"):
        _match_at("L", "x", (2, 3, 4), ("A", "B", "C"), (None, 2, 1), {})
    with pytest.raises(ValueError, match=r"declared is \[A, B at 1, C at 2\]$"):
        _match_at("L", "x", (2, 3), ("A", "B", "C"), (None, 1, 2), {})
