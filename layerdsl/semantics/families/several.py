"""Any number of blobs under one name: joined along an axis when they are read, cut along one when they are written."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axis_of
from layerdsl.operators.build import build
from layerdsl.semantics.builtin import OVER, Bound, Builtin, Parameter, X, argument, one_axis
from layerdsl.semantics.declarations import bottom_node
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree


def joined_bottoms(scope: Scope, argument: tree.Argument, axis: str) -> Node | None:
    """`concat(xs, over=C)` of any number of bottoms, which may differ along that axis; None for any other value."""
    name = argument.value
    known = scope.values.get(name.value) if isinstance(name, tree.Name) and name.value in scope.joined else None
    if isinstance(known, Node):
        return known
    if not isinstance(name, tree.Name) or name.value not in scope.several:
        return None
    blob = scope.several[name.value]
    own = [extent.axis for extent in blob.extents if extent.axis is not None and not extent.star]
    axis = next((one.name for one in scope.axes.get(axis, ())), axis)
    if axis not in [one.name for one in own if isinstance(one, Axis)]:
        label = f"each of `{blob.name}` is `{blob.written}`"
        raise fault("LD203", f"the blobs have no axis `{axis}` along which to lie", argument.span, label)
    return bottom_node(blob, axis)


def _parts(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = argument(scope, bound, "x")
    axis = one_axis(scope, expr, bound, x)
    points: str | tuple[float, ...] = ""
    name = bound["at"][0].value if "at" in bound else None
    if isinstance(name, tree.Name) and name.value in scope.lists:
        points = scope.lists[name.value]
    elif name is not None:
        declared = scope.hypers.get(name.value) if isinstance(name, tree.Name) else None
        if declared is None or declared.kind != "list" or declared.element != "int":
            raise fault("LD303", "`at` takes a hyper-parameter that is a `list[int]`", name.span)
        points = declared.name
    return build("parts", x, axis=axis, points=points)


def cut_at(parts: Node) -> str:
    """The name of the axis that `parts` cuts."""
    return axis_of(parts).name


def cotangent(scope: Scope, top: tree.Name) -> Node:
    """What arrives at any number of tops: one value with their axis, or the whole that was cut."""
    name, value = scope.blob_name(top.value), scope.values.get(top.value)
    if not isinstance(value, Node):
        remedy = f"what arrives at any number of tops is known once `{top.value} = ...` stands"
        raise fault("LD101", f"top `{top.value}` has no value yet", top.span, help=remedy)
    joined, held = (cut_at(value), value.args[0]) if value.op == "parts" else ("", value)
    there = {axis.name: axis for axis in held.axes}
    axes = tuple(there.get(axis.name, axis) for axis in scope.tops[top.value])
    if not joined:
        own = scope.stacks[top.value]
        axes = (next((one for one in scope.stacks.values() if one.name in there and one != own), own), *axes)
    if scope.inside is not None:
        return build("cotangent", name=name, axes=axes)
    return build("cotangents", name=name, axes=axes, joined=joined)


AT: Final = Parameter("at", required=False, keyword_only=True)

SEVERAL: Final = (("parts", Builtin("parts(x, over=C)", (X, OVER, AT), _parts)),)
