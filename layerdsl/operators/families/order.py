"""The order of values along axes, as places: what is sorted is then taken from there.

Equal values keep their order, in reverse as well, but for `last`, which turns it; NaN comes last.
"""

from __future__ import annotations

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axes_of, axis_of, start_of
from layerdsl.graph.size import product, whole
from layerdsl.operators.families import words
from layerdsl.operators.families.labels import flat, names_of
from layerdsl.operators.kernel import Call, Kernel, Room, register
from layerdsl.operators.types import Attrs, Typed, without
from layerdsl.operators.world import Named, World, fitted, whole_of


def _ordered(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    """The axes `along` make room for `axis`: in the place of the one, where it is one."""
    (x,), along, short = args, attrs["along"], attrs["axis"]
    if len(along) == 1:
        return tuple(short if axis.name == along[0].name else axis for axis in x.axes), "index"
    return (*without(x.axes, names_of(along)), short), "index"


def _argsort(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along, short = axes_of(node, "along"), axis_of(node)
    x = node.args[0]
    lead = names_of(without(x.axes, names_of(along)))
    values = flat(fitted(args[0], x.axes, world), lead, names_of(along))
    step = -1 if node.attr("last") else 1
    order = np.argsort((-values if node.attr("reverse") else values)[..., ::step], axis=-1, kind="stable")
    order = values.shape[-1] - 1 - order if node.attr("last") else order
    start = whole_of(node, "start", world)
    return Named((*lead, short.name), order[..., start : start + short.size.evaluate(world.sizes)].astype(np.float64))


def _argsort_call(node: Node) -> Call:
    along, short = axes_of(node, "along"), axis_of(node)
    block = (Axis("block", whole(65536).maximum(product([axis.size for axis in along]))),)
    return Call(
        "_order",
        args=(names_of(along),),
        out=(short.name,),
        extra=(
            len(along),
            start_of(node),
            int(bool(node.attr("reverse"))),
            int(bool(node.attr("last"))),
        ),
        rooms=(Room("real", block), Room("int", block), Room("int", along)),
    )


register("argsort", Kernel(type=_ordered, reference=_argsort, call=_argsort_call, stored="int", written=words.argsort))


def _same(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return args[0].axes, "index"


def _rank(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    name = axis_of(node).name
    names = (*(one for one in args[0].names if one != name), name)
    return Named(names, np.argsort(args[0].over(names), axis=-1, kind="stable").astype(np.float64))


def _rank_call(node: Node) -> Call:
    axis = axis_of(node)
    room = Room("int", (*without(node.axes, [axis.name]), axis))
    return Call("_rank", args=((axis.name,),), out=(axis.name,), rooms=(Room("int", (axis,)), room, room, room))


register("rank", Kernel(type=_same, reference=_rank, call=_rank_call, stored="int", written=words.rank))
