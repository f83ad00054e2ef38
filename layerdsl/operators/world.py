"""Values with named axes, and the world that a formula is evaluated in: what meanings are written with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axis_of

Array = NDArray[Any]
Terms = Callable[[], Array]


@dataclass(frozen=True)
class Named:
    """An array with the names of its axes; real numbers and whole ones are float64, conditions are bool."""

    names: tuple[str, ...]
    data: Array

    def over(self, names: Sequence[str]) -> Array:
        """The data with exactly these axes, in this order; those that it lacks have size 1."""
        held = [name for name in names if name in self.names]
        turned = self.data.transpose([self.names.index(name) for name in held])
        return turned.reshape([turned.shape[held.index(name)] if name in held else 1 for name in names])


def _no_draws(node: Node, shape: tuple[int, ...]) -> Array:
    raise LookupError("a world without random numbers")


@dataclass(frozen=True)
class World:
    """What a formula is evaluated in.

    sizes: of the axes by name (of a group the product), of whole-number hyper-parameters, and `len(name)` of lists.
    blobs: the values of bottoms, parameters and states by name, with the axes that formulas see.
    cotangents: the diffs of the tops, in the same way.
    groups: the sizes of the axes of groups, where they are more than one.
    rounded: what becomes of the value of a node, to see what rounding does; it may ask how large the terms are that the
        value is a sum of.
    draw: for a draw and its shape (`Node.axes`), raw numbers: uniform ones in [0, 1), for `normal` normal ones.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    hypers: Mapping[str, object] = field(default_factory=dict)
    train: bool = True
    blobs: Mapping[str, Named] = field(default_factory=dict)
    cotangents: Mapping[str, Named] = field(default_factory=dict)
    draw: Callable[[Node, tuple[int, ...]], Array] = _no_draws
    rounded: Callable[[Node, Array, Terms], Array] | None = None
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    stopped: dict[object, Named] | None = None  # what steps of scans hold still: noted once, and kept from then on
    shifts: Mapping[Node, Named] = field(default_factory=dict)  # what is added to values, to see what follows from it


Rule = Callable[[World, Node, "tuple[Named, ...]"], Named]


def by_element(function: Callable[..., Any], args: Sequence[Named]) -> Named:
    """What a function of NumPy gives for values lined up by the names of their axes."""
    names = tuple(dict.fromkeys(name for arg in args for name in arg.names))
    return Named(names, np.asarray(function(*(arg.over(names) for arg in args))))


def shape_of(axes: Iterable[Axis], world: World) -> tuple[int, ...]:
    """The sizes of the axes."""
    return tuple(axis.size.evaluate(world.sizes) for axis in axes)


def fitted(x: Named, axes: tuple[Axis, ...], world: World) -> Named:
    """With all of these axes, repeated along those that it lacks."""
    names = tuple(axis.name for axis in axes)
    return Named(names, np.array(np.broadcast_to(x.over(names), shape_of(axes, world))))


def whole_of(node: Node, which: str, world: World) -> int:
    """The whole number that an attribute of a node is, a size or a plain one."""
    found: Any = node.attr(which)
    return found if isinstance(found, int) else int(found.evaluate(world.sizes))


def along(function: Callable[[NDArray[Any]], NDArray[Any]], which: str = "axis") -> Rule:
    """A meaning: `function` is given the value with the axis of that attribute last, and keeps its shape."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        (x,) = args
        name = axis_of(node, which).name
        names = (*(one for one in x.names if one != name), name)
        return Named(names, np.asarray(function(x.over(names))))

    return rule
