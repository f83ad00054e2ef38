"""Windows in emitted layers: against plain loops, with strides, padding, dilation, ties, NaN and turned arrays."""

import itertools
import sys

import numpy as np
import pytest
from window_cases import ALL, ONE, TWO, along, named

from layerdsl.caffe import pooling
from layerdsl.caffe.convolution import _conv, _conv_back, _conv_bias, _conv_biased, _conv_weights
from layerdsl.caffe.few_windows import _is_few
from layerdsl.caffe.phases import _is_by_phase
from layerdsl.caffe.pooling import _blocks, _window_at, _window_back, _window_best, _window_over, _window_put
from layerdsl.caffe.windows import _fold, _window

LOWEST = -3.4028234663852886e38


def pick(windows, which):
    return tuple(one[which] for one in windows)


def places(windows):
    """Every position with, row by row, the place of each offset, or None outside."""
    for position in np.ndindex(*pick(windows, 1)):
        found = []
        for offset in np.ndindex(*pick(windows, 2)):
            place = tuple(p * one[3] + k * one[5] - one[4] for p, k, one in zip(position, offset, windows, strict=True))
            inside = all(0 <= at < one[0] for at, one in zip(place, windows, strict=True))
            found.append((offset, place if inside else None))
        yield position, found


def some(shape, kind, dtype=np.float32):
    random = np.random.RandomState(sum(shape))
    if kind == "ties":
        return random.randint(-1, 2, shape).astype(dtype)
    x = random.randn(*shape).astype(dtype)
    return np.where(random.rand(*shape) < 0.2, np.nan, x).astype(dtype) if kind == "nan" else x


def turned(x):
    """The same values with the memory the other way round."""
    return np.array(x.T, order="C").T


def plain_over(x, windows, start, function):
    out = np.empty(x.shape[: x.ndim - len(windows)] + pick(windows, 1), x.dtype)
    for position, found in places(windows):
        values = [
            np.full(x.shape[: x.ndim - len(windows)], start, x.dtype) if at is None else x[(..., *at)]
            for _, at in found
        ]
        out[(..., *position)] = function(np.stack(values), axis=0)
    return out


def room(*shape, kind=np.float32):
    return np.full(shape, 1, kind)


