"""`split`, `join`, `concat`, `stack`: axes taken apart and joined, values behind each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import ONE, Size, Symbol, of, product, whole
from layerdsl.operators.build import build, number, size_of
from layerdsl.operators.types import without
from layerdsl.semantics.builtin import OVER, Bound, Builtin, Parameter, X
from layerdsl.semantics.conditions import require
from layerdsl.semantics.expressions import align, formula, need_number
from layerdsl.semantics.families.several import joined_bottoms
from layerdsl.semantics.groups import is_group
from layerdsl.semantics.names import need_present, size
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.semantics.selection import require_order
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

VALUES: Final = Parameter("x", repeated=True)


def value_of(scope: Scope, bound: Bound) -> Node:
    """The value that a function lays out otherwise, of any kind."""
    return formula(scope, bound["x"][0].value)


def keywords(expr: tree.Call, bound: Bound, usage: str) -> list[tree.Argument]:
    """The arguments that name axes, each once; LD104 where there are none."""
    given = bound.get("*", [])
    if not given:
        raise fault("LD104", f"`{expr.function}` needs the axis", expr.span, help=f"it is used as `{usage}`")
    names = [argument.name for argument in given]
    twice = next((argument for i, argument in enumerate(given) if argument.name in names[:i]), None)
    if twice is not None:
        raise fault("LD104", f"`{twice.name}` is given twice", twice.span)
    return list(given)


def axis_of(scope: Scope, x: Node, name: str, span: Span) -> Axis:
    """The axis of a value that a name in a call means."""
    names = [axis.name for axis in scope.axes.get(name, ())] or [name]
    found = [axis for axis in x.axes if axis.name in names]
    if len(found) != 1:
        there = f"its axes are {scope.described(x)}"
        raise fault("LD203", f"the value has no axis `{name}`", span, there, help=suggestion(name, x.names))
    return found[0]


def axes_of(scope: Scope, x: Node, name: tree.Name) -> tuple[Axis, ...]:
    """The axes of a value that a name means: one, or those of a group."""
    known = scope.axes.get(name.value, ())
    held = {axis.name: axis for axis in x.axes}
    if is_group(scope, known) and all(axis.name in held for axis in known):
        return tuple(held[axis.name] for axis in known)
    return (axis_of(scope, x, name.value, name.span),)


def _listed(value: tree.Expr, usage: str) -> list[tree.Name]:
    """The names in `[G, E]`."""
    items = value.items if isinstance(value, tree.Sequence) else ()
    names = [item for item in items if isinstance(item, tree.Name)]
    if not names or len(names) < len(items):
        wrong = next((item for item in items if not isinstance(item, tree.Name)), value)
        raise fault("LD203", "the names of axes stand here, in brackets", wrong.span, help=f"`{usage}`")
    return names


def _distinct(axes: Sequence[Axis], span: Span) -> None:
    """No name twice among the axes of a value."""
    names = [axis.name for axis in axes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise fault("LD207", f"the value would have axis `{twice}` twice", span, help="give one of them another name")


def _made(scope: Scope, name: str, length: Size, span: Span, after: str | None) -> Axis:
    """An axis that a function makes: a new one, or one of the layer's, whose size is another where the value's own
    axis of this name is taken apart or joined."""
    known = scope.axes.get(name)
    if known is None:
        hyper = scope.hypers.get(name)
        if hyper is not None and hyper.kind == "int":
            scope.require_equal(of(Symbol(name, "hyper")), length, name, span)
        return scope.add_axis(Axis(name, length), after)
    if len(known) != 1:
        return Axis(name, length)
    scope.require_equal(known[0].size, length, name, span)
    return known[0]


# -- axes taken apart and joined ---------------------------------------------------------------------------------------

SPLIT: Final = "split(x, C=[G, D], G=4)"
JOIN: Final = "join(x, F=[G, E])"


def _split(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = value_of(scope, bound)
    given = keywords(expr, bound, SPLIT)
    apart = [argument for argument in given if isinstance(argument.value, tree.Sequence)]
    if not apart:
        raise fault("LD104", "`split` needs the axes that come out", given[0].span, help=f"it is used as `{SPLIT}`")
    sizes = {str(argument.name): argument for argument in given if argument not in apart}
    used = {name.value for argument in apart for name in _listed(argument.value, SPLIT)}
    idle = next((argument for name, argument in sizes.items() if name not in used), None)
    if idle is not None:
        raise fault("LD203", f"`{idle.name}` is none of the axes that come out", idle.span, help=f"`{SPLIT}`")
    parts = tuple(_taken_apart(scope, x, argument, sizes) for argument in apart)
    gone = {axis.name for axis, _ in parts}
    _distinct([*without(x.axes, gone), *(part for _, some in parts for part in some)], expr.span)
    return build("split", x, parts=parts)


def _taken_apart(
    scope: Scope, x: Node, argument: tree.Argument, sizes: dict[str, tree.Argument]
) -> tuple[Axis, tuple[Axis, ...]]:
    """An axis and its parts, one of which may have its size worked out."""
    axis = axis_of(scope, x, str(argument.name), argument.name_span or argument.span)
    names = _listed(argument.value, SPLIT)
    known = [_known_size(scope, name, axis, sizes) for name in names]
    open_ones = [name for name, length in zip(names, known, strict=True) if length is None]
    if len(open_ones) > 1:
        name = next(one for one in open_ones if one.value != axis.name)
        message = f"nothing says how long `{name.value}` is"
        remedy = f"say it, as in `{SPLIT}`; one of the axes may be left open"
        raise fault("LD104", message, name.span, help=remedy)
    stated = product([length for length in known if length is not None])
    if open_ones:
        rest = _worked_out(scope, axis, stated, argument)
    else:
        scope.require_equal(axis.size, stated, axis.name, argument.span)
        rest = ONE
    parts: list[Axis] = []
    for name, length in zip(names, known, strict=True):
        after = parts[-1].name if parts else axis.name
        own = rest if length is None else length
        own_name = name.value == axis.name
        parts.append(Axis(axis.name, own) if own_name else _made(scope, name.value, own, name.span, after))
    return axis, tuple(parts)


def _known_size(scope: Scope, name: tree.Name, axis: Axis, sizes: dict[str, tree.Argument]) -> Size | None:
    """How long an axis is that comes out: as stated, as known, or None where it is to be worked out."""
    if name.value in sizes:
        return size(scope, sizes[name.value].value)
    if name.value == axis.name:
        return None
    known = scope.axes.get(name.value)
    if known is not None and len(known) == 1:
        return known[0].size
    if name.value in scope.hypers and scope.hypers[name.value].kind == "int":
        need_present(scope, name)
        return of(Symbol(name.value, "hyper"))
    return None


def _worked_out(scope: Scope, axis: Axis, stated: Size, argument: tree.Argument) -> Size:
    """What is left for the one open axis, which has to be a whole number of places."""
    if stated == ONE:
        return axis.size
    rest = axis.size // stated
    message = f"axis `{axis.name}` can't be taken apart evenly: {axis.size} is not a multiple of {stated}"
    if (axis.size % stated).constant not in (0, None):
        raise fault("LD206", message, argument.span)
    if rest * stated != axis.size:
        require_order(scope, argument.span, (whole(0), "lt", stated))
        test = build("eq", size_of(axis.size % stated), number(0))
        require(scope, test, f"{axis.size} % {stated} == 0", argument.span, message)
        scope.collected.exact[rest * stated] = axis.size
    return rest


def _join(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = value_of(scope, bound)
    given = keywords(expr, bound, JOIN)
    joined: list[tuple[tree.Argument, tuple[Axis, ...]]] = []
    for argument in given:
        names = _listed(argument.value, JOIN)
        joined.append((argument, tuple(axis for name in names for axis in axes_of(scope, x, name))))
    _distinct([part for _, some in joined for part in some], expr.span)
    gone = {part.name for _, some in joined for part in some}
    parts = tuple((_joined_axis(scope, argument, some), some) for argument, some in joined)
    _distinct([*without(x.axes, gone), *(axis for axis, _ in parts)], expr.span)
    return build("join", x, parts=parts)


def _joined_axis(scope: Scope, argument: tree.Argument, parts: tuple[Axis, ...]) -> Axis:
    """The axis that others become; a name of one of them may be used again, for an axis of another size."""
    name, length = str(argument.name), product([part.size for part in parts])
    length = scope.collected.exact.get(length, length)
    if name in {part.name for part in parts}:
        return Axis(name, length)
    return _made(scope, name, length, argument.name_span or argument.span, parts[0].name)


# -- behind each other -------------------------------------------------------------------------------------------------

CONCAT: Final = "concat(a, b, over=C)` or `concat(a, b, F=[C, D])"
STACK: Final = "stack(a, b, K)"


def _concat(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    """`over=C` for values that have it, or take one place; `F=C`, where the whole is called otherwise; `F=[C, D]` for
    values that each have an axis of another name."""
    along = [*bound.get("over", []), *bound.get("*", [])]
    if len(along) != 1:
        raise fault("LD104", "`concat` needs the axis", expr.span, help=f"it is used as `{CONCAT}`")
    given, names = bound["x"], _names_along(along[0], len(bound["x"]))
    values = [_several_or_one(scope, one, name.value) for one, name in zip(given, names, strict=True)]
    new = names[0].value if along[0].name == "over" else str(along[0].name)
    each = isinstance(along[0].value, tree.Sequence)
    renamed = [_called(scope, value, name, new, each) for value, name in zip(values, names, strict=True)]
    held = {new, *(axis.name for axis in scope.axes.get(new, ()) if new == names[0].value)}
    found = {axis.name for value in renamed for axis in value.axes if axis.name in held}
    if len(found) != 1:
        remedy = f"`stack(..., {new})` makes a new axis"
        raise fault("LD203", f"no value has axis `{names[0].value}`", names[0].span, help=remedy)
    _check_alike(given, renamed)
    result = behind_each_other(scope, expr.span, renamed, Axis(found.pop(), ONE))
    if new not in [name.value for name in names]:
        _made(scope, new, next(axis.size for axis in result.axes if axis.name == new), along[0].span, names[0].value)
    return result


def _names_along(along: tree.Argument, number: int) -> list[tree.Name]:
    """For each value the name of its axis."""
    if isinstance(along.value, tree.Name):
        return [along.value] * number
    names = _listed(along.value, CONCAT) if along.name != "over" else []
    if len(names) != number:
        message = f"{number} values, {len(names)} axes" if names else "`over` takes the name of one axis"
        raise fault("LD104", message, along.span, help=f"it is used as `{CONCAT}`")
    return names


def _several_or_one(scope: Scope, argument: tree.Argument, axis: str) -> Node:
    """A value; any number of bottoms as the one value that they are behind each other."""
    return joined_bottoms(scope, argument, axis) or _number_or_condition(scope, argument)


def _number_or_condition(scope: Scope, argument: tree.Argument) -> Node:
    value = formula(scope, argument.value)
    if value.kind == "word":
        need_number(value, argument.span)
    return value


def _called(scope: Scope, value: Node, name: tree.Name, new: str, needed: bool) -> Node:
    """The value with its axis under the name of the whole; where each is named, it has to be there."""
    names = [axis.name for axis in scope.axes.get(name.value, ())] or [name.value]
    if not needed and not set(names) & set(value.names):
        return value
    axis = axis_of(scope, value, name.value, name.span)
    if new == name.value:
        return value
    if new in value.names:
        raise fault("LD207", f"the value has axis `{new}` already", name.span, help="choose another name")
    return build("rename", value, axes=((axis.name, Axis(new, axis.size)),))


def _check_alike(given: Sequence[tree.Argument], values: list[Node]) -> None:
    """Conditions and numbers are not put behind each other."""
    if len({value.kind == "bool" for value in values}) > 1:
        for value, argument in zip(values, given, strict=True):
            need_number(value, argument.span)


def behind_each_other(scope: Scope, span: Span, values: list[Node], along: Axis) -> Node:
    """The values along an axis; one that has no such axis takes one place."""
    align(scope, span, *(_without(value, along) for value in values))
    lengths = [next((axis.size for axis in value.axes if axis.name == along.name), ONE) for value in values]
    total = Size(())
    for length in lengths:
        total = total + length
    return build("concat", *values, axis=Axis(along.name, scope.collected.exact.get(total, total)))


def _without(value: Node, along: Axis) -> Node:
    held = next((axis for axis in value.axes if axis.name == along.name), None)
    return value if held is None else build("at", value, axis=held, index=whole(0))


def _stack(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    """`stack(a, b, K)` and `stack(a, b, K=2)`."""
    given, named = list(bound["x"]), bound.get("*", [])
    if len(named) > 1 or (not named and not (len(given) > 1 and isinstance(given[-1].value, tree.Name))):
        raise fault("LD104", "`stack` needs the name of the axis that it makes", expr.span, help=f"`{STACK}`")
    last = named[0] if named else given.pop()
    name = str(last.name) if named else str(last.value.value)  # type: ignore[union-attr]
    if not named and name in scope.values:
        label = f"`{name}` is a value"
        raise fault("LD203", "the last argument names the new axis", last.span, label, help=f"`{STACK}`")
    values = [_number_or_condition(scope, argument) for argument in given]
    if named:
        scope.require_equal(size(scope, last.value), whole(len(values)), name, last.span)
    for value, argument in zip(values, given, strict=True):
        if name in value.names:
            raise fault(
                "LD207", f"the value has axis `{name}` already", argument.span, help="`concat` puts them behind"
            )
    first = next((axis.name for value in values for axis in value.axes), None)
    axis = _made(scope, name, whole(len(values)), last.span, first)
    _check_alike(given, values)
    return behind_each_other(scope, expr.span, values, axis)


# -- a part of a group -------------------------------------------------------------------------------------------------

CROP: Final = "crop(x, S=T, at=offset)"


def _crop(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    """As much of a group of axes as another one has, from the places on that a list says."""
    x = value_of(scope, bound)
    (given,) = keywords(expr, bound, CROP)[:1]
    whole_of = axis_of(scope, x, str(given.name), given.name_span or given.span)
    name = given.value
    axes = scope.axis_named(name) if isinstance(name, tree.Name) else ()
    if not whole_of.star or len(axes) != 1 or not axes[0].star:
        remedy = "axes with names are cut by slices: `x[H=1:-1]`"
        raise fault("LD206", "`crop` takes as much of one group as another one has", given.span, help=remedy)
    at = bound["at"][0].value if "at" in bound else None
    hyper = scope.hypers.get(at.value) if isinstance(at, tree.Name) else None
    if at is not None and (hyper is None or (hyper.kind, hyper.element, hyper.optional) != ("list", "int", False)):
        raise fault("LD303", "`at` takes a hyper-parameter that is a `list[int]`", at.span)
    return build("crop", x, axis=axes[0], whole=whole_of, at="" if hyper is None else hyper.name)


LAYOUT: Final = (
    ("crop", Builtin(CROP, (X, Parameter("at", required=False, keyword_only=True)), _crop, free_keywords=True)),
    ("split", Builtin(SPLIT, (X,), _split, free_keywords=True)),
    ("join", Builtin(JOIN, (X,), _join, free_keywords=True)),
    ("concat", Builtin(CONCAT, (VALUES, OVER), _concat, free_keywords=True)),
    ("stack", Builtin(STACK, (VALUES,), _stack, free_keywords=True)),
)
