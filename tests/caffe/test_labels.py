"""What emitted layers take from the place that an index names, and add up there: against plain loops."""

import numpy as np
import pytest

from layerdsl.caffe.labels import _add_by, _gather, _put_back


def gather(x, index, along=1, over=1, turned=False):
    lead = np.broadcast_shapes(x.shape[: x.ndim - along], index.shape[: index.ndim - over])
    shape = lead + index.shape[index.ndim - over :]
    out = np.empty(shape[::-1], x.dtype).T if turned else np.empty(shape, x.dtype)
    rooms = np.empty(shape, np.intp), np.empty(shape, bool), np.empty(x.shape, x.dtype), np.empty(shape, x.dtype)
    _gather(x, index, along, over, *rooms, out)
    return out


def gathered(x, index):
    """Along one axis."""
    lead = np.broadcast_shapes(x.shape[:-1], index.shape[:-1])
    x, index = np.broadcast_to(x, (*lead, x.shape[-1])), np.broadcast_to(index, (*lead, index.shape[-1]))
    out = np.zeros(index.shape, x.dtype)
    for place in np.ndindex(*index.shape):
        if 0 <= index[place] < x.shape[-1]:
            out[place] = x[(*place[:-1], int(index[place]))]
    return out


PAIRS = [
    ((5,), (7,)),
    ((3, 5), (3, 4)),
    ((3, 5), (4,)),
    ((2, 3, 5), (3, 4)),
    ((2, 3, 5), (2, 1, 4)),
    ((2, 5), (3, 2, 4)),
]
PAIRS += [((1, 5), (3, 4)), ((700, 2), (700, 3)), ((4, 0), (4, 0)), ((1,), (3,))]


@pytest.mark.parametrize(("shape", "places"), PAIRS)
def test_gathered(shape, places):
    random = np.random.RandomState(len(shape))
    x, index = random.rand(*shape).astype(np.float32), random.randint(-1, shape[-1] + 1, places).astype(np.float32)
    for values in (x, x.T.copy().T, np.repeat(x, 2, axis=-1)[..., ::2]):
        for turned in (False, True):
            np.testing.assert_array_equal(gather(values, index, turned=turned), gathered(x, index))


def test_several_axes_counted_through_as_one():
    x = np.arange(24.0).reshape(2, 3, 4)
    index = np.array([[11, 0], [5, 6]])
    np.testing.assert_array_equal(gather(x, index, along=2), [[11, 0], [17, 18]])
    turned = x.transpose(0, 2, 1)
    np.testing.assert_array_equal(gather(turned, index, along=2), gathered(turned.reshape(2, 12), index))
    np.testing.assert_array_equal(gather(x[0], index[0], along=2), [11, 0])


def put_back(g, index, shape, along=1, over=1, turned=False):
    out = np.empty(shape[::-1]).T if turned else np.empty(shape)
    lead = shape[: len(shape) - along]
    room = lead + index.shape[index.ndim - over :]
    _put_back(g, index, along, over, np.empty(room, np.intp), np.empty(room), np.empty(shape), out)
    return out


def test_put_back_is_the_adjoint_of_gather():
    random = np.random.RandomState(3)
    x, g = random.rand(4, 6, 9), random.rand(4, 6, 5)
    index = np.argsort(random.rand(4, 6, 9), axis=-1)[..., :5]
    for turned in (False, True):
        back = put_back(g, index, x.shape, turned=turned)
        np.testing.assert_allclose((back * x).sum(), (g * gather(x, index)).sum())
        assert np.count_nonzero(back) == g.size
    np.testing.assert_array_equal(put_back(np.ones(1), index[0, 0], (9,)), np.isin(np.arange(9), index[0, 0]))
    back = put_back(g[0], np.argsort(random.rand(6, 12))[:, :5], (6, 3, 4), along=2)
    np.testing.assert_allclose(back.sum(axis=(1, 2)), g[0].sum(axis=-1))


