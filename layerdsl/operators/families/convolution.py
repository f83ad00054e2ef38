"""Windows of a picture times weights, summed: convolutions, by matrix products.

A picture [batch, group, channels, axes], weights [group, filters, channels, offsets] and what comes out [batch, group,
filters, places]: the sum over all of window(picture) * weights * out is linear in each of the three, and each has an
operator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np

from layerdsl.graph import Axis, Node, Size
from layerdsl.operators.build import build
from layerdsl.operators.families.windows import (
    along_of,
    axes_of,
    extra_of,
    fold_words,
    folded,
    laid_out,
    over_words,
    room,
    window_words,
)
from layerdsl.operators.kernel import Call, Extra, Kernel, Room, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Named, World, fitted


def _times(a: Named, b: Named, names: tuple[str, ...]) -> Named:
    """The sum of products over all other axes."""
    places = {name: i for i, name in enumerate(dict.fromkeys((*a.names, *b.names)))}
    indices = [[places[name] for name in one] for one in (a.names, b.names, names)]
    return Named(names, np.einsum(a.data, indices[0], b.data, indices[1], indices[2]))


GROUPS: Final = ("batch", "group", "channels", "filters")


def _parts(node: Node) -> dict[str, tuple[Axis, ...]]:
    along = along_of(node)
    groups = {name: cast("tuple[Axis, ...]", node.attr(name)) for name in GROUPS}
    return {**groups, **{which: axes_of(along, which) for which in ("axis", "place", "offset")}}


PICTURE: Final = ("batch", "group", "channels", "axis")
WEIGHTS: Final = ("group", "filters", "channels", "offset")
RESULT: Final = ("batch", "group", "filters", "place")


def _of(parts: dict[str, tuple[Axis, ...]], which: tuple[str, ...]) -> tuple[Axis, ...]:
    return tuple(axis for name in which for axis in parts[name])


def _conv_type(which: tuple[str, ...]) -> Callable[[tuple[Node, ...], Attrs], Typed]:
    def rule(args: tuple[Node, ...], attrs: Attrs) -> Typed:
        along = attrs["along"]
        parts = {**attrs, **{one: axes_of(along, one) for one in ("axis", "place", "offset")}}
        return _of(parts, which), "real"

    return rule


def _conv_reference(first: str, names: tuple[str, ...]) -> Callable[[World, Node, tuple[Named, ...]], Named]:
    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        parts, along = _parts(node), along_of(node)
        a, b = (fitted(arg, value.axes, world) for arg, value in zip(args, node.args, strict=True))
        if first == "picture":
            a = laid_out(a, along, node.attr("outside"), world)
            return _times(a, b, tuple(axis.name for axis in _of(parts, names)))
        laid = ("batch", "group", "channels", "place", "offset")
        return folded(_times(a, b, tuple(axis.name for axis in _of(parts, laid))), along, world)

    return rule


def _sizes(node: Node) -> tuple[Extra, Extra]:
    groups = tuple(tuple(axis.size for axis in cast("tuple[Axis, ...]", node.attr(name))) for name in GROUPS)
    return extra_of(along_of(node)), groups


def _conv_rooms(node: Node, framed: bool, spare: tuple[str, ...]) -> tuple[Room, ...]:
    """A padded picture, the windows of one picture, and room for a result that does not lie in order."""
    parts = _parts(node)

    def sizes(*names: str) -> list[Size]:
        return [axis.size for name in names for axis in parts[name]]

    padded = room("real", *sizes("group", "channels"), *(one.reach for one in along_of(node)))
    columns = room("real", *sizes("group", "channels", "offset", "place"))
    return (*([padded] if framed else []), columns, room("real", *sizes(*spare)))


def _names(node: Node, which: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(axis.name for axis in _of(_parts(node), which))


def _conv_call(node: Node) -> Call:
    along, groups = _sizes(node)
    return Call(
        "_conv",
        args=(_names(node, PICTURE), _names(node, WEIGHTS)),
        out=_names(node, RESULT),
        extra=(cast(float, node.attr("outside")), along, groups),
        rooms=_conv_rooms(node, True, RESULT[1:]),
    )


def _conv_back_call(node: Node) -> Call:
    along, groups = _sizes(node)
    return Call(
        "_conv_back",
        args=(_names(node, RESULT), _names(node, WEIGHTS)),
        out=_names(node, PICTURE),
        extra=(along, groups),
        rooms=_conv_rooms(node, False, PICTURE[1:]),
    )


def _conv_weights_call(node: Node) -> Call:
    along, groups = _sizes(node)
    padded, columns, spare = _conv_rooms(node, True, WEIGHTS)
    part = room("real", *(axis.size for axis in _of(_parts(node), WEIGHTS[1:])))
    return Call(
        "_conv_weights",
        args=(_names(node, PICTURE), _names(node, RESULT)),
        out=_names(node, WEIGHTS),
        extra=(cast(float, node.attr("outside")), along, groups),
        rooms=(padded, columns, part, spare),
    )


def _dot_words(a: Written, b: Written, node: Node, over: tuple[str, ...]) -> Written:
    return over_words("dot", [a, b], _of(_parts(node), over))


def _same(node: Node, **changes: object) -> dict[str, Any]:
    return {name: node.attr(name) for name in ("along", *GROUPS)} | changes


register(
    "conv",
    Kernel(
        type=_conv_type(RESULT),
        reference=_conv_reference("picture", RESULT),
        call=_conv_call,
        written=lambda node, args: _dot_words(window_words(args[0], along_of(node)), args[1], node, WEIGHTS[2:]),
        derivative=(
            lambda g, n: build("conv_back", g, n.args[1], **_same(n)),
            lambda g, n: build("conv_weights", n.args[0], g, **_same(n, outside=n.attr("outside"))),
        ),
    ),
)

register(
    "conv_back",
    Kernel(
        type=_conv_type(PICTURE),
        reference=_conv_reference("result", PICTURE),
        call=_conv_back_call,
        written=lambda node, args: fold_words(_dot_words(args[0], args[1], node, ("filters",)), along_of(node)),
        derivative=(
            lambda g, n: build("conv", g, n.args[1], **_same(n, outside=0.0)),
            lambda g, n: build("conv_weights", g, n.args[0], **_same(n, outside=0.0)),
        ),
        linear=(0, 1),
    ),
)

register(
    "conv_weights",
    Kernel(
        type=_conv_type(WEIGHTS),
        reference=_conv_reference("picture", WEIGHTS),
        call=_conv_weights_call,
        written=lambda node, args: _dot_words(window_words(args[0], along_of(node)), args[1], node, ("batch", "place")),
        derivative=(
            lambda g, n: build("conv_back", n.args[1], g, **_same(n)),
            lambda g, n: build("conv", n.args[0], g, **_same(n, outside=n.attr("outside"))),
        ),
        linear=(1,),
    ),
)
