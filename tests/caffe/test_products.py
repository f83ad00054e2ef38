"""Products of rows, few or many, and those that are added to what is there, by blocks of rows."""

import numpy as np
import pytest

from layerdsl.caffe.products import _add_product, _rows_times_rows


@pytest.mark.parametrize("room", [1, 7, 11, 24, 77, 1000])
@pytest.mark.parametrize("turned", [False, True])
def test_added_whatever_room_there_is(room, turned):
    random = np.random.RandomState(room)
    a, b, before = random.rand(11, 5), random.rand(5, 7), random.rand(11, 7)
    out = before.copy()
    _add_product(np.asfortranarray(a) if turned else a, b.T.copy().T, np.empty(max(room, 7)), out)
    np.testing.assert_allclose(out, before + np.dot(a, b))


def test_a_sum_of_nothing_adds_nothing():
    out = np.ones((3, 4))
    _add_product(np.empty((3, 0)), np.empty((0, 4)), np.empty(4), out)
    np.testing.assert_array_equal(out, np.ones((3, 4)))


@pytest.mark.parametrize("rows", [1, 2, 64, 65])
@pytest.mark.parametrize("others", [3, 300])
def test_rows_times_rows(rows, others):
    random = np.random.RandomState(rows)
    a, b, out = random.rand(rows, 70), random.rand(others, 70), np.empty((rows, others))
    _rows_times_rows(a, b, np.empty(64 * others), out)
    np.testing.assert_allclose(out, np.dot(a, b.T))
