"""Where the value of a pick is used at all: an index may lie outside its axis where a mask discards what it picks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from layerdsl.graph import Node, walk
from layerdsl.operators.build import build
from layerdsl.operators.rewrite import Rewriter, Rule

Masks = frozenset[tuple[Node, bool]]  # conditions, and whether they have to hold or not


def masks(outputs: Sequence[Node]) -> dict[Node, Masks]:
    """Per node the conditions without which nobody uses it."""
    found: dict[Node, Masks] = {output: frozenset() for output in outputs}
    for node in reversed(list(walk(outputs))):
        for i, arg in enumerate(node.args):
            path = found[node] | _of_branch(node, i)
            found[arg] = found[arg] & path if arg in found else path
    return found


def _of_branch(node: Node, i: int) -> Masks:
    if node.op in ("where", "gate") and i > 0:
        return frozenset([(node.args[0], i == 1)])
    return frozenset()


def told_where_used(nodes: tuple[Node, ...], count: int) -> tuple[Node, ...]:
    """The nodes, every pick with the mask of the places where its value matters to the first `count` of them.

    A pick from another pick is a new node when that one has its mask, and gets its own in the next round.
    """
    while True:
        told = Rewriter([_with_mask(nodes[:count])])(nodes)
        if told == nodes:
            return nodes
        nodes = told


def _with_mask(outputs: Sequence[Node]) -> Rule:
    found = masks(outputs)

    def rule(node: Node) -> Node | None:
        if node.op != "pick" or len(node.args) > 2:
            return None
        fitting = [mask for mask in found.get(node, ()) if set(mask[0].names) <= set(node.names) and not mask[0].static]
        if not fitting:
            return None
        ordered = sorted(fitting, key=lambda mask: (len(mask[0].names), mask[1]))
        tests = [test if holds else build("not", test) for test, holds in ordered]
        used = reduce(lambda a, b: build("and", a, b), tests)
        return build("pick", *node.args, used, axis=node.attr("axis"))

    return rule
