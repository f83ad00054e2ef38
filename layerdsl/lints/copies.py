"""Tops that are the same along an axis: a value that lacks an axis of its top is filled with copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.graph import Axis, LayerGraph, Node
from layerdsl.lints.warn import listed, warning
from layerdsl.operators.body import walk_deep
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer

Lacking = tuple[str, Axis]  # a top, and an axis of it that its value does not have

LEAVES: Final = frozenset({"bottom", "bottoms", "blob"})
LONG: Final = 40
#: Operators that stand between a value and its top and compute nothing.
SEEN_THROUGH: Final = frozenset({"expand", "real", "stop"})


def copied(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD212: an axis of a top along which its value was summed, or that was forgotten where weights are.

    A value that never had the axis, and is no product with weights, is repeated on purpose, as by Caffe's Tile.
    """
    for (top, axis), value in _fillings(layer.graph).items():
        sources = [node for node in walk_deep([value]) if node.op in LEAVES]
        had = _names([node for node in sources if axis.name in node.names])
        learned = _names(
            [arg for node in walk_deep([value]) if node.op == "dot" for arg in node.args if arg.op == "blob"]
        )
        if had:
            yield _said(top, axis, value, f"which {listed(had)} {'has' if len(had) == 1 else 'have'}", REMEDY)
        elif learned:
            yield _said(
                top, axis, value, f"which {listed(learned)} {'lacks' if len(learned) == 1 else 'lack'}", WEIGHTS
            )


def _fillings(graph: LayerGraph) -> dict[Lacking, Node]:
    """The axes of tops that their values do not have."""
    outputs = dict(graph.outputs)
    return {(top.name, axis): value for top in graph.tops if top.several is None
            for value in _values(outputs[top.name]) for axis in top.axes if axis.name not in value.names}  # fmt: skip


def _values(node: Node) -> Iterator[Node]:
    """What a top is made of, in each branch, before it is filled."""
    if node.op == "select":
        for branch in node.args[1:]:
            yield from _values(branch)
    elif node.op in SEEN_THROUGH:
        yield from _values(node.args[0])
    else:
        yield node


def _names(leaves: list[Node]) -> list[str]:
    return list(dict.fromkeys(str(leaf.attr("name")) for leaf in leaves))


def _said(top: str, axis: Axis, value: Node, why: str, remedy: str) -> Diagnostic:
    note = f"a value without `{axis.name}` is filled with copies"
    message = f"top `{top}` is the same along `{axis.name}`, {why}"
    return warning("LD212", message, value.origin.span, _lost(axis, value), note, help=remedy.format(axis.name))


REMEDY: Final = (
    "see whether an `over=` names `{0}` for nothing; where one value is meant for all, leave `{0}` out of the top"
)
WEIGHTS: Final = "give the weights an axis `{0}`; where one value is meant for all, leave `{0}` out of the top"


def _lost(axis: Axis, value: Node) -> str:
    """Where the axis goes, in words; empty where it never was."""
    for node in walk_deep([value]):
        if axis.name not in node.names and any(axis.name in arg.names for arg in node.args):
            return f"{_written(node)} takes `{axis.name}` away"
    return ""


def _written(node: Node) -> str:
    place = node.origin.place
    text = place.on_one_line if place is not None else ""
    return f"`{text}`" if 0 < len(text) <= LONG else "this"
