"""The place of the largest or smallest along an axis that is not the last, by rows laid out and place by place."""

import numpy as np
import pytest

from layerdsl.caffe.first_places import _first_place

LARGEST = (np.argmax, np.greater, np.maximum)
SMALLEST = (np.argmin, np.less, np.minimum)


def place(words, x, axis, room):
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    best, spare = np.full((2, *shape), np.nan, x.dtype)
    out, number = np.full((2, *shape), 99, np.intp)
    flat = np.full(room, np.nan, x.dtype)
    _first_place(words, x, axis, out, best, spare, np.zeros(shape, bool), number, flat)
    return out


@pytest.mark.parametrize("words", [LARGEST, SMALLEST], ids=["largest", "smallest"])
@pytest.mark.parametrize("room", [20, 64, 100, 1 << 20])
@pytest.mark.parametrize(
    "shape", [(2, 3, 4, 5), (7, 11), (1, 20, 1), (5, 2, 9), (3, 1, 2), (2, 12, 70, 60), (70, 5000)]
)
def test_as_numpy_finds_it(words, room, shape):
    x = np.random.default_rng(0).integers(0, 9, shape).astype(np.float32)  # many are equal: the first counts
    for axis in range(len(shape) - 1):
        np.testing.assert_array_equal(place(words, x, axis, room), words[0](x, axis=axis))


@pytest.mark.parametrize("axis", [0, 1])
def test_of_a_view_into_a_view(axis):
    x = np.random.default_rng(0).normal(size=(6, 8, 10)).astype(np.float32)[::2, 1:7, ::-1]
    whole = np.full((20, 20), -7, np.intp)
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    out = whole[: 2 * shape[0] : 2, 5 : 5 + shape[1]]
    rooms = [np.empty(shape, kind) for kind in (np.float32, np.float32, bool, np.intp)]
    _first_place(LARGEST, x, axis, out, *rooms, np.empty(12, np.float32))
    np.testing.assert_array_equal(out, np.argmax(x, axis=axis))
    assert np.sum(whole != -7) == out.size


def test_infinite_values():
    x = np.array([[-np.inf, np.inf, 0], [-np.inf, 1, np.inf], [-np.inf, np.inf, np.inf]], np.float32)
    for many in (1, 2000):
        tall = np.tile(x, (1, many))
        np.testing.assert_array_equal(place(LARGEST, tall, 0, 6000), np.argmax(tall, axis=0))


@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 3), (3, 0)])
def test_of_nothing(shape):
    x = np.zeros(shape, np.float32)
    assert np.all(place(LARGEST, x, 0, 4) == -1)
