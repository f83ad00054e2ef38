"""Copies that have another order, and parts of several axes, whose number is known when the net is set up.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: UP031, B905 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np


def _crop_of(layer: str, whole: Any, part: Any, at: Any) -> Any:
    """The sizes of a group of axes, those of a part of it, and where that lies.

    at: the first place along each axis, one number for all, or none for 0.
    """
    if len(whole) != len(part):
        raise ValueError("%s: %s are %d axes, %s are %d" % (layer, tuple(whole), len(whole), tuple(part), len(part)))
    if len(at) not in (0, 1, len(part)):
        raise ValueError("%s: %d offsets for %d axes" % (layer, len(at), len(part)))
    starts = [int(at[i if len(at) > 1 else 0]) if len(at) else 0 for i in range(len(part))]
    for start, size, there in zip(starts, part, whole):
        if start < 0 or start + size > there:
            raise ValueError("%s: %d places from %d on lie outside of an axis of %d" % (layer, size, start, there))
    return tuple(whole), tuple(part), (Ellipsis,) + tuple([slice(a, a + n) for a, n in zip(starts, part)])


def _crop(x: Any, crop: Any, out: Any) -> None:
    """out[..., t] = the part of x[..., s], both of which hold all of a group of axes."""
    whole, part, taken = crop
    np.copyto(out.reshape(out.shape[:-1] + part), x.reshape(x.shape[:-1] + whole)[taken])


def _uncrop(g: Any, crop: Any, out: Any) -> None:
    """Zeros, with `g` at the part that a crop takes."""
    whole, part, taken = crop
    out[...] = 0
    np.copyto(out.reshape(out.shape[:-1] + whole)[taken], g.reshape(g.shape[:-1] + part))


def _interleave(out: Any, x: Any) -> None:
    """out = x, where the last axis of `out` is another one than that of `x`.

    NumPy's loops run along it: of up to four places, they are filled one by one.
    """
    if not 1 < out.shape[-1] <= 4:
        np.copyto(out, x)
        return
    for i in range(out.shape[-1]):
        np.copyto(out[..., i], x[..., i] if x.shape[-1] > 1 else x[..., 0])
