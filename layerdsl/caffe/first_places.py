"""The place of the largest or smallest along an axis that is not the last: there np.argmax copies the whole array.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _first_place(
    words: Any, x: Any, axis: int, out: Any, best: Any, spare: Any, found: Any, number: Any, room: Any
) -> None:
    """out = the first place along an axis that is better than all others; of nothing, -1.

    words: `np.argmax, np.greater, np.maximum`, or those of the smallest. best, spare, found, number: room for values,
    conditions and places of the result's shape; room: a flat array, of values. A call for every place is quicker than
    argmax where it does much at once. What is no number may be found or passed over.
    """
    place, better, pair = words
    if x.size == 0:
        out.fill(-1)
    elif x.shape[axis] > room.size:
        place(x, axis=axis, out=out)
    elif out.size <= 4096:
        _place_of_rows(place, np.rollaxis(x, axis, x.ndim), out, room)
    else:
        _place_by_place(better, pair, np.rollaxis(x, axis), out, best, spare, found, number)


def _place_of_rows(place: Any, x: Any, out: Any, room: Any) -> None:
    """The places along the last axis of a view, which is laid out row by row, as many rows as there is room for."""
    if x.size <= room.size:
        rows = room[: x.size].reshape(x.shape)
        np.copyto(rows, x)
        place(rows, axis=-1, out=out)
        return
    count = room.size * len(x) // x.size
    for i in range(0, len(x), max(count, 1)):
        part = slice(i, i + count) if count else i
        _place_of_rows(place, x[part], out[part], room)


def _place_by_place(better: Any, pair: Any, x: Any, out: Any, best: Any, spare: Any, found: Any, number: Any) -> None:
    """The places along the first axis. Where many of them are the best so far, arithmetic is quicker than a choice."""
    out.fill(0)
    np.copyto(best, x[0])
    for i in range(1, len(x)):
        better(x[i], best, out=found)
        if len(x) < 64:
            np.multiply(found, i, out=number)
            np.maximum(out, number, out=out)
        else:
            np.copyto(out, i, where=found)
        pair(best, x[i], out=spare)
        best, spare = spare, best
