"""Graphs rewritten bottom-up by rules, with equal values made one on the way."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace

from layerdsl.graph import Node, Origin, walk
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

    def _settle(self, output: Node) -> Node:
        """What a node becomes. What that takes is put on a stack, as graphs are deeper than Python lets calls be."""
        tasks = [self._task(output)]
        answer: Node | None = None
        while tasks:
            try:
                wanted = tasks[-1].send(answer)
            except StopIteration as done:
                answer = done.value
                tasks.pop()
                continue
            answer = self._settled.get(wanted)
            if answer is None:
                tasks.append(self._task(wanted))
        assert answer is not None
        return answer

    def _task(self, node: Node) -> Generator[Node, Node | None, Node]:
        """Settles a node; what it yields has to be settled first, and is sent back as what it became."""
        known = self._settled.get(node)
        if known is not None:
            return known
        args: list[Node] = []
        for arg in node.args:
            args.append((yield arg) or arg)
        current = self._share(node if tuple(args) == node.args else rebuilt(node, tuple(args)))
        known = self._settled.get(current)
        if known is None:
            changed = self._changed(current)
            known = current if changed is None else ((yield changed) or changed)
        self._settled[node] = self._settled[current] = self._settled[known] = known
        return known

    def _changed(self, node: Node) -> Node | None:
        """What the first rule that fits makes of a node."""
        with made_for(_nameless(node.origin)):
            for rule in self._rules:
                result = rule(node)
                if result is not None and result is not node:
                    return renamed(result, node)
        return None

    def _share(self, node: Node) -> Node:
        return self._shared.setdefault((node.op, node.args, node.attrs, frozenset(node.axes)), node)


def _nameless(origin: Origin) -> Origin:
    return Origin(origin.span, "", origin.of) if origin.name else origin


def rebuilt(node: Node, args: tuple[Node, ...]) -> Node:
    """The same operator on other arguments."""
    with made_for(node.origin):
        return build(node.op, *args, **dict(node.attrs))


def renamed(result: Node, node: Node) -> Node:
    """What takes the place of a node takes its name, where it has none of its own."""
    if result.origin.name or not node.origin.name or result.op in ("bottom", "blob", "number", "cotangent"):
        return result
    return replace(result, origin=node.origin)
