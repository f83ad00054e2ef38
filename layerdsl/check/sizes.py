"""Shapes to try a layer with: unlike ones, with sizes 1 and primes, that hold what the layer demands of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from layerdsl.check.case import Case, Hyper, count, names_in_sizes
from layerdsl.graph import Axis, LayerGraph, Node, Size, walk
from layerdsl.operators.reference import World, evaluate

# Sizes for the axes of a layer in their order, and for its groups; what is longer than a row goes round.
ROWS: Final[tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]] = (
    ((2, 3, 5, 4), (3,)),
    ((1,), ()),
    ((3, 1, 2, 7), (2, 3)),
    ((1, 4, 3, 2), (1, 2)),
    ((5, 2, 1, 3), ()),
)
DRAWN: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9)  # where none of the rows will do
GROUPS: Final[tuple[tuple[int, ...], ...]] = ((), (2,), (3,), (2, 2), (1, 3))
TRIES = 2000
MOST_ENTRIES = 4000  # of one blob: the check is slow for more


def cases(layer: LayerGraph, given: Mapping[str, Hyper], wanted: int, random: np.random.RandomState) -> list[Case]:
    """At most `wanted` cases in TRAIN, whose sizes are all different; none where no sizes are found that hold."""
    found: dict[object, Case] = {}
    for case in _candidates(layer, given, wanted, random):
        if _holds(case):
            found.setdefault((tuple(case.sizes.items()), tuple(case.groups.items())), case)
        if len(found) == wanted:
            break
    return list(found.values())


def own_axes(layer: LayerGraph) -> tuple[Axis, ...]:
    """The axes whose sizes the bottoms define."""
    extents = [extent for blob in layer.bottoms for extent in blob.extents if not extent.computed]
    return tuple({extent.axis.name: extent.axis for extent in extents if extent.axis is not None}.values())


def _candidates(
    layer: LayerGraph, given: Mapping[str, Hyper], wanted: int, random: np.random.RandomState
) -> Iterator[Case]:
    axes = own_axes(layer)
    for row, group in ROWS[: wanted + 1]:
        yield _case(layer, given, axes, [row[i % len(row)] for i in range(len(axes))], [group for _ in axes])
    hypers = names_in_sizes({**{hyper.name: hyper.default for hyper in layer.hypers}, **given})
    drawn = (*DRAWN, *(size for size in hypers.values() if 0 < size <= 64 and size not in DRAWN))
    for _ in range(TRIES if axes else 0):
        sizes = [drawn[i] for i in random.randint(0, len(drawn), len(axes))]
        groups = [GROUPS[i] for i in random.randint(0, len(GROUPS), len(axes))]
        yield _case(layer, given, axes, sizes, groups)


def _case(
    layer: LayerGraph,
    given: Mapping[str, Hyper],
    axes: Sequence[Axis],
    sizes: Sequence[int],
    groups: Sequence[tuple[int, ...]],
) -> Case:
    chosen = {axis.name: group for axis, group in zip(axes, groups, strict=True) if axis.star}
    products = {name: count(group) for name, group in chosen.items()}
    own = {axis.name: products.get(axis.name, size) for axis, size in zip(axes, sizes, strict=True)}
    return Case(layer, given, own, chosen)


def _holds(case: Case) -> bool:
    """Whether the layer can have these sizes: none below 1, and everything true that it demands."""
    try:
        return _has_all_sizes(case) and _agrees(case) and _meets_requirements(case)
    except (AssertionError, KeyError, ZeroDivisionError):  # a size that is no number, such as `H // 0`
        return False


def _has_all_sizes(case: Case) -> bool:
    shapes = [case.shape(blob) for blob in (*case.inputs, *case.layer.tops)]
    inner = [_size(axis.size, case) for node in _nodes(case.layer) for axis in node.axes]
    sizes = [*(size for shape in shapes for size in shape), *inner]
    small = all(count(shape) <= MOST_ENTRIES for shape in shapes)
    return small and min(sizes, default=1) >= 1 and all(_stays_inside(node, case) for node in _nodes(case.layer))


def _nodes(layer: LayerGraph) -> Iterator[Node]:
    return walk(node for _, node in (*layer.outputs, *layer.updates, *layer.overrides))


def _stays_inside(node: Node, case: Case) -> bool:
    """Whether what `x[H=3]` and `x[H=1:4]` name is there."""
    if node.op not in ("at", "slice"):
        return True
    axis = node.attr("axis" if node.op == "at" else "whole")
    first = node.attr("index" if node.op == "at" else "start")
    assert isinstance(axis, Axis)
    assert isinstance(first, Size)
    last = _size(first, case) + (_reach(node, case) if node.op == "slice" else 0)
    return _size(first, case) >= 0 and last < _size(axis.size, case)


def _reach(node: Node, case: Case) -> int:
    """How far the last place of a slice lies behind its first."""
    short, step = node.attr("axis"), node.attr("step")
    assert isinstance(short, Axis)
    assert isinstance(step, int)
    return (_size(short.size, case) - 1) * step


def _size(size: Size, case: Case) -> int:
    return size.evaluate(case.numbers)


def _agrees(case: Case) -> bool:
    return all(_size(each.left, case) == _size(each.right, case) for each in case.layer.equalities)


def _meets_requirements(case: Case) -> bool:
    world = World(case.numbers, case.hypers, case.train)
    conditions = [requirement.condition for requirement in case.layer.requirements]
    return all(bool(value.data) for value in evaluate(conditions, world))
