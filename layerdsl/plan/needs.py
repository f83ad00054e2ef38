"""For whom a value is computed: for which bottoms' diffs, and under which conditions of the set-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from layerdsl.graph import Node
from layerdsl.plan.schedule import Given, source

Needs = frozenset[str]


def needs(nodes: Iterable[Node], stores: Iterable[Node]) -> dict[Node, Needs | None]:
    """Per node the bottoms whose diffs need it; None where something needs it that is always computed."""
    found: dict[Node, Needs | None] = {}
    for store in stores:
        own = store.attr("kind") == "bottom_diff"
        found[store] = frozenset([str(store.attr("name"))]) if own else None
    for node in reversed(list(nodes)):
        mine = found.setdefault(node, None)
        for arg in node.args:
            target = source(arg)
            known = found.get(target, frozenset())
            found[target] = None if mine is None or known is None else known | mine
    return found


def givens(nodes: Iterable[Node], outputs: Mapping[Node, Given]) -> dict[Node, Given]:
    """Per node the conditions that hold wherever it is used; `outputs` come with those under which they are wanted."""
    found: dict[Node, Given] = dict(outputs)
    for node in reversed(list(nodes)):
        mine = found.setdefault(node, ())
        for i, arg in enumerate(node.args):
            path = mine
            if node.op == "select" and i > 0:
                path = (*mine, (node.args[0], i == 1))
            target = source(arg)
            found[target] = _common(found[target], path) if target in found else path
    return found


def _common(a: Given, b: Given) -> Given:
    return tuple(condition for condition in a if condition in b)
