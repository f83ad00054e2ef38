"""`window(x, H by KH, W by KW, stride=2, pad=1)` and its adjoint `fold`."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.bounds import is_natural
from layerdsl.graph.size import ONE, Size, chosen, whole
from layerdsl.operators.build import as_test, build, number, size_of
from layerdsl.operators.families.windows import Along
from layerdsl.semantics.builtin import Bound, Builtin, Parameter, X
from layerdsl.semantics.conditions import opposite, require
from layerdsl.semantics.expressions import formula, need_number, static_condition
from layerdsl.semantics.families.nothing import NOTHING
from layerdsl.semantics.families.stepping import LEAST, Asked, at_least, give_name, numbers, steps, windows
from layerdsl.semantics.groups import member
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree

USAGE: Final = "window(x, H by KH, W by KW, stride=2, pad=1)"
FOLD: Final = "fold(g, H by KH, W by KW, stride=2, pad=1)"


def _option(name: str) -> Parameter:
    return Parameter(name, required=False, keyword_only=True)


BY: Final = Parameter("by", required=False, repeated=True)
STEPS: Final = tuple(_option(name) for name in LEAST)


# -- window ------------------------------------------------------------------------------------------------------------


def _window(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = formula(scope, bound["x"][0].value)
    if x.kind == "word":
        need_number(x, bound["x"][0].span)
    asked = windows(scope, expr, bound, x, USAGE)
    stepping = steps(scope, bound, [one.held for one in asked])
    up, padded = _rounds_up(scope, bound), _any_above_zero([step.pad for step in stepping])
    along: list[Along] = []
    for one, step in zip(asked, stepping, strict=True):
        extent = (one.offset.size - ONE) * step.dilation + ONE
        _fits(scope, one, extent, step.pad)
        place = _made(scope, one, _places(one.held.size, extent, step.stride, step.pad, up, padded))
        reach = one.held.size + whole(2) * step.pad + _either(up, step.stride - ONE, whole(0))
        along.append(Along(one.held, place, one.offset, step.stride, step.pad, step.dilation, reach))
    _distinct(x, along, expr)
    return build("window", x, along=tuple(along), outside=_outside(bound, x, along))


def _fits(scope: Scope, one: Asked, extent: Size, pad: Size) -> None:
    room = one.held.size + whole(2) * pad
    spare = room - extent
    if spare.constant is not None and spare.constant < 0:
        label = f"a window reaches over {extent} places, the axis has {room}"
        raise fault("LD211", f"windows along axis `{one.held.name}` are longer than the axis", one.span, label)
    key = (spare, "window", scope.given)
    if not is_natural(spare) and key not in scope.collected.ordered:
        scope.collected.ordered.add(key)
        message = f"windows along {_said(one.held)} are longer than the padded axis"
        require(scope, build("le", size_of(extent), size_of(room)), f"{extent} <= {room}", one.span, message)


def _said(axis: Axis) -> str:
    """An axis as a message names it; the axes of a group have no names of their own."""
    name, of_group, _ = axis.name.partition(".")
    return f"an axis of {name}" if of_group else f"axis {name}"


def _places(length: Size, extent: Size, stride: Size, pad: Size, up: Node, padded: Node) -> Size:
    """How many positions there are; `up` says whether Caffe's pooling rounds, `padded` whether any axis is padded."""
    room = length + whole(2) * pad - extent
    more = (room + stride - ONE) // stride + ONE
    inside = more.minimum((length + pad - ONE) // stride + ONE)
    return _either(up, _either(padded, inside, more), room // stride + ONE)


def _any_above_zero(pads: list[Size]) -> Node:
    """Whether there is padding along any axis."""
    if any(pad.constant for pad in pads):
        return number(True)
    tests = [build("ne", size_of(pad), number(0)) for pad in dict.fromkeys(pads) if pad.constant is None]
    result: Node | None = None
    for test in tests:
        result = test if result is None else build("or", result, test)
    return result if result is not None else number(False)


def _rounds_up(scope: Scope, bound: Bound) -> Node:
    """Whether the number of positions is rounded up: a condition of the set-up."""
    if "round" not in bound:
        return number(False)
    value = bound["round"][0].value
    if isinstance(value, tree.Conditional):
        test = static_condition(scope, value.condition, "no way to round: it is known when shapes are")
        yes, no = _is_up(value.then), _is_up(value.orelse)
        if as_test(test) is None:
            remedy = "it is made of hyper-parameters, sizes, comparisons, `and`, `or` and `not`"
            raise fault("LD210", "a size can't depend on this condition", value.condition.span, help=remedy)
        return number(yes) if yes == no else test if yes else opposite(test)
    return number(_is_up(value))


def _is_up(value: tree.Expr) -> bool:
    if not isinstance(value, tree.Text) or value.value not in ("up", "down"):
        remedy = "without it the number of positions is rounded down"
        raise fault("LD104", '`round` is "up" or "down"', value.span, help=remedy)
    return value.value == "up"


def _either(test: Node, yes: Size, no: Size) -> Size:
    """One of two sizes by a condition of the set-up."""
    if test.op == "number":
        return yes if test.attr("value") else no
    known = as_test(test)
    assert known is not None
    return chosen(known, yes, no)


def _made(scope: Scope, one: Asked, length: Size) -> Axis:
    """The axis of the positions, or of the picture put together: the old one with a new size, or one of its own."""
    if one.label is None:
        return Axis(one.held.name, length)
    name = one.label.partition(".")[0]
    known = scope.axes.get(one.label)
    if known is not None and len(known) == 1:
        scope.require_equal(known[0].size, length, name, one.span)
    give_name(scope, one.held, one.label, length)
    return member(scope, one.group, one.held, Axis(one.label, length), after=one.held.name)


def _distinct(x: Node, along: list[Along], expr: tree.Call) -> None:
    gone = {one.axis.name for one in along}
    names = [name for name in x.names if name not in gone]
    names += [name for one in along for name in (one.place.name, one.offset.name)]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        message = f"the windows would have axis `{twice[0]}` twice"
        raise fault("LD207", message, expr.span, help="give positions or offsets another name, as in `P = H by KH`")


def _outside(bound: Bound, x: Node, along: list[Along]) -> object:
    if "outside" not in bound:
        return False if x.kind == "bool" else 0.0
    value = bound["outside"][0].value
    if isinstance(value, tree.Name) and value.value == "none":
        return NOTHING
    found = _literal(value)
    if found is None or isinstance(found, bool) != (x.kind == "bool"):
        remedy = "`outside=none` leaves out what is not there"
        kind = "`true` or `false`" if x.kind == "bool" else "a number that is written out"
        raise fault("LD104", f"`outside` is {kind}, or `none`", value.span, help=remedy)
    return found


def _literal(expr: tree.Expr) -> float | bool | None:
    match expr:
        case tree.Number(value=value):
            return float(value)
        case tree.Name(value="true" | "false" as word):
            return word == "true"
        case tree.Name(value="inf"):
            return float("inf")
        case tree.Unary(op="-", operand=operand):
            inner = _literal(operand)
            return None if inner is None or isinstance(inner, bool) else -inner
    return None


# -- fold --------------------------------------------------------------------------------------------------------------


def _fold(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    g = formula(scope, bound["x"][0].value)
    need_number(g, bound["x"][0].span)
    asked = windows(scope, expr, bound, g, FOLD)
    held = [one.held for one in asked]
    along: list[Along] = []
    for one, step, length in zip(asked, steps(scope, bound, held), _sizes(scope, bound, held), strict=True):
        offset = next((axis for axis in g.axes if axis.name == one.offset.name), None)
        if offset is None:
            remedy = f"it is the adjoint of `window(x, {one.held.name} by {one.offset.name})`"
            there = f"its axes are {scope.described(g)}"
            raise fault("LD203", f"the value has no axis `{one.offset.name}` of offsets", one.span, there, help=remedy)
        reach = (one.held.size - ONE) * step.stride + (offset.size - ONE) * step.dilation + ONE
        picture = _made(scope, one, reach - whole(2) * step.pad if length is None else length)
        at_least(scope, picture.size, 1, f"nothing of {_said(picture)} is left", one.span)
        along.append(Along(picture, one.held, offset, step.stride, step.pad, step.dilation, reach))
    _free(g, along, expr)
    return build("fold", g, along=tuple(along))


def _sizes(scope: Scope, bound: Bound, held: list[Axis]) -> list[Size] | list[None]:
    if "size" not in bound:
        return [None] * len(held)
    value = bound["size"][0].value
    return numbers(scope, value, held, 1, "a picture has at least one place", "size")


def _free(g: Node, along: list[Along], expr: tree.Call) -> None:
    gone = {name for one in along for name in (one.place.name, one.offset.name)}
    names = [name for name in g.names if name not in gone] + [one.axis.name for one in along]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise fault("LD207", f"the value has axis `{twice[0]}` already", expr.span, help="`fold(g, H = P by KH)`")


WINDOWS: Final = (
    (
        "window",
        Builtin(USAGE, (X, BY, *STEPS, _option("round"), _option("outside")), _window, free_keywords=True),
    ),
    ("fold", Builtin(FOLD, (X, BY, *STEPS, _option("size")), _fold, free_keywords=True)),
)
