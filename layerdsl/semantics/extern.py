"""Calls of functions of Python: `extern def greedy(score: [N, M], limit=0.5) -> index(M) [N] from matching`."""

from __future__ import annotations

from typing import cast

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import ONE
from layerdsl.operators.build import build
from layerdsl.semantics.declarations import two_groups
from layerdsl.semantics.expressions import formula
from layerdsl.semantics.functions import bind_arguments, bind_axes, is_unseen
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree

Arguments = tuple[tuple[tuple[str, ...], str], ...]


def outside(scope: Scope, expr: tree.Call, declared: tree.Extern) -> Node:
    """The value that a function of Python gives."""
    _check_place(scope, expr)
    given = bind_arguments(expr, declared)
    inner = Scope(scope.collected, calls=(*scope.calls, cast(tree.Function, declared)), given=scope.given)
    args: list[Node] = []
    how: list[tuple[tuple[str, ...], str]] = []
    for argument, default in zip(declared.arguments, declared.defaults, strict=True):
        there = given.get(argument.name.value)
        value = formula(scope, there.value) if there is not None else formula(inner, cast(tree.Expr, default))
        args.append(value)
        how.append(_handed_over(inner, argument, value, there))
    axes = _result(scope, inner, declared)
    scope.collected.draws += 1
    return build(
        "extern",
        *args,
        module=declared.module,
        function=declared.name.value,
        axes=axes,
        kind="index" if declared.result.qualifier == "index" else "real",
        most=_most(inner, declared.result),
        arguments=tuple(how),
        number=scope.collected.draws,
    )


def _check_place(scope: Scope, expr: tree.Call) -> None:
    remedy = f"give its value a name in the forward: `a = {expr.function}(...)`"
    if scope.in_gradient:
        raise fault("LD309", "a gradient calls no function of Python", expr.span, help=remedy)


def _handed_over(
    inner: Scope, argument: tree.BlobDecl, value: Node, there: tree.Argument | None
) -> tuple[tuple[str, ...], str]:
    """The axes of an argument in the order in which the function gets them, and as what it gets them."""
    place = argument.span if there is None else there.value.span
    name = argument.name.value
    if argument.type is None:
        if value.axes:
            remedy = f"declare its axes: `{name}: {inner.listed(value)}`"
            message = f"argument `{name}` is declared without axes, so it is one number"
            raise fault("LD204", message, place, f"this value has axes `{inner.listed(value)}`", help=remedy)
        return (), "" if value.static else "number"
    if argument.type.qualifier == "index" and value.kind != "index":
        label = "this value may have a fraction"
        raise fault("LD307", f"argument `{name}` is whole numbers", place, label, help="round: `round(x)`, `floor(x)`")
    bind_axes(inner, argument, value, place)
    names = tuple(axis.name for one in argument.type.axes if not is_unseen(one) for axis in _bound(inner, one, value))
    kind = "whole" if argument.type.qualifier == "index" else "bool" if value.kind == "bool" else "real"
    return names, kind


def _bound(inner: Scope, declared: tree.AxisDecl, value: Node) -> tuple[Axis, ...]:
    """The axes of the value that a declared one is."""
    if declared.name is not None:
        return inner.axes[declared.name]
    assert declared.size is not None
    length = size(inner, declared.size)
    return tuple(axis for axis in value.axes if axis.size == length)[:1]


def _result(scope: Scope, inner: Scope, declared: tree.Extern) -> tuple[Axis, ...]:
    stars = [axis for axis in declared.result.axes if axis.star]
    if len(stars) > 1:
        raise two_groups(stars[1])
    return tuple(axis for one in declared.result.axes for axis in _result_axes(scope, inner, one))


def _result_axes(scope: Scope, inner: Scope, axis: tree.AxisDecl) -> tuple[Axis, ...]:
    """The axes that one of the declaration is: those of an argument, or one of a stated size."""
    if axis.size is None or axis.name in inner.axes:
        return inner.axis_named(tree.Name(axis.name or "", axis.span))
    length = size(inner, axis.size)
    if axis.name is None and length == ONE:
        return ()
    known = scope.axes.get(axis.name or "", ())
    if len(known) == 1:
        scope.require_equal(known[0].size, length, known[0].name, axis.span)
        return known
    return (scope.add_axis(Axis(axis.name or str(length), length)),)


def _most(inner: Scope, result: tree.BlobType) -> object:
    """How many places there are of which the result names one, where it says so."""
    if result.qualifier != "index" or result.index_of is None:
        return None
    (axis,) = inner.axis_named(result.index_of)
    return axis.size
