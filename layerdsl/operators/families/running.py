"""What goes on along an axis from place to place, from the first or, with `reverse`, from the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axis_of
from layerdsl.graph.size import ONE, whole
from layerdsl.operators.build import as_real, build, number, size_of
from layerdsl.operators.families import words
from layerdsl.operators.kernel import Call, Kernel, Room, register
from layerdsl.operators.types import Attrs, Typed, union, without
from layerdsl.operators.world import Array, Named, World, along, fitted
from layerdsl.operators.world import Rule as Reference


def _same(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return args[0].axes, args[0].kind


def _attrs(node: Node) -> dict[str, object]:
    """Axis and direction."""
    return {"axis": node.attr("axis"), "reverse": node.attr("reverse")}


def _back(node: Node) -> dict[str, object]:
    """The same axis, from the other end."""
    return {"axis": node.attr("axis"), "reverse": not node.attr("reverse")}


def _call(function: str, node: Node, *rooms: Room) -> Call:
    name = axis_of(node).name
    return Call(
        function, args=((name,),) * len(node.args), out=(name,), extra=(int(bool(node.attr("reverse"))),), rooms=rooms
    )


BLOCK: Final = Room("double", (Axis("block", whole(16384)),))


def _lead(node: Node) -> tuple[Axis, ...]:
    return without(node.axes, [axis_of(node).name])


def _whole(node: Node) -> tuple[Axis, ...]:
    return (*_lead(node), axis_of(node))


def _directed(function: Callable[[Array], Array]) -> Reference:
    """A meaning: `function` is given the axis last, its first place where it begins."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        step = -1 if node.attr("reverse") else 1
        turned = along(lambda x: function(x[..., ::step])[..., ::step])
        return turned(world, node, args)

    return rule


register(
    "cumsum",
    Kernel(
        type=_same,
        reference=_directed(lambda x: x.cumsum(axis=-1)),
        written=words.running,
        call=lambda node: _call("_cumsum", node, Room("double", _lead(node)), BLOCK),
        derivative=(lambda g, n: build("cumsum", g, **_back(n)),),
        linear=(0,),
    ),
)


# -- products ----------------------------------------------------------------------------------------------------------


def _cumprod_back(g: Node, node: Node) -> Node:
    """The product of what comes before, times the sum of what comes behind, each times what lies between.

    No division, so that it is right where some are 0.
    """
    (x,) = node.args
    first = build("eq", build("coord", axis=axis_of(node)), _first(node))
    before = build("add", build("shift", node, **_attrs(node)), as_real(first))
    behind = build("recur", g, build("shift", x, **_back(node)), **_back(node))
    return build("mul", before, behind)


def _first(node: Node) -> Node:
    """The place where it begins."""
    return size_of(axis_of(node).size - ONE) if node.attr("reverse") else number(0)


register(
    "cumprod",
    Kernel(
        type=_same,
        reference=_directed(lambda x: x.cumprod(axis=-1)),
        written=words.running,
        call=lambda node: _call("_cumprod", node),
        derivative=(_cumprod_back,),
    ),
)


def _shifted(x: Array) -> Array:
    return np.concatenate([np.zeros_like(x[..., :1]), x[..., :-1]], axis=-1)


# each place has what the one before it had, the first 0
register(
    "shift",
    Kernel(
        type=_same,
        reference=_directed(_shifted),
        written=words.running,
        call=lambda node: _call("_shift", node),
        derivative=(lambda g, n: build("shift", g, **_back(n)),),
        linear=(0,),
    ),
)


def _united(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return union(args[0].axes, args[1].axes), "real"


def _recurred(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    names = tuple(axis.name for axis in _whole(node))
    b, a = (fitted(arg, _whole(node), world).data for arg in args)
    places = range(b.shape[-1])
    out, last = np.zeros(b.shape), np.zeros(b.shape[:-1])
    for i in reversed(places) if node.attr("reverse") else places:
        last = b[..., i] + a[..., i] * last
        out[..., i] = last
    return Named(names, out)


# y[i] = b[i] + a[i] * y[i - 1]
register(
    "recur",
    Kernel(
        type=_united,
        reference=_recurred,
        written=words.running,
        call=lambda node: _call("_recur", node),
        derivative=(
            lambda g, n: build("recur", g, build("shift", n.args[1], **_back(n)), **_back(n)),
            lambda g, n: build(
                "mul",
                build("shift", n, **_attrs(n)),
                build("recur", g, build("shift", n.args[1], **_back(n)), **_back(n)),
            ),
        ),
        linear=(0,),
    ),
)


# -- the largest and smallest so far -----------------------------------------------------------------------------------


def _to_first(g: Node, node: Node) -> Node:
    """To the first of equals."""
    place = build("cumargmax", node, **_attrs(node))
    axis = (axis_of(node),)
    return build("add_by", g, place, along=axis, over=axis, once=False, named="")


def _runs_of_equals(g: Array, y: Array) -> Array:
    places = _first_places(y).astype(np.intp)
    found = np.zeros(g.shape)
    for i in range(g.shape[-1]):
        row = np.indices(g.shape[:-1])
        np.add.at(found, (*row, places[..., i]), g[..., i])
    return found


def _sum_of_runs(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    name, step = axis_of(node).name, -1 if node.attr("reverse") else 1
    lead = tuple(one for one in node.names if one != name)
    g, y = (fitted(arg, node.axes, world).over((*lead, name))[..., ::step] for arg in args)
    return Named((*lead, name), _runs_of_equals(g, y)[..., ::step])


def _first_places(y: Array) -> Array:
    new = np.concatenate([np.ones_like(y[..., :1], bool), y[..., 1:] != y[..., :-1]], axis=-1)
    return np.asarray(np.maximum.accumulate(new * np.arange(y.shape[-1]), axis=-1).astype(np.float64))


def _places_so_far(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    found = _directed(_first_places)(world, node, args)
    last = axis_of(node).size.evaluate(world.sizes) - 1
    return Named(found.names, last - found.data) if node.attr("reverse") else found


register("cummax", Kernel(
    type=_same, reference=_directed(lambda x: np.maximum.accumulate(x, axis=-1)),
    call=lambda node: _call("_cummax", node), derivative=(_to_first,), written=words.running,
))  # fmt: skip
register("cummin", Kernel(
    type=_same, reference=_directed(lambda x: np.minimum.accumulate(x, axis=-1)),
    call=lambda node: _call("_cummin", node), derivative=(_to_first,), written=words.running,
))  # fmt: skip
register(
    "sum_of_runs",  # `add_by(g, cumargmax(y))`
    Kernel(
        type=lambda args, attrs: (args[1].axes, "real"),
        reference=_sum_of_runs,
        call=lambda node: _call("_sum_of_runs", node, Room("double", _lead(node)), Room("bool", _lead(node)), BLOCK),
        linear=(0,),
    ),
)
register(
    "cumargmax",
    Kernel(
        type=lambda args, attrs: (args[0].axes, "index"),
        reference=_places_so_far,
        written=words.running,
        call=lambda node: _call("_cumargmax", node, Room("bool", _whole(node)), Room("int", _whole(node))),
        stored="int",
    ),
)
