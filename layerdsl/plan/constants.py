"""Values that depend on shapes and hyper-parameters alone: computed once in `reshape()`, and there ever after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layerdsl.graph import Node, Program, walk
from layerdsl.operators.build import build, made_for
from layerdsl.operators.rewrite import Rewriter
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.naming import own_name
from layerdsl.plan.schedule import source

# What makes a value one of the shape: coordinates, and lists along an axis.
SEEDS = frozenset({"coord", "list"})
NEVER = frozenset({"draw", "places", "store", "store_each", "bottoms", "cotangents", "scan", "result", "expand"})


@dataclass(frozen=True)
class Constants:
    """`program` without the values of the shape: in their places are leaves, by the value that each stands for."""

    program: Program
    leaves: Mapping[Node, Node]


def constants(program: Program) -> Constants:
    """Takes the largest values that depend on nothing but the shape out of a program."""
    outputs = (*program.forward, *program.backward)
    fixed = _fixed(outputs)
    found = [node for node in _frontier(outputs, fixed) if node.op not in SEEDS | VIEWS and not node.static]
    leaves = {node: _leaf(node, i) for i, node in enumerate(found, 1)}
    if not leaves:
        return Constants(program, leaves)
    return Constants(program.with_nodes(Rewriter([leaves.get])(outputs)), leaves)


def _fixed(outputs: tuple[Node, ...]) -> set[Node]:
    found: set[Node] = set()
    for node in walk(outputs):
        inner = bool(node.args) and node.op not in NEVER and all(arg in found or arg.static for arg in node.args)
        if node.op in SEEDS or node.op == "file" or (inner and any(arg in found for arg in node.args)):
            found.add(node)
    return found


def _frontier(outputs: tuple[Node, ...], fixed: set[Node]) -> list[Node]:
    """The fixed values that something else looks at, each once."""
    looked_at = [arg for node in walk(outputs) if node not in fixed for arg in node.args]
    return list(dict.fromkeys(source(node) for node in (*looked_at, *outputs) if source(node) in fixed))


def _leaf(node: Node, number: int) -> Node:
    name = own_name(node.origin.name) or f"{node.op}_{number}"
    name = name if name.endswith(str(number)) else f"{name}_{number}"
    with made_for(node.origin):
        return build("of_shape", name=name, axes=node.axes, kind=node.kind)
