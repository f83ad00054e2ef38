"""Which values of the forward the backward finds kept, and which it computes again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from layerdsl.graph import Node, is_big, walk
from layerdsl.plan.cost import KEEPING, VIEWS, cost

LEAVES = frozenset("number hyper isnone absent size phase bottom blob cotangent list coord of_shape".split())
ALWAYS_KEPT = frozenset({"draw", "blob"})


def kept(forward: Iterable[Node], backward: Iterable[Node], updated: frozenset[str]) -> tuple[Node, ...]:
    """The nodes of the forward that are kept, in the order in which the forward computes them."""
    known = list(walk(forward))
    shared = set(known)
    choice = Choice(updated)
    wanted = _read_by_backward(backward, shared)
    for node in sorted(wanted, key=choice.again):
        choice.decide(node)
    return tuple(node for node in known if node in choice.kept)


def _read_by_backward(backward: Iterable[Node], shared: set[Node]) -> list[Node]:
    """The values of the forward that the backward reads, each once."""
    backward = tuple(backward)
    read = [arg for node in walk(backward) if node not in shared for arg in node.args]
    return list(dict.fromkeys(node for node in (*read, *backward) if node in shared))


@dataclass
class Choice:
    """What is kept so far, and what is computed again: of that, more can be made at little cost."""

    updated: frozenset[str]
    kept: set[Node] = field(default_factory=set)
    redone: set[Node] = field(default_factory=set)

    def decide(self, node: Node) -> None:
        """Keep a value, or what it takes to compute it again."""
        if node in self.kept or node in self.redone or is_free(node, self.updated):
            return
        dear = not is_big(node.axes) or node.op in ALWAYS_KEPT or self.again(node) > KEEPING
        if dear and node.op not in VIEWS:
            self.kept.add(node)
            return
        self.redone.add(node)
        for arg in node.args:
            self.decide(arg)

    def again(self, node: Node) -> float:
        """What it costs to compute a value again, per element, from what is kept, redone anyway, or free."""
        total = 0.0
        seen: set[Node] = set()
        stack = [node]
        while stack:
            current = stack.pop()
            if current in seen or current in self.kept or current in self.redone or is_free(current, self.updated):
                continue
            if not is_big(current.axes) or set(current.names) < set(node.names):
                continue  # small enough to be kept beside it
            seen.add(current)
            total += cost(current.op)
            stack.extend(current.args)
        return total


def is_free(node: Node, updated: frozenset[str]) -> bool:
    """Known in the backward without anybody keeping it: blobs, numbers, coordinates; not a state that is updated."""
    if node.op == "blob" and node.attr("name") in updated:
        return False
    return node.static or node.op in LEAVES
