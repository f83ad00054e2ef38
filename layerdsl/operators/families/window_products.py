"""Windows times values that have their positions, summed, and the adjoint: offset by offset, never laid out.

`window_dot(x, a)` is `dot(window(x), a, over)`, `fold_dot(g, a)` is `fold(dot(g, a, over))`; `over` may have offsets
that no factor but the windows has. The derivatives of each are made of the two. What has no positions is weights, for
which `convolution` has products of matrices.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import over_of
from layerdsl.graph.size import product, whole
from layerdsl.operators import wording as w
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
    room,
    window_words,
)
from layerdsl.operators.kernel import Call, Kernel, Room, register
from layerdsl.operators.types import Attrs, Typed, TypeRule, union, without
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Named, World, fitted, shape_of

Axes = tuple[Axis, ...]

BLOCK: Final = 262144  # products that are seen at once: less, and the calls take longer than what they do

#: What each argument has of the windows, and what comes out.
SEEN: Final = {"window_dot": ("axis", "place", "place"), "fold_dot": ("place", "place", "axis")}


# -- axes --------------------------------------------------------------------------------------------------------------


def _layout(op: str, args: tuple[Node, ...], along: tuple[Along, ...]) -> tuple[Axes, Axes]:
    """The axes that have nothing to do with windows: those ahead of the axes that have, and those behind them."""
    found: dict[str, tuple[Axis, bool]] = {}
    for arg, which in zip(args, SEEN[op], strict=False):
        marked = names_of(along, which)
        last = max((i for i, name in enumerate(arg.names) if name in marked), default=len(arg.axes))
        for i, axis in enumerate(arg.axes):
            if axis.name not in (*marked, *names_of(along, "offset")):
                found.setdefault(axis.name, (axis, i > last))
    sides = [tuple(axis for axis, is_behind in found.values() if is_behind == side) for side in (False, True)]
    return sides[0], sides[1]


def _type(op: str) -> TypeRule:
    def rule(args: tuple[Node, ...], attrs: Attrs) -> Typed:
        along = attrs["along"]
        ahead, behind = _layout(op, args, along)
        offsets = axes_of(along, "offset") if op == "window_dot" else ()
        return without((*ahead, *offsets, *axes_of(along, SEEN[op][2]), *behind), attrs["over"]), "real"

    return rule


def _lines(node: Node, which: str) -> tuple[str, ...]:
    """The names of the axes of an argument or a result as the functions of the emitted code want them."""
    along = along_of(node)
    ahead, behind = ([axis.name for axis in side] for side in _layout(node.op, node.args, along))
    offsets = names_of(along, "offset") if which == "place" else ()
    return (*offsets, *ahead, *names_of(along, which), *behind)


def _room(node: Node) -> Room:
    """Room for the products that are seen at once, or for one position along the first axis with windows."""
    ahead, behind = _layout(node.op, node.args, along_of(node))
    first, *places = axes_of(along_of(node), "place")
    least = product([axis.size for axis in (*places, *behind)])
    every = product([axis.size for axis in (*ahead, first)]) * least
    return room("real", every.minimum(least.maximum(whole(BLOCK))))


def _call(node: Node) -> Call:
    along = along_of(node)
    ahead, behind = _layout(node.op, node.args, along)
    left, right, out = (_lines(node, which) for which in SEEN[node.op])
    extra = (extra_of(along), *(tuple(axis.size for axis in side) for side in (ahead, behind)))
    return Call(f"_{node.op}", (left, right), out, extra=extra, rooms=(_room(node),))


# -- meanings ----------------------------------------------------------------------------------------------------------


def _times(a: Named, b: Named, axes: Axes, world: World) -> Named:
    """The sums of the products over all axes but these, of which the factors may lack some."""
    names = _names(axes)
    places = {name: i for i, name in enumerate(dict.fromkeys((*a.names, *b.names)))}
    held = tuple(name for name in names if name in places)
    indices = [[places[name] for name in one] for one in (a.names, b.names, held)]
    found = Named(held, np.einsum(a.data, indices[0], b.data, indices[1], indices[2]))
    return Named(names, np.broadcast_to(found.over(names), shape_of(axes, world)))


def _dot_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    x, a = (fitted(arg, value.axes, world) for arg, value in zip(args, node.args, strict=True))
    return _times(laid_out(x, along_of(node), 0.0, world), a, node.axes, world)


def _fold_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    g, a = (fitted(arg, value.axes, world) for arg, value in zip(args, node.args, strict=True))
    along = along_of(node)
    own = without(node.axes, names_of(along, "axis"))
    laid = (*own, *axes_of(along, "place"), *axes_of(along, "offset"))
    return folded(_times(g, a, laid, world), along, world)


# -- words -------------------------------------------------------------------------------------------------------------


def _product_words(node: Node, a: Written, b: Written) -> Written:
    summed = [axis for axis in _every(node) if axis.name in over_of(node)]
    if summed and set(over_of(node)) <= set(node.args[1].names):
        return over_words("dot", [a, b], summed)
    return over_words("sum", [w.multiply(a, b)], summed) if summed else w.multiply(a, b)


def _every(node: Node) -> Axes:
    """All axes of the products."""
    along = along_of(node)
    ahead, behind = _layout(node.op, node.args, along)
    return (*ahead, *axes_of(along, "place"), *behind, *axes_of(along, "offset"))


def _dot_words(node: Node, args: tuple[Written, ...]) -> Written:
    return _product_words(node, window_words(args[0], along_of(node)), args[1])


def _fold_words(node: Node, args: tuple[Written, ...]) -> Written:
    return fold_words(_product_words(node, args[0], args[1]), along_of(node))


# -- operators ---------------------------------------------------------------------------------------------------------


def window_dot(x: Node, a: Node, along: tuple[Along, ...], kept: Iterable[str]) -> Node:
    """The windows of `x` times `a`, summed over all axes but those kept."""
    seen = (*without(x.axes, names_of(along, "axis")), *axes_of(along, "place"), *axes_of(along, "offset"))
    return build("window_dot", x, a, along=along, over=_names(without(union(seen, a.axes), kept)))


def fold_dot(g: Node, a: Node, along: tuple[Along, ...], kept: Iterable[str]) -> Node:
    """What `g` times `a`, summed over all axes but those kept, positions and offsets, gives to what windows see."""
    seen = (*names_of(along, "place"), *names_of(along, "offset"), *kept)
    return build("fold_dot", g, a, along=along, over=_names(without(union(g.axes, a.axes), seen)))


def _names(axes: Axes) -> tuple[str, ...]:
    return tuple(axis.name for axis in axes)


register(
    "window_dot",
    Kernel(
        type=_type("window_dot"),
        reference=_dot_reference,
        call=_call,
        written=_dot_words,
        derivative=(
            lambda g, n: fold_dot(g, n.args[1], along_of(n), n.args[0].names),
            lambda g, n: window_dot(n.args[0], g, along_of(n), n.args[1].names),
        ),
        linear=(0, 1),
    ),
)

register(
    "fold_dot",
    Kernel(
        type=_type("fold_dot"),
        reference=_fold_reference,
        call=_call,
        written=_fold_words,
        derivative=(
            lambda g, n: window_dot(g, n.args[1], along_of(n), n.args[0].names),
            lambda g, n: window_dot(g, n.args[0], along_of(n), n.args[1].names),
        ),
        linear=(0, 1),
    ),
)
