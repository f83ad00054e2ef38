"""Several axes that are looked into at once: an index held inside each, and the place in all of them as one.

`x[N=n, H=h, W=w]` is then one look into `join(x, U=[N, H, W])`. One axis after the other would lay out what the first
index picks, all of the other axes of it.
"""

from __future__ import annotations

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axis_of
from layerdsl.operators import wording as w
from layerdsl.operators.build import build, number
from layerdsl.operators.kernel import Call, Kernel, Room, Where, register
from layerdsl.operators.types import Attrs, Typed, union
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Array, Named, World, by_element


def inside(index: Node, axis: Axis) -> Node:
    """An index of an axis, which is an error where it lies outside, unless nothing uses the value there."""
    name = f"`{index.origin.name}`" if index.origin.name else "an index"
    return build("inside", index, number(True), axis=axis, named=f"{name} along axis {axis.name}")


def joint(first: Node, last: Node, axis: Axis) -> Node:
    """The place in several axes as one, `last` that in the last of them; negative where either lies outside."""
    return build("joint", first, last, axis=axis)


def _index(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return union(*(arg.axes for arg in args)), "index"


def _inside(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    size = axis_of(node).size.evaluate(world.sizes)
    return by_element(lambda index, _: np.clip(index, 0, size - 1), args)


def _joint(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    size = axis_of(node).size.evaluate(world.sizes)

    def places(first: Array, last: Array) -> Array:
        return np.where((first >= 0) & (last >= 0) & (last < size), first * size + last, -1)

    return by_element(places, args)


def _in_words(node: Node, args: tuple[Written, ...]) -> Written:
    """As one would write it, `n * H + h`."""
    first, last = args
    return w.add(w.multiply(first, w.size(axis_of(node).size)), last)


register(
    "inside",
    Kernel(
        type=lambda args, attrs: (args[0].axes, "index"),
        reference=_inside,
        call=lambda node: Call("_inside", ((), ()), (), (Where(), str(node.attr("named")), axis_of(node).size)),
        written=lambda node, args: args[0],
        stored="int",
        entrywise=True,
    ),
)

register(
    "joint",
    Kernel(
        type=_index,
        reference=_joint,
        call=lambda node: Call(
            "_joint", ((), ()), (), (axis_of(node).size,), (Room("int", node.axes), Room("bool", node.axes))
        ),
        written=_in_words,
        stored="int",
        entrywise=True,
    ),
)
