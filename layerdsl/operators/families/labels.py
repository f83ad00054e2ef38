"""Values taken from the places that an index names, and added up there: each the adjoint of the other.

`gather` counts through the axes `along` of its value, as one axis in the order given, and has the axes `over` of its
index in place of them; `add_by` has `along` in place of `over`. `once` says that no place is named twice and that none
lies outside. Else what lies outside gets 0, or, where `named` is the name of the index, is an error unless it brings 0.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axes_of, axis_of
from layerdsl.graph.size import whole
from layerdsl.operators.build import build
from layerdsl.operators.families import words
from layerdsl.operators.kernel import Call, Kernel, Onto, Room, Where, register
from layerdsl.operators.types import Attrs, Typed, union, without
from layerdsl.operators.world import Array, Named, World, fitted, shape_of

Axes = tuple[Axis, ...]


def names_of(axes: Axes) -> tuple[str, ...]:
    """Their names."""
    return tuple(axis.name for axis in axes)


def flat(x: Named, lead: tuple[str, ...], last: tuple[str, ...]) -> Array:
    """The data with the leading axes, and all the last ones as one."""
    data = x.over((*lead, *last))
    return data.reshape(*data.shape[: len(lead)], -1)


def _lead(node: Node) -> Axes:
    """The axes that are neither counted through nor summed."""
    x, index = node.args
    inner = names_of(axes_of(node, "along" if node.op == "gather" else "over"))
    return union(without(x.axes, inner), without(index.axes, names_of(axes_of(node, "over"))))


# -- gather ------------------------------------------------------------------------------------------------------------


def _gathered(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return union(without(args[0].axes, names_of(attrs["along"])), args[1].axes), args[0].kind


def _gather(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along, over, lead = axes_of(node, "along"), axes_of(node, "over"), names_of(_lead(node))
    sizes = shape_of(over, world)
    x = flat(fitted(args[0], (*node.args[0].axes,), world), lead, names_of(along))
    index = flat(args[1], lead, names_of(over)).astype(np.intp)
    shape = np.broadcast_shapes(x.shape[:-1], index.shape[:-1])
    x, index = np.broadcast_to(x, (*shape, x.shape[-1])), np.broadcast_to(index, (*shape, index.shape[-1]))
    inside = (index >= 0) & (index < x.shape[-1])
    taken = np.take_along_axis(x, np.where(inside, index, 0), axis=-1)
    return Named((*lead, *names_of(over)), np.where(inside, taken, 0).reshape((*shape, *sizes)))


def _gather_call(node: Node) -> Call:
    along, over = axes_of(node, "along"), axes_of(node, "over")
    x = node.args[0]
    return Call(
        "_gather",
        args=(names_of(along), names_of(over)),
        out=names_of(over),
        extra=(len(along), len(over)),
        rooms=(
            Room("int", node.axes),
            Room("bool", node.axes),
            Room("real", (*without(x.axes, names_of(along)), *along)),
            Room("real", node.axes),
        ),
    )


register(
    "gather",
    Kernel(
        type=_gathered,
        reference=_gather,
        call=_gather_call,
        written=words.gather,
        derivative=(
            lambda g, n: build(
                "add_by", g, n.args[1], along=n.attr("along"), over=n.attr("over"), once=n.attr("once"), named=""
            ),
            None,
        ),
        linear=(0,),
    ),
)


# -- add_by ------------------------------------------------------------------------------------------------------------


def _added(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return (*without(union(args[0].axes, args[1].axes), names_of(attrs["over"])), *attrs["along"]), "real"


def _add_by(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along, over, lead = axes_of(node, "along"), axes_of(node, "over"), names_of(_lead(node))
    g, index = (flat(fitted(arg, (*_lead(node), *over), world), lead, names_of(over)) for arg in args)
    sizes = shape_of(along, world)
    places = np.arange(int(np.prod(sizes)))
    found = np.where(index[..., np.newaxis] == places, g[..., np.newaxis], 0.0).sum(axis=-2)
    return Named((*lead, *names_of(along)), found.reshape(*found.shape[:-1], *sizes))


def _add_by_call(node: Node) -> Call:
    return _put_back_call(node) if node.attr("once") else _sums_call(node)


def _put_back_call(node: Node) -> Call:
    along, over = axes_of(node, "along"), axes_of(node, "over")
    return Call(
        "_put_back",
        args=(names_of(over), names_of(over)),
        out=names_of(along),
        extra=(len(along), len(over)),
        rooms=(
            Room("int", (*_lead(node), *over)),
            Room("real", (*_lead(node), *over)),
            Room("real", (*_lead(node), *along)),
        ),
    )


def _block(kind: Literal["real", "int", "double"], size: int) -> Room:
    """Room for so many numbers."""
    return Room(kind, (Axis("block", whole(size)),))


def _sums_call(node: Node) -> Call:
    """`along` is one axis here."""
    over = axes_of(node, "over")
    row = (*without(_lead(node), node.args[1].names), *axes_of(node, "along"))
    return Call(
        "_add_by",
        args=(names_of(over), names_of(over)),
        out=names_of(axes_of(node, "along")),
        extra=(Where(), str(node.attr("named")), len(over), Onto()),
        rooms=(
            Room("int", node.args[1].axes),
            Room("real", (*_lead(node), *over)),
            Room("real", node.axes),
            Room("real", row),
            Room("double", row),
            _block("real", 65536),
            _block("double", 16384),
            _block("int", 16384),
        ),
    )


register(
    "add_by",
    Kernel(
        type=_added,
        reference=_add_by,
        call=_add_by_call,
        written=words.add_by,
        derivative=(
            lambda g, n: build("gather", g, n.args[1], along=n.attr("along"), over=n.attr("over"), once=n.attr("once")),
            None,
        ),
        linear=(0,),
    ),
)


# -- rows --------------------------------------------------------------------------------------------------------------


def _taken(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return union(without(args[0].axes, [attrs["axis"].name]), args[1].axes), args[0].kind


def _rows(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    name = axis_of(node).name
    lead = tuple(one for one in node.args[0].names if one != name)
    x, index = args[0].over((*lead, name)), args[1]
    places = np.clip(index.data, 0, x.shape[-1] - 1).astype(np.intp)
    return Named((*lead, *index.names), x[..., places])


def _rows_call(node: Node) -> Call:
    index = node.args[1]
    return Call(
        "_rows",
        args=((axis_of(node).name,), index.names, index.names),
        out=index.names,
        extra=(Where(), str(node.attr("named")), len(index.axes)),
        rooms=(Room("int", index.axes), _block("real", 65536)),
    )


# what a pick becomes where its index has no axis of the value that it looks into
register("rows", Kernel(type=_taken, reference=_rows, call=_rows_call))


# -- what the language says with them ----------------------------------------------------------------------------------


def gather(x: Node, index: Node, along: Axes, over: Axes) -> Node:
    """The values at the places of an order: each place is named once."""
    return build("gather", x, index, along=along, over=over, once=True)
