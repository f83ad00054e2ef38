"""What is taken of each window at once: its largest or least value, or its sum; and the adjoints of that.

Where a window has its extreme value is a value of its own, a place counted through the axes with windows: so the
backward need not look for it. Of equals it is the first, row by row, as in Caffe's pooling.
"""

from __future__ import annotations

from typing import Final, Literal, cast

import numpy as np

from layerdsl.graph import Axis, Node, Size
from layerdsl.graph.size import ONE, product, whole
from layerdsl.operators.build import build
from layerdsl.operators.families.windows import (
    Along,
    along_of,
    axes_of,
    extra_of,
    fold_words,
    folded,
    laid_out,
    names_of,
    over_words,
    replaced,
    room,
    window_words,
)
from layerdsl.operators.kernel import Call, Kernel, Room, register
from layerdsl.operators.types import Attrs, Typed, without
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Array, Named, World, fitted, shape_of

Kind = Literal["real", "bool", "int"]

BLOCK: Final = 524288  # numbers that are seen at once: less, and the calls take longer than what they do

#: The axis of a value and its place; it comes first in memory, as the layer does not name it.
BOTH: Final = Axis("_both", whole(2))


def over_last(x: Named, along: tuple[Along, ...]) -> tuple[tuple[str, ...], Array]:
    """Laid out windows with all offsets as one last axis, row by row."""
    offsets = names_of(along, "offset")
    rest = tuple(name for name in x.names if name not in offsets)
    data = x.over((*rest, *offsets))
    return rest, data.reshape(*data.shape[: len(rest)], -1)


def _places_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    along = attrs["along"]
    return replaced(args[0].axes, axes_of(along, "axis"), axes_of(along, "place")), "real"


def _axes_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    along = attrs["along"]
    return replaced(args[0].axes, axes_of(along, "place"), axes_of(along, "axis")), "real"


# -- planes ------------------------------------------------------------------------------------------------------------


