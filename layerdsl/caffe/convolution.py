"""How an emitted layer convolves: image by image, as products of matrices.

`along`: see `layerdsl.caffe.windows`. A picture has the axes [batch, group, channels, places], the weights [group,
filters, channels, offsets], what comes out [batch, group, filters, positions]; each may be several axes, and two of
them one. groups: the sizes of those of batch, group, channels and filters, then of those of a picture, of the filters
of the weights, and of what comes out.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: B905, C419 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.windows import _is_within, _meeting, _offsets, _reach, _room, _sizes


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


def _uncolumns_by_phase(columns: Any, along: Any, room: Any, out: Any) -> None:
    """As `_uncolumns`, where windows step by more than one place.

    Places that lie a step apart are neighbours in `room`, so that sums run along rows.
    """
    shape = tuple([one[1] + (one[2] - 1) * one[5] // one[3] for one in along])
    phases = _room(room, len(out), *(_sizes(along, 3) + shape))
    phases[...] = 0
    columns = columns.reshape(out.shape[:1] + _sizes(along, 2) + _sizes(along, 1))
    for offsets in _offsets(along):
        at = [divmod(k * one[5], one[3]) for k, one in zip(offsets, along)]
        places = tuple([slice(first, first + one[1]) for (first, _), one in zip(at, along)])
        target = phases[(slice(None),) + tuple([phase for _, phase in at]) + places]
        np.add(target, columns[(slice(None),) + tuple(offsets)], out=target)
    out[...] = 0
    for index in np.ndindex(*_sizes(along, 3)):
        # a phase is what one place of a window sees, were there as many windows as it has places
        pairs = [_meeting((one[0], n, 1, one[3], one[4] - k, 1), 0) for k, n, one in zip(index, shape, along)]
        there, here = [(slice(None),) + tuple(part) for part in zip(*pairs)]
        np.copyto(out[here], phases[(slice(None),) + index][there])


def _in_order(out: Any, room: Any) -> Any:
    """The array, or a room of its shape where it does not lie in order."""
    return out if out.flags.c_contiguous else _room(room, *out.shape)


def _settle(place: Any, out: Any) -> None:
    """What was computed, brought to where it belongs."""
    if place is not out:
        np.copyto(out, place)


def _conv(x: Any, w: Any, outside: Any, along: Any, groups: Any, padded: Any, room: Any, spare: Any, out: Any) -> None:
    """out = the sums of the windows of `x` times `w`, image by image as products of matrices."""
    _conv_biased(x, w, None, outside, along, groups, padded, room, spare, out)


def _conv_biased(
    x: Any, w: Any, b: Any, outside: Any, along: Any, groups: Any, padded: Any, room: Any, spare: Any, out: Any
) -> None:
    """out = the sums of the windows of `x` times `w`, plus `b` while an image is in the cache."""
    batch, group, channels, filters, picture, kept, result = groups
    g, f, c, p = _count(group), _count(filters), _count(channels + _sizes(along, 2)), _count(_sizes(along, 1))
    x = np.broadcast_to(x, batch + picture + _sizes(along, 0))
    weights = np.broadcast_to(w, kept + channels + _sizes(along, 2)).reshape(g, f, c)
    bias = None if b is None else np.broadcast_to(b, result).reshape(g * f, 1)
    for index in np.ndindex(*batch):
        image = x[index].reshape((_count(group + channels),) + _sizes(along, 0))
        columns = _columns(image, outside, along, padded, room).reshape(g, c, p)
        place = _in_order(out[index], spare)
        for i in range(g):
            np.dot(weights[i], columns[i], out=place.reshape(g, f, p)[i])
        if bias is not None:
            np.add(place.reshape(g * f, p), bias, out=place.reshape(g * f, p))
        _settle(place, out[index])


def _conv_back(y: Any, w: Any, along: Any, groups: Any, room: Any, spare: Any, phases: Any, out: Any) -> None:
    """The adjoint of `_conv` in its picture: out = what each position gives to the places that its window sees."""
    batch, group, channels, filters, _, kept, result = groups
    g, f, c, p = _count(group), _count(filters), _count(channels + _sizes(along, 2)), _count(_sizes(along, 1))
    y = np.broadcast_to(y, batch + result + _sizes(along, 1))
    weights = np.broadcast_to(w, kept + channels + _sizes(along, 2)).reshape(g, f, c)
    for index in np.ndindex(*batch):
        came = y[index].reshape(g, f, p)
        place = _in_order(out[index], spare)
        columns = (place if _identity(along) else _room(room, g, c, p)).reshape(g, c, p)
        for i in range(g):
            np.dot(weights[i].T, came[i], out=columns[i])
        target = place.reshape((_count(group + channels),) + _sizes(along, 0))
        if max(_sizes(along, 3) + (1,)) > 1:
            _uncolumns_by_phase(columns, along, phases, target)
        elif not _identity(along):
            _uncolumns(columns, along, target)
        _settle(place, out[index])


def _conv_weights(
    x: Any,
    y: Any,
    outside: Any,
    along: Any,
    groups: Any,
    onto: bool,
    padded: Any,
    room: Any,
    part: Any,
    spare: Any,
    out: Any,
) -> None:
    """The adjoint of `_conv` in its weights: out = the sums over the batch of windows of `x` times `y`.

    onto: whether they are added to what stands in `out`.
    """
    batch, group, channels, filters, picture, _, result = groups
    g, f, c, p = _count(group), _count(filters), _count(channels + _sizes(along, 2)), _count(_sizes(along, 1))
    x = np.broadcast_to(x, batch + picture + _sizes(along, 0))
    y = np.broadcast_to(y, batch + result + _sizes(along, 1))
    place = _in_order(out, spare)
    total, part = place.reshape(g, f, c), _room(part, f, c)
    if not onto:
        total[...] = 0
    elif place is not out:
        np.copyto(place, out)
    for index in np.ndindex(*batch):
        image, came = x[index].reshape((_count(group + channels),) + _sizes(along, 0)), y[index].reshape(g, f, p)
        columns = _columns(image, outside, along, padded, room).reshape(g, c, p)
        for i in range(g):
            np.dot(came[i], columns[i].T, out=part)
            np.add(total[i], part, out=total[i])
    _settle(place, out)


def _conv_bias(y: Any, along: Any, groups: Any, onto: bool, ones: Any, part: Any, out: Any) -> None:
    """out = the sums of `y` over the batch and all positions, as products with a vector of ones."""
    batch, _, _, _, _, _, result = groups
    y = np.broadcast_to(y, batch + result + _sizes(along, 1))
    ones, part = _room(ones, _count(_sizes(along, 1))), _room(part, _count(result))
    ones[...] = 1
    if not onto:
        out[...] = 0
    for index in np.ndindex(*batch):
        np.dot(y[index].reshape(len(part), len(ones)), ones, out=part)
        np.add(out, part.reshape(result), out=out)
