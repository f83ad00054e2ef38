"""Any number of blobs under one name: joined along an axis when they are read, cut along one when they are written."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.operators.build import build
from layerdsl.semantics.builtin import OVER, Bound, Builtin, Parameter, X, argument, one_axis
from layerdsl.semantics.declarations import bottom_node
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree


def joined_bottoms(scope: Scope, argument: tree.Argument, axis: str) -> Node | None:
    """`concat(xs, over=C)` of any number of bottoms, which may differ along that axis; None for any other value."""
    name = argument.value
    if not isinstance(name, tree.Name) or name.value not in scope.several:
        return None
    blob = scope.several[name.value]
    own = [extent.axis for extent in blob.extents if extent.axis is not None and not extent.star]
    if axis not in [one.name for one in own if isinstance(one, Axis)]:
        label = f"each of `{blob.name}` is `{blob.written}`"
        raise fault("LD203", f"the blobs have no axis `{axis}` along which to lie", argument.span, label)
    return bottom_node(blob, axis)


def _parts(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = argument(scope, bound, "x")
    axis = one_axis(scope, expr, bound, x)
    points = ""
    if "at" in bound:
        name = bound["at"][0].value
        declared = scope.hypers.get(name.value) if isinstance(name, tree.Name) else None
        if declared is None or declared.kind != "list" or declared.element != "int":
            raise fault("LD303", "`at` takes a hyper-parameter that is a `list[int]`", name.span)
        points = declared.name
    return build("parts", x, axis=axis, points=points)


AT: Final = Parameter("at", required=False, keyword_only=True)

SEVERAL: Final = (("parts", Builtin("parts(x, over=C)", (X, OVER, AT), _parts)),)
