"""Sizes that a layer states: numbers, and whole hyper-parameters that have a default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from layerdsl.graph import Axis, Size

if TYPE_CHECKING:
    from layerdsl.graph import LayerGraph

Sizes = Mapping[str, int]


def stated_sizes(graph: LayerGraph) -> Sizes:
    """The hyper-parameters that are whole numbers by default."""
    return {hyper.name: hyper.default for hyper in graph.hypers if type(hyper.default) is int}


def entries(axes: Iterable[Axis], sizes: Sizes) -> int | None:
    """How many entries axes have together; None where that depends on the bottoms."""
    count = 1
    for axis in axes:
        known = number_of(axis.size, sizes)
        if known is None:
            return None
        count *= known
    return count


def number_of(size: Size, sizes: Sizes) -> int | None:
    """The number that a size is by what is stated."""
    try:
        return size.evaluate(sizes)
    except (KeyError, ZeroDivisionError):
        return None
