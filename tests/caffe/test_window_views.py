"""Windows as a view, and their adjoint, beside the same laid out."""

import numpy as np
import pytest
from window_cases import ALL, named

from layerdsl.caffe.window_views import _border, _overlay, _take_inside, _windows
from layerdsl.caffe.windows import _fold, _window


def seen_places(windows):
    return [(places - 1) * stride + (offsets - 1) * dilation + 1 for _, places, offsets, stride, _, dilation in windows]


def looked_at(array, windows):
    """The view with the axes ahead, the positions and the offsets."""
    ahead = array.ndim - len(windows)
    axes = [(i, size, 1) for i, size in enumerate(array.shape[:ahead])]
    axes += [(ahead + i, one[1], one[3]) for i, one in enumerate(windows)]
    axes += [(ahead + i, one[2], one[5]) for i, one in enumerate(windows)]
    return _windows(array, axes)


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
@pytest.mark.parametrize("outside", [0.0, -3.5])
def test_a_view_shows_what_is_laid_out(windows, outside):
    x = np.random.RandomState(0).randn(2, 3, *(one[0] for one in windows))
    wanted = np.empty((2, 3, *(one[1] for one in windows), *(one[2] for one in windows)))
    _window(x, outside, windows, wanted)
    around = np.full((2, 3, *seen_places(windows)), np.nan)
    _border(x, outside, windows, around)
    np.testing.assert_array_equal(looked_at(around, windows), wanted)


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
def test_what_overlaps_is_added_up_as_when_it_is_folded(windows):
    g = np.random.RandomState(1).randn(2, 3, *(one[1] for one in windows), *(one[2] for one in windows))
    wanted, found = (np.full((2, 3, *(one[0] for one in windows)), np.nan) for _ in range(2))
    _fold(g, windows, wanted)
    total = np.zeros((2, 3, *seen_places(windows)))
    offsets = tuple(range(g.ndim - len(windows), g.ndim))
    _overlay(g, offsets, looked_at(total, windows))
    _take_inside(total, windows, found)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_what_is_the_same_for_all_positions_is_added_to_each():
    total = np.zeros((1, 6))
    _overlay(np.ones((1, 1, 3)), (2,), looked_at(total, [(6, 4, 3, 1, 0, 1)]))
    np.testing.assert_array_equal(total, [[1, 2, 3, 3, 2, 1]])
