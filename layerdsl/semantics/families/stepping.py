"""The axes that are seen through windows, and the whole numbers by which these step, for each axis.

A group of axes has as many as the net says. Where windows run along one, formulas see it as `MOST` axes, of which the
first may be lacking and have size 1: there a window is one place, and steps by 1 without padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.bounds import is_natural
from layerdsl.graph.size import Size, Symbol, chosen, of, whole
from layerdsl.operators.build import as_test, build, number, size_of
from layerdsl.semantics.builtin import Bound
from layerdsl.semantics.conditions import opposite, present_if, require
from layerdsl.semantics.decided import outcome
from layerdsl.semantics.expressions import static_condition
from layerdsl.semantics.groups import Opening, member, members, rank
from layerdsl.semantics.names import need_present, size
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree
from layerdsl.syntax.elsewhere import KEYWORDS

#: The options that say how windows step, and their least values, which are those where nothing is said.
LEAST: Final = {"stride": 1, "pad": 0, "dilation": 1}


@dataclass(frozen=True)
class Asked:
    """`P = H by KH`, with the axis of the value that H is; of a group, one of its axes."""

    label: str | None
    group: str
    held: Axis
    offset: Axis
    span: Span


@dataclass(frozen=True)
class Steps:
    """How the windows along one axis step."""

    stride: Size
    pad: Size
    dilation: Size


def windows(scope: Scope, expr: tree.Call, bound: Bound, x: Node, usage: str) -> list[Asked]:
    """The axes that are seen through windows, in the order in which they are written."""
    found = sorted([*bound.get("by", []), *bound.get("*", [])], key=lambda argument: argument.span.start)
    for argument in found:
        if not isinstance(argument.value, tree.By):
            raise _no_window(expr, argument, usage)
    if not found:
        raise fault("LD104", f"`{expr.function}` needs an axis with windows", expr.span, help=f"`{usage}`")
    asked: list[Asked] = []
    for argument in found:
        asked += _asked(scope, x, argument, asked)
    return asked


def _no_window(expr: tree.Call, argument: tree.Argument, usage: str) -> Fault:
    name = argument.name
    if name is None:
        message = f"`{expr.function}` takes one value and axes with windows"
        return fault("LD104", message, argument.span, help=f"`{usage}`")
    place = argument.name_span or argument.span
    if name in KEYWORDS:
        return fault("LD109", f"`{expr.function}` has no argument `{name}`", place, help=KEYWORDS[name])
    options = (*LEAST, "round", "outside") if expr.function == "window" else (*LEAST, "size")
    hint = suggestion(name, options) or f"`{usage}`"
    return fault("LD104", f"`{expr.function}` has no argument `{name}`", place, help=hint)


def _asked(scope: Scope, x: Node, argument: tree.Argument, before: list[Asked]) -> list[Asked]:
    by = argument.value
    assert isinstance(by, tree.By)
    held = _held(scope, x, by.axis)
    offsets = _offsets(scope, by, held, after=before[-1].offset.name if before else x.axes[-1].name)
    labels = [None] * len(held) if argument.name is None else members(scope, argument.name, held, argument.span)
    name = argument.name or ""
    asked = zip(labels, held, offsets, strict=True)
    return [Asked(label, name, axis, offset, argument.span) for label, axis, offset in asked]


def _held(scope: Scope, x: Node, name: tree.Name) -> list[Axis]:
    """The axis of the value that has the windows, or the axes of the group."""
    names = [axis.name for axis in scope.axes.get(name.value, ())] or [name.value]
    by_name = {axis.name: axis for axis in x.axes}
    if not set(names) <= set(by_name):
        there = f"its axes are {scope.described(x)}"
        near = suggestion(name.value, x.names)
        raise fault("LD203", f"the value has no axis `{name.value}`", name.span, there, help=near)
    found = [by_name[each] for each in names]
    _open(scope, found, name)
    return found


def _open(scope: Scope, axes: list[Axis], name: tree.Name) -> None:
    """A group is seen as its axes from here on, and so by everything before."""
    for axis in axes:
        if axis.star and axis.name in scope.collected.groups:
            raise Opening(axis.name)
        if axis.star:
            message, remedy = f"`{name.value}` is a group that no bottom has", "windows run along axes of bottoms"
            raise fault("LD211", message, name.span, help=remedy)


def _offsets(scope: Scope, by: tree.By, held: list[Axis], after: str) -> list[Axis]:
    """The axes of the offsets in a window: known, as long as a hyper-parameter, or with their sizes."""
    name = by.window.value
    known = scope.axes.get(name)
    declared = scope.hypers.get(name) if known is None else None
    written = by.size
    if written is None and declared is not None and (declared.kind, declared.element) in (("int", ""), ("list", "int")):
        need_present(scope, by.window)
        written = by.window
    if written is None and known is None:
        remedy = f"give its size: `{by.axis.value} by {name}=3`, or declare `hyper {name}: int`"
        raise fault("LD201", f"there is no axis `{name}` here", by.window.span, "how long is a window?", help=remedy)
    if known is not None:
        _open(scope, [*known], by.window)
        _need_alike(scope, by, known, held)
    if written is None:
        assert known is not None
        return [*known]
    lengths = numbers(scope, written, held, 1, "a window has at least one place")
    if known is not None:
        for axis, length in zip(known, lengths, strict=True):
            scope.require_equal(axis.size, length, name, by.span)
        return [*known]
    return _new(scope, name, lengths, held, by.span, after)


def _new(scope: Scope, name: str, lengths: list[Size], like: list[Axis], span: Span, after: str | None) -> list[Axis]:
    """New axes beside these, for which one name stands."""
    made: list[Axis] = []
    for each, one, length in zip(members(scope, name, like, span), like, lengths, strict=True):
        give_name(scope, one, each, length)
        made.append(member(scope, name, one, Axis(each, length), made[-1].name if made else after))
    return made


USAGE: Final = "param weight: [F, C, *K=each(kernel_size, S)]"


def each_of(scope: Scope, axis: tree.AxisDecl) -> None:
    """`*K=each(kernel_size, S)`: a group with a number for each axis of S, or as long as one for all."""
    call = axis.size
    given = call.arguments if isinstance(call, tree.Call) and call.function == "each" else ()
    names = [argument.value for argument in given if argument.name is None]
    if len(names) != 2 or not isinstance(names[1], tree.Name) or axis.name is None:
        place = axis.size.span if axis.size is not None else axis.span
        message = "a blob's group of stated sizes has a number for each axis of another group"
        raise fault("LD209", message, place, help=f"`{USAGE}`")
    like = [*scope.axis_named(names[1])]
    _open(scope, like, names[1])
    lengths = numbers(scope, names[0], like, 1, "an axis has at least one place")
    known = scope.axes.get(axis.name)
    if known is None:
        _new(scope, axis.name, lengths, like, axis.span, None)
    else:
        members(scope, axis.name, like, axis.span)
        for one, length in zip(known, lengths, strict=True):
            scope.require_equal(one.size, length, axis.name, axis.span)


def give_name(scope: Scope, axis: Axis, name: str, size: Size) -> None:
    """A size of a group's axis gets a name in the emitted code."""
    if rank(scope, axis) is not None:
        scope.collected.sizes.setdefault(name.replace(".", "_"), size)


