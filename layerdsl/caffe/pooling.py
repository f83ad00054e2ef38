"""What an emitted layer takes of each window at once: its largest or least value, or its sum, and back.

`along`: see `layerdsl.caffe.windows`. A padded axis is taken apart into phases, one for each place within a stride, so
that offset `k` of all positions is one stretch of memory: phase `k * dilation % stride`, moved by `k * dilation //
stride` places. Rows keep a few places more than there are positions; what they hold at the end is not looked at.

Where windows are large and few, phases are many and short: see `layerdsl.caffe.few_windows`.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: B905, C419 - what is emitted runs on Python 2.7

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from layerdsl.caffe.few_windows import _best_of_rows, _is_few, _rows_back, _window_rows
from layerdsl.caffe.windows import _is_within, _reach, _sizes, _whole


def _blocks(arrays: Any, kept: int, many: int) -> Any:
    """The arrays part by part, each with one axis of at most `many` planes before the last `kept` ones.

    The last array has all axes; the others may have size 1 before the last ones, or lack leading axes.
    """
    lead = arrays[-1].shape[: arrays[-1].ndim - kept]
    full = [lead + x.shape[x.ndim - kept :] for x in arrays]
    arrays = [x if x.shape == shape else np.broadcast_to(x, shape) for x, shape in zip(arrays, full)]
    if all([x.flags.c_contiguous for x in arrays]):
        stacks = [[x.reshape((-1,) + x.shape[x.ndim - kept :]) for x in arrays]]
    elif lead:
        longest = lead.index(max(lead))
        arrays = [np.rollaxis(x, longest, len(lead)) for x in arrays]
        stacks = [[x[index] for x in arrays] for index in np.ndindex(*arrays[-1].shape[: len(lead) - 1])]
    else:
        stacks = [[x[None] for x in arrays]]
    for stack in stacks:
        for start in range(0, len(stack[0]), max(many, 1)):  # of no samples there are no planes
            yield [x[start : start + many] for x in stack]


# -- phases ------------------------------------------------------------------------------------------------------------


def _phases_of(one: Any) -> Any:
    """The phases of an axis that windows see."""
    _, _, offsets, stride, _, dilation = one
    return sorted({k * dilation % stride for k in range(offsets)})


def _width(one: Any) -> int:
    """How many places each phase of an axis has."""
    _, places, offsets, stride, _, dilation = one
    return int(places + (offsets - 1) * dilation // stride)


def _phase(one: Any, phase: int) -> Any:
    """Which places of a phase lie inside the axis, and which of the axis these are, as slices."""
    size, _, _, stride, pad, _ = one
    shift = phase - pad
    first = max(0, -(shift // stride))
    last = max(first, min(_width(one), (size - 1 - shift) // stride + 1))
    begin = first * stride + shift
    return slice(first, last), slice(begin, begin + max(0, (last - first - 1) * stride + 1) * (last > first), stride)


def _shape(along: Any, planes: Any, trailing: int) -> Any:
    """The shape of one phase of so many planes."""
    rest = planes.shape[planes.ndim - trailing :] if trailing else ()
    return (len(planes),) + tuple([_width(one) for one in along]) + rest


def _room_parts(room: Any, shape: Any) -> Any:
    """One array of this shape after the other, out of a room."""
    flat, size = room.reshape(-1), int(np.prod(shape))
    for start in itertools.count(0, size):
        yield flat[start : start + size]


def _apart(planes: Any, outside: Any, along: Any, trailing: int, room: Any) -> Any:
    """The planes by their phases, each in a row."""
    shape, found = _shape(along, planes, trailing), {}
    pieces = _room_parts(room, shape)
    for phases in itertools.product(*[_phases_of(one) for one in along]):
        found[phases] = next(pieces)
        target = found[phases].reshape(shape)
        there, here = [(slice(None),) + tuple(part) for part in zip(*map(_phase, along, phases))]
        place = target[there]
        if place.shape != target.shape:
            target[...] = outside
        np.copyto(place, planes[here])
    return found


def _cropped(flat: Any, shape: Any, along: Any) -> Any:
    """Of a phase in a row, the positions."""
    return flat.reshape(shape)[(slice(None),) + tuple([slice(0, one[1]) for one in along])]


def _taps(found: Any, prefix: Any, one: Any, step: int) -> Any:
    """What lies at each offset along one axis, as stretches of equal length. step: from place to place of the axis."""
    _, _, offsets, stride, _, dilation = one
    far = (offsets - 1) * dilation // stride * step
    stretches = []
    for k in range(offsets):
        flat, start = found[prefix + (k * dilation % stride,)], k * dilation // stride * step
        stretches.append(flat[start : len(flat) - far + start])
    return stretches


def _prefixes(found: Any) -> Any:
    """What is left of the phases once the last axis is done."""
    return sorted({phases[:-1] for phases in found})


def _steps(shape: Any, along: Any) -> Any:
    """How far it is from place to place of each axis."""
    return [int(np.prod(shape[i + 2 :])) for i in range(len(along))]


# -- values ------------------------------------------------------------------------------------------------------------


def _window_over(
    x: Any, pair: str, outside: Any, along: Any, trailing: int, many: int, room: Any, values: Any, out: Any
) -> None:
    """out = the largest ("maximum"), the least ("minimum") or the sum ("add") of each window.

    `x` has the axes with windows last, but for `trailing` ones. many: how many planes are seen at once. room: for all
    phases of those; values: for what comes of them.
    """
    function = getattr(np, pair)
    for planes, target in _blocks([_whole(x, along, 0, trailing), out], len(along) + trailing, many):
        if _is_one(planes, along, trailing):
            function.reduce(planes.reshape(len(planes), -1), axis=1, out=target.reshape(-1))
            continue
        if _is_few(along, 3 if pair == "add" else 8):  # measured: a row is summed faster than searched
            for position, rows in _window_rows(planes, outside, along, trailing, room):
                function.reduce(rows, axis=-1, out=target[position])
            continue
        shape = _shape(along, planes, trailing)
        found, pieces = _apart(planes, outside, along, trailing, room), _room_parts(values, shape)
        spare = next(pieces)
        for one, step in reversed(list(zip(along, _steps(shape, along)))):
            found = {
                prefix: _over_taps(function, _taps(found, prefix, one, step), next(pieces), spare)
                for prefix in _prefixes(found)
            }
        np.copyto(target, _cropped(found[()], shape, along))


def _is_one(planes: Any, along: Any, trailing: int) -> bool:
    """Whether there is one window, which is a whole plane in order."""
    whole = all([one[1] == one[5] == 1 and one[2] == one[0] and one[4] == 0 for one in along])
    return whole and not trailing and planes.flags.c_contiguous


def _over_taps(function: Any, taps: Any, room: Any, spare: Any) -> Any:
    """A function of two values over several, in a room."""
    value = taps[0]
    for i, tap in enumerate(taps[1:], 2):
        target = (spare if (len(taps) - i) % 2 else room)[: len(tap)]
        function(value, tap, out=target)
        value = target
    return room if len(taps) > 1 else value


def _window_back(g: Any, along: Any, trailing: int, many: int, values: Any, out: Any) -> None:
    """The adjoint of the sum of each window; values: room for all phases of so many planes, step by step."""
    for came, target in _blocks([_whole(g, along, 1, trailing), out], len(along) + trailing, many):
        if _is_few(along, 1):
            _rows_back(came, along, target)
            continue
        shape = _shape(along, target, trailing)
        pieces = _room_parts(values, shape)
        found: Any = {(): next(pieces)}
        found[()][:] = 0
        np.copyto(_cropped(found[()], shape, along), came)
        for one, step in zip(along, _steps(shape, along)):
            found = {
                prefix + (phase,): _given_back(flat, phase, one, step, pieces)
                for prefix, flat in sorted(found.items())
                for phase in _phases_of(one)
            }
        _together(found, shape, along, target)


def _given_back(flat: Any, phase: int, one: Any, step: int, pieces: Any) -> Any:
    """What the positions give to one phase of an axis."""
    _, _, offsets, stride, _, dilation = one
    starts = [k * dilation // stride * step for k in range(offsets) if k * dilation % stride == phase]
    if starts == [0]:
        return flat
    total = next(pieces)
    total[: starts[0]] = 0
    np.copyto(total[starts[0] :], flat[: len(flat) - starts[0]])
    for start in starts[1:]:
        np.add(total[start:], flat[: len(flat) - start], out=total[start:])
    return total


def _together(found: Any, shape: Any, along: Any, out: Any) -> None:
    """The phases put together; what no window sees is 0."""
    seen = [len(_phases_of(one)) == one[3] and _reach(one) - one[4] >= one[0] for one in along]
    if not all(seen):
        out[...] = 0
    for phases, flat in found.items():
        there, here = [(slice(None),) + tuple(part) for part in zip(*map(_phase, along, phases))]
        np.copyto(out[here], flat.reshape(shape)[there])


# -- places ------------------------------------------------------------------------------------------------------------


def _window_best(
    x: Any, pair: str, outside: Any, along: Any, trailing: int, many: int, room: Any, values: Any, marks: Any,
    counts: Any, base: Any, spare: Any, lost: Any, index: Any, out: Any,
) -> None:  # fmt: skip
    """out[0] = the largest or least value of each window, out[1] = where it lies first, row by row.

    A place is counted through the axes with windows; one that lies outside is -1. marks, counts: room for conditions
    and for offsets, of which a byte holds 256; base, spare, lost: for numbers and conditions of all positions; index:
    two places in memory for each plane.
    """
    function, kind = getattr(np, pair), np.uint8 if max(_sizes(along, 2)) <= 256 else np.uint16
    base, few = _first_places(along, trailing, base), _is_few(along, 8)
    for planes, best, place in _blocks([_whole(x, along, 0, trailing), out[0], out[1]], len(along) + trailing, many):
        if few and _best_of_rows(pair, planes, outside, along, trailing, room, index, spare, lost, best, place):
            continue
        shape = _shape(along, planes, trailing)
        rooms = [
            _room_parts(values, shape),
            _room_parts(marks, shape),
            _room_parts(counts.reshape(-1).view(kind), shape),
        ]
        scratch = [next(each) for each in (rooms[0], rooms[1], rooms[1], rooms[2])]
        found = {phases: [flat] for phases, flat in _apart(planes, outside, along, trailing, room).items()}
        for one, step in reversed(list(zip(along, _steps(shape, along)))):
            found = {prefix: _first(function, found, prefix, one, step, rooms, scratch) for prefix in _prefixes(found)}
        np.copyto(best, _cropped(found[()][0], shape, along))
        _to_places([_cropped(each, shape, along) for each in found[()][1:]], along, trailing, base, spare, lost, place)


def _first(function: Any, found: Any, prefix: Any, one: Any, step: int, rooms: Any, scratch: Any) -> Any:
    """The values over one axis, and the first offset that has each, along this axis and along those before."""
    taps, count = _taps(_each(found, 0), prefix, one, step), next(rooms[2])
    value = _over_taps(function, taps, next(rooms[0]), scratch[0])
    size = len(taps[0])
    here, before, count[:] = scratch[1][:size], scratch[2][:size], 0
    for i, tap in enumerate(taps[:-1]):
        np.not_equal(tap, value[:size], out=here if i else before)
        if i:
            np.logical_and(here, before, out=before)
        np.add(count[:size], before.view(np.uint8), out=count[:size])
    others = range(1, len(found[prefix + (0,)]))
    return [value, count] + [
        _picked(_taps(_each(found, i), prefix, one, step), count, next(rooms[2]), scratch) for i in others
    ]


def _each(found: Any, i: int) -> Any:
    """One of the arrays of every phase."""
    return {phases: arrays[i] for phases, arrays in found.items()}


def _picked(taps: Any, count: Any, room: Any, scratch: Any) -> Any:
    """Of offsets along another axis those that lie where this axis has its first."""
    room[:] = 0
    size = len(taps[0])
    here, product = scratch[1][:size], scratch[3][:size]
    for k, tap in enumerate(taps):
        np.equal(count[:size], k, out=here)
        np.multiply(here.view(np.uint8), tap, out=product)
        np.add(room[:size], product, out=room[:size])
    return room


def _first_places(along: Any, trailing: int, room: Any) -> Any:
    """Where each window begins, counted through the axes with windows."""
    room[...] = 0
    room = room.reshape(_sizes(along, 1) + (1,) * trailing)
    for i, (_, places, _, stride, pad, _) in enumerate(along):
        begins = (np.arange(places) * stride - pad) * int(np.prod(_sizes(along[i + 1 :], 0)))
        np.add(room, begins.reshape((places,) + (1,) * (room.ndim - i - 1)), out=room, casting="unsafe")
    return room


def _to_places(offsets: Any, along: Any, trailing: int, base: Any, spare: Any, lost: Any, out: Any) -> None:
    """out = the places of these offsets, one array for each axis."""
    spare, lost = [each.reshape(-1)[: out.size].reshape(out.shape) for each in (spare, lost)]
    for i, (count, one) in enumerate(zip(offsets, along)):
        np.copyto(spare, count)
        np.multiply(spare, one[5] * int(np.prod(_sizes(along[i + 1 :], 0))), out=spare)
        np.add(spare, out if i else base, out=out)
    if not _is_within(along):
        for i, (count, one) in enumerate(zip(offsets, along)):
            begins = (np.arange(one[1]) * one[3] - one[4]).astype(out.dtype)
            np.copyto(spare, count)
            np.multiply(spare, one[5], out=spare)
            np.add(spare, begins.reshape((-1,) + (1,) * (out.ndim - i - 2)), out=spare)
            np.less(spare, 0, out=lost)
            np.copyto(out, -1, where=lost)
            np.greater_equal(spare, one[0], out=lost)
            np.copyto(out, -1, where=lost)


def _to_index(place: Any, planes: Any, trailing: int, index: Any, lost: Any) -> Any:
    """Places of windows as places in the memory of these planes, and whether any lies outside: right behind them."""
    index, lost = [each.reshape(-1)[: place.size].reshape(place.shape) for each in (index, lost)]
    np.copyto(index, place, casting="unsafe")
    np.less(index, 0, out=lost)
    if trailing:
        rest = planes.shape[planes.ndim - trailing :]
        np.multiply(index, int(np.prod(rest)), out=index)
        np.add(index, np.arange(int(np.prod(rest))).reshape(rest), out=index)
    begins = np.arange(len(planes)) * int(np.prod(planes.shape[1:]))
    np.add(index, begins.reshape((-1,) + (1,) * (index.ndim - 1)), out=index)
    outside = bool(lost.any())
    if outside:
        np.copyto(index, planes.size, where=lost)
    return index, outside


def _window_put(
    g: Any, place: Any, along: Any, trailing: int, many: int, index: Any, lost: Any, few: Any, spare: Any, plane: Any,
    out: Any,
) -> None:  # fmt: skip
    """out = each `g` added to the place that its window has chosen.

    index, lost: room for all positions of so many planes; few, spare: for some of them; plane: for one more plane.
    """
    g, place = _whole(g, along, 1, trailing), _whole(place, along, 1, trailing)
    behind = out.shape[out.ndim - trailing :]  # along which `g` may be the same
    arrays = [np.broadcast_to(x, x.shape[: x.ndim - trailing] + behind) for x in (g, place)] + [out]
    apart = [min((one[2] - 1) * one[5] // one[3] + 1, one[1]) for one in along]
    for given, where, target in _blocks(arrays, len(along) + trailing, many):
        places, outside = _to_index(where, target, trailing, index, lost)
        own = target.flags.c_contiguous and not outside
        total = target.reshape(-1) if own else plane.reshape(-1)[: target.size + 1]
        total[:] = 0
        _scatter_apart(total, places, given, apart, few, spare)
        if not own:
            np.copyto(target, total[:-1].reshape(target.shape))


def _scatter_apart(flat: Any, index: Any, g: Any, apart: Any, few: Any, spare: Any) -> None:
    """Adds up what overlaps: windows so many positions apart do not, and are added at once."""
    if max(apart) == 1:
        flat[index] = g
        return
    for starts in itertools.product(*[range(step) for step in apart]):
        part = (slice(None),) + tuple([slice(start, None, step) for start, step in zip(starts, apart)])
        some = g[part]
        places = few.reshape(-1)[: some.size].reshape(some.shape)
        total = spare.reshape(-1)[: some.size].reshape(some.shape)
        np.copyto(places, index[part])
        np.take(flat, places, out=total, mode="clip")
        np.add(total, some, out=total)
        flat[places] = total


def _window_at(
    h: Any, place: Any, along: Any, trailing: int, many: int, index: Any, lost: Any, came: Any, plane: Any, out: Any
) -> None:
    """out = what lies at the place that each window has chosen; 0 where that is outside."""
    arrays = [_whole(h, along, 0, trailing), _whole(place, along, 1, trailing), out]
    for planes, where, target in _blocks(arrays, len(along) + trailing, many):
        whole = plane.reshape(-1)[: planes.size + 1]
        np.copyto(whole[:-1].reshape(planes.shape), planes)
        whole[-1] = 0
        places, _ = _to_index(where, planes, trailing, index, lost)
        found = came.reshape(-1)[: target.size].reshape(target.shape)
        np.take(whole, places, out=found, mode="clip")
        np.copyto(target, found)
