"""What is taken of each window at once: its largest or least value, or its sum; and the adjoints of that.

The windows of several axes take turns: the largest value of each row, then the largest of those. So is the first of
equals found row by row, as in Caffe's pooling.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Final, cast

import numpy as np

from layerdsl.graph import Node, Size
from layerdsl.graph.size import ONE, product, whole
from layerdsl.operators.build import build
from layerdsl.operators.families.windows import (
    Along,
    along_of,
    axes_of,
    extra_of,
    flat,
    folded,
    laid_out,
    names_of,
    replaced,
)
from layerdsl.operators.kernel import Call, Kernel, Room, register
from layerdsl.operators.types import Attrs, Typed, without
from layerdsl.operators.world import Array, Named, World, fitted, shape_of

BLOCK: Final = 65536  # numbers that are seen at once, so that all they need lies in the cache


def _over_last(x: Named, along: tuple[Along, ...]) -> tuple[tuple[str, ...], Array]:
    """Laid out windows with all offsets as one last axis, row by row."""
    offsets = names_of(along, "offset")
    rest = tuple(name for name in x.names if name not in offsets)
    data = x.over((*rest, *offsets))
    return rest, data.reshape(*data.shape[: len(rest)], -1)


# -- planes ------------------------------------------------------------------------------------------------------------


def _places_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    along = attrs["along"]
    return replaced(args[0].axes, axes_of(along, "axis"), axes_of(along, "place")), "real"


def _axes_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    along = attrs["along"]
    return replaced(args[0].axes, axes_of(along, "place"), axes_of(along, "axis")), "real"


def _trailing(x: Node, names: tuple[str, ...]) -> tuple[str, ...]:
    """The axes behind all that have windows, which stay where they are."""
    behind = max(x.names.index(name) for name in names) + 1
    return x.names[behind:]


@dataclass(frozen=True)
class _Planes:
    """A value as planes: its axes with windows, those behind them, and how many planes are seen at once."""

    names: tuple[str, ...]
    trailing: tuple[str, ...]
    sizes: list[Size]  # of those behind
    many: Size


def _planes(x: Node, along: tuple[Along, ...], which: str) -> _Planes:
    names = names_of(along, which)
    trailing = _trailing(x, names)
    sizes = [axis.size for axis in x.axes if axis.name in trailing]
    lead = product([axis.size for axis in without(x.axes, (*names, *trailing))])
    plane = product([*(one.reach.most(one.axis.size) for one in along), *sizes])
    return _Planes(names, trailing, sizes, lead.least((whole(BLOCK) // plane).most(ONE)))


def _largest(sizes: list[Size]) -> Size:
    return reduce(Size.most, sizes)


def _stages(along: tuple[Along, ...], planes: _Planes) -> list[tuple[Size, Size]]:
    """For each axis the numbers in its padded planes and in those of its positions.

    The axes take turns from the last to the first, and back: each sees the positions of those behind it.
    """
    found = []
    for i, one in enumerate(along):
        before = [other.axis.size for other in along[:i]]
        behind = [other.place.size for other in along[i + 1 :]]
        others = product([planes.many, *planes.sizes, *before, *behind])
        found.append((others * one.reach, others * one.place.size))
    return found


def _over_call(node: Node, pair: str, outside: float) -> Call:
    along = along_of(node)
    planes = _planes(node.args[0], along, "axis")
    stages = _stages(along, planes)
    result = _largest([small for _, small in stages])
    return Call(
        "_window_over",
        args=(planes.names + planes.trailing,),
        out=names_of(along, "place") + planes.trailing,
        extra=(pair, outside, extra_of(along), len(planes.trailing), planes.many),
        rooms=(*(flat("real", large) for large, _ in stages), flat("real", result), flat("real", result)),
    )


def _extreme_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along = along_of(node)
    windows = laid_out(fitted(args[0], node.args[0].axes, world), along, node.attr("outside"), world)
    names, data = _over_last(windows, along)
    return Named(names, data.max(axis=-1) if node.op == "window_max" else data.min(axis=-1))


def _first(x: Named, node: Node, world: World) -> tuple[Named, Array]:
    """Which offset of each window, counted row by row, has its extreme value; and the names of the positions' axes."""
    along = along_of(node)
    names, data = _over_last(laid_out(x, along, node.attr("outside"), world), along)
    found = data.argmax(axis=-1) if node.attr("pair") == "maximum" else data.argmin(axis=-1)
    return Named(names, found), np.arange(data.shape[-1])


