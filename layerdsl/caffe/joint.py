"""Places in several axes as one: what an emitted layer uses that looks into all of them at once."""

# ruff: noqa: UP031 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np


def _inside(index: Any, used: Any, where: str, name: str, size: int, out: Any) -> None:
    """An index of an axis of this size in whole numbers, moved inside where its value does not matter.

    used: where it matters; there an index that lies outside is an error. where, name: for the message.
    """
    np.copyto(out, index, casting="unsafe")
    if out.size and (out.min() < 0 or out.max() >= size):
        wrong = ((out < 0) | (out >= size)) & used
        if wrong.any():
            found = (index + np.zeros(wrong.shape))[wrong][0]
            raise ValueError("%s: %s holds %g, the axis has places 0 to %d" % (where, name, found, size - 1))
        np.clip(out, 0, size - 1, out=out)


def _joint(first: Any, last: Any, size: int, places: Any, outside: Any, out: Any) -> None:
    """first * size + last in whole numbers, which float32 has up to 2 ** 24 alone; negative where either lies outside.

    size: of the axis of which `last` is a place. places, outside: room for whole numbers and conditions of out's size.
    """
    places, outside = [room.reshape(out.shape) for room in (places, outside)]
    np.copyto(places, last, casting="unsafe")
    np.copyto(out, first, casting="unsafe")
    np.multiply(out, size, out=out)
    np.add(out, places, out=out)
    if places.size and (places.min() < 0 or places.max() >= size):
        np.greater_equal(places.view(np.uintp), np.uintp(size), out=outside)  # what is negative is large then
        np.copyto(out, -1, where=outside)
