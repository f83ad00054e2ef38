"""What an emitted layer does with windows: laid out, folded back, their largest values and sums, and convolutions.

`along` has one entry for each axis with windows: (size of the axis, number of positions, offsets in a window, stride,
pad, dilation). The offset `k` of the position `p` lies at `p * stride + k * dilation - pad`.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: UP031, B905 - what is emitted runs on Python 2.7

from __future__ import annotations

import itertools
from typing import Any

import numpy as np


def _meeting(one: Any, offset: int) -> Any:
    """The positions whose windows have this offset inside the axis, and where it lies, as slices."""
    size, places, _, stride, pad, dilation = one
    shift = offset * dilation - pad
    first = max(0, -(shift // stride))
    last = min(places, (size - 1 - shift) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    return slice(first, last), slice(first * stride + shift, (last - 1) * stride + shift + 1, stride)


def _reach(one: Any) -> int:
    """How many places of the padded axis the windows see."""
    _, places, offsets, stride, _, dilation = one
    return int((places - 1) * stride + (offsets - 1) * dilation + 1)


def _is_within(along: Any) -> bool:
    """Whether no window reaches outside."""
    return all(one[4] == 0 and _reach(one) <= one[0] for one in along)


def _offsets(along: Any) -> Any:
    """Every offset of a window, row by row."""
    return itertools.product(*[range(one[2]) for one in along])


def _window(x: Any, outside: Any, along: Any, out: Any) -> None:
    """out[..., places, offsets] = what lies there; `x` has the axes with windows last."""
    if not _is_within(along):
        out[...] = outside
    for offsets in _offsets(along):
        pairs = [_meeting(one, k) for one, k in zip(along, offsets)]
        there, here = [tuple(part) for part in zip(*pairs)]
        out[(Ellipsis,) + there + tuple(offsets)] = _cut_out(x, along, here)


def _cut_out(x: Any, along: Any, here: Any) -> Any:
    """A part of a value, which may have size 1 along axes on which it does not depend."""
    wanted = x.shape[: max(0, x.ndim - len(along))] + tuple([one[0] for one in along])
    return np.broadcast_to(x, wanted)[(Ellipsis,) + tuple(here)]


def _fold(g: Any, along: Any, out: Any) -> None:
    """The adjoint of `_window`: what overlaps is added up; `g` has the positions and then the offsets last."""
    out[...] = 0
    sizes = tuple([one[1] for one in along] + [one[2] for one in along])
    g = np.broadcast_to(g, g.shape[: max(0, g.ndim - len(sizes))] + sizes)
    for offsets in _offsets(along):
        pairs = [_meeting(one, k) for one, k in zip(along, offsets)]
        there, here = [(Ellipsis,) + tuple(part) for part in zip(*pairs)]
        target = out[here]
        np.add(target, g[(Ellipsis,) + tuple(offsets)][there], out=target)


# -- the largest of each window, and sums ------------------------------------------------------------------------------


def _blocks(arrays: Any, kept: int, many: int) -> Any:
    """The arrays part by part, each with one axis of at most `many` planes before the last `kept` ones.

    The last array has all axes; the others may have size 1 before the last ones, or lack leading axes.
    """
    lead = arrays[-1].shape[: arrays[-1].ndim - kept]
    arrays = [np.broadcast_to(x, lead + x.shape[x.ndim - kept :]) for x in arrays[:-1]] + [arrays[-1]]
    if all([x.flags.c_contiguous for x in arrays]):
        stacks = [[x.reshape((-1,) + x.shape[x.ndim - kept :]) for x in arrays]]
    elif lead:
        stacks = [[x[index] for x in arrays] for index in np.ndindex(*lead[:-1])]
    else:
        stacks = [[x[None] for x in arrays]]
    for stack in stacks:
        for start in range(0, len(stack[0]), many):
            yield [x[start : start + many] for x in stack]


def _whole(x: Any, along: Any, which: int, trailing: int) -> Any:
    """A value along all of its places; it may have size 1 along axes on which it does not depend."""
    sizes = tuple([one[which] for one in along])
    x = np.asarray(x)
    rest = x.shape[x.ndim - trailing :] if trailing else ()
    return np.broadcast_to(x, x.shape[: max(0, x.ndim - len(sizes) - trailing)] + sizes + rest)


def _to_front(x: Any, axis: int) -> Any:
    """A view with that axis first."""
    return x.transpose([axis] + [i for i in range(x.ndim) if i != axis])


def _from_front(x: Any, axis: int) -> Any:
    """A view with the first axis in that place."""
    rest = list(range(1, x.ndim))
    return x.transpose(rest[:axis] + [0] + rest[axis:])


def _room(room: Any, *shape: int) -> Any:
    """So much of a room, in that shape."""
    return room[: int(np.prod(shape))].reshape(shape)


def _padded(x: Any, one: Any, outside: Any, room: Any) -> Any:
    """A value whose first axis has the windows, with what lies outside around it."""
    size, pad, reach = one[0], one[4], _reach(one)
    target = _room(room, reach, *x.shape[1:])
    end = max(0, min(size, reach - pad))
    target[:pad] = outside
    target[pad + end :] = outside
    np.copyto(target[pad : pad + end], x[:end])
    return target


def _at_offset(x: Any, one: Any, offset: int) -> Any:
    """Of a padded first axis, the places at that offset of each window."""
    _, places, _, stride, _, dilation = one
    first = offset * dilation
    return x[first : first + (places - 1) * stride + 1 : stride]


def _inside(x: Any, one: Any) -> Any:
    """Of a padded first axis, what lies inside, and how much of the axis that is."""
    size, pad = one[0], one[4]
    return x[pad : pad + size]


def _over_offsets(pair: Any, x: Any, one: Any, rooms: Any) -> Any:
    """A function of two values, such as the maximum, over the offsets of each window, in the first of two rooms."""
    value = _at_offset(x, one, 0)
    for offset in range(1, one[2]):
        target = _room(rooms[(one[2] - 1 - offset) % 2], *value.shape)
        pair(value, _at_offset(x, one, offset), out=target)
        value = target
    return value


def _window_over(x: Any, pair: str, outside: Any, along: Any, trailing: int, many: int, *rooms: Any) -> None:
    """out = the largest ("maximum"), the least ("minimum") or the sum ("add") of each window.

    `x` has the axes with windows last, but for `trailing` ones. many: how many planes are seen at once. rooms: for each
    axis one of the padded plane, then two, then `out`.
    """
    function, out = getattr(np, pair), rooms[-1]
    for value, target in _blocks([_whole(x, along, 0, trailing), out], len(along) + trailing, many):
        for i in reversed(range(len(along))):
            front = _padded(_to_front(value, i + 1), along[i], outside, rooms[i])
            value = _from_front(_over_offsets(function, front, along[i], rooms[-3:-1]), i + 1)
        np.copyto(target, value)


def _window_back(g: Any, along: Any, trailing: int, many: int, *rooms: Any) -> None:
    """The adjoint of the sum of each window; rooms: for each axis that of a padded plane, then one, then `out`."""
    out = rooms[-1]
    for value, target in _blocks([_whole(g, along, 1, trailing), out], len(along) + trailing, many):
        for i in range(len(along)):
            total = _spread_out(_to_front(value, i + 1), along[i], rooms[i], rooms[-2])
            value = _from_front(total, i + 1)
        _copy_inside(value, along, target)


def _spread_out(g: Any, one: Any, room: Any, spare: Any) -> Any:
    """What each position gives to all offsets of its window, added up along the padded first axis, and cut to it."""
    total = _room(room, _reach(one), *g.shape[1:])
    part = _room(spare, *g.shape)
    np.copyto(part, g)
    total[...] = 0
    for offset in range(one[2]):
        place = _at_offset(total, one, offset)
        np.add(place, part, out=place)
    return _inside(total, one)


def _copy_inside(value: Any, along: Any, out: Any) -> None:
    """What windows have seen of each axis; the rest of it is 0."""
    seen = (slice(None),) + tuple([slice(0, size) for size in value.shape[1 : 1 + len(along)]])
    if value.shape != out.shape:
        out[...] = 0
    np.copyto(out[seen], value)


def _extreme_back(
    g: Any, x: Any, pair: str, outside: Any, along: Any, trailing: int, many: int, *rooms: Any
) -> None:
    """out = each `g` at the first place, row by row, where the window of `x` has its largest or least value.

    rooms: for each axis those of the padded plane, of its windows' values, and of what comes back; then two and one
    more, two for conditions, and `out`.
    """
    values, whole = _whole(x, along, 0, trailing), _whole(g, along, 1, trailing)
    for value, came, target in _blocks([values, whole, rooms[-1]], len(along) + trailing, many):
        stages = _stages(value, getattr(np, pair), outside, along, rooms)
        for i in range(len(along)):
            came = _back_one(_to_front(came, i + 1), stages[i], along[i], rooms[3 * i + 2], rooms[-6:-1])
            came = _from_front(came, i + 1)
        _copy_inside(came, along, target)


def _at_extreme(h: Any, x: Any, pair: str, outside: Any, along: Any, trailing: int, many: int, *rooms: Any) -> None:
    """out = `h` at the first place, row by row, where the window of `x` has its largest or least value."""
    values, others = [_whole(each, along, 0, trailing) for each in (x, h)]
    for value, other, target in _blocks([values, others, rooms[-1]], len(along) + trailing, many):
        stages = _stages(value, getattr(np, pair), outside, along, rooms)
        for i in reversed(range(len(along))):
            front = _padded(_to_front(other, i + 1), along[i], 0, rooms[3 * i + 2])
            other = _from_front(_chosen(front, stages[i], along[i], rooms[-6:-1]), i + 1)
        np.copyto(target, other)


def _chosen(x: Any, stage: Any, one: Any, rooms: Any) -> Any:
    """What lies at the first offset of each window that has its value."""
    front, best = stage
    total, part = [_room(each, *best.shape) for each in rooms[1:3]]
    here, done = [_room(each, *best.shape) for each in rooms[3:]]
    bits = np.dtype("i%d" % total.itemsize)
    total[...] = 0
    for offset in range(one[2]):
        _first_here(_at_offset(front, one, offset), best, offset, one[2], here, done)
        np.multiply(_at_offset(x, one, offset).view(bits), here, out=part.view(bits))
        np.add(total, part, out=total)
    return total


def _stages(value: Any, function: Any, outside: Any, along: Any, rooms: Any) -> Any:
    """For each axis the padded plane, with that axis first, and the values of its windows."""
    found = {}
    for i in reversed(range(len(along))):
        front = _padded(_to_front(value, i + 1), along[i], outside, rooms[3 * i])
        best = _over_offsets(function, front, along[i], [rooms[3 * i + 1], rooms[-6]])
        found[i] = front, best
        value = _from_front(best, i + 1)
    return found


def _back_one(g: Any, stage: Any, one: Any, room: Any, rooms: Any) -> Any:
    """To the first offset of each window that has its value, added up along the padded axis, and cut to it."""
    front, best = stage
    came, part = [_room(each, *g.shape) for each in rooms[1:3]]
    here, done = [_room(each, *g.shape) for each in rooms[3:]]
    total = _room(room, *front.shape)
    np.copyto(came, g)
    total[...] = 0
    bits = np.dtype("i%d" % total.itemsize)
    for offset in range(one[2]):
        place = _at_offset(total, one, offset)
        _first_here(_at_offset(front, one, offset), best, offset, one[2], here, done)
        np.multiply(came.view(bits), here, out=part.view(bits))
        np.add(place, part, out=place)
    return _inside(total, one)


def _first_here(x: Any, best: Any, offset: int, offsets: int, here: Any, done: Any) -> None:
    """Where a window has its value at this offset and at none before; what has it nowhere, as NaN, at the last one."""
    if offset == offsets - 1 and offset:
        np.logical_not(done, out=here)
        return
    np.equal(x, best, out=here)
    if not offset:
        np.copyto(done, here)
        return
    np.greater(here, done, out=here)
    np.logical_or(here, done, out=done)


# -- convolutions ------------------------------------------------------------------------------------------------------
#
# A picture has the axes [batch, group, channels, places], the weights [group, filters, channels, offsets], what comes out
# [batch, group, filters, positions]; each may be several axes. groups: their sizes, as (batch, group, channels, filters).


def _sizes(along: Any, which: int) -> Any:
    """One size for each axis with windows: 0 of the axis, 1 the positions, 2 the offsets."""
    return tuple([one[which] for one in along])


def _count(sizes: Any) -> int:
    """How many places these sizes make."""
    return int(np.prod(sizes))


def _identity(along: Any) -> bool:
    """Whether each place is one window: there is nothing to lay out."""
    return all([one[0] == one[1] and one[2] == one[3] == 1 and one[4] == 0 for one in along])


def _columns(picture: Any, outside: Any, along: Any, padded: Any, room: Any) -> Any:
    """The windows of a picture [channels, places] as [channels, offsets and positions]: a view or a copy."""
    if _identity(along):
        return picture
    if not _is_within(along):
        picture = _framed(picture, outside, along, padded)
    steps = list(zip(picture.strides[1:], along))
    shape = picture.shape[:1] + _sizes(along, 2) + _sizes(along, 1)
    strides = picture.strides[:1] + tuple([s * one[5] for s, one in steps]) + tuple([s * one[3] for s, one in steps])
    target = _room(room, *shape)
    np.copyto(target, np.lib.stride_tricks.as_strided(picture, shape, strides))
    return target


def _framed(picture: Any, outside: Any, along: Any, room: Any) -> Any:
    """A picture with what lies outside around it, as far as windows see."""
    target = _room(room, len(picture), *[_reach(one) for one in along])
    target[...] = outside
    place = target[(slice(None),) + tuple([slice(one[4], one[4] + one[0]) for one in along])]
    np.copyto(place, picture[tuple([slice(0, size) for size in place.shape])])
    return target


def _uncolumns(columns: Any, along: Any, out: Any) -> None:
    """The adjoint of `_columns`."""
    out[...] = 0
    columns = columns.reshape(out.shape[:1] + _sizes(along, 2) + _sizes(along, 1))
    for offsets in _offsets(along):
        pairs = [_meeting(one, k) for one, k in zip(along, offsets)]
        there, here = [(slice(None),) + tuple(part) for part in zip(*pairs)]
        target = out[here]
        np.add(target, columns[(slice(None),) + tuple(offsets)][there], out=target)


def _in_order(out: Any, room: Any) -> Any:
    """The array, or a room of its shape where it does not lie in order."""
    return out if out.flags.c_contiguous else _room(room, *out.shape)


def _settle(place: Any, out: Any) -> None:
    """What was computed, brought to where it belongs."""
    if place is not out:
        np.copyto(out, place)


def _conv(
    x: Any, w: Any, outside: Any, along: Any, groups: Any, padded: Any, room: Any, spare: Any, out: Any
) -> None:
    """out = the sums of the windows of `x` times `w`, image by image as products of matrices."""
    batch, group, channels, filters = groups
    g, f, c, p = _count(group), _count(filters), _count(channels + _sizes(along, 2)), _count(_sizes(along, 1))
    x = np.broadcast_to(x, batch + group + channels + _sizes(along, 0))
    weights = np.broadcast_to(w, group + filters + channels + _sizes(along, 2)).reshape(g, f, c)
    for index in np.ndindex(*batch):
        picture = x[index].reshape((_count(group + channels),) + _sizes(along, 0))
        columns = _columns(picture, outside, along, padded, room).reshape(g, c, p)
        place = _in_order(out[index], spare)
        for i in range(g):
            np.dot(weights[i], columns[i], out=place.reshape(g, f, p)[i])
        _settle(place, out[index])


def _conv_back(y: Any, w: Any, along: Any, groups: Any, room: Any, spare: Any, out: Any) -> None:
    """The adjoint of `_conv` in its picture: out = what each position gives to the places that its window sees."""
    batch, group, channels, filters = groups
    g, f, c, p = _count(group), _count(filters), _count(channels + _sizes(along, 2)), _count(_sizes(along, 1))
    y = np.broadcast_to(y, batch + group + filters + _sizes(along, 1))
    weights = np.broadcast_to(w, group + filters + channels + _sizes(along, 2)).reshape(g, f, c)
    for index in np.ndindex(*batch):
        came = y[index].reshape(g, f, p)
        place = _in_order(out[index], spare)
        columns = (place if _identity(along) else _room(room, g, c, p)).reshape(g, c, p)
        for i in range(g):
            np.dot(weights[i].T, came[i], out=columns[i])
        if not _identity(along):
            _uncolumns(columns, along, place.reshape((_count(group + channels),) + _sizes(along, 0)))
        _settle(place, out[index])


def _conv_weights(
    x: Any, y: Any, outside: Any, along: Any, groups: Any, padded: Any, room: Any, part: Any, spare: Any, out: Any
) -> None:
    """The adjoint of `_conv` in its weights: out = the sums over the batch of windows of `x` times `y`."""
    batch, group, channels, filters = groups
    g, f, c, p = _count(group), _count(filters), _count(channels + _sizes(along, 2)), _count(_sizes(along, 1))
    x = np.broadcast_to(x, batch + group + channels + _sizes(along, 0))
    y = np.broadcast_to(y, batch + group + filters + _sizes(along, 1))
    place = _in_order(out, spare)
    total, part = place.reshape(g, f, c), _room(part, f, c)
    total[...] = 0
    for index in np.ndindex(*batch):
        picture, came = x[index].reshape((_count(group + channels),) + _sizes(along, 0)), y[index].reshape(g, f, p)
        columns = _columns(picture, outside, along, padded, room).reshape(g, c, p)
        for i in range(g):
            np.dot(came[i], columns[i].T, out=part)
            np.add(total[i], part, out=total[i])
    _settle(place, out)