class _Planes:
    """A value as planes, which have its axes from the first one with windows on, as far as calls and rooms need it."""

    def __init__(self, x: Node, along: tuple[Along, ...], which: str) -> None:
        self.along = along
        names = names_of(along, which)
        behind = max(x.names.index(name) for name in names) + 1
        rest = list(x.axes[behind:])
        lead = product([axis.size for axis in without(x.axes, (*names, *x.names[behind:]))])
        plane = product([*(one.axis.size for one in along), *(axis.size for axis in rest)])
        self.trailing = tuple(axis.name for axis in rest)
        self.sizes = [axis.size for axis in rest]
        self.many = lead.minimum((whole(BLOCK) // plane).maximum(ONE))

    def names(self, which: str) -> tuple[str, ...]:
        """The last axes of an argument or a result."""
        return names_of(self.along, which) + self.trailing

    def phases(self, kind: Kind, count: Size) -> Room:
        """Room for so many phases of the planes that are seen at once."""
        return room(kind, count, self.many, *(_width(one) for one in self.along), *self.sizes)

    def positions(self, kind: Kind) -> Room:
        """Room for all positions of the planes that are seen at once."""
        return room(kind, self.many, *(one.place.size for one in self.along), *self.sizes)

    def stages(self) -> list[Size]:
        """How many phases there are, from those of all axes together to none."""
        return [product([_phases(one) for one in self.along[:i]]) for i in reversed(range(len(self.along) + 1))]


def _width(one: Along) -> Size:
    """How many places each phase has."""
    return one.place.size + (one.offset.size - ONE) * one.dilation // one.stride


def _phases(one: Along) -> Size:
    """How many phases windows see at most."""
    return one.stride.minimum(one.offset.size)


def _total(sizes: list[Size]) -> Size:
    return sum(sizes, whole(0))


# -- the largest, the least and the sum --------------------------------------------------------------------------------


def _over_call(node: Node, pair: str, outside: float) -> Call:
    planes = _Planes(node.args[0], along_of(node), "axis")
    first, *later = planes.stages()
    return Call(
        "_window_over",
        args=(planes.names("axis"),),
        out=planes.names("place"),
        extra=(pair, outside, extra_of(planes.along), len(planes.trailing), planes.many),
        rooms=(planes.phases("real", first), planes.phases("real", _total(later) + ONE)),
    )


def _taken_words(name: str, node: Node, x: Written) -> Written:
    along = along_of(node)
    return over_words(name, [window_words(x, along)], axes_of(along, "offset"))


def _pair(node: Node) -> str:
    return cast(str, node.attr("pair"))


def _outside(node: Node) -> float:
    return cast(float, node.attr("outside"))


def _extreme_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    windows = laid_out(fitted(args[0], node.args[0].axes, world), along_of(node), _outside(node), world)
    names, data = over_last(windows, along_of(node))
    return Named(names, data.max(axis=-1) if _pair(node) == "maximum" else data.min(axis=-1))


def _shared(node: Node) -> dict[str, object]:
    return {name: node.attr(name) for name in ("along", "outside", "pair")}


def _extreme_back(g: Node, node: Node) -> Node:
    """To the first place that has it."""
    best = build("window_best", *node.args, **_shared(node))
    place = build("at", best, axis=BOTH, index=ONE)
    return build("window_put", g, place, along=along_of(node))


register(
    "window_extreme",
    Kernel(
        type=_places_type,
        reference=_extreme_reference,
        call=lambda node: _over_call(node, _pair(node), _outside(node)),
        written=lambda node, args: _taken_words(_pair(node)[:3], node, args[0]),
        derivative=(_extreme_back,),
    ),
)


def _sum_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along = along_of(node)
    names, data = over_last(laid_out(fitted(args[0], node.args[0].axes, world), along, 0.0, world), along)
    return Named(names, data.sum(axis=-1))


def _spread_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """What each position has, at all of its offsets."""
    g, along = fitted(args[0], node.args[0].axes, world), along_of(node)
    offsets = axes_of(along, "offset")
    data = np.broadcast_to(g.data.reshape(g.data.shape + (1,) * len(offsets)), g.data.shape + shape_of(offsets, world))
    return folded(Named((*g.names, *names_of(along, "offset")), data), along, world)


def _spread_call(node: Node) -> Call:
    planes = _Planes(node.args[0], along_of(node), "place")
    stages = [product([_phases(one) for one in planes.along[:i]]) for i in range(len(planes.along) + 1)]
    return Call(
        "_window_back",
        args=(planes.names("place"),),
        out=planes.names("axis"),
        extra=(extra_of(planes.along), len(planes.trailing), planes.many),
        rooms=(planes.phases("real", _total(stages)),),
    )


register(
    "window_sum",
    Kernel(
        type=_places_type,
        reference=_sum_reference,
        call=lambda node: _over_call(node, "add", 0.0),
        written=lambda node, args: _taken_words("sum", node, args[0]),
        derivative=(lambda g, n: build("window_back", g, along=n.attr("along")),),
        linear=(0,),
    ),
)

register(
    "window_back",
    Kernel(
        type=_axes_type,
        reference=_spread_reference,
        call=_spread_call,
        written=lambda node, args: fold_words(args[0], along_of(node)),
        derivative=(lambda g, n: build("window_sum", g, along=n.attr("along")),),
        linear=(0,),
    ),
)

# -- places ------------------------------------------------------------------------------------------------------------


def _best_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return (BOTH, *_places_type(args, attrs)[0]), "real"


def _best_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along = along_of(node)
    names, data = over_last(laid_out(fitted(args[0], node.args[0].axes, world), along, _outside(node), world), along)
    chosen = data.argmax(axis=-1) if _pair(node) == "maximum" else data.argmin(axis=-1)
    windows = Named((*names_of(along, "place"), "_offset"), _counted(along, world))
    where = np.broadcast_to(windows.over((*names, "_offset")), data.shape)
    pairs = [np.take_along_axis(each, chosen[..., None], axis=-1)[..., 0] for each in (data, where)]
    return Named((BOTH.name, *names), np.stack(pairs))


def _counted(along: tuple[Along, ...], world: World) -> Array:
    """The place of each offset of each position, -1 outside: all positions, then all offsets as one axis."""
    total, known = np.zeros(()), np.ones((), bool)
    for i, one in enumerate(along):
        there, inside = one.places(world)
        form = [1] * (2 * len(along))
        form[i], form[len(along) + i] = there.shape
        later = int(np.prod(shape_of(axes_of(along[i + 1 :], "axis"), world)))
        total, known = total + there.reshape(form) * later, known & inside.reshape(form)
    found = np.where(known, total, -1)
    return found.reshape(*found.shape[: len(along)], -1)


def _best_call(node: Node) -> Call:
    planes = _Planes(node.args[0], along_of(node), "axis")
    first, *later = planes.stages()
    counts = _total([size * whole(i + 1) for i, size in enumerate(later)]) + ONE
    return Call(
        "_window_best",
        args=(planes.names("axis"),),
        out=planes.names("place"),
        extra=(_pair(node), _outside(node), extra_of(planes.along), len(planes.trailing), planes.many),
        rooms=(
            planes.phases("real", first),
            planes.phases("real", _total(later) + ONE),
            planes.phases("bool", whole(2)),
            planes.phases("bool", counts * whole(2)),
            room("real", *(one.place.size for one in planes.along)),
            planes.positions("real"),
            planes.positions("bool"),
            room("int", whole(2), planes.many, *planes.sizes),
        ),
    )


register("window_best", Kernel(type=_best_type, reference=_best_reference, call=_best_call))


def _flat_places(x: Named, along: tuple[Along, ...], which: str) -> tuple[tuple[str, ...], Array]:
    """Data with the axes or positions as one last axis."""
    names = names_of(along, which)
    rest = tuple(name for name in x.names if name not in names)
    data = x.over((*rest, *names))
    return rest, data.reshape(*data.shape[: len(rest)], -1)


def _put_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along = along_of(node)
    g, place = (fitted(arg, node.args[0].axes, world) for arg in args)
    rest, data = _flat_places(g, along, "place")
    where = _flat_places(place, along, "place")[1]
    sizes = shape_of(axes_of(along, "axis"), world)
    found = np.where(where[..., None] == np.arange(int(np.prod(sizes))), data[..., None], 0.0).sum(axis=-2)
    return Named((*rest, *names_of(along, "axis")), found.reshape(*found.shape[:-1], *sizes))


def _at_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along = along_of(node)
    h = fitted(args[0], node.args[0].axes, world)
    rest, data = _flat_places(h, along, "axis")
    wanted = replaced(node.args[0].axes, axes_of(along, "axis"), axes_of(along, "place"))
    place = _flat_places(fitted(args[1], wanted, world), along, "place")[1].astype(int)
    found = np.where(place < 0, 0.0, np.take_along_axis(data, np.maximum(place, 0), axis=-1))
    sizes = shape_of(axes_of(along, "place"), world)
    return Named((*rest, *names_of(along, "place")), found.reshape(*found.shape[:-1], *sizes))


def _put_call(node: Node) -> Call:
    g, place = node.args  # the gradient may be the same all along an axis that the places have
    planes = _Planes(g if set(place.names) <= set(g.names) else place, along_of(node), "place")
    return Call(
        "_window_put",
        args=(planes.names("place"), planes.names("place")),
        out=planes.names("axis"),
        extra=(extra_of(planes.along), len(planes.trailing), planes.many),
        rooms=(
            planes.positions("int"),
            planes.positions("bool"),
            planes.positions("int"),
            planes.positions("real"),
            room("real", planes.many + ONE, *(one.axis.size for one in planes.along), *planes.sizes),
        ),
    )


def _at_call(node: Node) -> Call:
    planes = _Planes(node.args[0], along_of(node), "axis")
    return Call(
        "_window_at",
        args=(planes.names("axis"), planes.names("place")),
        out=planes.names("place"),
        extra=(extra_of(planes.along), len(planes.trailing), planes.many),
        rooms=(
            planes.positions("int"),
            planes.positions("bool"),
            planes.positions("real"),
            room("real", planes.many + ONE, *(one.axis.size for one in planes.along), *planes.sizes),
        ),
    )


register(
    "window_put",
    Kernel(
        type=_axes_type,
        reference=_put_reference,
        call=_put_call,
        derivative=(lambda g, n: build("window_at", g, n.args[1], along=n.attr("along")), None),
        linear=(0,),
    ),
)

register(
    "window_at",
    Kernel(
        type=_places_type,
        reference=_at_reference,
        call=_at_call,
        derivative=(lambda g, n: build("window_put", g, n.args[1], along=n.attr("along")), None),
        linear=(0,),
    ),
)
