"""Lists that are written out: `Slice(x, points=[1, 3])`."""

from __future__ import annotations

from functools import reduce

from layerdsl.graph import Axis, Node
from layerdsl.operators.build import build, expand, number


def along(entries: tuple[float, ...], axis: Axis) -> Node:
    """The entries as a value along an axis of their number."""
    place = build("coord", axis=axis)
    *before, last = entries
    tests = [(build("eq", place, number(i)), number(float(entry))) for i, entry in enumerate(before)]
    value = reduce(lambda rest, one: build("where", one[0], one[1], rest), reversed(tests), number(float(last)))
    return expand(value, (axis,))
