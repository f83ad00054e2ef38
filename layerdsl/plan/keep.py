"""Which values of the forward the backward finds kept, and which it computes again."""

from __future__ import annotations

from collections.abc import Iterable

from layerdsl.graph import Node, is_big, walk
from layerdsl.plan.cost import KEEPING, VIEWS, cost

LEAVES = frozenset({"number", "hyper", "isnone", "size", "phase", "bottom", "blob", "cotangent", "list", "coord"})


def kept(forward: Iterable[Node], backward: Iterable[Node], updated: frozenset[str]) -> tuple[Node, ...]:
    """The nodes of the forward that are kept, in the order in which the forward computes them."""
    known = list(walk(forward))
    shared = set(known)
    chosen: set[Node] = set()
    for node in walk(backward):
        if node in shared:
            continue
        for arg in node.args:
            _choose(arg, shared, chosen, updated)
    for node in backward:
        _choose(node, shared, chosen, updated)
    return tuple(node for node in known if node in chosen)


def _choose(node: Node, shared: set[Node], chosen: set[Node], updated: frozenset[str]) -> None:
    """Keep a value of the forward that the backward uses, or what it takes to compute it again."""
    if node not in shared or node in chosen or is_free(node, updated):
        return
    if node.op in VIEWS:
        _choose(node.args[0], shared, chosen, updated)
    elif not is_big(node.axes) or node.op in ("draw", "blob") or again(node, chosen, updated) > KEEPING:
        chosen.add(node)
    else:
        for arg in node.args:
            _choose(arg, shared, chosen, updated)


def is_free(node: Node, updated: frozenset[str]) -> bool:
    """Known in the backward without anybody keeping it: blobs, numbers, coordinates; not a state that is updated."""
    if node.op == "blob" and node.attr("name") in updated:
        return False
    return node.static or node.op in LEAVES


def again(node: Node, chosen: set[Node], updated: frozenset[str]) -> float:
    """What it costs to compute a value again, per element, from what is kept or free."""
    total = 0.0
    seen: set[Node] = set()
    stack = [node]
    while stack:
        current = stack.pop()
        if current in seen or current in chosen or is_free(current, updated):
            continue
        if not is_big(current.axes) or set(current.names) < set(node.names):
            continue  # small enough to be kept beside it
        seen.add(current)
        total += cost(current.op)
        stack.extend(current.args)
    return total
