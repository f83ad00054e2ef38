"""`x[C=label]`, `x[H=0]`, `x[H=1::2]`: one selection along one axis."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.bounds import is_natural, is_positive
from layerdsl.graph.size import ONE, Size, whole
from layerdsl.operators.build import as_size, build, size_of
from layerdsl.semantics.conditions import require
from layerdsl.semantics.expressions import align, formula
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.source import Span, fault
from layerdsl.syntax import tree


def select(scope: Scope, value: Node, selection: tree.Selection) -> Node:
    """The value with one axis picked from, indexed or cut."""
    axis = _axis(scope, value, selection.axis)
    if isinstance(selection.index, tree.Slice):
        _need_one(axis, selection)
        return _slice(scope, value, axis, selection.index, selection.span)
    index = formula(scope, selection.index)
    place = as_size(index)
    if place is not None:
        _need_one(axis, selection)
        return _at(scope, value, axis, place, selection)
    return _pick(scope, value, axis, index, selection)


def _need_one(axis: Axis, selection: tree.Selection) -> None:
    """A group is picked from by an index that counts through all of it, as an order does; else it has no places."""
    if axis.star:
        raise fault(
            "LD206",
            f"`{axis.name}` is a group of axes and has no places to select",
            selection.axis.span,
            help="declare the axes one by one",
        )


def _axis(scope: Scope, value: Node, name: tree.Name) -> Axis:
    names = {axis.name for axis in scope.axes.get(name.value, ())} or {name.value}
    found = [axis for axis in value.axes if axis.name in names]
    if len(found) == 1:
        return found[0]
    raise fault(
        "LD203",
        f"the value has no axis `{name.value}`",
        name.span,
        f"its axes are {scope.described(value)}",
        help=scope.one_place(names) or suggestion(name.value, value.names),
    )


def _at(scope: Scope, value: Node, axis: Axis, index: Size, selection: tree.Selection) -> Node:
    number, length = index.constant, axis.size.constant
    if number is not None and length is not None and not -length <= number < length:
        message = f"axis `{axis.name}` has {length} places, there is no place {number}"
        raise fault("LD206", message, selection.index.span)
    place = axis.size + index if number is not None and number < 0 else index
    require_order(scope, selection.span, (whole(0), "le", place), (place, "lt", axis.size))
    return build("at", value, axis=axis, index=place)


#: A condition with more characters than this says less than what it is for.
LONG: Final = 60

SIGNS: Final = {"le": "<=", "lt": "<"}


def require_order(scope: Scope, span: Span, *links: tuple[Size, str, Size]) -> None:
    """Have set-up check those of the relations that can't be told to hold from the formulas of the sizes alone."""
    for left, sign, right in links:
        key = (left, sign, right, scope.given)
        if not (is_natural if sign == "le" else is_positive)(right - left) and key not in scope.collected.ordered:
            scope.collected.ordered.add(key)
            test = build(sign, size_of(left), size_of(right))
            wanted, picked = f"{left} {SIGNS[sign]} {right}", f"`[{span.on_one_line}]`"
            message = f"{picked} lies outside of the axis" if len(wanted) > LONG else ""
            require(scope, test, f"{wanted} for {picked}", span, message)


def _pick(scope: Scope, value: Node, axis: Axis, index: Node, selection: tree.Selection) -> Node:
    if index.kind != "index":
        raise fault(
            "LD307",
            "an index has to be a whole number",
            selection.index.span,
            "this value may have a fraction" if index.kind == "real" else "this is a condition",
            help="declare the bottom `index`, or round: `round(x)`, `floor(x)`",
        )
    if axis.name in index.names:
        remedy = f"give the value another axis there: `rename(x, {axis.name}=M)[M={selection.index.span.on_one_line}]`"
        raise fault("LD206", f"the index has axis `{axis.name}` itself", selection.index.span, help=remedy)
    rest = build("at", value, axis=axis, index=whole(0))
    align(scope, selection.span, rest, index)
    return build("pick", value, index, axis=axis)


def _slice(scope: Scope, value: Node, axis: Axis, cut: tree.Slice, span: Span) -> Node:
    step = size(scope, cut.step).constant if cut.step is not None else 1
    if not step:
        name = axis.name
        remedy = f"of steps that the net gives: `window(x, {name} by A=1, stride=step)[A=0]`" if step is None else ""
        message = "the step of a slice is a whole number other than 0 that is written out"
        raise fault("LD206", message, cut.span, help=remedy)
    if step < 0:
        return _backwards(scope, value, axis, cut, span, -step)
    start = _edge(scope, axis, cut.start, whole(0))
    stop = _edge(scope, axis, cut.stop, axis.size)
    length = stop - start if step == 1 else (stop - start + whole(step - 1)) // whole(step)
    if length.constant is not None and length.constant < 1:
        raise fault("LD206", f"nothing of axis `{axis.name}` is left", cut.span)
    require_order(scope, span, (whole(0), "le", start), (start, "lt", stop), (stop, "le", axis.size))
    return build("slice", value, axis=Axis(axis.name, length), whole=axis, start=start, step=step)


def _backwards(scope: Scope, value: Node, axis: Axis, cut: tree.Slice, span: Span, step: int) -> Node:
    """A slice with a negative step: the same places forwards, turned round."""
    first = _edge(scope, axis, cut.start, axis.size - ONE)
    end = _edge(scope, axis, cut.stop, whole(-1))
    if (axis.size - first).constant == 0 or (first - end).constant in (0, -1):
        raise fault("LD206", f"nothing of axis `{axis.name}` is left", cut.span, help="backwards: `x[H=4:1:-1]`")
    require_order(scope, span, (whole(-1), "le", end), (end, "lt", first), (first, "lt", axis.size))
    length = first - end if step == 1 else (first - end + whole(step - 1)) // whole(step)
    start = first - (length - ONE) * whole(step)
    short = Axis(axis.name, length)
    whole_of_it = length == axis.size
    part = value if whole_of_it else build("slice", value, axis=short, whole=axis, start=start, step=step)
    return build("flip", part, axis=short)


def _edge(scope: Scope, axis: Axis, expr: tree.Expr | None, otherwise: Size) -> Size:
    """Where a slice begins or ends; a negative number counts from the end, as in Python."""
    if expr is None:
        return otherwise
    edge = size(scope, expr)
    number, length = edge.constant, axis.size.constant
    if number is not None and number < 0:
        edge = axis.size + edge
    if number is not None and length is not None and abs(number) > length:
        raise fault("LD206", f"axis `{axis.name}` has {length} places, `{number}` lies outside", expr.span)
    return edge
