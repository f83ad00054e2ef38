"""What an emitted layer does to put values in order.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.labels import _count_up, _put_back


def _order(
    x: Any, along: int, start: int, reverse: int, last: int, spare: Any, keys: Any, numbers: Any, out: Any
) -> None:
    """out[..., i] = the place of the value that is number `start + i` along the last axes of x, from the smallest.

    Equal values keep their order, in reverse as well, but for `last`, which turns it; NaN comes last. along: how many
    axes count as one. spare, keys: room for `x` in real and in whole numbers; numbers: for one row of these.
    """
    if not out.size:
        return
    if not start and along == 1 and _few_across(x, reverse, last, spare, keys, numbers, out):
        return
    few = not start and 64 * (out.shape[-1] - 1) <= spare.size // (out.size // out.shape[-1])
    shape = out.shape[:-1] + spare.shape[spare.ndim - along :]
    np.copyto(spare.reshape(shape), x)
    values = spare.reshape(out.shape[:-1] + (-1,))
    if few and _one_by_one(values, reverse, last, keys, out):
        return
    if values.dtype.itemsize == 4 and keys.dtype.itemsize == 8:
        _order_of_keys(values, start, reverse, last, keys.reshape(values.shape), numbers.reshape(-1), out)
        return
    if reverse:
        np.negative(values, out=values)
    if last:
        values = values[..., ::-1]
    np.copyto(out, np.argsort(values, axis=-1, kind="mergesort")[..., start : start + out.shape[-1]])
    if last:
        np.subtract(values.shape[-1] - 1, out, out=out)


def _few_across(x: Any, reverse: int, last: int, spare: Any, keys: Any, numbers: Any, out: Any) -> bool:
    """As `_order` for the first few of rows that lie across memory: all rows at once; False where it does not pay."""
    count, few = x.shape[-1], out.shape[-1]
    across = x.shape[:-1] == out.shape[:-1] and abs(x.strides[-1]) > x.itemsize and 32 * count < x.size
    if not (across and 6 * few <= count + 5 and spare.dtype.itemsize == 4 and keys.dtype.itemsize == 8):
        return False
    turn = sorted(range(x.ndim), key=lambda i: -x.strides[i])
    shape, back = [x.shape[i] for i in turn], [turn.index(i) for i in range(x.ndim)]
    values, keys = [room.reshape(shape).transpose(back) for room in (spare, keys)]
    np.copyto(values, x)
    _make_keys(values, reverse, last, numbers.reshape(-1), keys)
    found = spare.reshape(-1).view(np.bool_)[: out.size // few].reshape(out.shape[:-1])
    for i in range(few):
        np.minimum.reduce(keys, axis=-1, out=out[..., i])
        for place in range(count if i + 1 < few else 0):
            np.equal(keys[..., place], out[..., i], out=found)
            np.copyto(keys[..., place], 0x7FFFFFFFFFFFFFFF, where=found)
    _take_places(out, count, last, out)
    return True


def _one_by_one(values: Any, reverse: int, last: int, room: Any, out: Any) -> bool:
    """As `_order` for the first few, each sought among those that are left; False where something is not finite."""
    total = np.add.reduce(values, axis=None)
    if total - total != 0:
        return False
    if last:
        turned = room.reshape(-1).view(values.dtype)[: values.size].reshape(values.shape)
        np.copyto(turned, values[..., ::-1])
        values = turned
    count, few = values.shape[-1], out.shape[-1]
    seek, gone = (np.argmax, -np.inf) if reverse else (np.argmin, np.inf)
    starts = np.arange(0, values.size, count) if few > 1 else 0
    for i in range(few):
        seek(values, axis=-1, out=out[..., i])
        if i + 1 < few:
            values.reshape(-1)[starts + out[..., i].reshape(-1)] = gone
    if last:
        np.subtract(count - 1, out, out=out)
    return True


def _order_of_keys(values: Any, start: int, reverse: int, last: int, keys: Any, numbers: Any, out: Any) -> None:
    """As `_order`, for float32."""
    stop, count = start + out.shape[-1], keys.shape[-1]
    _make_keys(values, reverse, last, numbers, keys)
    if start or stop < count:
        keys.partition([start, stop - 1] if start else stop - 1, axis=-1)
        keys = keys[..., start:stop]
    keys.sort(axis=-1)
    _take_places(keys, count, last, out)


def _make_keys(values: Any, reverse: int, last: int, numbers: Any, keys: Any) -> None:
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
    _count_up(numbers)
    if last:
        np.subtract(len(numbers) - 1, numbers, out=numbers)
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
