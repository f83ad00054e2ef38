"""The order in which a value has its axes, where that is told: which one is meant where axes go by their place.

Inside formulas axes have names and no order. Of a value that is handed to a function or a layer some go by their place:
those of a blob in the order of its declaration, and those of what is made of it, entry by entry or with fewer axes, in
the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from layerdsl.graph import Axis, Node

Names = tuple[str, ...]
Orders = dict[Node, "Names | None"]

#: What has an order by itself.
DECLARED: Final = frozenset({"bottom", "blob", "top"})

#: What puts other axes in place of those that its first argument has, or behind them.
IN_PLACE: Final = frozenset("rename slice split join pick inset pad window flip resize crop fold shift".split())


def in_order(value: Node, named: Mapping[str, int], known: Orders) -> list[Axis]:
    """The axes of a value in the order that is told, else in that in which the layer first names them."""
    order = told_order(value, known)
    if order is None:
        return sorted(value.axes, key=lambda axis: named.get(axis.name, len(named)))
    return sorted(value.axes, key=lambda axis: order.index(axis.name))


def told_order(value: Node, known: Orders) -> Names | None:
    """The names of a value's axes in the order of a blob that gave it them all; None where that is none, or two.

    `known` are the orders found before. What is asked first is put on a stack, as graphs are deeper than calls can be.
    """
    asked = [value]
    while asked:
        node = asked[-1]
        before = [] if node in known else [arg for arg in _givers(node) if arg not in known]
        asked += before
        if not before:
            known[node] = known[node] if node in known else _found(node, known)
            asked.pop()
    return known[value]


def _givers(node: Node) -> list[Node]:
    """The arguments from which a value may have its order."""
    if node.op in DECLARED or len(node.axes) < 2:
        return []
    return [node.args[0]] if node.op in IN_PLACE else [arg for arg in node.args if set(node.names) <= set(arg.names)]


def _found(node: Node, known: Orders) -> Names | None:
    if node.op in DECLARED or len(node.axes) < 2:
        return node.names
    orders = [known[giver] for giver in _givers(node)]
    if node.op in IN_PLACE:
        return node.names if orders == [node.args[0].names] else None
    cut = {tuple(name for name in order if name in node.names) for order in orders if order is not None}
    return cut.pop() if len(cut) == 1 else None