def phases(windows, many):
    count = int(np.prod([min(one[2], one[3]) for one in windows])) * 4 + 4
    width = int(np.prod([one[1] + (one[2] - 1) * one[5] // one[3] for one in windows]))
    return room(count * many * width)


def over(x, windows, pair, outside, many=2, trailing=0):
    rest = x.shape[x.ndim - trailing :]
    lead = x.shape[: x.ndim - trailing - len(windows)]
    out = room(*lead, *pick(windows, 1), *rest)
    big = many * int(np.prod(rest or (1,)))
    with np.errstate(all="ignore"):
        _window_over(x, pair, outside, windows, trailing, many, phases(windows, big), phases(windows, big), out)
    return out


@pytest.fixture(params=["by offset", "by window"], autouse=True)
def way(request, monkeypatch):
    """Whichever is less work goes for a layer; here both are tried everywhere."""
    monkeypatch.setattr(pooling, "_is_few", lambda along, by: request.param == "by window")


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
@pytest.mark.parametrize("turn", [np.array, turned], ids=["in order", "turned"])
@pytest.mark.parametrize("lead", [(), (5,), (3, 2)])
def test_largest_least_and_sum(windows, turn, lead):
    x = turn(some((*lead, *pick(windows, 0)), "ties"))
    assert np.array_equal(over(x, windows, "maximum", LOWEST), plain_over(x, windows, LOWEST, np.max))
    assert np.array_equal(over(x, windows, "minimum", 0.5), plain_over(x, windows, 0.5, np.min))
    assert np.allclose(over(x, windows, "add", 0.0), plain_over(x, windows, 0.0, np.sum))


@pytest.mark.parametrize("windows", ONE, ids=named(ONE))
def test_axes_behind_those_with_windows(windows):
    x = some((3, *pick(windows, 0), 2, 4), "plain")
    ahead = np.moveaxis(x, 1, -1)
    found = over(x, windows, "add", 0.0, trailing=2)
    assert np.allclose(found, np.moveaxis(plain_over(ahead, windows, 0.0, np.sum), -1, 1), atol=1e-6)


def test_a_value_that_does_not_depend_on_an_axis_is_the_same_all_along():
    windows = TWO[0]
    x = some((2, 3, 1, 1), "plain")
    whole = np.broadcast_to(x, (2, 3, *pick(windows, 0)))
    assert np.allclose(over(x, windows, "add", 0.0), plain_over(whole, windows, 0.0, np.sum), atol=1e-6)


def best(x, windows, many=2, pair="maximum", outside=LOWEST, trailing=0):
    rest = x.shape[x.ndim - trailing :]
    lead = x.shape[: x.ndim - trailing - len(windows)]
    out = room(2, *lead, *pick(windows, 1), *rest)
    big = many * int(np.prod(rest or (1,)))
    with np.errstate(all="ignore"):
        _window_best(
            x,
            pair,
            outside,
            windows,
            trailing,
            many,
            phases(windows, big),
            phases(windows, big),
            room(phases(windows, big).size, kind=bool),
            room(phases(windows, big).size * 4, kind=bool),
            room(*pick(windows, 1)),
            room(big, *pick(windows, 1)),
            room(big, *pick(windows, 1), kind=bool),
            room(2, big, kind=np.intp),
            out,
        )
    return out


def plain_places(x, windows):
    """Where each window has its largest value first, counted through the axes; -1 outside."""
    lead = x.shape[: x.ndim - len(windows)]
    out = np.empty(lead + pick(windows, 1), int)
    for index in np.ndindex(*lead):
        for position, found in places(windows):
            values = [np.float32(LOWEST) if at is None else x[index + at] for _, at in found]
            at = found[int(np.argmax(values))][1]
            out[index + position] = -1 if at is None else np.ravel_multi_index(at, pick(windows, 0))
    return out


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
@pytest.mark.parametrize("kind", ["plain", "ties"])
@pytest.mark.parametrize("turn", [np.array, turned], ids=["in order", "turned"])
def test_the_first_place_of_the_largest(windows, kind, turn):
    x = turn(some((3, 2, *pick(windows, 0)), kind))
    value, place = best(x, windows)
    assert np.array_equal(value, plain_over(x, windows, LOWEST, np.max))
    assert np.array_equal(place, plain_places(x, windows))


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
def test_nan_is_the_largest_and_its_gradient_stays_in_its_window(windows):
    x = some((3, *pick(windows, 0)), "nan")
    value, place = best(x, windows)
    assert np.array_equal(np.isnan(value), np.isnan(plain_over(x, windows, LOWEST, np.max)))
    seen = {
        position: {-1} | {-1 if at is None else np.ravel_multi_index(at, pick(windows, 0)) for _, at in found}
        for position, found in places(windows)
    }
    for index in np.ndindex(*place.shape):
        assert place[index] in seen[index[1:]]


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
@pytest.mark.parametrize("kind", ["ties", "nan", "infinite"])
@pytest.mark.parametrize(("pair", "outside"), [("maximum", LOWEST), ("maximum", 0.0), ("minimum", 0.0)])
@pytest.mark.parametrize("trailing", [0, 1])
def test_window_by_window_is_the_same_as_offset_by_offset(windows, kind, pair, outside, trailing, monkeypatch):
    x = some((3, *pick(windows, 0), *(2,) * trailing), "nan" if kind == "nan" else "ties")
    x = np.where(x == -1, np.float32(-np.inf), x) if kind == "infinite" else x
    found = []
    for few in (False, True):
        monkeypatch.setattr(pooling, "_is_few", lambda along, by, few=few: few)
        found.append((over(x, windows, pair, outside, 2, trailing), best(x, windows, 2, pair, outside, trailing)))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_few_windows_are_those_that_are_large_and_overlap_little():
    assert _is_few((along(28, 28), along(28, 28)), 8)  # one for the whole plane
    assert _is_few((along(28, 14, stride=14), along(28, 14, stride=14)), 8)
    assert _is_few((along(28, 26), along(28, 26)), 8)
    assert not _is_few((along(28, 20), along(28, 20)), 3)  # each place is in up to 81 of them
    assert not _is_few((along(28, 3, stride=2), along(28, 3, stride=2)), 3)
    assert _is_few((along(28, 7, stride=7),) * 2, 3)  # worth it for sums alone
    assert not _is_few((along(28, 7, stride=7),) * 2, 8)


def test_windows_longer_than_a_byte_counts():
    windows = (along(700, 600),)
    x = some((2, 700), "plain")
    assert np.array_equal(best(x, windows)[1], plain_places(x, windows))


@pytest.mark.parametrize("outside", [LOWEST, 9.0], ids=["nothing outside", "most outside"])
@pytest.mark.parametrize("windows", [(along(60, 50, pad=4),), (along(9, 9), along(40, 45, pad=3))], ids=["one", "two"])
def test_the_places_of_few_planes_with_large_windows(windows, outside):
    x = some((2, *pick(windows, 0)), "plain")
    value, place = best(x, windows, outside=outside)
    assert np.array_equal(value, plain_over(x, windows, outside, np.max))
    if outside == LOWEST:
        assert np.array_equal(place, plain_places(x, windows))
    else:
        assert np.array_equal(place < 0, value == outside)


def test_planes_that_lie_apart_are_seen_along_their_longest_axis():
    planes = np.zeros((2, 40, 3, 6, 5))[:, :, :, :4]
    blocks = list(_blocks([planes], 2, 100))
    for (block,) in blocks:
        block += 1
    assert len(blocks) == 2 * 3
    assert np.all(planes == 1)


def put(g, place, windows, many=2, turn=np.array):
    lead = g.shape[: g.ndim - len(windows)]
    out = turn(room(*lead, *pick(windows, 0)))
    spots = [room(many, *pick(windows, 1), kind=kind) for kind in (np.intp, bool, np.intp, np.float32)]
    _window_put(g, place, windows, 0, many, *spots, room(many + 1, *pick(windows, 0)), out)
    return out


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
@pytest.mark.parametrize("turn", [np.array, turned], ids=["in order", "turned"])
def test_to_the_place_and_from_there(windows, turn):
    x = some((3, 2, *pick(windows, 0)), "ties")
    place = best(x, windows)[1]
    g = some(place.shape, "plain")
    expected = np.zeros(x.shape, np.float64)
    flat = expected.reshape(3, 2, -1)
    for index in np.ndindex(*place.shape):
        if place[index] >= 0:
            flat[index[:2] + (int(place[index]),)] += g[index]
    assert np.allclose(put(g, place, windows, turn=turn), expected, atol=1e-5)
    h, out = some(x.shape, "plain"), room(*place.shape)
    spots = [room(2, *pick(windows, 1), kind=kind) for kind in (np.intp, bool, np.float32)]
    _window_at(h, place, windows, 0, 2, *spots, room(3, *pick(windows, 0)), out)
    assert np.isclose(np.vdot(out, g), np.vdot(h, put(g, place, windows)), atol=1e-4)


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
def test_the_adjoint_of_the_sum(windows):
    x = some((3, 2, *pick(windows, 0)), "plain")
    g, out = some((3, 2, *pick(windows, 1)), "plain"), room(*x.shape)
    _window_back(g, windows, 0, 2, phases(windows, 2), out)
    assert np.isclose(np.vdot(over(x, windows, "add", 0.0), g), np.vdot(x, out), atol=1e-4)


@pytest.mark.parametrize("windows", ONE, ids=named(ONE))
def test_the_adjoint_of_the_sum_with_axes_behind(windows):
    x, g = some((3, *pick(windows, 0), 2, 4), "plain"), some((3, *pick(windows, 1), 2, 4), "plain")
    out = room(*x.shape)
    _window_back(g, windows, 2, 2, phases(windows, 16), out)
    assert np.isclose(np.vdot(over(x, windows, "add", 0.0, trailing=2), g), np.vdot(x, out), atol=1e-4)


def lines_run(function):
    """How many lines of Python a call runs."""
    counted = []

    def count(_frame, event, _arg):
        if event == "line":
            counted.append(event)
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        function()
    finally:
        sys.settrace(before)
    return len(counted)


def both_ways_and_back(size):
    """The lines that windows as large as a picture take: the largest, the sum, and their adjoints."""
    windows = (along(size, size), along(size, size))
    x, g = some((2, size, size), "plain"), some((2, 1, 1), "plain")
    place, out = best(x, windows)[1], room(*x.shape)
    return [
        lines_run(lambda: best(x, windows)),
        lines_run(lambda: over(x, windows, "add", 0.0)),
        lines_run(lambda: put(g, place, windows)),
        lines_run(lambda: _window_back(g, windows, 0, 2, phases(windows, 2), out)),
    ]


def test_windows_as_large_as_a_picture_take_as_many_steps_whatever_its_size(monkeypatch):
    monkeypatch.setattr(pooling, "_is_few", _is_few)
    assert both_ways_and_back(8) == both_ways_and_back(64)


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
def test_laid_out_and_folded(windows):
    x = some((2, *pick(windows, 0)), "plain")
    out = room(2, *pick(windows, 1), *pick(windows, 2))
    _window(x, 7.0, windows, out)
    for position, found in places(windows):
        for offset, at in found:
            assert np.array_equal(
                out[(slice(None), *position, *offset)], [7, 7] if at is None else x[(slice(None), *at)]
            )
    g, back = some(out.shape, "plain"), room(*x.shape)
    _fold(g, windows, back)
    _window(x, 0.0, windows, out)
    assert np.isclose(np.vdot(out, g), np.vdot(x, back), atol=1e-4)


GROUPS = [
    ((2,), (), (3,), (4,)),
    ((2,), (2,), (3,), (2,)),
    ((), (), (2,), ()),
    ((2, 2), (), (), (3,)),
    ((1,), (3,), (), ()),
]


# Large windows or many channels, so that what comes out is laid out by phases.
PHASED = [
    (along(67, 7, stride=4),),
    (along(30, 8, stride=4, pad=3),),
    (along(69, 7, stride=4),),  # the windows do not see the last places
    (along(40, 3),),
    (along(20, 4, stride=2), along(20, 4, stride=2)),
    (along(30, 8, stride=4, pad=2), along(41, 3, pad=1)),
    (along(2, 1), along(1, 1), along(67, 7, stride=4, pad=1)),
]
OF_PHASED = [((2,), (2,), (8,), (1,)), ((), (), (2, 4), ())]


@pytest.mark.parametrize("windows", PHASED, ids=named(PHASED))
@pytest.mark.parametrize("groups", OF_PHASED, ids=str)
@pytest.mark.parametrize("turn", [np.array, turned], ids=["in order", "turned"])
@pytest.mark.parametrize("many", [1, 3])
def test_convolution_by_phases(windows, groups, turn, many):
    assert _is_by_phase(windows, 1, 8)
    test_convolution_and_both_adjoints(windows, groups, turn, many)


@pytest.mark.parametrize("windows", ALL, ids=named(ALL))
@pytest.mark.parametrize("groups", GROUPS, ids=str)
@pytest.mark.parametrize("turn", [np.array, turned], ids=["in order", "turned"])
@pytest.mark.parametrize("many", [1, 3])
def test_convolution_and_both_adjoints(windows, groups, turn, many):
    batch, group, channels, filters = groups
    x = turn(some((*batch, *group, *channels, *pick(windows, 0)), "plain"))
    w = turn(some((*group, *filters, *channels, *pick(windows, 2)), "plain"))
    y = turn(some((*batch, *group, *filters, *pick(windows, 1)), "plain"))
    size = 32768
    out = turn(np.empty_like(y))
    sizes = (*groups, group + channels, group + filters, group + filters)
    _conv(x, w, 0.0, windows, sizes, room(size * 4), room(many, size * 8), room(size), out)
    plain = plain_conv(x, w, windows, groups)
    assert np.allclose(out, plain, atol=1e-4)
    bias = turn(some((*group, *filters, 1), "plain")[..., 0])
    biased = turn(np.empty_like(y))
    _conv_biased(x, w, bias, 0.0, windows, sizes, room(size * 4), room(many, size * 8), room(size), biased)
    assert np.allclose(biased, plain + bias.reshape(bias.shape + (1,) * len(windows)), atol=1e-4)
    back, weights = turn(np.empty_like(x)), turn(np.empty_like(w))
    _conv_back(y, w, windows, sizes, room(many, size * 8), room(size), room(size), room(size * 8), back)
    rooms = room(size * 4), room(many, size * 8), room(size), room(size), room(size)
    _conv_weights(x, y, 0.0, windows, sizes, False, *rooms, weights)
    added, sums = turn(np.ones_like(w)), turn(np.ones_like(bias))
    _conv_weights(x, y, 0.0, windows, sizes, True, *rooms, added)
    assert np.allclose(added, weights + 1, atol=1e-4)
    _conv_bias(y, windows, sizes, True, room(size), room(many + 1, size), sums)
    lost = tuple(range(len(batch))) + tuple(range(y.ndim - len(windows), y.ndim))
    assert np.allclose(sums, 1 + y.sum(axis=lost), atol=1e-4)
    inner = np.vdot(out, y)
    assert np.isclose(np.vdot(x, back), inner, rtol=1e-4, atol=1e-3)
    assert np.isclose(np.vdot(w, weights), inner, rtol=1e-4, atol=1e-3)


def plain_conv(x, w, windows, groups):
    batch, group, channels, filters = (int(np.prod(sizes)) for sizes in groups)
    pictures = x.reshape(batch, group, channels, *pick(windows, 0))
    weights = w.reshape(group, filters, channels, *pick(windows, 2))
    out = np.zeros((batch, group, filters, *pick(windows, 1)))
    for position, found in places(windows):
        for offset, at in found:
            if at is not None:
                seen = pictures[(slice(None), slice(None), slice(None), *at)]
                out[(..., *position)] += np.einsum("ngc,gfc->ngf", seen, weights[(..., *offset)])
    return out.reshape(*itertools.chain(*(groups[i] for i in (0, 1, 3))), *pick(windows, 1))
