"""`sort`, `argsort`, `rank`, `top_k`, `argtop_k`, `median`: the order of values along an axis."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import ONE, product, whole
from layerdsl.operators.build import build, size_of
from layerdsl.operators.families.labels import gather
from layerdsl.semantics.builtin import (
    OVER,
    Bound,
    Builder,
    Builtin,
    Parameter,
    X,
    argument,
    one_axis,
    over_axes,
    switch,
)
from layerdsl.semantics.conditions import require
from layerdsl.semantics.families.axes import NEW, free_of, new_axis
from layerdsl.semantics.scope import Scope
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

REVERSE: Final = Parameter("reverse", required=False, keyword_only=True)
LAST: Final = Parameter("last", required=False, keyword_only=True)
TOP: Final = "top_k(x, K, over=C)"


def _order(bound: Bound, x: Node, axis: Axis) -> Node:
    """All places along an axis, in the order that a call asks for."""
    asked = {"reverse": switch(bound, "reverse"), "last": switch(bound, "last")}
    return build("argsort", x, along=(axis,), axis=axis, start=whole(0), **asked)


def _argsort(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = argument(scope, bound, "x")
    return _order(bound, x, one_axis(scope, expr, bound, x))


def _sort(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = argument(scope, bound, "x")
    axis = one_axis(scope, expr, bound, x)
    return gather(x, _order(bound, x, axis), (axis,), (axis,))


def _rank(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = argument(scope, bound, "x")
    axis = one_axis(scope, expr, bound, x)
    return build("rank", _order(bound, x, axis), axis=axis)


def _top(values: bool) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        x = argument(scope, bound, "x")
        axis = one_axis(scope, expr, bound, x)
        short = new_axis(scope, expr, bound, TOP.replace("top_k", expr.function), after=axis.name)
        free_of(short, x, expr.span)
        _require_few(scope, short, axis, expr.span)
        asked = {"reverse": not switch(bound, "reverse"), "last": switch(bound, "last")}
        order = build("argsort", x, along=(axis,), axis=short, start=whole(0), **asked)
        return gather(x, order, (axis,), (short,)) if values else order

    return builder


def _require_few(scope: Scope, short: Axis, axis: Axis, span: Span) -> None:
    """At least one, and no more than there are."""
    many, few = axis.size.constant, short.size.constant
    if few is not None and (few < 1 or (many is not None and few > many)):
        there = f"axis `{axis.name}` has {many} places, " if many is not None else ""
        raise fault("LD206", f"{there}there are no {few} largest", span)
    key = (short.size, axis.size, scope.given)
    if short.size not in (axis.size, ONE) and key not in scope.collected.ordered:
        scope.collected.ordered.add(key)
        enough = build("le", size_of(ONE), size_of(short.size))
        test = build("and", enough, build("le", size_of(short.size), size_of(axis.size)))
        require(scope, test, f"1 <= {short.size} <= {axis.size}", span)


def _median(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = argument(scope, bound, "x")
    names = over_axes(scope, bound, x)
    over = tuple(axis for axis in x.axes if axis.name in names)
    if not over:
        return build("real", x) if x.kind == "index" else x
    count = product([axis.size for axis in over])
    middle = Axis("_middle", count.minimum(whole(2) - count % whole(2)))  # of nothing there is none
    start = (count.maximum(ONE) - ONE) // whole(2)
    order = build("argsort", x, along=over, axis=middle, start=start, reverse=False, last=False)
    return build("mean", gather(x, order, over, (middle,)), over=("_middle",))


def _ordering(name: str, builder: Builder) -> tuple[str, Builtin]:
    return name, Builtin(f"{name}(x, over=C)", (X, OVER, REVERSE, LAST), builder)


def _topping(name: str, values: bool) -> tuple[str, Builtin]:
    usage = TOP.replace("top_k", name)
    return name, Builtin(usage, (X, NEW, OVER, REVERSE, LAST), _top(values), free_keywords=True)


ORDER: Final = (
    _ordering("sort", _sort),
    _ordering("argsort", _argsort),
    _ordering("rank", _rank),
    _topping("top_k", True),
    _topping("argtop_k", False),
    ("median", Builtin("median(x, over=C)", (X, OVER), _median)),
)
