"""What an emitted layer does with windows: laid out, folded back, their largest values and sums, and convolutions.

`along` has one entry for each axis with windows: (size of the axis, number of positions, offsets in a window, stride,
pad, dilation). The offset `k` of the position `p` lies at `p * stride + k * dilation - pad`.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: B905 - what is emitted runs on Python 2.7

from __future__ import annotations

import itertools
from typing import Any

import numpy as np


def _meeting(one: Any, offset: int) -> Any:
    """The positions whose windows have this offset inside the axis, and where it lies, as slices."""
    size, places, _, stride, pad, dilation = one
    shift = offset * dilation - pad
    first = max(0, -(shift // stride))
    last = min(places, (size - 1 - shift) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    return slice(first, last), slice(first * stride + shift, (last - 1) * stride + shift + 1, stride)


def _reach(one: Any) -> int:
    """How many places of the padded axis the windows see."""
    _, places, offsets, stride, _, dilation = one
    return int((places - 1) * stride + (offsets - 1) * dilation + 1)


def _is_within(along: Any) -> bool:
    """Whether no window reaches outside."""
    return all(one[4] == 0 and _reach(one) <= one[0] for one in along)


def _offsets(along: Any) -> Any:
    """Every offset of a window, row by row."""
    return itertools.product(*[range(one[2]) for one in along])


def _window(x: Any, outside: Any, along: Any, out: Any) -> None:
    """out[..., places, offsets] = what lies there; `x` has the axes with windows last."""
    within, places = _is_within(along), (Ellipsis,) + (slice(None),) * len(along)
    for offsets in _offsets(along):
        pairs = [_meeting(one, k) for one, k in zip(along, offsets)]
        there, here = [tuple(part) for part in zip(*pairs)]
        target = out[places + tuple(offsets)]
        if not within:
            _fill_around(target, there, outside)
        target[(Ellipsis,) + there] = _cut_out(x, along, here)


def _fill_around(out: Any, there: Any, outside: Any) -> None:
    """Fill what of the last axes lies outside these slices."""
    for i, part in enumerate(there):
        behind = (slice(None),) * (len(there) - 1 - i)
        out[(Ellipsis,) + there[:i] + (slice(0, part.start),) + behind] = outside
        out[(Ellipsis,) + there[:i] + (slice(part.stop, None),) + behind] = outside


def _cut_out(x: Any, along: Any, here: Any) -> Any:
    """A part of a value, which may have size 1 along axes on which it does not depend."""
    wanted = x.shape[: max(0, x.ndim - len(along))] + tuple([one[0] for one in along])
    return np.broadcast_to(x, wanted)[(Ellipsis,) + tuple(here)]


def _fold(g: Any, along: Any, out: Any) -> None:
    """The adjoint of `_window`: what overlaps is added up; `g` has the positions and then the offsets last."""
    sizes = tuple([one[1] for one in along] + [one[2] for one in along])
    g = np.broadcast_to(g, g.shape[: max(0, g.ndim - len(sizes))] + sizes)
    out[...] = 0
    for offsets in _offsets(along):
        pairs = [_meeting(one, k) for one, k in zip(along, offsets)]
        there, here = [(Ellipsis,) + tuple(part) for part in zip(*pairs)]
        target = out[here]
        np.add(target, g[(Ellipsis,) + tuple(offsets)][there], out=target)


def _whole(x: Any, along: Any, which: int, trailing: int) -> Any:
    """A value along all of its places; it may have size 1 along axes on which it does not depend."""
    sizes = tuple([one[which] for one in along])
    x = np.asarray(x)
    x = x.reshape((1,) * (len(sizes) + trailing - x.ndim) + x.shape)
    lead = x.ndim - len(sizes) - trailing
    return np.broadcast_to(x, x.shape[:lead] + sizes + x.shape[lead + len(sizes) :])


def _room(room: Any, *shape: int) -> Any:
    """So much of a room, in that shape."""
    return room.reshape(-1)[: _count(shape)].reshape(shape)


def _count(sizes: Any) -> int:
    """How many places these sizes make; for a few, `np.prod` takes as long as for thousands."""
    count = 1
    for size in sizes:
        count *= size
    return count


def _sizes(along: Any, which: int) -> Any:
    """One size for each axis with windows: 0 of the axis, 1 the positions, 2 the offsets."""
    return tuple([one[which] for one in along])
