"""A value that is constant along an axis has nothing to choose there: `expand` moves out of what works along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import product
from layerdsl.operators.build import build, expand, number, size_of

Rule = Callable[[Node, Node], Node]  # (node, the value before its `expand`) -> the same with fewer axes


def outwards(node: Node) -> Node | None:
    """`max(expand(x), over=C)` is `x`, where `x` has no axis C."""
    if node.op not in RULES or node.args[0].op != "expand":
        return None
    return expand(RULES[node.op](node, node.args[0].args[0]), node.axes)


def _inner(node: Node, x: Node) -> tuple[str, ...]:
    """The axes taken together that the value has."""
    return tuple(name for name in cast("tuple[str, ...]", node.attr("over")) if name in x.names)


def _reduced(node: Node, x: Node) -> Node:
    inner = _inner(node, x)
    return build(node.op, x, over=inner) if inner else x


def _position(node: Node, x: Node) -> Node:
    """The first of equals."""
    return build(node.op, x, over=node.attr("over")) if _inner(node, x) else number(0)


def _product(node: Node, x: Node) -> Node:
    """Every factor as often as the axes that it lacks are long."""
    lacking = [a.size for a in node.args[0].axes if a.name in node.attr("over") and a.name not in x.names]  # type: ignore[operator]
    inner = _reduced(node, x)
    return build("pow", inner, build("real", size_of(product(lacking)))) if lacking else inner


def _selected(node: Node, x: Node) -> Node:
    if cast(Axis, node.attr("axis")).name not in x.names:
        return x
    return build(node.op, x, *node.args[1:], **dict(node.attrs))


def _renamed(node: Node, x: Node) -> Node:
    pairs = cast("tuple[tuple[str, Axis], ...]", node.attr("axes"))
    kept = tuple((old, new) for old, new in pairs if old in x.names)
    return build("rename", x, axes=kept) if kept else x


RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(("max", "min", "any", "all"), _reduced),
    **dict.fromkeys(("argmax", "argmin"), _position),
    **dict.fromkeys(("pick", "at", "slice"), _selected),
    "prod": _product,
    "rename": _renamed,
}
