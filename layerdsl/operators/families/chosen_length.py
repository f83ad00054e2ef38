"""A value whose axes are of a chosen length: `C` where one value is joined, `2 * C` where two are.

Nothing is computed: once the choice is made, passes leave the value itself. Where it has fallen on another, its length
is none of its own, and whatever stands for it counts nothing. A second argument is the condition of the set-up under
which the value is the one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.operators.build import build
from layerdsl.operators.kernel import Call, Kernel, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Named, World, shape_of

Pairs = tuple[tuple[Axis, Axis], ...]  # the axis, and the one of its name with the other length


def of_length(value: Node, axes: Mapping[str, Axis], *test: Node) -> Node:
    """The value with these lengths of its axes in place of its own, by their names."""
    pairs = tuple((axis, axes[axis.name]) for axis in value.axes if axis.name in axes)
    return build("of_length", value, *test, axes=pairs) if pairs else value


def _typed(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    new = {axis.name: other for axis, other in attrs["axes"]}
    return tuple(new.get(axis.name, axis) for axis in args[0].axes), args[0].kind


def _reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    x = args[0]
    axes = {axis.name: axis for axis in node.axes}
    shape = shape_of(tuple(axes[name] for name in x.names), world)
    return x if x.data.shape == shape else Named(x.names, np.zeros(shape, x.data.dtype))


def _derivative(g: Node, node: Node) -> Node:
    back = tuple((new, old) for old, new in cast(Pairs, node.attr("axes")))
    return build("of_length", g, *node.args[1:], axes=back)


def _written(node: Node, args: tuple[Written, ...]) -> Written:
    return args[0]


def _call(node: Node) -> Call:
    raise LookupError("a value of a chosen length is left to the passes")


register(
    "of_length",
    Kernel(type=_typed, reference=_reference, call=_call, derivative=(_derivative,), linear=(0,), written=_written),
)
