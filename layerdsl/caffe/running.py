"""What an emitted layer does along an axis from place to place.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them. With `reverse` all of them run from the last place to the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _running(ufunc: Any, x: Any, reverse: int, out: Any) -> None:
    """out[..., i] = x[..., :i + 1] taken together by a ufunc of two arguments."""
    x = np.broadcast_to(x, out.shape)
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
    """out[..., i] = the sum of x[..., :i + 1], in double precision. total: room for a place of x; room: for 16,384."""
    if not out.size:
        return
    x = np.broadcast_to(x, out.shape)
    if reverse:
        x, out = x[..., ::-1], out[..., ::-1]
    if not _is_short(out):
        for place in np.ndindex(*out.shape[: max(out.ndim - 2, 0)]):
            _cumsum_rows(x[place] if out.ndim > 1 else x[None], room, out[place] if out.ndim > 1 else out[None])
        return
    total = total.reshape(out.shape[:-1])
    total.fill(0)
    for i in range(out.shape[-1]):
        np.add(total, x[..., i], out=total)
        np.copyto(out[..., i], total)


def _cumsum_rows(x: Any, room: Any, out: Any) -> None:
    """As `_cumsum`, of some rows, in stretches that the room has place for."""
    step = min(out.shape[1], 2048)
    some = len(room) // step
    for p in range(0, len(out), some):
        carry = 0.0
        for a in range(0, out.shape[1], step):
            part = out[p : p + some, a : a + step]
            sums = room[: part.size].reshape(part.shape)
            np.copyto(sums, x[p : p + some, a : a + step])
            np.add(sums[:, 0], carry, out=sums[:, 0])
            np.add.accumulate(sums, axis=-1, out=sums)
            np.copyto(part, sums)
            carry = sums[:, -1].copy()


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
    for a in range(0, count, 256):
        numbers = np.arange(a, min(a + 256, count))
        np.multiply(new[..., a : a + 256], numbers, out=places[..., a : a + 256])
    np.maximum.accumulate(places, axis=-1, out=out)
    if reverse:
        np.subtract(count - 1, out, out=out)


def _sum_of_runs(g: Any, y: Any, reverse: int, total: Any, new: Any, room: Any, out: Any) -> None:
    """out[..., i] = the sum of g over the run of equal y that begins at i, 0 where none begins.

    total: room for a place of `g`; new: conditions of as many; room: for 16,384.
    """
    if not out.size:
        return
    g, y = np.broadcast_to(g, out.shape), np.broadcast_to(y, out.shape)
    if reverse:
        g, y, out = g[..., ::-1], y[..., ::-1], out[..., ::-1]
    if not _is_short(out):
        for place in np.ndindex(*out.shape[:-1]):
            _sum_runs_of_row(g[place], y[place], room, out[place])
        return
    total, new = total.reshape(out.shape[:-1]), new.reshape(out.shape[:-1])
    total.fill(0)
    for i in range(out.shape[-1] - 1, -1, -1):
        np.add(total, g[..., i], out=total)
        np.not_equal(y[..., i], y[..., max(i - 1, 0)], out=new)
        if not i:
            new.fill(True)
        out[..., i] = 0
        np.copyto(out[..., i], total, where=new)
        np.copyto(total, 0, where=new)


def _sum_runs_of_row(g: Any, y: Any, room: Any, out: Any) -> None:
    """As `_sum_of_runs`, of one row, in stretches that the room has place for."""
    carry = 0.0
    for b in range(len(out), 0, -len(room)):
        a = max(b - len(room), 0)
        sums = room[: b - a]
        np.copyto(sums, g[a:b])
        sums[-1] += carry
        starts = np.flatnonzero(y[a + 1 : b] != y[a : b - 1]) + 1
        found = np.add.reduceat(sums, np.append(0, starts))
        out[a:b] = 0
        out[a + starts] = found[1:]
        ends = not a or y[a] != y[a - 1]
        carry = 0.0 if ends else found[0]
        out[a] = found[0] if ends else 0


def _shift(x: Any, reverse: int, out: Any) -> None:
    """out[..., i] = x[..., i - 1], and 0 where there is none."""
    x = np.broadcast_to(x, out.shape)
    if reverse:
        x, out = x[..., ::-1], out[..., ::-1]
    out[..., :1] = 0
    np.copyto(out[..., 1:], x[..., :-1])


def _recur(b: Any, a: Any, reverse: int, out: Any) -> None:
    """out[..., i] = b[..., i] + a[..., i] * out[..., i - 1]."""
    b, a = [np.broadcast_to(one, out.shape) for one in (b, a)]
    if reverse:
        b, a, out = b[..., ::-1], a[..., ::-1], out[..., ::-1]
    np.copyto(out[..., :1], b[..., :1])
    for i in range(1, out.shape[-1]):
        np.multiply(a[..., i], out[..., i - 1], out=out[..., i])
        np.add(out[..., i], b[..., i], out=out[..., i])
