"""The attributes that many operators have, with their types: `Node.attr` alone knows none.

An attribute means the same wherever it stands. Those of one family alone are read by functions of that family.
"""

from __future__ import annotations

from typing import cast

from layerdsl.graph.node import Axis, Node
from layerdsl.graph.size import Size


def over_of(node: Node) -> tuple[str, ...]:
    """`over`: the names of the axes that a reduction, a softmax or a contraction takes together."""
    return cast("tuple[str, ...]", node.attr("over"))


def axis_of(node: Node, which: str = "axis") -> Axis:
    """`axis`: the one along which an operator works; of what cuts or crops it is that of the value, `whole` the other.

    `which` names another attribute that is an axis, as `whole`, or `rows` of a matrix.
    """
    axis = node.attr(which)
    assert isinstance(axis, Axis)
    return axis


def axes_of(node: Node, which: str) -> tuple[Axis, ...]:
    """An attribute that is a tuple of axes, as `axes` of a leaf, `whole` of the array into which an index points."""
    return cast("tuple[Axis, ...]", node.attr(which))


def literal_of(node: Node) -> float:
    """`value` of a `number` that is no word."""
    return cast(float, node.attr("value"))


def renames_of(node: Node) -> tuple[tuple[str, Axis], ...]:
    """`axes` of a `rename`: the old name and the new axis of each that has another one."""
    return cast("tuple[tuple[str, Axis], ...]", node.attr("axes"))


def start_of(node: Node) -> Size:
    """`start` of what cuts out a stretch, or of what puts one back: its first place along the axis."""
    return cast(Size, node.attr("start"))


def stride_of(node: Node) -> int:
    """`step` of what cuts out a stretch, or of what puts one back: every so many places."""
    return cast(int, node.attr("step"))


def position_of(node: Node) -> Size:
    """`index` of `at` and `unat`: the one place along the axis."""
    return cast(Size, node.attr("index"))


def index_of(node: Node) -> int:
    """`index` of what there are several of: leaves in the body of a scan, results of one, tops of a layer used."""
    return cast(int, node.attr("index"))
