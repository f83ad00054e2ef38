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

from layerdsl.caffe.windows import _count, _reach, _room, _sizes


def _is_few(along: Any, by: int) -> bool:
    """Whether windows have at least so many times as many places as there are windows, and do not overlap too much."""
    places, offsets, sizes = [_count(_sizes(along, which)) for which in (1, 2, 0)]
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
        target, found = rows[there], planes[here]
        if target.size < rows.size:
            rows[...] = outside
        if target.size < rows.size or not found.flags.c_contiguous:
            np.copyto(target, found)
            found = rows
        yield (slice(None),) + tuple(position), found.reshape(shape[: trailing + 1] + (-1,))


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


def _counted(along: Any, places: Any) -> Any:
    """Places, of which there is an array or a number for each axis with windows, counted through all of these axes."""
    return sum([at * _count(_sizes(along[i + 1 :], 0)) for i, at in enumerate(places)])


def _ahead(along: Any, offsets: Any) -> Any:
    """How far offsets lie from where their window begins, counted through the axes with windows."""
    return _counted(along, [offset * one[5] for offset, one in zip(offsets, along)])


def _where_ahead(along: Any, count: int, dtype: Any) -> Any:
    """How far each offset lies from where its window begins; None where few are asked for: those are worked out."""
    sizes = _sizes(along, 2)
    if count * 16 < _count(sizes):
        return None
    return _ahead(along, np.ogrid[tuple([slice(0, size) for size in sizes])]).astype(dtype).reshape(-1)


def _places_chosen(along: Any, position: Any, chosen: Any, ahead: Any, out: Any) -> None:
    """out = the places of these offsets of one position, counted through the axes with windows; -1 outside."""
    begins = [place * one[3] - one[4] for one, place in zip(along, position)]
    within = all([at >= 0 and at + (one[2] - 1) * one[5] < one[0] for at, one in zip(begins, along)])
    offsets = () if within and ahead is not None else np.unravel_index(chosen, _sizes(along, 2))
    if ahead is None:
        np.copyto(out, _ahead(along, offsets))
    else:
        np.take(ahead, chosen, out=out, mode="clip")
    np.add(out, _counted(along, begins), out=out)
    for at, offset, one in zip(begins, offsets, () if within else along):
        place = offset * one[5] + at
        np.copyto(out, -1, where=(place < 0) | (place >= one[0]))


def _best_of_rows(
    pair: str, planes: Any, outside: Any, along: Any, trailing: int, room: Any, index: Any, spare: Any, lost: Any,
    best: Any, place: Any,
) -> bool:  # fmt: skip
    """best, place = the largest or least of each window and where it lies; False if one of them is no number.

    What is no number has its place from offset to offset, so that there is one answer.
    """
    ahead = _where_ahead(along, best.size // _count(_sizes(along, 1)), place.dtype)
    for position, rows in _window_rows(planes, outside, along, trailing, room):
        chosen, begins = [_room(part, *rows.shape[:-1]) for part in index]
        found, flat = _room(spare, *chosen.shape), begins.reshape(-1)
        (np.argmax if pair == "maximum" else np.argmin)(rows, axis=-1, out=chosen)
        _places_chosen(along, position[1:], chosen, ahead, found)
        np.copyto(place[position], found)
        flat[:1], flat[1:] = 0, rows.shape[-1]
        np.add.accumulate(flat, out=flat)
        np.add(chosen, begins, out=chosen)
        np.take(rows.reshape(-1), chosen, out=found, mode="clip")
        np.copyto(best[position], found)
    lost = _room(lost, *best.shape)
    np.not_equal(best, best, out=lost)
    return not lost.any()
