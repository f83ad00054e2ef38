"""What an emitted layer does with windows that are a look at one array: a border around it, the look, and its adjoint.

`along` is that of `windows`. Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the
emitted file when a layer needs them.
"""
# ruff: noqa: B905 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.windows import _cut_out, _fill_around


def _edges(along: Any, out: Any) -> Any:
    """Where in an array with a border a value lies, and which part of the value that is, as slices."""
    seen = out.shape[out.ndim - len(along) :]
    there = tuple([slice(min(one[4], n), min(one[4] + one[0], n)) for one, n in zip(along, seen)])
    return there, tuple([slice(part.start - one[4], part.stop - one[4]) for one, part in zip(along, there)])


def _border(x: Any, outside: Any, along: Any, out: Any) -> None:
    """out = what windows see of `x` and around it; `x` has the axes with windows last."""
    there, here = _edges(along, out)
    _fill_around(out, there, outside)
    out[(Ellipsis,) + there] = _cut_out(x, along, here)


def _take_inside(g: Any, along: Any, out: Any) -> None:
    """The adjoint of `_border`: what lies on the value itself, and 0 where no window sees it."""
    there, here = _edges(along, g)
    _fill_around(out, here, 0)
    out[(Ellipsis,) + here] = g[(Ellipsis,) + there]


def _windows(x: Any, axes: Any) -> Any:
    """A view: for each of its axes which one of `x` it goes along, how many places, and how far these are apart."""
    steps = [x.strides[axis] * step for axis, _, step in axes]
    return np.lib.stride_tricks.as_strided(x, [size for _, size, _ in axes], steps)


def _overlay(g: Any, offsets: Any, out: Any) -> None:
    """out += g, where `out` is such a view: one place along the axes `offsets` after the other, as they overlap."""
    order = tuple(offsets) + tuple([axis for axis in range(out.ndim) if axis not in offsets])
    _add_one_by_one(np.broadcast_to(g, out.shape).transpose(order), len(offsets), out.transpose(order))


def _add_one_by_one(g: Any, count: int, out: Any) -> None:
    """out += g, one place along the first `count` axes after the other."""
    if count:
        for one, there in zip(g, out):
            _add_one_by_one(one, count - 1, there)
    else:
        np.add(out, g, out=out)
