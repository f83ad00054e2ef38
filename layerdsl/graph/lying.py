"""In which order axes lie in memory, so that as few blobs as can be have to be turned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Names = Sequence[str]  # the axes of a blob, in the order of its declaration


def as_blobs_lie(named: Names, blobs: Sequence[Names]) -> tuple[str, ...]:
    """The order in which axes are first named, but for those that a later blob has ahead of one that is known.

    >>> as_blobs_lie(["N", "D", "M"], [["N", "D"], ["M", "D"]])
    ('N', 'M', 'D')
    """
    order, known = list(named), set[str]()
    for blob in blobs:
        moved = list(order)
        for before, after in reversed(list(pairwise(blob))):
            if before not in known and moved.index(before) > moved.index(after):
                ahead_of(moved, before, after)
        if _turned(blobs, moved) < _turned(blobs, order):
            order = moved
        known.update(blob)
    return tuple(order)


def ahead_of(order: list[str], name: str, other: str) -> None:
    """Puts an axis right ahead of another one."""
    order.remove(name)
    order.insert(order.index(other), name)


def lies_in(blob: Names, order: Names) -> bool:
    """Whether the axes of a blob are in that order."""
    places = [order.index(name) for name in blob]
    return places == sorted(places)


def _turned(blobs: Sequence[Names], order: Names) -> int:
    return sum(not lies_in(blob, order) for blob in blobs)