def _need_alike(scope: Scope, by: tree.By, known: tuple[Axis, ...], held: list[Axis]) -> None:
    """As many offsets as axes; of two groups that bottoms have, the net says how many."""
    ours, theirs = rank(scope, held[0]), rank(scope, known[0])
    if len(known) != len(held) or (ours is None) != (theirs is None):
        raise _unlike(by, len(known))
    if ours is not None and theirs is not None and ours != theirs:
        said = f"{by.window.value} has as many axes as {by.axis.value}"
        _once(scope, build("eq", size_of(theirs), size_of(ours)), (theirs, ours), f"{theirs} == {ours}", by.span, said)


def _unlike(by: tree.By, count: int) -> Fault:
    if count == 1:
        message = f"`{by.window.value}` is one axis, the windows run along a group"
    else:
        message = f"`{by.window.value}` is a group of axes, offsets have one axis"
    return fault("LD211", message, by.window.span, help=f"give it a name of its own: `{by.axis.value} by K=3`")


# -- how they step -----------------------------------------------------------------------------------------------------


def steps(scope: Scope, bound: Bound, held: list[Axis]) -> list[Steps]:
    """How windows step along each axis."""
    found = [_option(scope, bound, name, held) for name in LEAST]
    return [Steps(*one) for one in zip(*found, strict=True)]


def _option(scope: Scope, bound: Bound, name: str, held: list[Axis]) -> list[Size]:
    least = LEAST[name]
    if name not in bound:
        return [whole(least)] * len(held)
    found = numbers(scope, bound[name][0].value, held, least, f"`{name}` is at least {least}", name)
    for i, (axis, one) in enumerate(zip(held, found, strict=True)):
        give_name(scope, axis, f"{name}_{i}", one)
    return found


def numbers(scope: Scope, expr: tree.Expr, held: list[Axis], least: int, message: str, what: str = "") -> list[Size]:
    """A whole number for each axis: one for all, or a list; `least` along axes that a group lacks."""
    if isinstance(expr, tree.Conditional):
        return _chosen(scope, expr, held, least, message, what)
    if isinstance(expr, tree.Sequence):
        found = [size(scope, item) for item in expr.items]
        for one, item in zip(found, expr.items, strict=True):
            at_least(scope, one, least, message, item.span)
        _need_count(scope, whole(len(found)), held, expr.span, what)
        return [*[whole(least)] * (len(held) - len(found)), *found]
    if isinstance(expr, tree.Name) and expr.value in scope.lists:
        return _written_out(scope, expr, held, least, message, what)
    declared = scope.hypers.get(expr.value) if isinstance(expr, tree.Name) else None
    if isinstance(expr, tree.Name) and declared is not None and (declared.kind, declared.element) == ("list", "int"):
        need_present(scope, expr)
        return _listed(scope, declared.name, held, least, message, expr.span)
    one = size(scope, expr)
    at_least(scope, one, least, message, expr.span)
    return _where_there(scope, [one] * len(held), held, least)


