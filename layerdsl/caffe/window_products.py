"""What an emitted layer does with windows times values that have their positions: offset by offset, nothing laid out.

`along`: see `layerdsl.caffe.windows`. ahead, behind: the sizes of the other axes, those before the axes with windows
and those behind them. A value that is seen through windows has the axes [ahead, axes with windows, behind], one that
has positions [offsets, ahead, positions, behind]. An axis that a value lacks has size 1 in it, or is missing where it
would come first; so is an axis of what comes out that is summed over.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: B905, C419 - what is emitted runs on Python 2.7

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from layerdsl.caffe.windows import _meeting, _offsets, _room, _sizes


def _window_dot(x: Any, a: Any, along: Any, ahead: Any, behind: Any, room: Any, out: Any) -> None:
    """out = the sums of the windows of `x` times `a`."""
    seen = np.broadcast_to(x, ahead + _sizes(along, 0) + behind)
    axes = len(along) + seen.ndim
    placed = [_with_all_axes(np.asarray(a, out.dtype), axes), _with_all_axes(out, axes)]
    out[...] = 0
    for part, (factor, target) in _by_offset(seen, placed, along, ahead, behind, room.size):
        _add_sums(part, factor, room, target)


def _fold_dot(g: Any, a: Any, along: Any, ahead: Any, behind: Any, room: Any, out: Any) -> None:
    """out = what the sums of `g` times `a` give to the places that each window sees: the adjoint of `_window_dot`."""
    shape = ahead + _sizes(along, 1) + behind
    axes = len(along) + len(shape)
    g, a = [_with_all_axes(np.asarray(value, out.dtype), axes) for value in (g, a)]
    g = np.broadcast_to(g, g.shape[: len(along)] + shape)
    out[...] = 0
    for target, (left, right) in _by_offset(_with_all_axes(out, len(shape)), (g, a), along, ahead, behind, room.size):
        _add_sums(left, right, room, target)


def _with_all_axes(value: Any, count: int) -> Any:
    """A value with all axes, also those that come first and that it lacks."""
    return value[(np.newaxis,) * (count - value.ndim)]


def _by_offset(seen: Any, placed: Any, along: Any, ahead: Any, behind: Any, limit: int) -> Any:
    """Part by part, and offset by offset, where a value seen through windows meets others that have positions."""
    before, every = (slice(None),) * len(ahead), (slice(None),) * len(along)
    for block in _blocks_of_positions(ahead + _sizes(along, 1) + behind, len(ahead) + 1, limit):
        cut = (_from(along[0], block[-1]),) + tuple(along[1:])
        whole, parts = _part(seen, block[:-1]), [_part(value, every + block) for value in placed]
        for offsets in _offsets(cut):
            there, here = [tuple(part) for part in zip(*[_meeting(one, k) for one, k in zip(cut, offsets)])]
            if all([one.start < one.stop for one in there]):
                yield whole[before + here], [_part(_at_offset(value, offsets), before + there) for value in parts]


def _blocks_of_positions(shape: Any, cuts: int, limit: int) -> Any:
    """Slices of the first axes, so that a part has at most `limit` places if it can; the last of them stay whole."""
    step = limit // max(int(np.prod(shape[cuts:])), 1)
    ranges: Any = []
    for size in reversed(shape[:cuts]):
        length = max(min(size, step), 1)
        ranges.insert(0, [slice(i, min(i + length, size)) for i in range(0, size, length)])
        step //= max(size, 1)
    return itertools.product(*ranges)


def _from(one: Any, positions: Any) -> Any:
    """Some of the positions along an axis, as windows of their own."""
    size, _, offsets, stride, pad, dilation = one
    return size, positions.stop - positions.start, offsets, stride, pad - positions.start * stride, dilation


def _part(value: Any, index: Any) -> Any:
    """A part of a value, which is the same all along an axis of size 1."""
    return value[tuple([slice(None) if size == 1 else one for size, one in zip(value.shape, index)])]


def _at_offset(value: Any, offsets: Any) -> Any:
    """A value at one offset."""
    return value[tuple([0 if size == 1 else k for size, k in zip(value.shape, offsets)])]


def _add_sums(a: Any, b: Any, room: Any, target: Any) -> None:
    """Add the products of two values to `target`, summed over the axes of which it has only one place."""
    shape = np.broadcast(a, b).shape
    kept = [axis for axis, size in enumerate(shape) if not target.shape[axis] == 1 < size]
    if len(kept) == len(shape):
        product = _room(room, *shape)
        np.multiply(a, b, out=product)
    else:
        axes = list(range(len(shape)))
        product = _room(room, *[shape[axis] for axis in kept])
        np.einsum(a, axes, b, axes, kept, out=product)
        product = product.reshape([size if axis in kept else 1 for axis, size in enumerate(shape)])
    np.add(target, product, out=target)
