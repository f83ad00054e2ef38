"""A part of several axes at once, in arrays whose memory lies in order and in others."""

import numpy as np
import pytest

from layerdsl.caffe.cropping import _crop, _crop_of, _interleave, _uncrop

X = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)


@pytest.mark.parametrize(
    ("at", "wanted"),
    [((), np.s_[:, :2, :1, :3]), ((1,), np.s_[:, 1:3, 1:2, 1:4]), ((0, 3, 2), np.s_[:, :2, 3:, 2:])],
)
def test_the_part_and_the_way_back(at, wanted):
    crop = _crop_of("L", (3, 4, 5), [2, 1, 3], at)
    out = np.full((2, 6), np.nan)
    _crop(X.reshape(2, 60), crop, out)
    np.testing.assert_array_equal(out, X[wanted].reshape(2, 6))
    back = np.full((2, 60), np.nan)
    _uncrop(out, crop, back)
    expected = np.zeros_like(X)
    expected[wanted] = X[wanted]
    np.testing.assert_array_equal(back.reshape(X.shape), expected)


def test_arrays_that_lie_otherwise():
    crop = _crop_of("L", (3, 4, 5), (1, 1, 2), (2, 0, 3))
    turned = np.full((2, 2), np.nan).T
    x = np.asfortranarray(X.reshape(2, 60))
    _crop(x, crop, turned)
    np.testing.assert_array_equal(turned, X[:, 2, 0, 3:])


def test_a_group_without_axes_is_one_place():
    crop = _crop_of("L", (), (), ())
    out = np.zeros((2, 1))
    _crop(X[:, 0, 0, :1], crop, out)
    np.testing.assert_array_equal(out, X[:, 0, 0, :1])


@pytest.mark.parametrize(
    ("part", "at", "message"),
    [
        ((2, 1), (), r"L: \(3, 4, 5\) are 3 axes, \(2, 1\) are 2"),
        ((2, 1, 3), (1, 1), r"L: 2 offsets for 3 axes"),
        ((2, 1, 3), (2,), r"L: 2 places from 2 on lie outside of an axis of 3"),
        ((2, 1, 3), (-1,), r"L: 2 places from -1 on lie outside of an axis of 3"),
    ],
)
def test_what_does_not_fit_is_refused(part, at, message):
    with pytest.raises(ValueError, match=message):
        _crop_of("L", (3, 4, 5), part, at)


@pytest.mark.parametrize("places", [1, 2, 4, 5])
def test_interleaved_values(places):
    x = np.arange(places * 6.0).reshape(places, 6)
    for value in (x, x[:1]):
        out = np.full((6, places), np.nan)
        _interleave(out, value.T)
        np.testing.assert_array_equal(out, np.broadcast_to(value.T, out.shape))
