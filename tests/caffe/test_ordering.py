"""What emitted layers put in order: against NumPy's stable sort, in both precisions, with all that is awkward."""

import numpy as np
import pytest

from layerdsl.caffe.ordering import _order, _rank

AWKWARD = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1e-45, -1e-45, 1, 1, -1, 3e38, -3e38, -np.nan, 0.0])
SHAPES = [(1,), (7,), (3, 1), (4, 9), (2, 3, 5), (3, 700), (0, 4), (1200,), (70_000,), (4000, 40), (3, 5000, 7)]


def some(shape, dtype):
    """Values with many equals among them, and every awkward one."""
    random = np.random.RandomState(sum(shape))
    plain = random.randint(-4, 5, shape) * 0.5
    return np.where(random.rand(*shape) < 0.4, random.choice(AWKWARD, shape), plain).astype(dtype)


def order(x, along=1, start=0, count=None, reverse=False, last=False, turned=False):
    lead, many = x.shape[: x.ndim - along], int(np.prod(x.shape[x.ndim - along :]))
    shape = (*lead, many - start if count is None else count)
    out = np.empty(shape[::-1], np.intp).T if turned else np.empty(shape, np.intp)
    with np.errstate(all="ignore"):  # as in emitted classes
        rooms = np.empty(max(65536, many), x.dtype), np.empty(max(65536, many), np.intp)
        _order(x, along, start, int(reverse), int(last), *rooms, np.empty(x.shape[x.ndim - along :], np.intp), out)
    return out


def plain(x, along=1, start=0, count=None, reverse=False, last=False):
    rows = x.reshape(*x.shape[: x.ndim - along], int(np.prod(x.shape[x.ndim - along :])))
    rows = -rows if reverse else rows
    found = np.argsort(rows[..., ::-1] if last else rows, axis=-1, kind="stable")
    found = rows.shape[-1] - 1 - found if last else found
    return found[..., start : None if count is None else start + count]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_order_is_that_of_a_stable_sort(shape, last, reverse, dtype):
    x, asked = some(shape, dtype), {"reverse": reverse, "last": last}
    np.testing.assert_array_equal(order(x, **asked), plain(x, **asked))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_stretch_of_the_order(reverse, dtype):
    x = some((5, 40), dtype)
    for start, count in ((0, 1), (0, 7), (0, 40), (19, 2), (20, 1), (39, 1)):
        for last in (False, True):
            asked = {"start": start, "count": count, "reverse": reverse, "last": last}
            np.testing.assert_array_equal(order(x, **asked), plain(x, **asked))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_the_first_few_of_many(last, reverse):
    x = np.random.RandomState(0).randint(0, 50, (3, 2, 700)).astype(np.float32)
    for count in (1, 2, 9):
        asked = {"count": count, "reverse": reverse, "last": last}
        np.testing.assert_array_equal(order(x, **asked), plain(x, **asked))
        x[0, 0, 5] = np.inf


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_a_few_across_memory(last, reverse, dtype):
    x = np.random.RandomState(0).randint(0, 9, (2, 14, 30_000)).astype(dtype).transpose(0, 2, 1)
    for count in (1, 3, 14):
        asked = {"count": count, "reverse": reverse, "last": last}
        np.testing.assert_array_equal(order(x, **asked), plain(x, **asked))
    x[0, 5, 3] = np.nan
    np.testing.assert_array_equal(order(x, count=1), plain(x, count=1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_views(dtype):
    """Along an axis that is not the last in memory, several as one, and written into a turned array."""
    x = some((3, 4, 5), dtype)
    np.testing.assert_array_equal(order(x.transpose(0, 2, 1)), plain(x.transpose(0, 2, 1)))
    np.testing.assert_array_equal(order(x.transpose(2, 0, 1), along=2), plain(x.transpose(2, 0, 1), along=2))
    np.testing.assert_array_equal(order(x[:, ::2], turned=True), plain(x[:, ::2]))


def test_ranks_undo_the_order():
    found = plain(some((4, 6, 7), np.float32))
    for out in (np.empty((4, 6, 7), np.intp), np.empty((7, 6, 4), np.intp).T):
        _rank(found, np.empty(7, np.intp), *(np.empty(out.shape, np.intp) for _ in range(3)), out)
        np.testing.assert_array_equal(out, np.argsort(found, axis=-1))
