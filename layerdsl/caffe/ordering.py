"""What an emitted layer does to put values in order.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: B905 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.labels import _count_up, _put_back


def _order(
    x: Any, along: int, start: int, reverse: int, last: int, spare: Any, keys: Any, numbers: Any, out: Any
) -> None:
    """out[..., i] = the place of the value that is number `start + i` along the last axes of x, from the smallest.

    Equal values keep their order, in reverse as well, but for `last`, which turns it; NaN comes last. along: how many
    axes count as one. numbers: room for whole numbers along these; spare, keys: for as many real and whole ones, or
    65,536.
    """
    if not out.size:
        return
    sizes, lead = numbers.shape, out.ndim - 1
    x, numbers = np.broadcast_to(x, out.shape[:-1] + sizes), numbers.reshape(-1)
    _count_up(numbers)
    if last:
        np.subtract(len(numbers) - 1, numbers, out=numbers)
    if not lead or (x.flags.c_contiguous and out.flags.c_contiguous):
        x, out, lead = x.reshape((-1,) + sizes), out.reshape(-1, out.shape[-1]), 1
    x, out, lead = _leading_together(x, out, lead)
    longest = int(np.argmax(out.shape[:-1]))
    x, out = np.rollaxis(x, longest, lead), np.rollaxis(out, longest, lead)
    step = max(65536 // len(numbers), 1)
    for place in np.ndindex(*out.shape[: lead - 1]):
        for a in range(0, out.shape[lead - 1], step):
            part = slice(a, a + step)
            _order_rows(x[place][part], start, reverse, last, spare, keys, numbers, out[place][part])


def _leading_together(x: Any, out: Any, lead: int) -> Any:
    """Both arrays and how many leading axes they have, with those as one that lie behind each other in both."""
    sizes, steps = [out.shape[0]], [(x.strides[0], out.strides[0])]
    for size, step in zip(out.shape[1:lead], zip(x.strides[1:lead], out.strides[1:lead])):
        if steps[-1] == (size * step[0], size * step[1]):
            sizes[-1], steps[-1] = sizes[-1] * size, step
        else:
            sizes, steps = sizes + [size], steps + [step]
    x, out = [
        np.lib.stride_tricks.as_strided(one, tuple(sizes) + one.shape[lead:], tuple(strides) + one.strides[lead:])
        for one, strides in zip((x, out), zip(*steps))
    ]
    return x, out, len(sizes)


def _order_rows(x: Any, start: int, reverse: int, last: int, spare: Any, keys: Any, numbers: Any, out: Any) -> None:
    """As `_order` for some rows."""
    count = len(numbers)
    values = spare[: len(x) * count].reshape(-1, count)
    np.copyto(values.reshape(x.shape), x)
    if not start and 64 * (out.shape[1] - 1) <= count and _one_by_one(values, reverse, last, keys, out):
        return
    stop = start + out.shape[1]
    if values.dtype.itemsize == 4 and keys.dtype.itemsize == 8:
        keys = keys[: values.size].reshape(-1, count)
        _make_keys(values, reverse, numbers, keys)
        if start or stop < count:
            keys.partition([start, stop - 1] if start else stop - 1, axis=-1)
            keys = keys[:, start:stop]
        keys.sort(axis=-1)
        _take_places(keys, count, last, out)
        return
    if reverse:
        np.negative(values, out=values)
    if last:
        values = values[:, ::-1]
    np.copyto(out, np.argsort(values, axis=-1, kind="mergesort")[:, start:stop])
    if last:
        np.subtract(count - 1, out, out=out)


def _one_by_one(values: Any, reverse: int, last: int, room: Any, out: Any) -> bool:
    """As `_order_rows` for the first few, each sought among those that are left; False where some are not finite."""
    total = np.add.reduce(values, axis=None)
    if total - total != 0:
        return False
    if last:
        turned = room.view(values.dtype)[: values.size].reshape(values.shape)
        np.copyto(turned, values[:, ::-1])
        values = turned
    count, few = values.shape[1], out.shape[1]
    seek, gone = (np.argmax, -np.inf) if reverse else (np.argmin, np.inf)
    starts = np.arange(0, values.size, count) if few > 1 else 0
    for i in range(few):
        seek(values, axis=1, out=out[:, i])
        if i + 1 < few:
            values.reshape(-1)[starts + out[:, i]] = gone
    if last:
        np.subtract(count - 1, out, out=out)
    return True


def _make_keys(values: Any, reverse: int, numbers: Any, keys: Any) -> None:
    """The bits of each value and its place as one whole number, by which they are in order; `values` are lost.

    The bits are those of sign and magnitude, so that -0.0 equals 0.0.
    """
    bits = values.view(np.int32)
    np.right_shift(bits, 31, out=keys)
    np.bitwise_or(keys, 1, out=keys)  # 1 or -1
    np.bitwise_and(bits, 0x7FFFFFFF, out=bits)
    np.multiply(keys, bits, out=keys)
    np.multiply(keys, -(1 << 32) if reverse else 1 << 32, out=keys)
    if bits.max() > 0x7F800000:
        keys[bits > 0x7F800000] = 0x7FFFFFFF << 32  # NaN
    np.add(keys, numbers, out=keys)


def _take_places(keys: Any, count: int, last: int, out: Any) -> None:
    """The places that keys hold."""
    np.bitwise_and(keys, 0xFFFFFFFF, out=out)
    if last:
        np.subtract(count - 1, out, out=out)


def _rank(order: Any, numbers: Any, places: Any, values: Any, result: Any, out: Any) -> None:
    """out[..., order[..., i]] = i: the number of each place in an order along the last axis.

    numbers: room for as many whole numbers; places, values, result: for `order` and `out`.
    """
    _count_up(numbers)
    _put_back(numbers, order, 1, 1, places, values, result, out)
