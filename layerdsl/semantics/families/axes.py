"""The axis that a function brings: `top_k(x, K, over=C)` and `one_hot(label, K=10)`."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import Size, Symbol, of
from layerdsl.semantics.builtin import Bound, Parameter
from layerdsl.semantics.names import need_present, size
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

NEW: Final = Parameter("axis", required=False)


def new_axis(scope: Scope, expr: tree.Call, bound: Bound, usage: str, after: str | None = None) -> Axis:
    """The axis that the second argument names: one of a blob, one as long as a hyper-parameter, or `K=10`."""
    given = [*bound.get("axis", []), *bound.get("*", [])]
    if len(given) != 1:
        message = f"`{expr.function}` needs the axis that it makes" if not given else "one axis is made, not several"
        raise fault("LD104", message, expr.span if not given else given[1].span, help=f"it is used as `{usage}`")
    (one,) = given
    if one.name is not None and one.name != "axis":
        return _sized(scope, one.name, size(scope, one.value), one.span, after)
    if not isinstance(one.value, tree.Name):
        remedy = f"name it: `{usage}`, or with its size, as in `K={one.value.span.on_one_line}`"
        raise fault("LD203", f"`{expr.function}` takes the name of an axis", one.value.span, help=remedy)
    return _named(scope, one.value, after)


def _named(scope: Scope, name: tree.Name, after: str | None) -> Axis:
    if name.value not in scope.axes and name.value in scope.hypers and scope.hypers[name.value].kind == "int":
        need_present(scope, name)
        return scope.add_axis(Axis(name.value, of(Symbol(name.value, "hyper"))), after)
    axes = scope.axis_named(name)
    if len(axes) != 1 or axes[0].star:
        raise fault("LD206", f"`{name.value}` is a group of axes and has no places", name.span)
    return axes[0]


def _sized(scope: Scope, name: str, length: Size, span: Span, after: str | None) -> Axis:
    known = scope.axes.get(name)
    if known is not None and len(known) == 1:
        scope.require_equal(known[0].size, length, name, span)
        return known[0]
    return scope.add_axis(Axis(name, length), after)


def free_of(axis: Axis, x: Node, span: Span) -> None:
    """A new axis may not be one that the value keeps."""
    if axis.name in x.names:
        remedy = suggestion(axis.name, ()) or "give it another name, as in `K=5`"
        raise fault("LD207", f"the value has axis `{axis.name}` already", span, help=remedy)
