"""Graphs rewritten bottom-up by rules, with equal values made one on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from layerdsl.graph import Node, walk
from layerdsl.operators.build import build, made_for

Rule = Callable[[Node], "Node | None"]  # the node that takes the place of this one, if any


class Rewriter:
    """Applies rules to every node once its arguments are settled; equal nodes are shared."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._settled: dict[Node, Node] = {}
        self._shared: dict[object, Node] = {}

    def __call__(self, outputs: Iterable[Node]) -> tuple[Node, ...]:
        """The outputs rewritten."""
        outputs = tuple(outputs)
        for node in walk(outputs):
            self._settle(node)
        return tuple(self._settle(output) for output in outputs)

    def _settle(self, node: Node) -> Node:
        known = self._settled.get(node)
        if known is None:
            current = self._share(self._rebuilt(node))
            known = self._settled.get(current) or self._apply(current)
            self._settled[node] = self._settled[current] = self._settled[known] = known
        return known

    def _rebuilt(self, node: Node) -> Node:
        args = tuple(self._settle(arg) for arg in node.args)
        return node if args == node.args else rebuilt(node, args)

    def _apply(self, node: Node) -> Node:
        for rule in self._rules:
            with made_for(replace(node.origin, name="")):
                result = rule(node)
            if result is not None and result is not node:
                return self._settle(renamed(result, node))
        return node

    def _share(self, node: Node) -> Node:
        return self._shared.setdefault((node.op, node.args, node.attrs, frozenset(node.axes)), node)


def rebuilt(node: Node, args: tuple[Node, ...]) -> Node:
    """The same operator on other arguments."""
    with made_for(node.origin):
        return build(node.op, *args, **dict(node.attrs))


def renamed(result: Node, node: Node) -> Node:
    """What takes the place of a node takes its name, where it has none of its own."""
    if result.origin.name or not node.origin.name or result.op in ("bottom", "blob", "number", "cotangent"):
        return result
    return replace(result, origin=node.origin)
