"""`pad`, `roll`, `repeat`, `tile`: what goes on beyond the ends of an axis, and what comes again along it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count
from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import ONE, Size, whole
from layerdsl.operators.build import build, expand, number
from layerdsl.semantics.builtin import Bound, Builder, Builtin, Parameter, X
from layerdsl.semantics.expressions import align, formula
from layerdsl.semantics.families.layout import axis_of, keywords, value_of
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import Scope
from layerdsl.semantics.selection import require_order
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

VALUE: Final = Parameter("value", required=False, keyword_only=True)
MODE: Final = Parameter("mode", required=False, keyword_only=True)

PAD: Final = "pad(x, H=[1, 2], W=1)"


def _pad(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = value_of(scope, bound)
    mode = bound["mode"][0].value if "mode" in bound else None
    if mode is not None and (not isinstance(mode, tree.Text) or mode.value not in ENDS):
        listed = ", ".join(f'`"{one}"`' for one in ENDS)
        raise fault("LD104", f"`mode` is one of {listed}", mode.span, help="`value=0` pads by a number")
    if mode is not None and "value" in bound:
        raise fault("LD104", "`mode` and `value` are two ways to pad", bound["value"][0].span, help="leave one out")
    frame = formula(scope, bound["value"][0].value) if "value" in bound else number(False if x.kind == "bool" else 0)
    for argument in keywords(expr, bound, PAD):
        axis = axis_of(scope, x, str(argument.name), argument.name_span or argument.span)
        _no_group(axis, argument.span)
        amounts = _amounts(scope, argument)
        if isinstance(mode, tree.Text):
            x = _continued(scope, x, axis, amounts, mode.value, argument.span)
        else:
            x = _framed(scope, expr, x, axis, amounts, frame)
    return x


def _no_group(axis: Axis, span: Span) -> None:
    if axis.star:
        raise fault("LD206", f"`{axis.name}` is a group of axes and has no ends", span, help="declare them one by one")


def _amounts(scope: Scope, argument: tree.Argument) -> tuple[Size, Size]:
    """How many places before and behind: `[1, 2]`, or one number for both."""
    value = argument.value
    items = value.items if isinstance(value, tree.Sequence) else (value, value)
    if len(items) != 2:
        raise fault("LD104", "before and behind, or one number for both", value.span, help=f"`{PAD}`")
    before, behind = (size(scope, item) for item in items)
    for amount in (before, behind):
        if amount.constant is not None and amount.constant < 0:
            raise fault("LD206", "a pad of less than nothing", value.span, help="a slice cuts: `x[H=1:-1]`")
        require_order(scope, argument.span, (whole(0), "le", amount))
    return before, behind


def _framed(scope: Scope, expr: tree.Call, x: Node, axis: Axis, amounts: tuple[Size, Size], frame: Node) -> Node:
    long = Axis(axis.name, axis.size + amounts[0] + amounts[1])
    if frame.op == "number" and frame.attr("value") == 0 and x.kind != "bool":
        return build("unslice", x, axis=long, whole=axis, start=amounts[0], step=1)
    if axis.name in frame.names:
        raise fault("LD207", f"the pad has axis `{axis.name}` itself", expr.span, help="it is one value all along")
    align(scope, expr.span, x, frame)
    return build("inset", x, frame, cuts=((long, axis, amounts[0], 1),))


def _continued(scope: Scope, x: Node, axis: Axis, amounts: tuple[Size, Size], mode: str, span: Span) -> Node:
    """What lies at the ends goes on: the last value, or the values mirrored or from the other end."""
    before, behind = amounts
    if mode != "edge":
        most = axis.size - ONE if mode == "reflect" else axis.size
        require_order(scope, span, (before, "le", most), (behind, "le", most))
    first, last = ENDS[mode](x, axis, before, behind)
    parts = [part for part, length in ((first, before), (x, ONE), (last, behind)) if length.constant != 0]
    total = axis.size + before + behind
    return build("concat", *parts, axis=Axis(axis.name, total)) if len(parts) > 1 else x


def _cut(x: Node, axis: Axis, start: Size, length: Size) -> Node:
    return build("slice", x, axis=Axis(axis.name, length), whole=axis, start=start, step=1)


def _mirrored(x: Node, axis: Axis, start: Size, length: Size) -> Node:
    return build("flip", _cut(x, axis, start, length), axis=Axis(axis.name, length))


def _edges(x: Node, axis: Axis, before: Size, behind: Size) -> tuple[Node, Node]:
    ends = (build("at", x, axis=axis, index=place) for place in (whole(0), axis.size - ONE))
    first, last = (
        end if length == ONE else expand(end, (*end.axes, Axis(axis.name, length)))
        for end, length in zip(ends, (before, behind), strict=True)
    )
    return first, last


Ends = Callable[[Node, Axis, Size, Size], tuple[Node, Node]]


def _reflected(x: Node, axis: Axis, before: Size, behind: Size) -> tuple[Node, Node]:
    return _mirrored(x, axis, ONE, before), _mirrored(x, axis, axis.size - ONE - behind, behind)


def _symmetric(x: Node, axis: Axis, before: Size, behind: Size) -> tuple[Node, Node]:
    return _mirrored(x, axis, whole(0), before), _mirrored(x, axis, axis.size - behind, behind)


def _wrapped(x: Node, axis: Axis, before: Size, behind: Size) -> tuple[Node, Node]:
    return _cut(x, axis, axis.size - before, before), _cut(x, axis, whole(0), behind)


ENDS: Final[dict[str, Ends]] = {"edge": _edges, "reflect": _reflected, "symmetric": _symmetric, "wrap": _wrapped}


def _roll(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = value_of(scope, bound)
    for argument in keywords(expr, bound, "roll(x, H=1)"):
        axis = axis_of(scope, x, str(argument.name), argument.name_span or argument.span)
        _no_group(axis, argument.span)
        shift = size(scope, argument.value) % axis.size.maximum(ONE)  # of nothing there is nothing to turn
        if shift.constant == 0:
            continue
        far, near = _cut(x, axis, axis.size - shift, shift), _cut(x, axis, whole(0), axis.size - shift)
        x = build("concat", far, near, axis=axis)
    return x


def _copies(usage: str, each: bool) -> Builder:
    """Every place several times: `repeat` each for itself, `tile` all of them one after the other."""

    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        x = value_of(scope, bound)
        given = keywords(expr, bound, usage)
        parts = tuple(_copied(scope, x, argument, each) for argument in given)
        axes = [one for axis in x.axes for one in next((p for _, p in parts if axis in p), (axis,))]
        return build("join", expand(x, tuple(axes)), parts=parts)

    return builder


def _copied(scope: Scope, x: Node, argument: tree.Argument, each: bool) -> tuple[Axis, tuple[Axis, ...]]:
    axis = axis_of(scope, x, str(argument.name), argument.name_span or argument.span)
    times = size(scope, argument.value)
    if times.constant is not None and times.constant < 1:
        raise fault("LD206", "less than once", argument.value.span)
    require_order(scope, argument.span, (whole(0), "lt", times))
    copies = Axis(_free_name(scope, f"copies_{axis.name}"), times)
    order = scope.collected.axis_order
    order.insert(order.index(axis.name) + each, copies.name)
    return Axis(axis.name, axis.size * times), (axis, copies) if each else (copies, axis)


def _free_name(scope: Scope, name: str) -> str:
    taken = {*scope.axes, *scope.hypers, *scope.values, *scope.collected.axis_order}
    return next(one for one in chain([name], (f"{name}{i}" for i in count(2))) if one not in taken)


PADDING: Final = (
    ("pad", Builtin(PAD, (X, VALUE, MODE), _pad, free_keywords=True)),
    ("roll", Builtin("roll(x, H=1)", (X,), _roll, free_keywords=True)),
    ("repeat", Builtin("repeat(x, H=2)", (X,), _copies("repeat(x, H=2)", each=True), free_keywords=True)),
    ("tile", Builtin("tile(x, H=2)", (X,), _copies("tile(x, H=2)", each=False), free_keywords=True)),
)
