"""What is decided without looking at the data moves outwards, out of what looks at it.

A value that is constant along an axis has nothing to choose there: `expand` moves out of what works along axes. A
choice made at set-up of which one outcome is 0 moves out of everything linear: what belongs to the other outcome alone
is then computed only where that is the case, which matters where a derivative may be infinite, or made with a
hyper-parameter that is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from layerdsl.graph import Node
from layerdsl.graph.attributes import axis_of, over_of, renames_of
from layerdsl.graph.size import product
from layerdsl.operators.build import build, expand, is_number, number, size_of
from layerdsl.operators.kernel import KERNELS

Rule = Callable[[Node, Node], Node]  # (node, the value before its `expand`) -> the same with fewer axes


def outwards(node: Node) -> Node | None:
    """`max(expand(x), over=C)` is `x`, if `x` has no axis C; `(x if train else 0) * w` is `x * w if train else 0`."""
    if node.op in RULES and node.args[0].op == "expand":
        return expand(RULES[node.op](node, node.args[0].args[0]), node.axes)
    if node.op in ("add", "sub") and all(arg.op == "select" for arg in node.args):
        return _both_chosen(node)
    if node.op == "select":
        return _in_order(node)
    return _chosen(node) if node.op in LINEAR or node.op in KERNELS else None


def vanishing(node: Node) -> Node | None:
    """What is linear in a 0 is 0."""
    linear = KERNELS[node.op].linear if node.op in KERNELS else LINEAR.get(node.op, ())
    if not node.static and any(_is_zero(node.args[i]) for i in linear):
        return expand(number(0.0), node.axes)
    return None


def _in_order(node: Node) -> Node | None:
    """Of two choices inside each other the one that the user wrote first is outside, so that others can join it."""
    test, *outcomes = node.args
    if not any(map(_is_zero, outcomes)):
        return None
    for i, inner in enumerate(outcomes):
        if inner.op == "select" and any(map(_is_zero, inner.args[1:])) and _written(inner.args[0]) < _written(test):
            yes, no = (value if _is_zero(value) else _with(node, i + 1, value) for value in inner.args[1:])
            return expand(build("select", inner.args[0], yes, no), node.axes)
    return None


def _written(test: Node) -> float:
    span = test.origin.span
    return math.inf if span is None else span.start


def _both_chosen(node: Node) -> Node | None:
    (test, a, b), (other, c, d) = (arg.args for arg in node.args)
    if test is not other:
        return None
    return expand(build("select", test, build(node.op, a, c), build(node.op, b, d)), node.axes)


def _chosen(node: Node) -> Node | None:
    for i in KERNELS[node.op].linear if node.op in KERNELS else LINEAR[node.op]:
        if node.args[i].op == "select" and not node.static:
            test, *outcomes = node.args[i].args
            if any(map(_is_zero, outcomes)):
                yes, no = (number(0.0) if _is_zero(value) else _with(node, i, value) for value in outcomes)
                return expand(build("select", test, yes, no), node.axes)
    return None


def _with(node: Node, i: int, value: Node) -> Node:
    """The node with another argument, which has all axes where these are more to it than a broadcast."""
    value = expand(value, node.args[i].axes) if node.op in KERNELS else value
    return build(node.op, *node.args[:i], value, *node.args[i + 1 :], **dict(node.attrs))


def _is_zero(node: Node) -> bool:
    return is_number(node.args[0] if node.op == "expand" else node, 0)


def _inner(node: Node, x: Node) -> tuple[str, ...]:
    """The axes taken together that the value has."""
    return tuple(name for name in over_of(node) if name in x.names)


def _reduced(node: Node, x: Node) -> Node:
    inner = _inner(node, x)
    return build(node.op, x, over=inner) if inner else x


def _position(node: Node, x: Node) -> Node:
    """The first of equals."""
    return build(node.op, x, over=node.attr("over")) if _inner(node, x) else number(0)


def _product(node: Node, x: Node) -> Node:
    """Every factor as often as the axes that it lacks are long."""
    lacking = [a.size for a in node.args[0].axes if a.name in over_of(node) and a.name not in x.names]
    inner = _reduced(node, x)
    return build("pow", inner, build("real", size_of(product(lacking)))) if lacking else inner


def _selected(node: Node, x: Node) -> Node:
    if axis_of(node).name not in x.names:
        return x
    return build(node.op, x, *node.args[1:], **dict(node.attrs))


def _renamed(node: Node, x: Node) -> Node:
    pairs = renames_of(node)
    kept = tuple((old, new) for old, new in pairs if old in x.names)
    return build("rename", x, axes=kept) if kept else x


RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(("max", "min", "any", "all"), _reduced),
    **dict.fromkeys(("argmax", "argmin"), _position),
    **dict.fromkeys(("pick", "at", "slice"), _selected),
    "prod": _product,
    "rename": _renamed,
}

# The arguments in which an operator is linear.
LINEAR: Final[dict[str, tuple[int, ...]]] = {
    **dict.fromkeys(("neg", "div", "real", "sum", "mean"), (0,)),
    **dict.fromkeys(("scatter", "pick", "rename", "slice", "unslice", "at", "unat"), (0,)),
    **dict.fromkeys(("mul", "dot"), (0, 1)),
    "gate": (1,),
}
