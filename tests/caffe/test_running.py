"""What runs from place to place along an axis: against NumPy's own, as it lies in memory and turned."""

import numpy as np
import pytest

from layerdsl.caffe.running import _cumargmax, _cummax, _cummin, _cumprod, _cumsum, _recur, _shift, _sum_of_runs

SHAPES = [(1,), (5,), (0,), (3, 1), (4, 9), (0, 3), (3, 0), (2, 3, 5), (100, 4), (3, 1500)]
PLAIN = {
    "prod": (_cumprod, np.cumprod),
    "max": (_cummax, np.maximum.accumulate),
    "min": (_cummin, np.minimum.accumulate),
}


def some(shape):
    return np.random.RandomState(len(shape)).randint(-3, 4, shape) / 2.0


def arrays(shape):
    """Two inputs of equal values, and rooms for the result, that lie in either order."""
    x = some(shape)
    for given in (x, np.ascontiguousarray(x.T).T):
        for out in (np.empty(shape), np.empty(shape[::-1]).T):
            yield given, out


@pytest.mark.parametrize("reverse", [0, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_sums(shape, reverse):
    for x, out in arrays(shape):
        _cumsum(x, reverse, np.empty(shape[:-1]), np.empty(16384), out)
        expected = x[..., ::-1].cumsum(axis=-1)[..., ::-1] if reverse else x.cumsum(axis=-1)
        np.testing.assert_allclose(out, expected)


@pytest.mark.parametrize("reverse", [0, 1])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", PLAIN)
def test_products_and_extremes(name, shape, reverse):
    function, plain = PLAIN[name]
    for x, out in arrays(shape):
        function(x, reverse, out)
        step = -1 if reverse else 1
        np.testing.assert_allclose(out, plain(x[..., ::step], axis=-1)[..., ::step])


def test_a_sum_over_a_million_places_is_right():
    x = np.full((2, 1_000_000), 0.1, np.float32)
    for given, lead in ((x, (2,)), (np.repeat(x[:, :100_000], 40, axis=0).T.copy().T, (80,))):
        out = np.empty_like(given)
        _cumsum(given, 0, np.empty(lead), np.empty(16384), out)
        np.testing.assert_allclose(
            out[0, 99_999::100_000], 0.1 * np.arange(1, out.shape[1] // 100_000 + 1) * 1e5, rtol=2e-7
        )


@pytest.mark.parametrize("reverse", [0, 1])
def test_the_first_place_of_what_is_largest_so_far(reverse):
    for shape in SHAPES:
        x = some(shape)
        y, places = np.empty(shape), np.empty(shape, np.intp)
        _cummax(x, reverse, y)
        _cumargmax(y, reverse, np.empty(shape, bool), np.empty(shape, np.intp), places)
        for place in np.ndindex(*shape):
            row, i = x[place[:-1]], place[-1]
            so_far = row[i:][::-1] if reverse else row[: i + 1]
            first = int(np.argmax(so_far))
            assert places[place] == (shape[-1] - 1 - first if reverse else first)


@pytest.mark.parametrize("room", [3, 16384])
@pytest.mark.parametrize("reverse", [0, 1])
def test_what_the_largest_so_far_give_back(reverse, room):
    """Each run of equals to the place where it begins."""
    for shape in [*SHAPES[:-1], (3, 40)]:
        for x, out in arrays(shape):
            g, y, wanted = some(shape), np.empty(shape), np.zeros(shape)
            y = np.empty_like(out)
            _cummax(np.round(x, 1), reverse, y)
            for place in np.ndindex(*shape):
                i, step = place[-1], 1 if reverse else -1
                while 0 <= i + step < shape[-1] and y[(*place[:-1], i + step)] == y[place]:
                    i += step
                wanted[(*place[:-1], i)] += g[place]
            rooms = np.empty(shape[:-1]), np.empty(shape[:-1], bool), np.empty(room)
            _sum_of_runs(g, y, reverse, *rooms, out)
            np.testing.assert_allclose(out, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reverse", [0, 1])
def test_shifts_and_recurrences(reverse):
    for shape in SHAPES:
        a, b, out, moved = some(shape), some(shape) + 1, np.empty(shape), np.empty(shape)
        _recur(b, a, reverse, out)
        _shift(out, reverse, moved)
        np.testing.assert_allclose(out, b + a * moved)
        if shape[-1]:
            assert not moved[..., -1 if reverse else 0].any()
