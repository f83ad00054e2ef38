"""Windows as a look at one array, in which a place is seen from many positions; and their adjoint, part by part.

`window(x)` is `seen(bordered(x))`: what windows see beyond the edge is put around the value once, and windows are a
view of that with overlapping strides. `fold(g)` is `inside_border(overlaid(g))`: the parts of `g` are added where they
lie, as they are made, and the border is taken off. `passes/window_views.py` says where.
"""

from __future__ import annotations

from typing import Any, cast

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import ONE, whole
from layerdsl.operators.families.windows import Along, along_of, axes_of, extra_of, folded, laid_out, names_of, replaced
from layerdsl.operators.kernel import Call, Kernel, register
from layerdsl.operators.types import Attrs, Typed, without
from layerdsl.operators.world import Named, World, fitted


def bordered_axis(one: Along) -> Axis:
    """All places that the windows along an axis see, and no others, under its name."""
    seen = (one.place.size - ONE) * one.stride + (one.offset.size - ONE) * one.dilation + ONE
    return Axis(one.axis.name, seen if one.stride == ONE else seen.maximum(whole(0)))


def _bordered_axes(along: tuple[Along, ...]) -> tuple[Axis, ...]:
    return tuple(map(bordered_axis, along))


def _places(one: Along) -> Along:
    """The same windows, of a value that has its border around it."""
    axis = bordered_axis(one)
    return Along(axis, one.place, one.offset, one.stride, whole(0), one.dilation, axis.size)


def _whole_border(one: Along) -> Along:
    """Windows of one offset and as many positions as there are places with the border."""
    axis = bordered_axis(one)
    return Along(one.axis, axis, Axis("_only", ONE), ONE, one.pad, ONE, axis.size)


# -- what windows see --------------------------------------------------------------------------------------------------


def _bordered_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return replaced(args[0].axes, axes_of(attrs["along"], "axis"), _bordered_axes(attrs["along"])), args[0].kind


def _bordered(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    found = fitted(args[0], node.args[0].axes, world)
    for one in along_of(node):
        found = laid_out(found, (_whole_border(one),), node.attr("outside"), world)
        found = Named(found.names[:-1], found.data[..., 0])
    return found


def _seen_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    along = attrs["along"]
    places = replaced(args[0].axes, _bordered_axes(along), axes_of(along, "place"))
    return (*places, *axes_of(along, "offset")), args[0].kind


def _seen(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    return laid_out(fitted(args[0], node.args[0].axes, world), tuple(map(_places, along_of(node))), 0.0, world)


# -- their adjoint -----------------------------------------------------------------------------------------------------


def _overlaid_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    along = attrs["along"]
    kept = without(args[0].axes, names_of(along, "offset"))
    return replaced(kept, axes_of(along, "place"), _bordered_axes(along)), "real"


def _overlaid(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    return folded(fitted(args[0], node.args[0].axes, world), tuple(map(_places, along_of(node))), world)


def _inside_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return replaced(args[0].axes, _bordered_axes(attrs["along"]), axes_of(attrs["along"], "axis")), "real"


def _inside(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    found = fitted(args[0], node.args[0].axes, world)
    for one in along_of(node):
        along = _whole_border(one)
        names = (*found.names, along.offset.name)
        found = folded(Named(names, found.data[..., None]), (along,), world)
    return found


def _call(function: str, extra: tuple[Any, ...] = ()) -> Any:
    def call(node: Node) -> Call:
        names = names_of(along_of(node), "axis")
        return Call(function, args=(names,), out=names, extra=(*_outside(node), extra_of(along_of(node))))

    return call


def _outside(node: Node) -> tuple[float, ...]:
    return (cast(float, node.attr("outside")),) if node.op == "bordered" else ()


def _written(node: Node) -> Call:
    """What is a view, or added up in loops, is written out, not called."""
    return Call("", ((),) * len(node.args), ())


register("bordered", Kernel(_bordered_type, _bordered, _call("_border")))
register("seen", Kernel(_seen_type, _seen, _written))
register("overlaid", Kernel(_overlaid_type, _overlaid, _written, linear=(0,)))
register("inside_border", Kernel(_inside_type, _inside, _call("_take_inside"), linear=(0,)))
