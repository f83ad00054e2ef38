"""`for`: rounds that differ by a number, or by an entry of a list.

    sum(f(x, i) for i in range(3))        several values for one function
    for i in range(3):                    a value that is worked on again and again
        carry y = x
        next y = f(y)

Where the number of rounds is written out, every round is read on its own, with its number as a literal. Where the net
gives it, the rounds are places along an axis of their own: a reduction goes over it, and a loop is a scan along it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import Final, TypeGuard

from layerdsl.graph import Axis, Node, Origin
from layerdsl.graph.size import Size, whole
from layerdsl.operators.build import as_real, build, expand, number, size_of
from layerdsl.semantics.carried import NEXT, check_next, next_value
from layerdsl.semantics.conditions import require
from layerdsl.semantics.counted import Range, joined
from layerdsl.semantics.expressions import align, formula, need_number
from layerdsl.semantics.learned import carried_axes
from layerdsl.semantics.names import check_new, length_of, need_present, size
from layerdsl.semantics.scan import Run, fitting, repeat
from layerdsl.semantics.scope import BROKEN, Scope
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

#: More rounds than these are not written out one by one.
MAX_ROUNDS: Final = 64

USAGE: Final = "`range(3)`, `range(1, n)`, a list hyper-parameter, or `[1, 2, 4]`"


@dataclass(frozen=True)
class Known:
    """The rounds are known while compiling: the value of the name in each."""

    values: tuple[Node, ...]


@dataclass(frozen=True)
class Given:
    """The net gives their number: an axis, and the value of the name along it."""

    axis: Axis
    values: Node


Rounds = Known | Given


def rounds(scope: Scope, name: tree.Name, source: tree.Expr) -> Rounds:
    """What a `for` runs over."""
    check_new(scope, name)
    if _is_range(source, scope):
        return _range(scope, name, source)
    if isinstance(source, tree.Sequence):
        return Known(tuple(formula(scope, item) for item in source.items))
    if isinstance(source, tree.Name) and source.value in scope.lists:
        return Known(tuple(number(entry) for entry in scope.lists[source.value]))
    if isinstance(source, tree.Name) and source.value in scope.hypers and scope.hypers[source.value].kind == "list":
        return _entries(scope, name, source)
    raise fault("LD303", "a `for` runs over a range or a list", source.span, help=USAGE)


def _is_range(source: tree.Expr, scope: Scope) -> TypeGuard[tree.Call]:
    return isinstance(source, tree.Call) and source.function == "range" and "range" not in scope.functions


def _limits(scope: Scope, source: tree.Call) -> Range:
    limits = [size(scope, argument.value) for argument in source.arguments]
    if not 1 <= len(limits) <= 3 or any(argument.name is not None for argument in source.arguments):
        raise fault("LD104", "`range` takes an end, or a start and an end, and a step", source.span, help=USAGE)
    start, stop = (whole(0), limits[0]) if len(limits) == 1 else (limits[0], limits[1])
    step = limits[2].constant if len(limits) == 3 else 1
    if not step:
        place = source.arguments[-1].span
        raise fault("LD210", "the step of a range is a number other than 0", place, help="`range(0, 10, 2)`")
    return Range(start, _count(start, stop, step), step)


def _range(scope: Scope, name: tree.Name, source: tree.Call) -> Rounds:
    found = _limits(scope, source)
    count = found.count.constant
    if count is not None and count <= MAX_ROUNDS:
        return Known(tuple(size_of(found.start + whole(i * found.step)) for i in range(max(count, 0))))
    axis = _axis(scope, name, found.count, source.span)
    coord = build("coord", axis=axis)
    steps = coord if found.step == 1 else build("mul", coord, number(found.step))
    return Given(axis, steps if found.start == whole(0) else build("add", steps, size_of(found.start)))


def _count(start: Size, stop: Size, step: int) -> Size:
    length = stop - start if step > 0 else start - stop
    return length if abs(step) == 1 else (length + whole(abs(step) - 1)) // whole(abs(step))


def _entries(scope: Scope, name: tree.Name, source: tree.Name) -> Given:
    need_present(scope, source)
    axis = _axis(scope, name, length_of(scope, source), source.span)
    declared = scope.hypers[source.value]
    kind = "index" if declared.element == "int" else "real"
    return Given(axis, build("list", name=declared.name, axis=axis, kind=kind))


def _axis(scope: Scope, name: tree.Name, count: Size, place: Span) -> Axis:
    """An axis for the rounds, of which there has to be one."""
    known = scope.collected.axis_order
    free = next(axis for i in range(999) if (axis := f"{name.value}{'_' * i}") not in known)
    if count.constant is None:
        require(scope, build("ge", size_of(count), number(1)), f"{place.text} has entries", place)
    known.append(free)  # no name of the user's: another loop may call its rounds the same
    return Axis(free, count)


def inside(scope: Scope, name: tree.Name, value: Node) -> Scope:
    """A scope for one round, or for all of them along an axis."""
    inner = scope.child()
    inner.values[name.value] = value
    inner.fixed = {**scope.fixed, name.value: "the number of a round"}
    return inner


# -- several values for one function -----------------------------------------------------------------------------------

Fold = Callable[[Node, Node], Node]


def _folded(op: str) -> Fold:
    return lambda a, b: build(op, a, b)


#: How a function puts the values of two rounds together; those that it does not name take any number of values.
FOLDS: Final[dict[str, Fold]] = {
    "sum": _folded("add"),
    "mean": _folded("add"),
    "prod": _folded("mul"),
    "any": _folded("or"),
    "all": _folded("and"),
    "count": _folded("add"),
}

#: What may stand around a `for`.
AROUND: Final = frozenset({*FOLDS, "max", "min", "concat", "stack"})


def each_of(scope: Scope, expr: tree.Call) -> tree.Each | None:
    """The `for` among the arguments of a call."""
    found = [argument.value for argument in expr.arguments if isinstance(argument.value, tree.Each)]
    if not found:
        return None
    positional = [argument for argument in expr.arguments if argument.name is None]
    if expr.function not in AROUND or expr.function in scope.functions:
        remedy = "`sum`, `mean`, `prod`, `max`, `min`, `any`, `all`, `count`, `concat` and `stack` take several values"
        raise fault("LD104", f"`{expr.function}` takes no `for`", found[0].span, help=remedy)
    if positional[0].value is not found[0] or len(found) > 1:
        remedy = f"`{expr.function}(x[C=i] for i in range(3))`"
        raise fault("LD104", "a `for` stands alone", found[-1].span, help=remedy)
    return found[0]


def over_rounds(scope: Scope, expr: tree.Call, each: tree.Each) -> Node:
    """The value of `sum(f(x, i) for i in range(3))`."""
    if expr.function in ("concat", "stack") and _is_range(each.source, scope):
        limits = _limits(scope, each.source)
        if limits.count.constant is None:
            return joined(scope, limits, each.source.span, partial(_joined, expr, each))
    there = rounds(scope, each.name, each.source)
    if isinstance(there, Given):
        return _along_axis(scope, expr, each, there)
    if not there.values:
        raise fault("LD104", "there is no round", each.source.span, f"`{expr.function}` of nothing")
    values = [formula(inside(scope, each.name, value), each.value) for value in there.values]
    if expr.function in FOLDS:
        return _put_together(scope, expr, each, values)
    return _called(scope, expr, dict(_named(values)))


def _joined(expr: tree.Call, each: tree.Each, scope: Scope, numbers: list[Node]) -> Node:
    """The values of so many rounds joined."""
    values = [formula(inside(scope, each.name, one), each.value) for one in numbers]
    return _called(scope, expr, dict(_named(values)))


def _put_together(scope: Scope, expr: tree.Call, each: tree.Each, values: list[Node]) -> Node:
    _check_alone(expr)
    if expr.function in ("any", "all", "count"):
        for value in values:
            _need_condition(value, each.value.span)
        values = [as_real(value) for value in values] if expr.function == "count" else values
    else:
        for value in values:
            need_number(value, each.value.span)
    align(scope, expr.span, *values)
    total = reduce(FOLDS[expr.function], values)
    return build("div", total, number(len(values))) if expr.function == "mean" else total


def _check_alone(expr: tree.Call) -> None:
    if len(expr.arguments) > 1:
        message = f"`{expr.function}` over rounds has no `over`"
        raise fault("LD104", message, expr.arguments[1].span, help="take it of the value of each round")


def _need_condition(value: Node, place: Span) -> None:
    if value.kind != "bool":
        raise fault("LD302", "a number stands where a condition is needed", place, help="compare it: `... > 0`")


def _named(values: list[Node]) -> Iterator[tuple[str, Node]]:
    """Names that no user can give."""
    for i, value in enumerate(values):
        yield f"round {i}", value


def _called(scope: Scope, expr: tree.Call, values: dict[str, Node], more: tuple[tree.Argument, ...] = ()) -> Node:
    """The call with these values in place of its `for`."""
    from layerdsl.semantics.calls import call

    inner = scope.child()
    inner.values.update(values)
    span = expr.arguments[0].span
    given = tuple(tree.Argument(None, tree.Name(name, span), span) for name in values)
    result = call(inner, tree.Call(expr.function, (*given, *expr.arguments[1:], *more), expr.function_span, expr.span))
    for name, axes in inner.axes.items():
        scope.axes.setdefault(name, axes)
    return result


def _along_axis(scope: Scope, expr: tree.Call, each: tree.Each, there: Given) -> Node:
    """All rounds at once, along an axis that the function then takes together."""
    if expr.function in ("concat", "stack"):
        remedy = f"write it out, as in `range(3)`; the net gives `{each.source.span.on_one_line}`"
        message = f"`{expr.function}` has to know how many values it joins"
        raise fault("LD210", message, each.source.span, help=remedy)
    _check_alone(expr)
    value = formula(inside(scope, each.name, there.values), each.value)
    value = value if there.axis.name in value.names else expand(value, (*value.axes, there.axis))
    span = each.source.span
    over = tree.Argument("over", tree.Name(there.axis.name, span), span, span)
    return _called(scope, expr, dict(_named([value])), (over,))


# -- a value that is worked on again and again -------------------------------------------------------------------------


@dataclass
class Loop:
    """What a round of a loop is handed, and what it carries."""

    outer: Scope
    now: dict[str, Node]  # empty in the first round
    carried: dict[str, tree.Carry] = field(default_factory=dict)


def loop(scope: Scope, statement: tree.For, run: Run) -> None:
    """Read a `for` block; what it carries has its last value behind it."""
    carried = [each.name for each in statement.body if isinstance(each, tree.Carry)]
    if not carried:
        remedy = "`carry y = x` says what it starts from, `next y = ...` what a round makes of it"
        raise fault("LD114", "nothing is carried in this loop", statement.header, help=remedy)
    there = rounds(scope, statement.name, statement.source)
    if isinstance(there, Given):
        repeat(scope, statement, there.axis, there.values, run)
    else:
        _round_by_round(scope, statement, there, run)
    for name in carried:
        if not scope.calls and scope.inside is None:
            scope.collected.assigned.setdefault(name.value, name.span)


def _round_by_round(scope: Scope, statement: tree.For, there: Known, run: Run) -> None:
    now: dict[str, Node] = {}
    for value in there.values:
        inner = inside(scope, statement.name, value)
        inner.loop = round_ = Loop(scope, now)
        run(inner, statement.body)
        now = {name: next_value(inner, name, each.span) or BROKEN for name, each in round_.carried.items()}
        if any(value is BROKEN for value in now.values()):
            break
    if not there.values:
        firsts = [each for each in statement.body if isinstance(each, tree.Carry)]
        now = {each.name.value: formula(scope, each.first) for each in firsts}
    scope.values.update(now)


def carry_round(scope: Scope, statement: tree.Carry) -> None:
    """`carry y = x`: `x` in the first round, and then what the round before has made of it."""
    round_, name = scope.loop, statement.name.value
    assert isinstance(round_, Loop)
    check_new(scope, statement.name)
    round_.carried[name] = statement
    value = round_.now[name] if name in round_.now else formula(round_.outer, statement.first)
    scope.values[name] = _typed(scope, statement, value, statement.first.span)
    scope.fixed = {**scope.fixed, name: "carried from round to round"}


def next_round(scope: Scope, statement: tree.Next) -> None:
    """`next y = ...`."""
    round_, name = scope.loop, statement.name.value
    assert isinstance(round_, Loop)
    check_next(scope, statement, round_.carried, f"`carry {name} = ...` says what it starts from")
    value = _typed(scope, round_.carried[name], formula(scope, statement.value), statement.value.span)
    named = value.origin.name or value.static or value.op in ("bottom", "blob")
    scope.values[NEXT + name] = value if named else replace(value, origin=Origin(statement.span, name))


def _typed(scope: Scope, carried: tree.Carry, value: Node, place: Span) -> Node:
    """The value with the axes and of the kind that are declared for it, if any are."""
    if carried.type is None:
        return value
    axes = carried_axes(scope, carried.type.axes)
    kind = "bool" if value.kind == "bool" else "index" if carried.type.qualifier == "index" else "real"
    return fitting(scope, value, axes, kind, carried.name.value, place)
