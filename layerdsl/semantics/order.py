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

#: What has an order by itself.
DECLARED: Final = frozenset({"bottom", "blob", "top"})

#: What puts other axes in place of those that its first argument has, or behind them.
IN_PLACE: Final = frozenset("rename slice split join pick inset pad window flip resize crop fold shift".split())


def in_order(value: Node, named: Mapping[str, int]) -> list[Axis]:
    """The axes of a value in the order that is told, else in that in which the layer first names them."""
    order = told_order(value)
    if order is None:
        return sorted(value.axes, key=lambda axis: named.get(axis.name, len(named)))
    return sorted(value.axes, key=lambda axis: order.index(axis.name))


def told_order(value: Node) -> Names | None:
    """The names of a value's axes in the order of a blob that gave it them all; None where that is none, or two."""
    return _told(value, {})


def _told(value: Node, known: dict[Node, Names | None]) -> Names | None:
    if value not in known:
        known[value] = _found(value, known)
    return known[value]


def _found(value: Node, known: dict[Node, Names | None]) -> Names | None:
    if value.op in DECLARED or len(value.axes) < 2:
        return value.names
    if value.op in IN_PLACE:
        source = value.args[0]
        return value.names if _told(source, known) == source.names else None
    having = [arg for arg in value.args if set(value.names) <= set(arg.names)]
    orders = [_told(arg, known) for arg in having]
    cut = {tuple(name for name in order if name in value.names) for order in orders if order is not None}
    return cut.pop() if len(cut) == 1 else None
