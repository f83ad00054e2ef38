"""What an emitted layer does along an axis from place to place.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them. With `reverse` all of them run from the last place to the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _running(ufunc: Any, x: Any, reverse: int, out: Any) -> None:
    """out[..., i] = x[..., :i + 1] taken together by a ufunc of two arguments."""
    if reverse:
        x, out = x[..., ::-1], out[..., ::-1]
    if not _is_short(out):
        ufunc.accumulate(x, axis=-1, out=out)
        return
    np.copyto(out[..., :1], x[..., :1])
    for i in range(1, out.shape[-1]):
        ufunc(out[..., i - 1], x[..., i], out=out[..., i])


def _is_short(out: Any) -> bool:
    """Whether steps along the last axis, each for all rows at once, are faster than row after row."""
    return bool(16 * out.shape[-1] < out.size and abs(out.strides[-1]) != out.itemsize)


def _cumsum(x: Any, reverse: int, total: Any, room: Any, out: Any) -> None:
    """out[..., i] = the sum of x[..., :i + 1], in double precision. total, room: for one place of `x`, and for all."""
    if not out.size:
        return
    if reverse:
        x, out = x[..., ::-1], out[..., ::-1]
    lead, count = out.shape[:-1], out.shape[-1]
    total, step = total.reshape(lead), 1 if _is_short(out) else min(count, 2048)
    total.fill(0)
    for a in range(0, count, step):
        part = out[..., a : a + step]
        sums = room.reshape(-1)[: part.size].reshape(part.shape)
        np.add.accumulate(x[..., a : a + step], axis=-1, out=sums)
        np.add(sums, total[..., None], out=sums)
        np.copyto(total, sums[..., -1])
        np.copyto(part, sums)


def _cumprod(x: Any, reverse: int, out: Any) -> None:
    """out[..., i] = the product of x[..., :i + 1]."""
    _running(np.multiply, x, reverse, out)


def _cummax(x: Any, reverse: int, out: Any) -> None:
    """out[..., i] = the largest of x[..., :i + 1]."""
    _running(np.maximum, x, reverse, out)


def _cummin(x: Any, reverse: int, out: Any) -> None:
    """out[..., i] = the smallest of x[..., :i + 1]."""
    _running(np.minimum, x, reverse, out)


def _cumargmax(y: Any, reverse: int, new: Any, places: Any, out: Any) -> None:
    """out[..., i] = the first place, from where it begins, that has y[..., i], a running maximum or minimum.

    new, places: room for conditions and whole numbers.
    """
    count = out.shape[-1]
    if not out.size:
        return
    new, places = new.reshape(out.shape), places.reshape(out.shape)
    if reverse:
        y, out = y[..., ::-1], out[..., ::-1]
    np.not_equal(y[..., 1:], y[..., :-1], out=new[..., 1:])
    new[..., 0] = True
    for a in range(0, count, 512):
        numbers = np.arange(a, min(a + 512, count))
        np.multiply(new[..., a : a + 512], numbers, out=places[..., a : a + 512])
    np.maximum.accumulate(places, axis=-1, out=out)
    if reverse:
        np.subtract(count - 1, out, out=out)


def _shift(x: Any, reverse: int, out: Any) -> None:
    """out[..., i] = x[..., i - 1], and 0 where there is none."""
    if reverse:
        x, out = x[..., ::-1], out[..., ::-1]
    out[..., :1] = 0
    np.copyto(out[..., 1:], x[..., :-1])


def _recur(b: Any, a: Any, reverse: int, out: Any) -> None:
    """out[..., i] = b[..., i] + a[..., i] * out[..., i - 1]."""
    b, a = np.asarray(b), np.asarray(a)
    if reverse:
        b, a, out = b[..., ::-1], a[..., ::-1], out[..., ::-1]
    np.copyto(out[..., :1], b[..., :1])
    for i in range(1, out.shape[-1]):
        np.multiply(a[..., i], out[..., i - 1], out=out[..., i])
        np.add(out[..., i], b[..., i], out=out[..., i])
