"""How an emitted layer convolves: as products of matrices, of one image or of many tiny ones side by side.

`along`: see `layerdsl.caffe.windows`. A picture has the axes [batch, group, channels, places], the weights [group,
filters, channels, offsets], what comes out [batch, group, filters, positions]; each may be several axes, and two of
them one. groups: the sizes of those of batch, group, channels and filters, then of those of a picture, of the filters
of the weights, and of what comes out. room: windows of as many images as make a block, which is its first axis. They
are one more axis behind the channels, of which each window sees one place.

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
    _grid,
    _into_phases,
    _out_of_phases,
    _phase_rooms,
    _seen,
    _shifted,
    _shifts,
    _turn,
)
from layerdsl.caffe.windows import _count, _is_within, _meeting, _offsets, _reach, _room, _sizes


def _identity(along: Any) -> bool:
    """Whether each place is one window: there is nothing to lay out."""
    return all([one[0] == one[1] and one[2] == one[3] == 1 and one[4] == 0 for one in along])


def _columns(picture: Any, outside: Any, along: Any, padded: Any, room: Any) -> Any:
    """The windows of a picture [channels, places] as [channels, offsets and positions]: a view or a copy."""
    if _identity(along):
        return _ordered(picture, room)
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


def _ordered(array: Any, room: Any) -> Any:
    """The array, or a copy of it where it does not lie in order."""
    if array.flags.c_contiguous:
        return array
    target = _room(room, *array.shape)
    np.copyto(target, array)
    return target


def _settle(place: Any, out: Any) -> None:
    """What was computed, brought to where it belongs."""
    if place is not out:
        np.copyto(out, place)


def _parts_of(arrays: Any, batch: Any, many: int) -> Any:
    """Blocks [images, ...] of arrays that begin with the axes of the batch; of one image where one is not in order."""
    if many > 1 and all([array.flags.c_contiguous for array in arrays]):
        total = _count(batch)
        arrays = [array.reshape((total,) + array.shape[len(batch) :]) for array in arrays]
        for i in range(0, total, many):
            yield [array[i : i + many] for array in arrays]
    else:
        for index in np.ndindex(*batch):
            yield [array[index][None] for array in arrays]


def _image_blocks(arrays: Any, batch: Any, many: int, along: Any, prepare: Any) -> Any:
    """For each block `along` with its images, what `prepare(along)` makes, which the last may need anew, and parts."""
    count, among, made = -1, along, None
    for parts in _parts_of(arrays, batch, many):
        if len(parts[0]) != count:
            count = len(parts[0])
            among = ((count, count, 1, 1, 0, 1),) + along
            made = prepare(among)
        yield among, made, parts


def _pictures(images: Any, along: Any) -> Any:
    """A block of images in order as one picture [channels, images, places]."""
    channels = _count(images.shape[1 : images.ndim - len(along)])
    return images.reshape((len(images), channels) + _sizes(along, 0)).swapaxes(0, 1)


def _came_out(images: Any, g: int, f: int, among: Any) -> Any:
    """What comes out of a block of images, in order, as [group, filters, images, positions]."""
    positions = _sizes(among, 1)
    return np.rollaxis(images.reshape(positions[:1] + (g, f) + positions[1:]), 0, 3)


def _turned_weights(weights: Any, along: Any, channels: int, room: Any) -> Any:
    """`_phase_rooms`, with the weights [group, filters, channels and offsets] in theirs."""
    laid, turned = _phase_rooms(along, weights.shape[0], weights.shape[1], channels, room)
    if turned is not None:
        _turn(weights, along, turned)
    return laid, turned


def _conv(x: Any, w: Any, outside: Any, along: Any, groups: Any, frame: Any, room: Any, spare: Any, out: Any) -> None:
    """out = the sums of the windows of `x` times `w`, as products of matrices."""
    _conv_biased(x, w, None, outside, along, groups, frame, room, spare, out)


def _conv_biased(
    x: Any,
    w: Any,
    b: Any,
    outside: Any,
    along: Any,
    groups: Any,
    frame: Any,
    room: Any,
    spare: Any,
    out: Any,
) -> None:
    """out = the sums of the windows of `x` times `w`, plus `b` while an image is in the cache."""
    batch, group, channels, filters, picture, kept, result = groups
    g, f, c = _count(group), _count(filters), _count(channels + _sizes(along, 2))
    x = np.broadcast_to(x, batch + picture + _sizes(along, 0))
    weights = np.broadcast_to(w, kept + channels + _sizes(along, 2)).reshape(g, f, c)
    bias = None if b is None else np.broadcast_to(b, result).reshape(g * f, 1)
    for among, (laid, turned), (images, outs) in _image_blocks(
        (x, out), batch, len(room), along, lambda among: _turned_weights(weights, among, _count(channels), room)
    ):
        p, direct = _count(_sizes(among, 1)), len(outs) == 1 and outs.flags.c_contiguous
        rows = (outs if direct else _room(spare, *outs.shape)).reshape(g * f, p)
        pictures = _pictures(images, along)
        if turned is not None:
            phases = _into_phases(pictures, outside, among, frame)
            _conv_by_phase(phases, turned, among, laid, rows.reshape((g, f) + _sizes(among, 1)))
        else:
            columns = _columns(pictures, outside, among, frame, room).reshape(g, c, p)
            for i in range(g):
                np.dot(weights[i], columns[i], out=rows[i * f : i * f + f])
        if bias is not None:
            np.add(rows, bias, out=rows)
        if not direct:
            behind = outs.shape[1 : 1 + len(result)] + outs.shape[:1] + outs.shape[1 + len(result) :]
            np.copyto(outs, np.rollaxis(rows.reshape(behind), len(result)))


def _conv_back(y: Any, w: Any, along: Any, groups: Any, room: Any, spare: Any, side: Any, frame: Any, out: Any) -> None:
    """The adjoint of `_conv` in its picture: out = what each position gives to the places that its window sees."""
    batch, group, channels, filters, _, kept, result = groups
    g, f, c = _count(group), _count(filters), _count(channels + _sizes(along, 2))
    y = np.broadcast_to(y, batch + result + _sizes(along, 1))
    weights = np.broadcast_to(w, kept + channels + _sizes(along, 2)).reshape(g, f, c)
    for among, (laid, turned), (came, outs) in _image_blocks(
        (y, out), batch, len(room), along, lambda among: _turned_weights(weights, among, _count(channels), room)
    ):
        came, place = _came_out(came, g, f, among), _in_order(outs, spare)
        pictures = _pictures(place, along)
        if turned is not None:
            _conv_back_by_phase(came, turned, among, laid, frame, pictures)
        else:
            _conv_back_by_columns(_ordered(came, side), weights, among, room, frame, pictures)
        _settle(place, outs)


def _conv_back_by_columns(came: Any, weights: Any, along: Any, room: Any, frame: Any, picture: Any) -> None:
    """The picture [channels, places] of one image: what each window gets, and what of it meets in a place."""
    g, f, c = weights.shape
    p = _count(_sizes(along, 1))
    direct = _identity(along) and picture.flags.c_contiguous
    columns = (picture if direct else _room(room, g, c, p)).reshape(g, c, p)
    for i in range(g):
        np.dot(weights[i].T, came[i].reshape(f, p), out=columns[i])
    if max(_sizes(along, 3) + (1,)) > 1 and max(_sizes(along, 5)) == 1:
        _uncolumns_by_phase(columns, along, frame, picture)
    elif _identity(along):
        _settle(columns.reshape(picture.shape), picture)
    else:
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
    side: Any,
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
    for among, (laid, turned), (images, came) in _image_blocks(
        (x, y), batch, len(room), along, lambda among: _phase_rooms(among, g, f, _count(channels), room)
    ):
        pictures, came = _pictures(images, along), _came_out(came, g, f, among)
        if turned is not None:
            phases = _into_phases(pictures, outside, among, frame)
            _conv_weights_by_phase(phases, came, among, laid, turned, total)
        else:
            columns = _columns(pictures, outside, among, frame, room)
            _add_products(_ordered(came, side), columns, _room(part, f, c), total)
    _settle(place, out)


def _add_products(came: Any, columns: Any, part: Any, total: Any) -> None:
    """What comes out [group, filters, positions] times the windows laid out, added to `total`."""
    g, f, c = total.shape
    columns = columns.reshape(g, c, -1)
    for i in range(g):
        np.dot(came[i].reshape(f, -1), columns[i].T, out=part)
        np.add(total[i], part, out=total[i])


def _conv_bias(y: Any, along: Any, groups: Any, onto: bool, ones: Any, sums: Any, out: Any) -> None:
    """out = the sums of `y` over the batch and all positions, as products with a vector of ones."""
    batch, _, _, _, _, _, result = groups
    f, p = _count(result), _count(_sizes(along, 1))
    y = np.broadcast_to(y, batch + result + _sizes(along, 1))
    ones = _room(ones, p)
    ones[...] = 1
    if not onto:
        out[...] = 0
    for (came,) in _parts_of((y,), batch, len(sums) - 1):
        rows = _room(sums, len(came) + 1, *result)
        np.copyto(rows[:1], out)
        np.dot(came.reshape(len(came) * f, p), ones, out=rows[1:].reshape(len(came) * f))
        np.add.reduce(rows, axis=0, out=out)