def _chosen(node: Node, x: Named, world: World) -> Named:
    """1 at the first extreme offset of each window, else 0."""
    along = along_of(node)
    first, offsets = _first(x, node, world)
    data = (first.data[..., None] == offsets).astype(np.float64)
    sizes = shape_of(axes_of(along, "offset"), world)
    return Named((*first.names, *names_of(along, "offset")), data.reshape(*first.data.shape, *sizes))


def _back_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    g, x = (fitted(arg, value.axes, world) for arg, value in zip(args, node.args, strict=True))
    chosen = _chosen(node, x, world)
    return folded(Named(chosen.names, chosen.data * g.over(chosen.names)), along_of(node), world)


def _at_extreme_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    h, x = (fitted(arg, value.axes, world) for arg, value in zip(args, node.args, strict=True))
    windows, chosen = laid_out(h, along_of(node), 0.0, world), _chosen(node, x, world)
    names, data = _over_last(Named(chosen.names, chosen.data * windows.over(chosen.names)), along_of(node))
    return Named(names, data.sum(axis=-1))


def _rooms_of_extremes(along: tuple[Along, ...], planes: _Planes) -> tuple[Room, ...]:
    """For each axis padded planes, their windows' values, and what comes back; three more, and two of conditions."""
    stages = _stages(along, planes)
    result = _largest([small for _, small in stages])
    each = [flat("real", size) for large, small in stages for size in (large, small, large)]
    return (*each, *(flat("real", result) for _ in range(3)), flat("bool", result), flat("bool", result))


def _with_extremes(function: str, node: Node, came: str, left: str) -> Call:
    """The first argument has the axes `came`, the second is the one with windows, the result has the axes `left`."""
    along = along_of(node)
    planes = _planes(node.args[1], along, "axis")
    return Call(
        function,
        args=(names_of(along, came) + planes.trailing, planes.names + planes.trailing),
        out=names_of(along, left) + planes.trailing,
        extra=(
            cast(str, node.attr("pair")),
            cast(float, node.attr("outside")),
            extra_of(along),
            len(planes.trailing),
            planes.many,
        ),
        rooms=_rooms_of_extremes(along, planes),
    )


def _shared(node: Node) -> dict[str, object]:
    return {name: node.attr(name) for name in ("along", "outside", "pair")}


for _op, _pair in (("window_max", "maximum"), ("window_min", "minimum")):
    register(
        _op,
        Kernel(
            type=_places_type,
            reference=_extreme_reference,
            call=lambda node: _over_call(node, cast(str, node.attr("pair")), cast(float, node.attr("outside"))),
            derivative=(lambda g, n: build("extreme_back", g, n.args[0], **_shared(n)),),
        ),
    )

# to the first place of each window that has its extreme value, and from there
register(
    "extreme_back",
    Kernel(
        type=_axes_type,
        reference=_back_reference,
        call=lambda node: _with_extremes("_extreme_back", node, "place", "axis"),
        derivative=(lambda g, n: build("at_extreme", g, n.args[1], **_shared(n)), None),
        linear=(0,),
    ),
)

register(
    "at_extreme",
    Kernel(
        type=_places_type,
        reference=_at_extreme_reference,
        call=lambda node: _with_extremes("_at_extreme", node, "axis", "place"),
        derivative=(lambda g, n: build("extreme_back", g, n.args[1], **_shared(n)), None),
        linear=(0,),
    ),
)


def _sum_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along = along_of(node)
    names, data = _over_last(laid_out(fitted(args[0], node.args[0].axes, world), along, 0.0, world), along)
    return Named(names, data.sum(axis=-1))


def _spread_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """What each position has, at all of its offsets."""
    g, along = fitted(args[0], node.args[0].axes, world), along_of(node)
    offsets = axes_of(along, "offset")
    data = np.broadcast_to(g.data.reshape(g.data.shape + (1,) * len(offsets)), g.data.shape + shape_of(offsets, world))
    return folded(Named((*g.names, *names_of(along, "offset")), data), along, world)


def _spread_call(node: Node) -> Call:
    along = along_of(node)
    planes = _planes(node.args[0], along, "place")
    stages = _stages(along, planes)
    return Call(
        "_window_back",
        args=(planes.names + planes.trailing,),
        out=names_of(along, "axis") + planes.trailing,
        extra=(extra_of(along), len(planes.trailing), planes.many),
        rooms=(*(flat("real", large) for large, _ in stages), flat("real", _largest([small for _, small in stages]))),
    )


register(
    "window_sum",
    Kernel(
        type=_places_type,
        reference=_sum_reference,
        call=lambda node: _over_call(node, "add", 0.0),
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
        derivative=(lambda g, n: build("window_sum", g, along=n.attr("along")),),
        linear=(0,),
    ),
)
