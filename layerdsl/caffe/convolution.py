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

from layerdsl.caffe.phases import (
    _conv_back_by_phase,
    _conv_by_phase,
    _conv_weights_by_phase,
    _count,
    _grid,
    _into_phases,
    _out_of_phases,
    _phase_rooms,
    _seen,
    _shifted,
    _shifts,
    _turn,
)
from layerdsl.caffe.windows import _is_within, _meeting, _offsets, _reach, _room, _sizes


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
    """As `_uncolumns`, where windows step by more than one place and are not dilated.

    Places that lie a step apart are neighbours in `room`, so that sums run along rows, of many offsets in one go.
    """
    phases = _room(room, len(out), *(_sizes(along, 3) + _grid(along)))
    phases[...] = 0
    columns = columns.reshape(out.shape[:1] + _sizes(along, 2) + _sizes(along, 1))
    for shift in np.ndindex(*_shifts(along)):
        offsets, steps = _seen(along, shift)
        positions = (slice(None),) * len(along)
        target = phases[steps + positions][_shifted(along, shift)]
        np.add(target, columns[offsets + positions], out=target)
    _out_of_phases(phases, along, out)


def _in_order(out: Any, room: Any) -> Any:
    """The array, or a room of its shape where it does not lie in order."""
    return out if out.flags.c_contiguous else _room(room, *out.shape)


def _settle(place: Any, out: Any) -> None:
    """What was computed, brought to where it belongs."""
    if place is not out:
        np.copyto(out, place)


def _conv(x: Any, w: Any, outside: Any, along: Any, groups: Any, frame: Any, room: Any, spare: Any, out: Any) -> None:
    """out = the sums of the windows of `x` times `w`, image by image as products of matrices."""
    _conv_biased(x, w, None, outside, along, groups, frame, room, spare, out)


def _conv_biased(
    x: Any, w: Any, b: Any, outside: Any, along: Any, groups: Any, frame: Any, room: Any, spare: Any, out: Any
) -> None:
    """out = the sums of the windows of `x` times `w`, plus `b` while an image is in the cache."""
    batch, group, channels, filters, picture, kept, result = groups
    g, f, c, p = _count(group), _count(filters), _count(channels + _sizes(along, 2)), _count(_sizes(along, 1))
    x = np.broadcast_to(x, batch + picture + _sizes(along, 0))
    weights = np.broadcast_to(w, kept + channels + _sizes(along, 2)).reshape(g, f, c)
    bias = None if b is None else np.broadcast_to(b, result).reshape(g * f, 1)
    laid, turned = _phase_rooms(along, g, f, _count(channels), room)
    if turned is not None:
        _turn(weights, along, turned)
    places = (_count(group + channels),) + _sizes(along, 0)
    for index in np.ndindex(*batch):
        image, place = x[index].reshape(places), _in_order(out[index], spare)
        rows = place.reshape(g * f, p)
        if turned is not None:
            phases = _into_phases(image, outside, along, frame)
            _conv_by_phase(phases, turned, along, laid, rows.reshape((g, f) + _sizes(along, 1)))
        else:
            columns = _columns(image, outside, along, frame, room).reshape(g, c, p)
            for i in range(g):
                np.dot(weights[i], columns[i], out=rows[i * f : i * f + f])
        if bias is not None:
            np.add(rows, bias, out=rows)
        _settle(place, out[index])


def _conv_back(y: Any, w: Any, along: Any, groups: Any, room: Any, spare: Any, frame: Any, out: Any) -> None:
    """The adjoint of `_conv` in its picture: out = what each position gives to the places that its window sees."""
    batch, group, channels, filters, _, kept, result = groups
    g, f, c = _count(group), _count(filters), _count(channels + _sizes(along, 2))
    y = np.broadcast_to(y, batch + result + _sizes(along, 1))
    weights = np.broadcast_to(w, kept + channels + _sizes(along, 2)).reshape(g, f, c)
    laid, turned = _phase_rooms(along, g, f, _count(channels), room)
    if turned is not None:
        _turn(weights, along, turned)
    places, positions = (_count(group + channels),) + _sizes(along, 0), (g, f) + _sizes(along, 1)
    for index in np.ndindex(*batch):
        place, came = _in_order(out[index], spare), y[index].reshape(positions)
        picture = place.reshape(places)
        if turned is not None:
            _conv_back_by_phase(came, turned, along, laid, frame, picture)
        else:
            _conv_back_by_columns(came, weights, along, room, frame, picture)
        _settle(place, out[index])


def _conv_back_by_columns(came: Any, weights: Any, along: Any, room: Any, frame: Any, picture: Any) -> None:
    """The picture [channels, places] of one image: what each window gets, and what of it meets in a place."""
    g, f, c = weights.shape
    p = _count(_sizes(along, 1))
    columns = (picture if _identity(along) else _room(room, g, c, p)).reshape(g, c, p)
    for i in range(g):
        np.dot(weights[i].T, came[i].reshape(f, p), out=columns[i])
    if max(_sizes(along, 3) + (1,)) > 1 and max(_sizes(along, 5)) == 1:
        _uncolumns_by_phase(columns, along, frame, picture)
    elif not _identity(along):
        _uncolumns(columns, along, picture)


def _conv_weights(
    x: Any,
    y: Any,
    outside: Any,
    along: Any,
    groups: Any,
    onto: bool,
    frame: Any,
    room: Any,
    part: Any,
    spare: Any,
    out: Any,
) -> None:
    """The adjoint of `_conv` in its weights: out = the sums over the batch of windows of `x` times `y`.

    onto: whether they are added to what stands in `out`.
    """
    batch, group, channels, filters, picture, _, result = groups
    g, f, c = _count(group), _count(filters), _count(channels + _sizes(along, 2))
    x = np.broadcast_to(x, batch + picture + _sizes(along, 0))
    y = np.broadcast_to(y, batch + result + _sizes(along, 1))
    place = _in_order(out, spare)
    total = place.reshape(g, f, c)
    if not onto:
        total[...] = 0
    elif place is not out:
        np.copyto(place, out)
    laid, turned = _phase_rooms(along, g, f, _count(channels), room)
    places, positions = (_count(group + channels),) + _sizes(along, 0), (g, f) + _sizes(along, 1)
    for index in np.ndindex(*batch):
        image, came = x[index].reshape(places), y[index].reshape(positions)
        if turned is not None:
            phases = _into_phases(image, outside, along, frame)
            _conv_weights_by_phase(phases, came, along, laid, turned, total)
        else:
            columns = _columns(image, outside, along, frame, room)
            _add_products(came, columns, _room(part, f, c), total)
    _settle(place, out)


def _add_products(came: Any, columns: Any, part: Any, total: Any) -> None:
    """What comes out [group, filters, positions] times the windows laid out, added to `total`."""
    g, f, c = total.shape
    columns = columns.reshape(g, c, -1)
    for i in range(g):
        np.dot(came[i].reshape(f, -1), columns[i].T, out=part)
        np.add(total[i], part, out=total[i])


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
