"""A value whose axes are of a chosen length: `C` where one value is joined, `2 * C` where two are.

Nothing is computed: once it is decided how many there are, passes leave the value itself. Where the choice has fallen
on another, its length is none of its own, and whatever stands for it counts nothing.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.operators.build import build
from layerdsl.operators.kernel import Call, Kernel, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Named, World, shape_of

Pairs = tuple[tuple[Axis, Axis], ...]  # the axis, and the one of its name with the other length


def _typed(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    new = {axis.name: other for axis, other in attrs["axes"]}
    return tuple(new.get(axis.name, axis) for axis in args[0].axes), args[0].kind


def _reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (x,) = args
    axes = {axis.name: axis for axis in node.axes}
    shape = shape_of(tuple(axes[name] for name in x.names), world)
    return x if x.data.shape == shape else Named(x.names, np.zeros(shape, x.data.dtype))


def _derivative(g: Node, node: Node) -> Node:
    back = tuple((new, old) for old, new in cast(Pairs, node.attr("axes")))
    return build("of_length", g, axes=back)


def _written(node: Node, args: tuple[Written, ...]) -> Written:
    return args[0]


def _call(node: Node) -> Call:
    raise LookupError("a value of a chosen length is left to the passes")


register(
    "of_length",
    Kernel(type=_typed, reference=_reference, call=_call, derivative=(_derivative,), linear=(0,), written=_written),
)
