"""What a function of the language is made of: its parameters, and the reading of arguments that many have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.operators.types import union
from layerdsl.semantics.expressions import real
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.source import fault
from layerdsl.syntax import tree

Bound = Mapping[str, list[tree.Argument]]
Builder = Callable[[Scope, tree.Call, Bound], Node]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a built-in."""

    name: str
    required: bool = True
    keyword_only: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Builtin:
    """A function of the language: how it is used, its parameters, and how a call becomes a node."""

    usage: str
    parameters: tuple[Parameter, ...]
    build: Builder
    free_keywords: bool = False  # any keyword, as in `rename(x, N=M)`


def argument(scope: Scope, bound: Bound, name: str) -> Node:
    """The number that an argument is."""
    return real(scope, bound[name][0].value)


def over_axes(scope: Scope, bound: Bound, *values: Node) -> tuple[str, ...]:
    """The axes that `over=` names; all of them where it is missing."""
    held = {axis.name: axis for value in values for axis in value.axes}
    if "over" not in bound:
        return tuple(held)
    expr = bound["over"][0].value
    items = expr.items if isinstance(expr, tree.Sequence) else (expr,)
    return tuple(dict.fromkeys(name for item in items for name in _over_names(scope, item, held, values)))


def _over_names(scope: Scope, item: tree.Expr, held: Mapping[str, Axis], values: tuple[Node, ...]) -> list[str]:
    if not isinstance(item, tree.Name):
        raise fault("LD203", "`over` takes the names of axes", item.span, help="`over=C` or `over=[N, C]`")
    names = [axis.name for axis in scope.axes[item.value]] if item.value in scope.axes else [item.value]
    missing = [name for name in names if name not in held]
    if missing:
        known = item.value in scope.axes
        described = " and ".join(scope.described(value) for value in values)
        there = f"the axes are {described}" if any(value.axes for value in values) else "it is one number"
        raise fault(
            "LD203",
            f"axis `{item.value}` is not among the axes of this value",
            item.span,
            there if known else f"no such axis; {there}",
            help=scope.one_place(names) or suggestion(item.value, held) or _of_group(item.value, held, known),
        )
    return names


def _of_group(name: str, held: Mapping[str, Axis], known: bool) -> str:
    """For `sum(x, over=W)` of `x: [N, *S]`."""
    groups = [axis.name for axis in held.values() if axis.star and axis.name.isidentifier()]
    if known or not groups:
        return ""
    group = groups[0]
    return f"`{group}` is a group: `over={group}` takes all of it; declared `[..., {name}]`, one axis has a name"


def each_axes(scope: Scope, bound: Bound) -> tuple[Axis, ...]:
    """The axes along which a draw is made anew."""
    if "each" not in bound:
        return ()
    expr = bound["each"][0].value
    names = expr.items if isinstance(expr, tree.Sequence) else (expr,)
    axes: list[Axis] = []
    for name in names:
        if not isinstance(name, tree.Name):
            raise fault("LD203", "`each` takes the names of axes", name.span, help="`each=N` or `each=[N, C]`")
        axes.extend(scope.axis_named(name))
    return union(axes)


def one_axis(scope: Scope, expr: tree.Call, bound: Bound, x: Node, name: str = "over") -> Axis:
    """The one axis along which a function works; where it is not named, the only one that the value has."""
    expr_of = bound[name][0].value if name in bound else None
    if expr_of is None and len(x.axes) != 1:
        there = f"the value has axes `{scope.listed(x)}`"
        raise fault("LD104", f"`{expr.function}` works along one axis", expr.span, there, help=f"name it: `{name}=C`")
    if expr_of is None:
        return x.axes[0]
    items = expr_of.items if isinstance(expr_of, tree.Sequence) else (expr_of,)
    held = {axis.name: axis for axis in x.axes}
    names = list(dict.fromkeys(each for item in items for each in _over_names(scope, item, held, (x,))))
    if len(names) != 1:
        one = f"one is made of several first: `join(x, P=[{', '.join(names)}])`" if names else f"name it: `{name}=C`"
        raise fault("LD104", f"`{expr.function}` works along one axis", expr_of.span, help=one)
    return held[names[0]]


def switch(bound: Bound, name: str) -> bool:
    """An argument that is `true` or `false`, false where it is missing."""
    if name not in bound:
        return False
    value = bound[name][0].value
    if not isinstance(value, tree.Name) or value.value not in ("true", "false"):
        raise fault("LD104", f"`{name}` is `true` or `false`", value.span)
    return value.value == "true"


X: Final = Parameter("x")
OVER: Final = Parameter("over", required=False, keyword_only=True)
EACH: Final = Parameter("each", required=False, keyword_only=True)
