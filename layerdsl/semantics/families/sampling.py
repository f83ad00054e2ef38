"""`resize(x, H=2 * H, W=2 * W)`, and `sample(x, H=rows, W=columns)` at given coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product as combinations
from typing import Final

from layerdsl.graph import Axis, Node, Size
from layerdsl.graph.bounds import is_positive
from layerdsl.graph.size import ONE, product, whole
from layerdsl.operators.build import as_real, build, number, size_of
from layerdsl.operators.types import union, without
from layerdsl.semantics.builtin import Bound, Builtin, Parameter, X, argument, switch
from layerdsl.semantics.conditions import require
from layerdsl.semantics.expressions import align, real
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

RESIZE: Final = "resize(x, H=2 * H, W=2 * W)"
SAMPLE: Final = "sample(x, H=rows, W=columns)"


def _option(name: str) -> Parameter:
    return Parameter(name, required=False, keyword_only=True)


def _given(scope: Scope, expr: tree.Call, bound: Bound, x: Node, usage: str) -> list[tuple[Axis, tree.Argument]]:
    """The axes that are named, each with its argument."""
    found: list[tuple[Axis, tree.Argument]] = []
    for one in bound.get("*", []):
        axis = _axis(scope, x, one)
        if axis in [known for known, _ in found]:
            raise fault("LD104", f"`{one.name}` is given twice", one.span)
        found.append((axis, one))
    if not found:
        raise fault("LD104", f"`{expr.function}` needs an axis", expr.span, help=f"it is used as `{usage}`")
    return found


def _axis(scope: Scope, x: Node, given: tree.Argument) -> Axis:
    name, place = given.name or "", given.name_span or given.span
    names = {axis.name for axis in scope.axes.get(name, ())} or {name}
    found = [axis for axis in x.axes if axis.name in names]
    if len(found) != 1:
        there = f"its axes are {scope.described(x)}"
        raise fault("LD203", f"the value has no axis `{name}`", place, there, help=suggestion(name, x.names))
    if found[0].star:
        remedy = "declare the axes one by one"
        raise fault("LD206", f"`{name}` is a group of axes and has no places", place, help=remedy)
    return found[0]


def _word(bound: Bound, name: str, words: Sequence[str]) -> str:
    """An argument that is one of these words, the first of them where it is missing."""
    if name not in bound:
        return words[0]
    value = bound[name][0].value
    if not isinstance(value, tree.Text) or value.value not in words:
        listed = " or ".join(f'"{word}"' for word in words)
        raise fault("LD104", f"`{name}` is {listed}", value.span)
    return value.value


# -- resize ------------------------------------------------------------------------------------------------------------


def _resize(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = as_real(argument(scope, bound, "x"))
    method, corners = _word(bound, "method", ("bilinear", "nearest")), switch(bound, "corners")
    for axis, given in _given(scope, expr, bound, x, RESIZE):
        length = size(scope, given.value)
        _need_place(scope, length, given.value.span)
        x = _resized(x, axis, length, method, corners) if length != axis.size else x
    return x


def _need_place(scope: Scope, length: Size, span: Span) -> None:
    if length.constant is not None and length.constant < 1:
        raise fault("LD206", "nothing of the axis is left", span, f"this is {length.constant}")
    key = (length, "resize", scope.given)
    if not is_positive(length) and key not in scope.collected.ordered:
        scope.collected.ordered.add(key)
        require(scope, build("ge", size_of(length), number(1)), f"{length} >= 1", span)


def _resized(x: Node, axis: Axis, length: Size, method: str, corners: bool) -> Node:
    """One axis after the other: each new place is a sum of old ones, whose weights depend on the sizes alone."""
    new = Axis(f"{axis.name}_new", length)
    weights = _weights(axis, new, method, corners)
    values = build("dot", x, weights, over=(axis.name,))
    return build("rename", values, axes=((new.name, Axis(axis.name, length)),))


def _weights(axis: Axis, new: Axis, method: str, corners: bool) -> Node:
    """How much each old place counts in each new one, which lies at `above / below` of the old length.

    Both are whole numbers, so that no place is missed by rounding; from corner to corner places are points, else the
    middles of areas.
    """
    above, below = _above(axis, new, corners), _below(new, corners)
    old = build("coord", axis=axis)
    if method == "nearest":
        place = (
            build("floordiv", _rounded(above, below), _double(below)) if corners else build("floordiv", above, below)
        )
        return build("real", build("eq", old, build("minimum", place, size_of(axis.size - ONE))))
    last = build("mul", size_of(axis.size - ONE), below)
    centred = above if corners else build("sub", above, size_of(new.size))
    inside = build("maximum", build("minimum", centred, last), number(0))
    apart = build("div", build("sub", inside, build("mul", old, below)), below)
    return build("maximum", build("sub", number(1.0), build("abs", apart)), number(0.0))


def _above(axis: Axis, new: Axis, corners: bool) -> Node:
    place = build("coord", axis=new)
    if corners:
        return build("mul", place, size_of(axis.size - ONE))
    return build("mul", build("add", build("mul", place, number(2)), number(1)), size_of(axis.size))


def _below(new: Axis, corners: bool) -> Node:
    return size_of((new.size - ONE).maximum(ONE)) if corners else size_of(new.size * whole(2))


def _double(below: Node) -> Node:
    return build("mul", below, number(2))


def _rounded(above: Node, below: Node) -> Node:
    """What gives the nearest whole number when it is divided by twice `below`."""
    return build("add", build("mul", above, number(2)), below)


# -- sample ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Side:
    """Along one axis the place before or behind a coordinate, whether it is there, and how much it counts."""

    place: Node
    there: Node
    weight: Node


def _sample(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = as_real(argument(scope, bound, "x"))
    given = _given(scope, expr, bound, x, SAMPLE)
    edge = _outside(bound)
    coordinates = [as_real(real(scope, one.value)) for _, one in given]
    align(scope, expr.span, _rest(x, [axis for axis, _ in given]), *coordinates)
    sides = [_sides(axis, value, edge) for (axis, _), value in zip(given, coordinates, strict=True)]
    flat, long = _flattened(x, tuple(axis for axis, _ in given))
    over = without(union(*(value.axes for value in coordinates)), flat.names)
    found = [_corner(flat, long, over, [axis for axis, _ in given], corner) for corner in combinations(*sides)]
    return reduce(lambda a, b: build("add", a, b), found)


def _rest(x: Node, axes: list[Axis]) -> Node:
    """The value without the axes that are sampled, as far as their sizes go."""
    return reduce(lambda value, axis: build("at", value, axis=axis, index=whole(0)), axes, x)


def _outside(bound: Bound) -> bool:
    """Whether what lies outside is what lies at the edge; else it is 0."""
    if "outside" not in bound:
        return False
    value = bound["outside"][0].value
    if isinstance(value, tree.Number) and value.value == 0:
        return False
    if isinstance(value, tree.Text) and value.value == "edge":
        return True
    raise fault("LD104", '`outside` is 0 or "edge"', value.span)


def _sides(axis: Axis, value: Node, edge: bool) -> tuple[_Side, _Side]:
    last = size_of(axis.size - ONE)
    if edge:
        value = build("clip", value, number(0.0), as_real(last))
    before = build("floor", value)
    part = build("sub", value, before)
    behind = build("add", before, number(1))
    if edge:
        behind = build("minimum", behind, last)
    return (
        _Side(before, _is_there(before, last), build("sub", number(1.0), part)),
        _Side(behind, _is_there(behind, last), part),
    )


def _is_there(place: Node, last: Node) -> Node:
    return build("and", build("ge", place, number(0)), build("le", place, last))


def _flattened(x: Node, axes: tuple[Axis, ...]) -> tuple[Node, Axis]:
    """The sampled axes as one."""
    if len(axes) == 1:
        return x, axes[0]
    long = Axis("_".join(axis.name for axis in axes) + "_flat", product([axis.size for axis in axes]))
    return build("join", x, parts=((long, axes),)), long


def _corner(x: Node, long: Axis, over: tuple[Axis, ...], axes: list[Axis], sides: Sequence[_Side]) -> Node:
    """What lies at one of the places around each coordinate, weighted."""
    place: Node = number(0)
    for axis, side in zip(axes, sides, strict=True):
        place = build("add", build("mul", place, size_of(axis.size)), side.place)
    there = reduce(lambda a, b: build("and", a, b), [side.there for side in sides])
    index = build("where", there, place, number(-1))
    weight = reduce(lambda a, b: build("mul", a, b), [side.weight for side in sides])
    return build("mul", build("gather", x, index, along=(long,), over=over, once=False), weight)


SAMPLING: Final = (
    ("resize", Builtin(RESIZE, (X, _option("method"), _option("corners")), _resize, free_keywords=True)),
    ("sample", Builtin(SAMPLE, (X, _option("outside")), _sample, free_keywords=True)),
)