def _chosen(scope: Scope, expr: tree.Conditional, held: list[Axis], least: int, message: str, what: str) -> list[Size]:
    """Numbers that are chosen at set-up."""
    test = static_condition(scope, expr.condition, "no size: it is known when shapes are")
    known = outcome(test)
    if known is not None:
        return numbers(scope, expr.then if known else expr.orelse, held, least, message, what)
    yes = numbers(scope.where(test, present_if(test, True)), expr.then, held, least, message, what)
    no = numbers(scope.where(opposite(test), present_if(test, False)), expr.orelse, held, least, message, what)
    choice = as_test(test)
    if choice is None:
        remedy = "it is made of hyper-parameters, sizes, comparisons, `and`, `or` and `not`"
        raise fault("LD210", "a size can't depend on this condition", expr.condition.span, help=remedy)
    return [chosen(choice, *one) for one in zip(yes, no, strict=True)]


def _written_out(scope: Scope, expr: tree.Name, held: list[Axis], least: int, message: str, what: str) -> list[Size]:
    """A list of a layer in use."""
    found = [whole(int(entry)) for entry in scope.lists[expr.value]]
    for one in found:
        at_least(scope, one, least, message, expr.span)
    if len(found) == 1:
        return _where_there(scope, found * len(held), held, least)
    _need_count(scope, whole(len(found)), held, expr.span, what)
    return [*[whole(least)] * (len(held) - len(found)), *found]


def _listed(scope: Scope, name: str, held: list[Axis], least: int, message: str, span: Span) -> list[Size]:
    """The entries of a list that the net gives: a number for each axis, or one for all."""
    length = of(Symbol(f"len({name})", "hyper"))
    none = build("eq", size_of(length), number(0))
    enough = build("ge", size_of(of(Symbol(f"min({name})", "hyper"))), number(least))
    _once(scope, build("or", none, enough), (name, least), f"{name} >= {least}", span, message)
    wanted = rank(scope, held[0]) or whole(len(held))
    one, each = (build("eq", size_of(length), size_of(count)) for count in (whole(1), wanted))
    said = f"`{name}` has a number for each axis, or one for all"
    _once(scope, build("or", one, each), (name, wanted), f"len({name}) == 1 or len({name}) == {wanted}", span, said)
    entries = [of(Symbol(f"{name}[{i - len(held)}]", "hyper")) for i in range(len(held))]
    return _where_there(scope, entries, held, least)


def _where_there(scope: Scope, found: list[Size], held: list[Axis], least: int) -> list[Size]:
    """The numbers along the axes that are there, the least along those that a group lacks."""
    behind = range(len(held) - 1, -1, -1)
    return [_if_there(rank(scope, axis), i, one, least) for i, axis, one in zip(behind, held, found, strict=True)]


def _if_there(count: Size | None, behind: int, value: Size, least: int) -> Size:
    """The number along an axis behind which a group has so many others."""
    if count is None or value == whole(least):
        return value
    test = as_test(build("gt", size_of(count), number(behind)))
    assert test is not None
    if value.constant is None:
        return chosen(test, value, whole(least))
    # a number apart from the condition, so that what a pad adds and a window takes away is nothing
    return whole(least) + (value - whole(least)) * chosen(test, whole(1), whole(0))


def _need_count(scope: Scope, count: Size, held: list[Axis], span: Span, what: str) -> None:
    """As many numbers as there are axes."""
    wanted = rank(scope, held[0])
    most = count.constant or 0
    if (wanted is None and most != len(held)) or most > len(held):
        axes = "one axis has" if len(held) == 1 else f"{'at most ' * (wanted is not None)}{len(held)} axes have"
        listed = f"`{what}` has {most} numbers" if what else f"these are {most} numbers"
        raise fault("LD211", f"{listed}, but {axes} windows", span, help=f"`{what or 'K'}=1`")
    if wanted is not None:
        said = f"{span.on_one_line} has a number for each axis"
        same = build("eq", size_of(wanted), size_of(count))
        _once(scope, same, (wanted, count), f"{wanted} == {count}", span, said)


def _once(scope: Scope, test: Node, key: object, written: str, span: Span, message: str) -> None:
    """What is looked at when the layer is set up, once."""
    if (key, scope.given) not in scope.collected.ordered:
        scope.collected.ordered.add((key, scope.given))
        require(scope, test, written, span, message)


def at_least(scope: Scope, value: Size, least: int, message: str, span: Span) -> None:
    """A number of places that has to be so large: refused here, or looked at when the layer is set up."""
    if value.constant is not None and value.constant < least:
        raise fault("LD211", message, span, f"this is {value.constant}")
    if not is_natural(value - whole(least)):
        enough = build("ge", size_of(value), number(least))
        _once(scope, enough, (value, least), f"{value} >= {least}", span, message)
