"""What an emitted layer takes of each window at once: its largest or least value, or its sum, and back.

`along`: see `layerdsl.caffe.windows`. Axes with windows take turns; the one whose turn it is comes first in memory, so
that what NumPy does runs along all the others at once.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: UP031, C419 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.windows import _at_offset, _reach, _room, _whole


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


def _to_front(x: Any, axis: int) -> Any:
    """A view with that axis first."""
    return x.transpose([axis] + [i for i in range(x.ndim) if i != axis])


def _from_front(x: Any, axis: int) -> Any:
    """A view with the first axis in that place."""
    rest = list(range(1, x.ndim))
    return x.transpose(rest[:axis] + [0] + rest[axis:])


def _padded(x: Any, one: Any, outside: Any, room: Any) -> Any:
    """A value whose first axis has the windows, with what lies outside around it."""
    size, pad, reach = one[0], one[4], _reach(one)
    target = _room(room, reach, *x.shape[1:])
    end = max(0, min(size, reach - pad))
    target[:pad] = outside
    target[pad + end :] = outside
    np.copyto(target[pad : pad + end], x[:end])
    return target


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


def _extreme_back(g: Any, x: Any, pair: str, outside: Any, along: Any, trailing: int, many: int, *rooms: Any) -> None:
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
