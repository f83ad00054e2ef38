"""Values that are added right to the diff of a learned blob, without an array of their own to be computed in.

A matrix product is added by blocks of rows; a kernel says by `Onto` that its function can add.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, reduce

from layerdsl.graph import Node
from layerdsl.operators.build import build
from layerdsl.operators.kernel import KERNELS, Onto
from layerdsl.plan.order import Order
from layerdsl.plan.product import copies, groups
from layerdsl.plan.schedule import is_product


def can_add(node: Node, order: Order) -> bool:
    """Whether a value can be added to a diff while it is computed."""
    if node.op == "dot":
        return is_product(node) and not groups(node, order).batch and copies(node, order)[2] is None
    called = node.op in KERNELS and node.op != "result"  # what a scan has computed lies where it does
    return called and Onto() in KERNELS[node.op].call(node).extra


def terms(value: Node, order: Order, readers: Callable[[Node], int]) -> list[Node]:
    """What is added to a diff, one after the other where that saves arrays; `readers` tells how many a value has."""
    parts = list(_added(value, 0, readers))
    alone = [part for part in parts if can_add(part, order)]
    rest = [part for part in parts if part not in alone]
    return [*alone, *([reduce(partial(build, "add"), rest)] if rest else [])] if alone else [value]


def _added(value: Node, known: int, readers: Callable[[Node], int]) -> Iterator[Node]:
    """The terms of a sum that nobody else reads, each with all axes of the sum."""
    same = all(set(part.names) == set(value.names) for part in value.args)
    if value.op != "add" or readers(value) > known or not same:
        yield value
        return
    for part in value.args:
        yield from _added(part, 1, readers)
