"""What an emitted layer does with windows that are large and few: each is copied out of its plane as one row.

`along`: see `layerdsl.caffe.windows`. From offset to offset there would be a step for every place in a window, each for
as few numbers as there are windows.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: B905, C419 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.windows import _reach, _room, _sizes


def _is_few(along: Any, by: int) -> bool:
    """Whether windows have at least so many times as many places as there are windows, and do not overlap too much."""
    places, offsets, sizes = [int(np.prod(_sizes(along, which))) for which in (1, 2, 0)]
    return places * by <= offsets and places * offsets <= 8 * sizes


def _offsets_inside(one: Any, position: int) -> Any:
    """The offsets of a position that lie inside the axis, and where they lie, as slices."""
    size, _, offsets, stride, pad, dilation = one
    begin = position * stride - pad
    first = max(0, -(begin // dilation))
    last = min(offsets, (size - 1 - begin) // dilation + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    return slice(first, last), slice(begin + first * dilation, begin + (last - 1) * dilation + 1, dilation)


def _window_rows(planes: Any, outside: Any, along: Any, trailing: int, room: Any) -> Any:
    """One position after the other, as an index, with its window of each plane as a row: row by row, all offsets."""
    ahead = [0] + list(range(planes.ndim - trailing, planes.ndim))
    planes = planes.transpose(ahead + list(range(1, planes.ndim - trailing)))
    shape = planes.shape[: trailing + 1] + _sizes(along, 2)
    rows = _room(room, *shape)
    for position in np.ndindex(*_sizes(along, 1)):
        there, here = [(Ellipsis,) + tuple(part) for part in zip(*map(_offsets_inside, along, position))]
        target = rows[there]
        if target.size < rows.size:
            rows[...] = outside
        np.copyto(target, planes[here])
        yield (slice(None),) + tuple(position), rows.reshape(shape[: trailing + 1] + (-1,))


def _rows_back(came: Any, along: Any, out: Any) -> None:
    """out = the sum of what the windows of each place have come by, one position after the other."""
    apart = all([one[1] == 1 or (one[2] - 1) * one[5] < one[3] for one in along])
    seen = all([one[5] == 1 and (one[1] == 1 or one[3] <= one[2]) and _reach(one) - one[4] >= one[0] for one in along])
    if not (apart and seen):
        out[...] = 0
    inside = (slice(None),) + (None,) * len(along)
    for position in np.ndindex(*_sizes(along, 1)):
        _, here = zip(*map(_offsets_inside, along, position))
        given, target = came[(slice(None),) + position][inside], out[(slice(None),) + here]
        if apart:
            np.copyto(target, given)
        else:
            np.add(target, given, out=target)


def _counted_inside(along: Any, position: Any, dtype: Any) -> Any:
    """The place of each offset of one position, counted through the axes with windows; -1 outside."""
    counted = np.full(_sizes(along, 2), -1, dtype)
    there, here = zip(*map(_offsets_inside, along, position))
    sizes = _sizes(along, 0)
    counted[there] = np.arange(int(np.prod(sizes))).reshape(sizes)[here]
    return counted.reshape(-1)


def _best_of_rows(
    pair: str, planes: Any, outside: Any, along: Any, trailing: int, room: Any, index: Any, spare: Any, lost: Any,
    best: Any, place: Any,
) -> bool:  # fmt: skip
    """best, place = the largest or least of each window and where it lies; False if one of them is no number.

    What is no number has its place from offset to offset, so that there is one answer.
    """
    for position, rows in _window_rows(planes, outside, along, trailing, room):
        chosen, begins = [_room(part, *rows.shape[:-1]) for part in index]
        found, flat = _room(spare, *chosen.shape), begins.reshape(-1)
        (np.argmax if pair == "maximum" else np.argmin)(rows, axis=-1, out=chosen)
        np.take(_counted_inside(along, position[1:], place.dtype), chosen, out=found, mode="clip")
        np.copyto(place[position], found)
        flat[:1], flat[1:] = 0, rows.shape[-1]
        np.add.accumulate(flat, out=flat)
        np.add(chosen, begins, out=chosen)
        np.take(rows.reshape(-1), chosen, out=found, mode="clip")
        np.copyto(best[position], found)
    lost = _room(lost, *best.shape)
    np.not_equal(best, best, out=lost)
    return not lost.any()
