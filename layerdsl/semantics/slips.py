"""Calls that would be read as something else than is meant, and what to write instead."""

from __future__ import annotations

from typing import Final, NoReturn

from layerdsl.graph import Node
from layerdsl.semantics.builtin import Bound
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree

LONG: Final = 20


def not_along(scope: Scope, expr: tree.Call, bound: Bound, first: Node) -> None:
    """Refuse `max(x, C)`, where `C` is an axis of `x`: `over=` was forgotten."""
    second = bound["x"][1].value
    if len(bound["x"]) != 2 or not isinstance(second, tree.Name) or second.value in scope.values:
        return
    names = {axis.name for axis in scope.axes.get(second.value, ())}
    if names and names <= set(first.names):
        name, axis, value = expr.function, second.value, bound["x"][0].span.on_one_line
        shown = value if len(value) < LONG else "..."
        remedy = f"`{name}({shown}, over={axis})` works along it, `{name}({axis}, {shown})` compares with its size"
        message = f"`{name}` compares with the size of `{axis}`, an axis of its first value"
        raise fault("LD104", message, second.span, "is `over=` missing?", help=remedy)


def value_first(bound: Bound, x: Node, low: Node, high: Node) -> None:
    """Refuse `clip(0, 1, x)`."""
    if x.op == "number" and low.static != high.static:
        remedy = "the value comes first, its bounds behind it: `clip(x, 0, 1)`"
        raise fault("LD104", "`clip` bounds a number here, by a value", bound["x"][0].span, help=remedy)


def summed_alone(expr: tree.Call, name: str, a: Node, b: Node) -> NoReturn:
    """Refuse a `dot` over an axis that one factor lacks, as weights of `[M, C, 3, 3]` lack a named `K=3`."""
    holder, other = (a, b) if name in a.names else (b, a)
    size = next(axis.size for axis in holder.axes if axis.name == name)
    unnamed = any(axis.size == size and not axis.name.isidentifier() for axis in other.axes)
    message = f"`dot` sums over axis `{name}`, which only one factor has"
    remedy = f"name it in the other, too: `{name}={size}` in place of `{size}`" if unnamed else SUMMED.format(name)
    raise fault("LD203", message, expr.span, help=remedy)


SUMMED: Final = "sum that factor first: `sum(x, over={0})`"
