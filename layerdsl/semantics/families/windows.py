"""`window(x, H by KH, W by KW, stride=2, pad=1)` and its adjoint `fold`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.size import ONE, Size, Symbol, chosen, is_natural, of, product, whole
from layerdsl.operators.build import as_test, build, cast, number, size_of
from layerdsl.operators.families.pooling import BOTH
from layerdsl.operators.families.windows import LOWEST, Along, along_of
from layerdsl.operators.types import without
from layerdsl.semantics.builtin import Bound, Builtin, Parameter, X
from layerdsl.semantics.conditions import opposite, require
from layerdsl.semantics.elsewhere import KEYWORDS
from layerdsl.semantics.expressions import formula, need_number, static_condition
from layerdsl.semantics.names import need_present, size
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

NOTHING: Final = "nothing"
USAGE: Final = "window(x, H by KH, W by KW, stride=2, pad=1)"
FOLD: Final = "fold(g, H by KH, W by KW, stride=2, pad=1)"


def _option(name: str) -> Parameter:
    return Parameter(name, required=False, keyword_only=True)


BY: Final = Parameter("by", required=False, repeated=True)
STEPS: Final = (_option("stride"), _option("pad"), _option("dilation"))


@dataclass(frozen=True)
class _Asked:
    """`P = H by KH`, with the axis of the value that H is."""

    label: str | None
    held: Axis
    offset: Axis
    span: Span


def _windows(scope: Scope, expr: tree.Call, bound: Bound, x: Node, usage: str) -> list[_Asked]:
    """The axes that are seen through windows, in the order in which they are written."""
    found = sorted([*bound.get("by", []), *bound.get("*", [])], key=lambda argument: argument.span.start)
    for argument in found:
        if not isinstance(argument.value, tree.By):
            raise _no_window(expr, argument, usage)
    if not found:
        raise fault("LD104", f"`{expr.function}` needs an axis with windows", expr.span, help=f"`{usage}`")
    asked: list[_Asked] = []
    for argument in found:
        asked.append(_asked(scope, x, argument, [one.offset.name for one in asked]))
    return asked


def _no_window(expr: tree.Call, argument: tree.Argument, usage: str) -> Exception:
    name = argument.name
    if name is None:
        message = f"`{expr.function}` takes one value and axes with windows"
        return fault("LD104", message, argument.span, help=f"`{usage}`")
    place = argument.name_span or argument.span
    if name in KEYWORDS:
        return fault("LD109", f"`{expr.function}` has no argument `{name}`", place, help=KEYWORDS[name])
    options = ("stride", "pad", "dilation", "round", "outside") if expr.function == "window" else (
        "stride", "pad", "dilation", "size",
    )  # fmt: skip
    hint = suggestion(name, options) or f"`{usage}`"
    return fault("LD104", f"`{expr.function}` has no argument `{name}`", place, help=hint)


def _asked(scope: Scope, x: Node, argument: tree.Argument, before: list[str]) -> _Asked:
    by = argument.value
    assert isinstance(by, tree.By)
    held = _held(scope, x, by.axis)
    offset = _offset(scope, by, after=before[-1] if before else x.axes[-1].name)
    return _Asked(argument.name, held, offset, argument.span)


def _held(scope: Scope, x: Node, name: tree.Name) -> Axis:
    """The axis of the value that has the windows."""
    names = {axis.name for axis in scope.axes.get(name.value, ())} or {name.value}
    found = [axis for axis in x.axes if axis.name in names]
    if len(found) != 1:
        there = f"its axes are {scope.described(x)}"
        near = suggestion(name.value, x.names)
        raise fault("LD203", f"the value has no axis `{name.value}`", name.span, there, help=near)
    if found[0].star:
        message, remedy = f"`{name.value}` is a group of axes, windows run along single ones", "declare them one by one"
        raise fault("LD211", message, name.span, help=remedy)
    return found[0]


def _offset(scope: Scope, by: tree.By, after: str) -> Axis:
    """The axis of the offsets in a window: known, as long as a hyper-parameter, or with its size."""
    name = by.window.value
    known = scope.axes.get(name)
    if by.size is not None:
        length = size(scope, by.size)
        _at_least(scope, length, 1, "a window has at least one place", by.size.span)
        if known is not None and len(known) == 1:
            scope.require_equal(known[0].size, length, name, by.span)
            return known[0]
        return scope.add_axis(Axis(name, length), after)
    if known is None and name in scope.hypers and scope.hypers[name].kind == "int":
        need_present(scope, by.window)
        return scope.add_axis(Axis(name, of(Symbol(name, "hyper"))), after)
    if known is None:
        remedy = f"give its size: `{by.axis.value} by {name}=3`, or declare `hyper {name}: int`"
        raise fault("LD201", f"there is no axis `{name}` here", by.window.span, "how long is a window?", help=remedy)
    if len(known) != 1 or known[0].star:
        raise fault("LD211", f"`{name}` is a group of axes, offsets have one axis", by.window.span)
    return known[0]


def _at_least(scope: Scope, value: Size, least: int, message: str, span: Span) -> None:
    """A number of places that has to be so large: refused here, or looked at when the layer is set up."""
    if value.constant is not None and value.constant < least:
        raise fault("LD211", message, span, f"this is {value.constant}")
    key = (value, least, scope.given)
    if not is_natural(value - whole(least)) and key not in scope.collected.ordered:
        scope.collected.ordered.add(key)
        require(scope, build("ge", size_of(value), number(least)), f"{value} >= {least}", span, message)


def _steps(scope: Scope, bound: Bound, name: str, count: int, otherwise: int) -> list[Size]:
    """A number for each axis: one for all, or a list."""
    if name not in bound:
        return [whole(otherwise)] * count
    value = bound[name][0].value
    items = value.items if isinstance(value, tree.Sequence) else (value,) * count
    if len(items) != count:
        axes = "one axis has" if count == 1 else f"{count} axes have"
        raise fault("LD211", f"`{name}` has {len(items)} numbers, but {axes} windows", value.span, help=f"`{name}=1`")
    found = [size(scope, item) for item in items]
    for one, item in zip(found, items, strict=True):
        _at_least(scope, one, otherwise, f"`{name}` is at least {otherwise}", item.span)
    return found


# -- window ------------------------------------------------------------------------------------------------------------


def _window(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = formula(scope, bound["x"][0].value)
    if x.kind == "word":
        need_number(x, bound["x"][0].span)
    asked = _windows(scope, expr, bound, x, USAGE)
    strides, pads, dilations = (
        _steps(scope, bound, name, len(asked), least) for name, least in (("stride", 1), ("pad", 0), ("dilation", 1))
    )
    up, padded = _rounds_up(scope, bound), _any_above_zero(pads)
    along: list[Along] = []
    for one, stride, pad, dilation in zip(asked, strides, pads, dilations, strict=True):
        extent = (one.offset.size - ONE) * dilation + ONE
        _fits(scope, one, extent, pad)
        places = _places(one.held.size, extent, stride, pad, up, padded)
        reach = one.held.size + whole(2) * pad + _either(up, stride - ONE, whole(0))
        along.append(Along(one.held, _place(scope, one, places), one.offset, stride, pad, dilation, reach))
    _distinct(x, along, expr)
    return build("window", x, along=tuple(along), outside=_outside(bound, x, along))


def _fits(scope: Scope, one: _Asked, extent: Size, pad: Size) -> None:
    room = one.held.size + whole(2) * pad
    spare = room - extent
    if spare.constant is not None and spare.constant < 0:
        label = f"a window reaches over {extent} places, the axis has {room}"
        raise fault("LD211", f"windows along axis `{one.held.name}` are longer than the axis", one.span, label)
    key = (spare, "window", scope.given)
    if not is_natural(spare) and key not in scope.collected.ordered:
        scope.collected.ordered.add(key)
        message = f"windows along axis {one.held.name} are longer than the padded axis"
        require(scope, build("le", size_of(extent), size_of(room)), f"{extent} <= {room}", one.span, message)


def _places(length: Size, extent: Size, stride: Size, pad: Size, up: Node, padded: Node) -> Size:
    """How many positions there are; `up` says whether Caffe's pooling rounds, `padded` whether any axis is padded."""
    room = length + whole(2) * pad - extent
    more = (room + stride - ONE) // stride + ONE
    inside = more.least((length + pad - ONE) // stride + ONE)
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


def _place(scope: Scope, one: _Asked, places: Size) -> Axis:
    """The axis of the positions: the old one with a new size, or one of its own."""
    if one.label is None:
        return Axis(one.held.name, places)
    new = Axis(one.label, places)
    known = scope.axes.get(new.name)
    if known is not None and len(known) == 1 and known[0].name == new.name:
        scope.require_equal(known[0].size, new.size, new.name, one.span)
    return scope.add_axis(new, after=one.held.name)


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
    asked = _windows(scope, expr, bound, g, FOLD)
    strides, pads, dilations = (
        _steps(scope, bound, name, len(asked), least) for name, least in (("stride", 1), ("pad", 0), ("dilation", 1))
    )
    sizes = _sizes(scope, bound, len(asked))
    along: list[Along] = []
    for one, stride, pad, dilation, length in zip(asked, strides, pads, dilations, sizes, strict=True):
        if one.offset.name not in g.names:
            remedy = f"it is the adjoint of `window(x, {one.held.name} by {one.offset.name})`"
            there = f"its axes are {scope.described(g)}"
            raise fault("LD203", f"the value has no axis `{one.offset.name}` of offsets", one.span, there, help=remedy)
        reach = (one.held.size - ONE) * stride + (one.offset.size - ONE) * dilation + ONE
        picture = _picture(scope, one, reach - whole(2) * pad if length is None else length)
        _at_least(scope, picture.size, 1, f"nothing of axis {picture.name} is left", one.span)
        along.append(Along(picture, one.held, one.offset, stride, pad, dilation, reach))
    _free(g, along, expr)
    return build("fold", g, along=tuple(along))


def _sizes(scope: Scope, bound: Bound, count: int) -> list[Size | None]:
    if "size" not in bound:
        return [None] * count
    value = bound["size"][0].value
    items = value.items if isinstance(value, tree.Sequence) else (value,)
    if len(items) != count:
        axes = "one axis has" if count == 1 else f"{count} axes have"
        raise fault("LD211", f"`size` has {len(items)} numbers, but {axes} windows", value.span, help="`size=[H, W]`")
    return [size(scope, item) for item in items]


def _picture(scope: Scope, one: _Asked, length: Size) -> Axis:
    """The axis that is put together from its windows."""
    if one.label is None:
        return Axis(one.held.name, length)
    new = Axis(one.label, length)
    known = scope.axes.get(new.name)
    if known is not None and len(known) == 1:
        scope.require_equal(known[0].size, new.size, new.name, one.span)
    return scope.add_axis(new, after=one.held.name)


def _free(g: Node, along: list[Along], expr: tree.Call) -> None:
    gone = {name for one in along for name in (one.place.name, one.offset.name)}
    names = [name for name in g.names if name not in gone] + [one.axis.name for one in along]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise fault("LD207", f"the value has axis `{twice[0]}` already", expr.span, help="`fold(g, H = P by KH)`")


# -- what is not there -------------------------------------------------------------------------------------------------


def take(op: str, x: Node, over: tuple[str, ...]) -> Node:
    """A reduction; of windows with nothing outside it takes what is there."""
    if x.op != "window" or x.attr("outside") != NOTHING or not offsets_of(x) <= set(over) or op not in EMPTY:
        return build(op, x, over=over)
    windows = build("window", *x.args, along=x.attr("along"), outside=EMPTY[op])
    if op != "mean":
        return build(op, windows, over=over)
    return build("div", build("sum", windows, over=over), _count(x, over))


#: What counts as nothing to a reduction: the largest of no numbers is the lowest number, as in Caffe's pooling.
EMPTY: Final[dict[str, float | bool]] = {
    "max": LOWEST, "min": -LOWEST, "sum": 0.0, "mean": 0.0, "count": False, "any": False, "all": True,
}  # fmt: skip


def offsets_of(x: Node) -> set[str]:
    """The axes of the offsets, where a value is made of windows."""
    return {one.offset.name for one in along_of(x)} if x.op == "window" else set()


def offset_of_extreme(op: str, window: Node) -> Node:
    """Which offset of each window has the largest or least value first, counted row by row."""
    pair, lowest = ("maximum", LOWEST) if op == "argmax" else ("minimum", -LOWEST)
    outside = lowest if window.attr("outside") == NOTHING else window.attr("outside")
    along = along_of(window)
    best = build("window_best", cast(window.args[0], "real"), along=along, outside=outside, pair=pair)
    rest, found = build("floor", build("at", best, axis=BOTH, index=ONE)), number(0)
    for i, one in enumerate(along):
        later = size_of(product([other.axis.size for other in along[i + 1 :]]))
        begin = build("sub", build("mul", build("coord", axis=one.place), size_of(one.stride)), size_of(one.pad))
        offset = build("floordiv", build("sub", build("floordiv", rest, later), begin), size_of(one.dilation))
        found = build("add", build("mul", found, size_of(one.offset.size)), offset)
        rest = build("mod", rest, later)
    return found


def _count(window: Node, over: tuple[str, ...]) -> Node:
    """How many values of windows with nothing outside a mean takes together."""
    count: Node = number(1.0)
    for one in along_of(window):
        each = _inside(one)
        count = build("mul", count, build("sum", each, over=(one.place.name,)) if one.place.name in over else each)
    spare = without(window.axes, [name for one in along_of(window) for name in (one.place.name, one.offset.name)])
    return build("mul", count, size_of(product([axis.size for axis in spare if axis.name in over])))


def _inside(one: Along) -> Node:
    """How many offsets of each position lie inside the axis."""
    before = build("sub", size_of(one.pad), build("mul", build("coord", axis=one.place), size_of(one.stride)))

    def lower(end: Node) -> Node:
        """How many offsets lie before so many places."""
        many = build("neg", build("floordiv", build("neg", end), size_of(one.dilation)))
        return build("minimum", build("maximum", many, number(0)), size_of(one.offset.size))

    return cast(build("sub", lower(build("add", before, size_of(one.axis.size))), lower(before)), "real")


def check_nothing(outputs: list[Node]) -> None:
    """Windows that have nothing outside serve only where all their offsets are taken together."""
    for node in walk(outputs):
        if node.op == "window" and node.attr("outside") == NOTHING:
            assert node.origin.span is not None
            raise fault(
                "LD211",
                "with `outside=none` a window has no value where nothing is there",
                node.origin.span,
                help="`max`, `min`, `sum`, `mean`, `count`, `any` and `all` over all its offsets take what is there; "
                "anything else needs a number: `outside=0`",
            )


WINDOWS: Final = (
    (
        "window",
        Builtin(USAGE, (X, BY, *STEPS, _option("round"), _option("outside")), _window, free_keywords=True),
    ),
    ("fold", Builtin(FOLD, (X, BY, *STEPS, _option("size")), _fold, free_keywords=True)),
)
