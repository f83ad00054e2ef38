"""Axes that have two names: what is stored under one is computed under the other, where all else is.

    a_diff = v              v: [N, S]
    b_diff = -rename(v)     [N, T]

The second is computed as `-v`, in one loop with the first, and `b` is seen as `[N, S]` while it is written.
"""

from __future__ import annotations

from typing import Union

from layerdsl.graph import Axis, Node, Program
from layerdsl.graph.attributes import renames_of
from layerdsl.operators.build import build, made_for
from layerdsl.operators.families.layout import parts_of
from layerdsl.operators.rewrite import Rewriter
from layerdsl.operators.types import ELEMENTWISE
from layerdsl.plan.order import Order

Names = dict[str, Axis]  # what an axis is called outside -> the axis inside


def with_inner_names(program: Program, order: Order, turned: frozenset[str]) -> Program:
    """The program with outputs under the names that their values have; `turned` are blobs that are left alone, as are
    those of any number, which are written under their own."""
    layer = program.layer
    turned |= {blob.name for blob in (*layer.bottoms, *layer.tops) if blob.several is not None}
    program = program.with_nodes(Rewriter([renaming])((*program.forward, *program.backward)))
    kinds = (program.tops, program.updates, program.bottom_diffs, program.blob_diffs)
    named = [pair for kind in kinds for pair in kind]
    return program.with_nodes(tuple(node if name in turned else _seen(node, order) for name, node in named))


def renaming(node: Node) -> Node | None:
    """Axes joined or split of which each is made of one alone are renamed."""
    if node.op not in ("join", "split") or any(len(parts) > 1 for _, parts in parts_of(node)):
        return None
    pairs = [(axis.name, part) if node.op == "split" else (part.name, axis) for axis, (part,) in parts_of(node)]
    return build("rename", node.args[0], axes=tuple(pairs))


def _seen(node: Node, order: Order) -> Node:
    """An output without the rename that all of it has been through, if its memory is the same."""
    inner = inner_piece(node, order)
    return node if inner is None else inner[0]


def inner_piece(node: Node, order: Order) -> tuple[Node, Names] | None:
    """The value before the rename that all of it has been through, and its names; None where its memory is another."""
    names = _names(node)
    inner = _without(node, names) if names else None
    if inner is None or inner.op not in ELEMENTWISE or len(inner.axes) != len(node.axes):
        return None
    before = tuple(names.get(axis.name, axis) for axis in order(node.axes))
    return (inner, names) if order(inner.axes) == before else None


def _names(node: Node) -> Names:
    """The names of the first rename in a value that is computed element by element."""
    while node.op in ELEMENTWISE and node.args:
        node = next((arg for arg in node.args if not arg.static), node.args[0])
    if node.op != "rename":
        return {}
    held = {axis.name: axis for axis in node.args[0].axes}
    return {new.name: held[old] for old, new in renames_of(node) if old in held}


def _without(node: Node, names: Names) -> Union[Node, None]:
    """A value that is computed element by element from what has been renamed in this way; None where it is not."""
    if node.static or not node.axes:
        return node
    if node.op == "rename":
        return node.args[0] if _names(node) == names else None
    if node.op not in ELEMENTWISE:
        return None
    args = [_without(arg, names) for arg in node.args]
    with made_for(node.origin):
        return None if None in args else build(node.op, *(arg for arg in args if arg), **dict(node.attrs))
