"""Convolutions on blobs as they lie: axes that are taken apart for them, or joined behind them, stay what they are, and
a bias is added by them.

Done when all else is, so that a value that others read as well is not computed twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, cast

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.attributes import axes_of, over_of
from layerdsl.operators.build import build
from layerdsl.operators.families.convolution import PARTS
from layerdsl.operators.families.layout import parts_of
from layerdsl.operators.families.windows import along_of, names_of
from layerdsl.operators.rewrite import Rewriter

#: The roles of the arguments, and of the value.
ROLES: Final = {
    "conv": (("picture", "weights"), "result"),
    "conv_back": (("result", "weights"), "picture"),
    "conv_weights": (("picture", "result"), "weights"),
}


def convolutions(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The rewrites of this module."""
    if not any(node.op in ROLES for node in walk(nodes)):
        return nodes
    nodes = Rewriter([_with_split])(nodes)
    nodes = Rewriter([_alone(nodes, _with_join)])(nodes)
    nodes = Rewriter([_alone(nodes, _with_bias)])(nodes)
    return Rewriter([_sum_of(nodes)])(nodes)


def _alone(nodes: Sequence[Node], rule: Callable[[Node, Node], Node | None]) -> Callable[[Node], Node | None]:
    """A rule for a node and the convolution among its arguments, which nobody else reads."""
    readers = Counter(arg for node in walk(nodes) for arg in node.args)
    readers.update(nodes)

    def applied(node: Node) -> Node | None:
        found = [arg for arg in node.args if arg.op in ROLES]
        return rule(node, found[0]) if len(found) == 1 and readers[found[0]] == 1 else None

    return applied


def _joined(node: Node) -> dict[str, Axis]:
    return dict(cast("tuple[tuple[str, Axis], ...]", dict(node.attrs).get("joined", ())))


def _again(node: Node, joined: dict[str, Axis], *args: Node) -> Node:
    attrs = {name: value for name, value in node.attrs if name != "joined"}
    return build(node.op, *args, **attrs, joined=tuple(sorted(joined.items())))


def _with_split(node: Node) -> Node | None:
    """Arguments whose axes were taken apart."""
    if node.op not in ROLES:
        return None
    joined, args = _joined(node), list(node.args)
    for i, role in enumerate(ROLES[node.op][0]):
        arg = args[i]
        if arg.op == "split" and len(parts_of(arg)) == 1 and parts_of(arg)[0][1] == _made_of(node, role):
            joined[role], args[i] = parts_of(arg)[0][0], arg.args[0]
    return _again(node, joined, *args) if tuple(args) != node.args else None


def _made_of(node: Node, role: str) -> tuple[Axis, ...]:
    return tuple(axis for part in PARTS[role] for axis in axes_of(node, part))


def _with_join(node: Node, conv: Node) -> Node | None:
    """A value whose axes are joined."""
    role = ROLES[conv.op][1]
    parts = parts_of(node) if node.op in ("join", "joined") else ()
    if len(parts) != 1 or parts[0][1] != _made_of(conv, role):
        return None
    return _again(conv, _joined(conv) | {role: parts[0][0]}, *conv.args)


def _with_bias(node: Node, conv: Node) -> Node | None:
    """A sum of a convolution and of what is the same for all pictures and places."""
    if node.op != "add" or conv.op != "conv" or len(conv.args) != 2:
        return None
    bias = next((arg for arg in node.args if arg is not conv), None)
    if bias is None or bias.static or bias.kind != "real" or not set(bias.names) <= _names_of_result(conv):
        return None
    return build("conv", *conv.args, bias, **dict(conv.attrs))


def _names_of_result(conv: Node) -> set[str]:
    joined = _joined(conv)
    return {joined["result"].name} if "result" in joined else {axis.name for axis in _made_of(conv, "result")}


def _sum_of(nodes: Sequence[Node]) -> Callable[[Node], Node | None]:
    """The gradient of a bias: what arrives at a convolution, summed over pictures and places."""
    seen = {node.args[1]: node for node in walk(nodes) if node.op == "conv_weights"}

    def rule(node: Node) -> Node | None:
        conv = seen.get(node.args[0]) if node.op == "sum" else None
        if conv is None or node.args[0].kind != "real":
            return None
        batch = [axis.name for axis in axes_of(conv, "batch")]
        lost = {*batch, *names_of(along_of(conv), "place")}
        left = set(node.args[0].names) - lost
        if set(over_of(node)) != lost or left != _names_of_result(conv):
            return None
        return build("conv_bias", node.args[0], **{name: value for name, value in conv.attrs if name != "outside"})

    return rule
