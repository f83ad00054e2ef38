"""Differences of a value and itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.graph import Node
from layerdsl.lints.fed import fed
from layerdsl.lints.warn import warning
from layerdsl.operators.body import walk_deep
from layerdsl.source import Diagnostic, Span

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def same_sides(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD804: `x - x`, which is meant to compare each with each, or by a slip of the pen."""
    outputs = [node for _, node in (*layer.graph.outputs, *layer.graph.updates, *layer.graph.overrides)]
    data, said = fed(outputs), set[Span]()
    for node in walk_deep(outputs):
        side, place = _side(node), node.origin.place
        if side and place is not None and place not in said and node in data and not _drawn(node):
            said.add(place)
            axis = next((name for name in node.names if name.isidentifier()), "N")
            other = next((name for name in "MPQABDE" if name not in node.names), f"{axis}2")
            yield warning(
                "LD804", f"`{side} - {side}` is 0 whatever the data is", place, help=EACH.format(side, axis, other)
            )


EACH: Final = "each against each of an axis is `{0} - rename({0}, {1}={2})`; for zeros write `0`"
LONG: Final = 20


def _side(node: Node) -> str:
    """What stands on both sides of the minus of a difference; `x` for something long, nothing where they differ."""
    alike = node.op == "sub" and _alike(*node.args)
    text = node.origin.place.on_one_line if alike and node.origin.place else ""
    sides = ((text[:i].strip(), text[i + 1 :].strip()) for i, letter in enumerate(text) if letter == "-")
    same = next((left for left, right in sides if left == right), "")
    return same if len(same) < LONG else "x"


def _alike(a: Node, b: Node) -> bool:
    """Whether two values are one, or written alike; what a function was given twice is one and not written so."""
    written = [one.origin.place.on_one_line for one in (a, b) if one.origin.place is not None]
    return a is b or (len(written) == 2 and written[0] == written[1])


def _drawn(node: Node) -> bool:
    """Whether both sides are drawn, each for itself."""
    return node.args[0] is not node.args[1] and any(one.op == "draw" for arg in node.args for one in walk_deep([arg]))
