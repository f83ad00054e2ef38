"""What an emitted layer does to put values in order.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.labels import _put_back, _to_offsets


def _order(x: Any, along: int, start: int, reverse: int, last: int, spare: Any, keys: Any, out: Any) -> None:
    """out[..., i] = the place of the value that is number `start + i` along the last axes of x, from the smallest.

    Equal values keep their order, in reverse as well, but for `last`, which turns it; NaN comes last. along: how many
    axes count as one. spare, keys: room for `x` in real and in whole numbers.
    """
    if not out.size:
        return
    shape = out.shape[:-1] + spare.shape[spare.ndim - along :]
    np.copyto(spare.reshape(shape), x)
    values = spare.reshape(out.shape[:-1] + (-1,))
    if not start and 64 * (out.shape[-1] - 1) <= values.shape[-1] and _one_by_one(values, reverse, last, out):
        return
    if values.dtype.itemsize == 4 and keys.dtype.itemsize == 8:
        _order_of_keys(values, start, reverse, last, keys.reshape(values.shape), out)
        return
    if reverse:
        np.negative(values, out=values)
    if last:
        values = values[..., ::-1]
    np.copyto(out, np.argsort(values, axis=-1, kind="mergesort")[..., start : start + out.shape[-1]])
    if last:
        np.subtract(values.shape[-1] - 1, out, out=out)


def _one_by_one(values: Any, reverse: int, last: int, out: Any) -> bool:
    """As `_order` for the first few, each sought among those that are left; False where something is not finite."""
    total = np.add.reduce(values, axis=None)
    if total - total != 0:
        return False
    count, few = values.shape[-1], out.shape[-1]
    flat, starts = values.reshape(-1), np.arange(0, values.size, count) if few > 1 else 0
    seek, gone = (np.argmax, -np.inf) if reverse else (np.argmin, np.inf)
    for i in range(few):
        seek(values[..., ::-1] if last else values, axis=-1, out=out[..., i])
        if last:
            np.subtract(count - 1, out[..., i], out=out[..., i])
        if i + 1 < few:
            flat[starts + out[..., i].reshape(-1)] = gone
    return True


def _order_of_keys(values: Any, start: int, reverse: int, last: int, keys: Any, out: Any) -> None:
    """As `_order`, for float32: the bits of a value and its place make one whole number, and these are sorted in place.

    The bits are those of sign and magnitude, so that -0.0 equals 0.0.
    """
    bits, stop, count = values.view(np.int32), start + out.shape[-1], keys.shape[-1]
    np.right_shift(bits, 31, out=keys)
    np.bitwise_or(keys, 1, out=keys)  # 1 or -1
    np.bitwise_and(bits, 0x7FFFFFFF, out=bits)
    np.multiply(keys, bits, out=keys)
    np.multiply(keys, -(1 << 32) if reverse else 1 << 32, out=keys)
    if bits.max() > 0x7F800000:
        keys[bits > 0x7F800000] = 0x7FFFFFFF << 32  # NaN
    for a in range(0, count, 512):
        part = keys[..., a : a + 512]
        places = np.arange(a, a + part.shape[-1])
        np.add(part, count - 1 - places if last else places, out=part)
    if start or stop < count:
        keys.partition([start, stop - 1] if start else stop - 1, axis=-1)
        keys = keys[..., start:stop]
    keys.sort(axis=-1)
    np.bitwise_and(keys, 0xFFFFFFFF, out=out)
    if last:
        np.subtract(count - 1, out, out=out)


def _rank(order: Any, numbers: Any, places: Any, result: Any, out: Any) -> None:
    """out[..., order[..., i]] = i: the number of each place in an order along the last axis.

    numbers: room for as many whole numbers; places, result: for `order` and `out`.
    """
    numbers.fill(0)
    _to_offsets(numbers, [1, 1], numbers.shape)
    _put_back(numbers, order, 1, 1, places, result, out)
