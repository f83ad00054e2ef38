"""How values lie: axes taken apart and joined, values put behind each other, turned round, framed, patched.

`split` and `join` have the same attribute, `parts`: of each axis that is taken apart or made, the axis and those that
it is made of, the slowest first. They are each other's adjoints. `flip`, `split` and `joined`, a `join` of axes that
lie behind each other in memory already, are views; the others are written out by `layerdsl.emit.layout`.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from layerdsl.graph import Axis, Node, Size
from layerdsl.graph.attributes import axis_of
from layerdsl.graph.size import whole
from layerdsl.operators.build import build
from layerdsl.operators.kernel import Call, Kernel, Rule, register
from layerdsl.operators.types import Attrs, Typed, union, without
from layerdsl.operators.world import Named, World, fitted, shape_of

Parts = tuple[tuple[Axis, tuple[Axis, ...]], ...]
Cut = tuple[Axis, Axis, Size, int]  # an axis, the same cut, and the first place and the step of the cut


def parts_of(node: Node) -> Parts:
    """The axes that a `split` takes apart or a `join` makes, each with its parts."""
    return cast(Parts, node.attr("parts"))


def cuts_of(node: Node) -> tuple[Cut, ...]:
    """Where in a `patch` or `inset` the part lies."""
    return cast("tuple[Cut, ...]", node.attr("cuts"))


def _written(node: Node) -> Call:
    """What these operators do is written out, not called."""
    return Call("", ((),) * len(node.args), ())


# -- axes taken apart and joined ---------------------------------------------------------------------------------------


def _split_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    apart = {axis.name: parts for axis, parts in attrs["parts"]}
    return tuple(one for axis in args[0].axes for one in apart.get(axis.name, (axis,))), args[0].kind


def _join_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    first = {parts[0].name: axis for axis, parts in attrs["parts"]}
    gone = {part.name for _, parts in attrs["parts"] for part in parts[1:]}
    return tuple(first.get(axis.name, axis) for axis in args[0].axes if axis.name not in gone), args[0].kind


def _reshaped(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """Both ways: an axis and its parts have the same elements in the same order."""
    names = [axis.name for axis in node.args[0].axes]
    if node.op != "split":
        for _, parts in parts_of(node):
            at = names.index(parts[0].name)
            rest = [name for name in names[:at] if name not in {part.name for part in parts}]
            after = [name for name in names[at:] if name not in {part.name for part in parts}]
            names = [*rest, *(part.name for part in parts), *after]
    return Named(node.names, args[0].over(names).reshape(shape_of(node.axes, world)))


def _other(op: str) -> Rule:
    return lambda g, n: build(op, g, parts=n.attr("parts"))


register("split", Kernel(_split_type, _reshaped, _written, (_other("join"),), linear=(0,)))
register("join", Kernel(_join_type, _reshaped, _written, (_other("split"),), linear=(0,)))
register("joined", Kernel(_join_type, _reshaped, _written, (_other("split"),), linear=(0,)))


# -- turned round ------------------------------------------------------------------------------------------------------


def _same(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return args[0].axes, args[0].kind


def _flipped(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    return Named(args[0].names, np.flip(args[0].data, args[0].names.index(axis_of(node).name)))


register("flip", Kernel(_same, _flipped, _written, (lambda g, n: build("flip", g, axis=n.attr("axis")),), linear=(0,)))


# -- behind each other -------------------------------------------------------------------------------------------------


def lengths(node: Node) -> list[Size]:
    """How many places each argument of a `concat` has along its axis; one where it has no such axis."""
    name = axis_of(node).name
    return [next((axis.size for axis in arg.axes if axis.name == name), whole(1)) for arg in node.args]


def starts(node: Node) -> list[Size]:
    """The first place of each argument of a `concat`."""
    found = [whole(0)]
    for length in lengths(node)[:-1]:
        found.append(found[-1] + length)
    return found


def _concat_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    axis: Axis = attrs["axis"]
    kinds = {arg.kind for arg in args}
    rest = union(*(without(arg.axes, [axis.name]) for arg in args))
    return (*rest, axis), kinds.pop() if len(kinds) == 1 else "real"


def _behind_each_other(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    axis = axis_of(node)
    rest = without(node.axes, [axis.name])
    sizes = [length.evaluate(world.sizes) for length in lengths(node)]
    whole_args = [fitted(arg, (*rest, Axis(axis.name, whole(n))), world) for arg, n in zip(args, sizes, strict=True)]
    return Named((*(one.name for one in rest), axis.name), np.concatenate([arg.data for arg in whole_args], axis=-1))


def _part_of(i: int) -> Rule:
    """The cotangent of one argument of a `concat` is a part of that of the whole."""

    def rule(g: Node, node: Node) -> Node:
        axis, arg, start = axis_of(node), node.args[i], starts(node)[i]
        own = next((one for one in arg.axes if one.name == axis.name), None)
        if own is None:
            return build("at", g, axis=axis, index=start)
        return build("slice", g, axis=own, whole=axis, start=start, step=1)

    return rule


register("concat", Kernel(_concat_type, _behind_each_other, _written, _part_of))


# -- framed and patched ------------------------------------------------------------------------------------------------


def _inset_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    long = {axis.name: axis for axis, _, _, _ in attrs["cuts"]}
    return union((long.get(axis.name, axis) for axis in args[0].axes), args[1].axes, long.values()), args[0].kind


def _taken(node: Node, names: tuple[str, ...], world: World) -> tuple[slice, ...]:
    """The index of the part in an array with these axes."""
    places = {axis.name: slice(start.evaluate(world.sizes), None, step) for axis, _, start, step in cuts_of(node)}
    counts = {axis.name: short.size.evaluate(world.sizes) for axis, short, _, _ in cuts_of(node)}
    return tuple(
        slice(places[name].start, places[name].start + counts[name] * places[name].step, places[name].step)
        if name in places
        else slice(None)
        for name in names
    )


def _short(node: Node) -> tuple[Axis, ...]:
    cut = {axis.name: short for axis, short, _, _ in cuts_of(node)}
    return tuple(cut.get(axis.name, axis) for axis in node.axes)


def _inset(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    result = fitted(args[1], node.axes, world).data
    result[_taken(node, node.names, world)] = fitted(args[0], _short(node), world).data
    return Named(node.names, result)


def cut_out(x: Node, node: Node) -> Node:
    """The part of a value at which a `patch` or `inset` has its own; an axis that what it holds lacks has one place."""
    for axis, short, start, step in cuts_of(node):
        x = build("slice", x, axis=short, whole=axis, start=start, step=step)
    return x


def _around(g: Node, node: Node) -> Node:
    return build("sub", g, framed(cut_out(g, node), node))


def framed(x: Node, node: Node) -> Node:
    """Zeros, with a value at the part of a `patch` or `inset`."""
    for axis, short, start, step in cuts_of(node):
        x = build("unslice", x, axis=axis, whole=short, start=start, step=step)
    return x


# the second argument, with the first in a part of it
register("inset", Kernel(_inset_type, _inset, _written, (cut_out, _around)))


def _patched(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    result = fitted(args[0], node.axes, world).data
    sign = 1 if node.attr("plus") else -1
    result[_taken(node, node.names, world)] += sign * fitted(args[1], _short(node), world).data
    return Named(node.names, result)


def _patch(g: Node, node: Node) -> Node:
    part = cut_out(g, node)
    return part if node.attr("plus") else build("neg", part)


# the first argument, with the second added to a part of it, or taken from it
register(
    "patch",
    Kernel(lambda args, attrs: (args[0].axes, "real"), _patched, _written, (lambda g, n: g, _patch)),
)


# -- a part of a group -------------------------------------------------------------------------------------------------


def _crop_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    old, new = attrs["whole"], attrs["axis"]
    return tuple(new if axis.name == old.name else axis for axis in args[0].axes), args[0].kind


def _cropped(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """Both ways: of a `crop` the whole is that of its argument, of an `uncrop` its own."""
    long, short = (axis_of(node, which) for which in (("whole", "axis") if node.op == "crop" else ("axis", "whole")))
    whole_shape, part_shape = (world.groups.get(one.name, (one.size.evaluate(world.sizes),)) for one in (long, short))
    at = cast("tuple[int, ...]", world.hypers[str(node.attr("at"))] if node.attr("at") else ())
    first = tuple(at) * len(part_shape) if len(at) == 1 else at or (0,) * len(part_shape)
    taken: Any = (..., *(slice(start, start + size) for start, size in zip(first, part_shape, strict=True)))
    rest = without(node.axes, [axis_of(node).name])
    names = tuple(axis.name for axis in rest)
    lead, (x,) = shape_of(rest, world), args
    if node.op == "crop":
        data = x.over((*names, long.name)).reshape((*lead, *whole_shape))[taken]
    else:
        data = np.zeros((*lead, *whole_shape))
        data[taken] = x.over((*names, short.name)).reshape((*lead, *part_shape))
    return Named((*names, axis_of(node).name), data.reshape(*lead, -1))


def _back_from(op: str) -> Rule:
    return lambda g, n: build(op, g, axis=n.attr("whole"), whole=n.attr("axis"), at=n.attr("at"))


register("crop", Kernel(_crop_type, _cropped, _written, (_back_from("uncrop"),), linear=(0,)))
register("uncrop", Kernel(_crop_type, _cropped, _written, (_back_from("crop"),), linear=(0,)))
