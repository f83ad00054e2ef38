"""Any number of bottoms and tops of a layer that is used inside another.

Several values for `*xs` are one value with an axis more, or lie behind each other where the layer joins them. A top
`*ys` is one value as well, until it is taken apart for the names that it is given to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import cast

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import ONE, Size, whole
from layerdsl.operators.build import build, number, size_of
from layerdsl.semantics.axis_binding import bind_axes
from layerdsl.semantics.conditions import require
from layerdsl.semantics.families.layout import behind_each_other
from layerdsl.semantics.families.several import cut_at
from layerdsl.semantics.scope import Scope
from layerdsl.semantics.selection import require_order
from layerdsl.source import Span, fault
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes

Given = tuple[Node, Span, "Axis | None"]  # a value, its place, and the axis along which it is any number of values


def bind_several(inner: Scope, blob: tree.BlobDecl, given: Sequence[Given]) -> Node:
    """The values for `*xs` as one, which has an axis `xs`; one alone has none."""
    name, place = blob.name.value, given[0][1]
    joined = _joined_along(inner.path[-1], blob)
    if joined:
        values = [_bound_along(inner, blob, one, joined) for one in given]
        inner.joined |= {name}
        inner.axes[name] = ()
        return behind_each_other(inner, place, values, *inner.axes[joined]) if len(values) > 1 else values[0]
    for value, where, stack in given:
        bind_axes(inner, blob, _first(inner, value, stack), where)
    if len(given) == 1 and given[0][2] is None:
        inner.axes[name], inner.alone = (), inner.alone | {name}
        return given[0][0]
    return _stacked(inner, name, place, given)


def _first(inner: Scope, value: Node, stack: Axis | None) -> Node:
    """One of the values, by which the axes of all are told."""
    inner.taken |= frozenset(value.names)
    return value if stack is None else build("at", value, axis=stack, index=whole(0))


def _bound_along(inner: Scope, blob: tree.BlobDecl, given: Given, joined: str) -> Node:
    """A value whose axes are those of the declaration; the one along which it is joined may have another name."""
    value, place, stack = given
    own = inner.child()
    own.axes.pop(joined, None)
    bind_axes(own, blob, _first(inner, value, stack), place)
    (along,) = own.axes[joined]
    inner.axes = {**own.axes, joined: inner.axes.get(joined, (along,))}
    (first,) = inner.axes[joined]
    value, along = (value, along) if stack is None else _row(value, stack, along)
    if along.name == first.name:
        return value
    if first.name in value.names:
        message = f"this value has an axis `{first.name}`, along which it is joined, at another place"
        raise fault("LD207", message, place, help=f"`rename(x, {first.name}=...)` gives it another name")
    return build("rename", value, axes=((along.name, replace(first, size=along.size)),))


def _row(value: Node, stack: Axis, along: Axis) -> tuple[Node, Axis]:
    """Any number of values behind each other along an axis, and that; bottoms may differ along it."""
    if value.op == "bottoms":
        axes = tuple(axis for axis in value.axes if axis != stack)
        return build("bottoms", **{**dict(value.attrs), "axes": axes, "joined": along.name}), along
    whole_of = replace(along, size=stack.size * along.size)
    return build("join", value, parts=((whole_of, (stack, along)),)), whole_of


def _stacked(inner: Scope, name: str, place: Span, given: Sequence[Given]) -> Node:
    """The values along an axis of their own; one that has such an axis is as many as that is long."""
    if len(given) == 1 and given[0][2] is not None:
        inner.axes[name], inner.stacks[name] = (given[0][2],), given[0][2]
        return given[0][0]
    axis = inner.add_stack(name, reduce(Size.__add__, [ONE if stack is None else stack.size for _, _, stack in given]))
    named = [
        value if stack is None else build("rename", value, axes=((stack.name, replace(axis, size=stack.size)),))
        for value, _, stack in given
    ]
    return behind_each_other(inner, place, named, axis)


def _joined_along(layer: tree.Layer, blob: tree.BlobDecl) -> str:
    """The axis along which a layer joins blobs, `concat(xs, over=C)`; nothing where it stacks them."""
    name, axes = blob.name.value, blob.type.axes if blob.type is not None else ()
    named = [each for each in all_nodes(layer.body) if isinstance(each, tree.Name) and each.value == name]
    calls = [each for each in all_nodes(layer.body) if isinstance(each, tree.Call) and _first_is(each, name)]
    joining = [call for call in calls if call.function == "concat"]
    counting = [call for call in calls if call.function == "len"]
    given = [argument for call in joining for argument in call.arguments if argument.name is not None]
    along = {argument.value.value for argument in given if isinstance(argument.value, tree.Name)}
    single = {axis.name for axis in axes if not axis.star and axis.name is not None}
    return along.pop() if len(along) == 1 and along <= single and len(named) == len(joining) + len(counting) else ""


def _first_is(call: tree.Call, name: str) -> bool:
    """Whether the first argument of a call is that name."""
    first = call.arguments[0].value if call.arguments else None
    return isinstance(first, tree.Name) and first.value == name


# -- tops --------------------------------------------------------------------------------------------------------------


def know_count(inner: Scope, name: str, count: int) -> None:
    """Say how many tops of one name there are; one alone makes no axis."""
    if count > 1:
        inner.add_stack(name, whole(count))
    else:
        inner.axes[name], inner.alone = (), inner.alone | {name}


def stack_of_top(inner: Scope, name: str, value: Node, expr: tree.Call) -> Axis | None:
    """The axis of a top of any number: its own, or that of the bottoms, of which there are as many then."""
    own = inner.stacks.get(name)
    theirs = next((axis for axis in inner.stacks.values() if axis != own and axis.name in value.names), None)
    if theirs is None:
        return own
    if theirs.size.constant is not None and (own is None or theirs.size != own.size):
        names = ", ".join(f"{name}{i + 1}" for i in range(theirs.size.constant))
        message = f"`{expr.function}` has {theirs.size} tops `{name}` here, as many as bottoms"
        raise fault("LD104", message, expr.span, help=f"each has a name: `{names} = {expr.function}(...)`")
    return theirs


def one_of(value: Node, stack: Axis) -> Node:
    """The first of the tops, as far as they have an axis."""
    return build("at", value, axis=stack, index=whole(0)) if stack.name in value.names else value


def taken_apart(
    inner: Scope, top: tree.BlobDecl, value: Node, axes: tuple[Axis, ...], place: Span
) -> Iterator[tuple[Node, tuple[Axis, ...]]]:
    """The tops of one name, each with its axes in their order."""
    parts = inner.values[top.name.value]
    assert isinstance(parts, Node)
    if parts.op == "parts":
        stack = inner.stacks.get(top.name.value)
        yield from _cut(inner, parts, value, axes, ONE if stack is None else stack.size, place)
        return
    count = axes[0].size.constant if axes and axes[0] in inner.stacks.values() else None
    if count is None:
        yield value, axes
        return
    for i in range(count):
        yield build("at", value, axis=axes[0], index=whole(i)), axes[1:]


def _cut(
    inner: Scope, parts: Node, value: Node, axes: tuple[Axis, ...], count: Size, place: Span
) -> Iterator[tuple[Node, tuple[Axis, ...]]]:
    """The pieces of an axis: at the places that are given, or of one length."""
    name = cut_at(parts)
    (axis,) = (one for one in axes if one.name == name)
    for start, length in _pieces(inner, parts, axis, count.constant or 1, place):
        piece = Axis(axis.name, length)
        cut = build("slice", value, axis=piece, whole=axis, start=start, step=1)
        yield cut, tuple(piece if one.name == name else one for one in axes)


def _pieces(inner: Scope, parts: Node, axis: Axis, count: int, place: Span) -> list[tuple[Size, Size]]:
    """Where each piece begins, and its length."""
    points = parts.attr("points")
    if isinstance(points, str) and points:
        remedy = "write the points out, or use slices: `x[C=:2]`"
        raise fault("LD703", "an axis cut at points that the net gives", place, help=remedy)
    if not points:
        length = axis.size // whole(count)
        if length * whole(count) != axis.size:
            test = build("eq", size_of(axis.size % whole(count)), number(0))
            require(inner, test, f"{axis.name} % {count} == 0", place)
        return [(length * whole(i), length) for i in range(count)]
    ends = [whole(0), *map(whole, cast("tuple[int, ...]", points)), axis.size]
    if len(ends) != count + 1:
        raise fault("LD104", f"these points make {len(ends) - 1} tops, here are {count} names", place)
    pieces = list(pairwise(ends))
    require_order(inner, place, *((start, "lt", end) for start, end in pieces))
    return [(start, end - start) for start, end in pieces]
