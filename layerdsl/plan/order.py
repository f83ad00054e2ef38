"""The order in which values keep their axes in memory: one for the whole layer."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import partial
from itertools import pairwise, starmap
from typing import Final

from layerdsl.graph import Axis, LayerGraph, Node, Program, Size, walk
from layerdsl.graph.lying import lies_in
from layerdsl.graph.size import Test, settled
from layerdsl.operators.build import as_test
from layerdsl.operators.families.pooling import BOTH
from layerdsl.operators.families.window_products import SEEN as PRODUCTS
from layerdsl.operators.families.windows import along_of, names_of

OFFSET_BY_OFFSET: Final = frozenset({*PRODUCTS, "seen", "overlaid"})

Order = Callable[[Iterable[Axis]], tuple[Axis, ...]]  # the axes of a value, the slowest first


def memory_order(program: Program) -> Order:
    """How values keep their axes in memory: one order for the whole layer, as it is set up."""
    order = _places_behind_offsets(program, _order_set_up(program))
    rank = {BOTH.name: -1} | {name: i for i, name in enumerate(order)}
    return lambda axes: tuple(sorted(axes, key=lambda axis: rank.get(axis.name, len(rank))))


def _order_set_up(program: Program) -> list[str]:
    """The order of the axes, for the blobs that a choice of the set-up brings: what is new with them goes by theirs."""
    layer, order = program.layer, list(program.layer.order)
    known = {axis.name for blob in layer.bottoms for axis in blob.axes}
    for blob in () if layer.memories else layer.blobs:  # memories lie alike in all programs
        names = [axis.name for axis in blob.axes]
        if blob.given and all(program.knows(test, True) for test in blob.given):
            for before, after in pairwise(names):
                _put_in_order(order, before, after, known)
    return order


def _put_in_order(order: list[str], before: str, after: str, known: Container[str]) -> None:
    if order.index(before) < order.index(after):
        return
    if before not in known:
        order.remove(before)
        order.insert(order.index(after), before)
    elif after not in known:
        order.remove(after)
        order.insert(order.index(before) + 1, after)


def _places_behind_offsets(program: Program, order: list[str]) -> list[str]:
    """The order where windows are looked at offset by offset: all positions of one offset next to each other.

    Where that would turn a blob, offsets stay where they lie in it; so do those of random draws, which fill an array in
    the order of its memory.
    """
    layer, nodes = program.layer, list(walk((*program.forward, *program.backward)))
    blobs = [blob.axes for blob in layer.bottoms] + [blob.axes for blob in (*layer.blobs, *layer.memories)]
    held = [[axis.name for axis in axes] for axes in blobs]
    held += [sorted(node.names, key=order.index) for node in nodes if node.op == "draw"]
    for node in nodes:
        if node.op in OFFSET_BY_OFFSET:
            for name in names_of(along_of(node), "offset"):
                moved = _moved_ahead(order, name, {*names_of(along_of(node), "place"), *_behind(name, layer)})
                order = moved if all(lies_in(blob, moved) for blob in held) else order
    return order


def _moved_ahead(order: list[str], name: str, others: Container[str]) -> list[str]:
    """The order with an axis right ahead of all of these."""
    rest = [one for one in order if one != name]
    at = min((i for i, one in enumerate(rest) if one in others), default=len(rest))
    return [*rest[:at], name, *rest[at:]]


def _behind(name: str, layer: LayerGraph) -> set[str]:
    """The axes that tops have behind this one."""
    tops = [[axis.name for axis in top.axes] for top in layer.tops]
    return {one for names in tops if name in names for one in names[names.index(name) :]}


def told_sizes(program: Program, order: Order) -> Order:
    """The same order, where sizes that `reshape()` has found equal are one: the shortest."""
    known = partial(_outcome, [one for one in starmap(_without_not, program.given) if one is not None])
    shortest: dict[tuple[str, Size], Size] = {}
    for equality in program.layer.equalities:
        if all(program.knows(test, True) for test in equality.given):
            name, sizes = equality.axis, [settled(size, known) for size in (equality.left, equality.right)]
            found = min((shortest.get((name, size), size) for size in sizes), key=lambda size: len(str(size)))
            shortest |= {(name, size): found for size in sizes}
    return lambda axes: tuple(
        Axis(axis.name, shortest[axis.name, axis.size], axis.star) if (axis.name, axis.size) in shortest else axis
        for axis in order(axes)
    )


def _without_not(node: Node, holds: bool) -> tuple[Test, bool] | None:
    """A condition that is known, as one on which sizes may depend."""
    if node.op == "not":
        return _without_not(node.args[0], not holds)
    test = as_test(node)
    return None if test is None else (test, holds)


def _outcome(given: list[tuple[Test, bool]], test: Test) -> bool | None:
    """Whether a condition holds in a program, where that is one of those that it was made for."""
    for known, holds in given:
        if known == test:
            return holds
        if {known.op, test.op} == {"eq", "ne"} and known.args == test.args:
            return not holds
    return None


def turned_blobs(program: Program, order: Order) -> frozenset[str]:
    """The blobs that are declared with their axes in another order than values keep in memory."""
    layer = program.layer
    blobs = [(blob.name, blob.axes) for blob in (*layer.bottoms, *layer.tops)]
    blobs += [(blob.name, blob.axes) for blob in layer.blobs]  # memories lie as values do
    return frozenset(name for name, axes in blobs if order(axes) != axes)
