"""Sums and products of a step put together anew: what does not depend on the step before comes together, and can leave.

`(x[t] + dot(h, w)) + b` is `dot(h, w) + (x[t] + b)`, of which the loop of a scan then has one addition.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce

from layerdsl.graph import Node, walk
from layerdsl.operators.build import build, made_for
from layerdsl.operators.rewrite import rebuilt

Nodes = tuple[Node, ...]


def gathered(outputs: Nodes) -> Nodes:
    """The nodes of a body with the terms and factors together that all steps know beforehand."""
    order = list(walk(outputs))
    moving = moving_of(order)
    users = Counter(arg for node in order for arg in node.args) + Counter(outputs)
    inner = {
        arg for node in order if node.op in ("add", "mul") for arg in node.args if _joins(arg, node, users, moving)
    }
    new: dict[Node, Node] = {}
    for node in order:
        if node in inner:
            continue  # a part of the sum or product that uses it
        terms = _terms(node, inner) if node.op in ("add", "mul") else []
        fixed = [term for term in terms if term not in moving]
        if len(fixed) > 1 and node in moving:
            new[node] = _together(node, [new[one] for one in fixed], [new[one] for one in terms if one in moving])
        else:
            new[node] = _again(node, new, inner)
    return tuple(new[output] for output in outputs)


def moving_of(order: list[Node]) -> set[Node]:
    """What depends on a carried value."""
    moving: set[Node] = set()
    for node in order:
        if node.op == "carried" or any(arg in moving for arg in node.args):
            moving.add(node)
    return moving


def _joins(arg: Node, node: Node, users: Counter[Node], moving: set[Node]) -> bool:
    return arg.op == node.op and users[arg] == 1 and arg in moving and arg.kind == node.kind == "real"


def _terms(node: Node, inner: set[Node]) -> list[Node]:
    found: list[Node] = []
    stack = [node]
    while stack:
        for arg in stack.pop().args:
            (stack if arg in inner and arg.op == node.op else found).append(arg)
    return found


def _together(node: Node, fixed: list[Node], moving: list[Node]) -> Node:
    with made_for(node.origin):
        known = reduce(lambda a, b: build(node.op, a, b), fixed)
        return build(node.op, reduce(lambda a, b: build(node.op, a, b), moving), known)


def _again(node: Node, new: dict[Node, Node], inner: set[Node]) -> Node:
    """The node on what its arguments became; those that are parts of it were left as they are."""
    for arg in node.args:
        if arg not in new:
            new[arg] = _again(arg, new, inner)
    args = tuple(new[arg] for arg in node.args)
    return node if args == node.args else rebuilt(node, args)