def add_by(g, index, size, over=1, name="", turned=False, dtype=np.float32, onto=None):
    g = np.asarray(g, dtype)
    space = np.broadcast_shapes(g.shape, index.shape)
    shape = (*space[: len(space) - over], size)
    out = np.empty(shape[::-1], dtype).T if turned else np.empty(shape, dtype)
    out[...] = np.nan if onto is None else onto
    own = int(np.prod(index.shape[: index.ndim - over]))
    row = (int(np.prod(shape)) // max(own, 1),)
    rooms = np.empty(index.shape, np.intp), *(np.empty(one, dtype) for one in (space, shape, row)), np.empty(row)
    _add_by(
        g,
        index,
        "A (a.layer:2)",
        name,
        over,
        onto is not None,
        *rooms,
        np.empty(65536, dtype),
        np.empty(16384),
        np.empty(16384, np.intp),
        out,
    )
    return out


def added(g, index, size, over):
    space = np.broadcast_shapes(np.shape(g), index.shape)
    g, index = np.broadcast_to(g, space), np.broadcast_to(index, space)
    out = np.zeros((*space[: len(space) - over], size))
    inside = np.nonzero((index >= 0) & (index < size))
    np.add.at(out, (*inside[: len(space) - over], index[inside].astype(int)), g[inside])
    return out


# shape of the values, of the labels, how many axes are summed
SUMS = [
    ((40,), (40,), 1),
    ((3, 40), (40,), 1),
    ((3, 40), (3, 40), 1),
    ((2, 3, 40), (2, 1, 40), 1),
    ((2, 3, 40), (3, 40), 1),
]
SUMS += [
    ((3, 5, 8), (5, 8), 2),
    ((2, 3, 5, 8), (2, 1, 5, 8), 2),
    ((5,), (3, 5), 1),
    ((), (3, 5), 1),
    ((900, 3), (900, 3), 1),
]
SUMS += [((2_000, 2), (2_000, 2), 1)]
SUMS += [((2, 0), (2, 0), 1), ((3, 1), (3, 1), 1), ((600, 4), (4,), 1), ((2, 20_000), (20_000,), 1)]


@pytest.mark.parametrize("outside", [0, 1])
@pytest.mark.parametrize("size", [1, 4, 100, 3000])
@pytest.mark.parametrize(("shape", "places", "over"), SUMS)
def test_added_by_label(shape, places, over, size, outside):
    random = np.random.RandomState(size)
    g, index = random.rand(*shape), random.randint(-outside, size + outside, places).astype(np.float32)
    expected = added(g, index, size, over)
    for turned in (False, True):
        found = add_by(g, index, size, over, turned=turned)
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)
        found = add_by(g, index, size, over, turned=turned, onto=expected)
        np.testing.assert_allclose(found, 2 * expected, rtol=2e-5, atol=1e-6)


def test_many_short_rows():
    g, index = np.random.RandomState(0).rand(20_000, 3), np.random.RandomState(1).randint(0, 3, (20_000, 3))
    np.testing.assert_allclose(add_by(g, index, 3), added(g, index, 3, 1), rtol=1e-6)


def test_rows_that_are_turned_in_memory():
    """As an embedding's gradient: the label's axis comes first in memory."""
    g, index = np.random.RandomState(0).rand(30, 200), np.random.RandomState(1).randint(0, 50, 30)
    expected = added(g.T, index, 50, 1)
    np.testing.assert_allclose(add_by(g.T, index, 50, turned=True), expected, rtol=1e-5)
    np.testing.assert_allclose(add_by(g.T, index, 50, turned=True, onto=expected), 2 * expected, rtol=1e-5)
    every = np.random.RandomState(2).permutation(30)  # all rows in one round
    np.testing.assert_allclose(add_by(g.T, every, 50, turned=True, onto=1), 1 + added(g.T, every, 50, 1), rtol=1e-5)


@pytest.mark.parametrize("size", [3, 50, 1000])
@pytest.mark.parametrize("rows_first", [True, False])
def test_long_rows_wherever_they_lie(rows_first, size):
    g, index = np.random.RandomState(0).rand(4, 5, 300), np.random.RandomState(1).randint(-1, size, (4, 5))
    values = g.transpose(2, 0, 1) if rows_first else np.ascontiguousarray(g.transpose(2, 0, 1))
    for turned in (False, True):
        found = add_by(values, index, size, over=2, turned=turned)
        np.testing.assert_allclose(found, added(values, index, size, 2), rtol=1e-5)
        found = add_by(values, index, size, over=2, turned=turned, onto=1)
        np.testing.assert_allclose(found, 1 + added(values, index, size, 2), rtol=1e-5)


def test_what_is_not_finite_stays_with_its_label():
    g = np.ones((3, 8))
    g[1, 2], g[2, 5] = np.inf, np.nan
    with np.errstate(invalid="ignore"):
        found = add_by(g, np.arange(8) % 4, 4)
    np.testing.assert_array_equal(found, [[2, 2, 2, 2], [2, 2, np.inf, 2], [2, np.nan, 2, 2]])


def test_a_label_outside_is_an_error_unless_it_brings_0():
    label = np.array([0.0, 255, 1, -1])
    np.testing.assert_array_equal(add_by([5, 0, 7, 0], label, 2, name="`label` along axis K"), [5, 7])
    place = r"A \(a.layer:2\): `label` along axis K holds 255, the axis has places 0 to 1"
    with pytest.raises(ValueError, match=place):
        add_by(np.ones(4), label, 2, name="`label` along axis K")
    with pytest.raises(ValueError, match="holds -1"):
        add_by([[0, 0, 0, 0], [0, 0, 0, 1]], label, 2, name="`label` along axis K")
    np.testing.assert_array_equal(add_by(np.ones(4), label, 2), [1, 1])


def test_large_sums_are_right():
    found = add_by(np.full(1_000_000, 0.1), np.arange(1_000_000) % 2, 2)
    np.testing.assert_allclose(found, 50_000, rtol=1e-6)
    found = add_by(np.full((2, 1_000_000), 0.1), np.arange(1_000_000) % 2, 2)
    np.testing.assert_allclose(found, 50_000, rtol=1e-6)
