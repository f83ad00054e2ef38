"""Windows of a picture times weights, summed: convolutions, by matrix products.

A picture [batch, group, channels, axes], weights [group, filters, channels, offsets] and what comes out [batch, group,
filters, places]: the sum over all of window(picture) * weights * out is linear in each of the three, and each has an
operator. `joined` says where the axes of group and channels, or of group and filters, are one axis in a blob.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, Final, cast

import numpy as np

from layerdsl.graph import Axis, Node, Size
from layerdsl.graph.size import ONE, product, whole
from layerdsl.operators import wording as w
from layerdsl.operators.build import build, expand, fit
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
from layerdsl.operators.kernel import Call, Extra, Kernel, Onto, Room, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Named, World, fitted, shape_of


def _times(a: Named, b: Named, names: tuple[str, ...]) -> Named:
    """The sum of products over all other axes."""
    places = {name: i for i, name in enumerate(dict.fromkeys((*a.names, *b.names)))}
    indices = [[places[name] for name in one] for one in (a.names, b.names, names)]
    return Named(names, np.einsum(a.data, indices[0], b.data, indices[1], indices[2]))


GROUPS: Final = ("batch", "group", "channels", "filters")

PICTURE: Final = ("batch", "picture", "axis")
WEIGHTS: Final = ("weights", "channels", "offset")
RESULT: Final = ("batch", "result", "place")

#: How many numbers of tiny images are laid out at once.
BLOCK: Final = 1 << 17

#: What the axes are made of that may be joined.
PARTS: Final = {
    "picture": ("group", "channels"),
    "weights": ("group", "filters"),
    "result": ("group", "filters"),
}


def _parts(attrs: Attrs) -> dict[str, tuple[Axis, ...]]:
    along, joined = attrs["along"], dict(attrs.get("joined", ()))
    found = {name: tuple(attrs[name]) for name in GROUPS}
    found |= {which: axes_of(along, which) for which in ("axis", "place", "offset")}
    apart = {name: found[first] + found[second] for name, (first, second) in PARTS.items()}
    return found | {name: (joined[name],) if name in joined else axes for name, axes in apart.items()}


def _of(parts: dict[str, tuple[Axis, ...]], which: tuple[str, ...]) -> tuple[Axis, ...]:
    return tuple(axis for name in which for axis in parts[name])


def _attrs(node: Node) -> dict[str, Any]:
    return dict(node.attrs)


def _conv_type(which: tuple[str, ...]) -> Callable[[tuple[Node, ...], Attrs], Typed]:
    return lambda args, attrs: (_of(_parts(attrs), which), "real")


def _apart(value: Named, role: str, parts: dict[str, tuple[Axis, ...]], world: World) -> Named:
    """A value with its joined axis taken apart."""
    first, second = PARTS[role]
    wanted = parts[first] + parts[second]
    if parts[role] == wanted:
        return value
    at = value.names.index(parts[role][0].name)
    names = (*value.names[:at], *(axis.name for axis in wanted), *value.names[at + 1 :])
    shape = (*value.data.shape[:at], *shape_of(wanted, world), *value.data.shape[at + 1 :])
    return Named(names, value.data.reshape(shape))


def _together(value: Named, which: tuple[str, ...], parts: dict[str, tuple[Axis, ...]], world: World) -> Named:
    """A value with the axes of a role, as one where they are joined."""
    apart = {**parts, **{name: parts[a] + parts[b] for name, (a, b) in PARTS.items()}}
    data = value.over([axis.name for axis in _of(apart, which)])
    axes = _of(parts, which)
    return Named(tuple(axis.name for axis in axes), data.reshape(shape_of(axes, world)))


Reference = Callable[[World, Node, tuple[Named, ...]], Named]


def _conv_reference(roles: tuple[str, ...], which: tuple[str, ...]) -> Reference:
    """What an operator means; `roles` are those of its arguments, `which` the axes of its value."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        parts, along = _parts(_attrs(node)), along_of(node)
        whole = [fitted(arg, value.axes, world) for arg, value in zip(args[:2], node.args[:2], strict=True)]
        a, b = (_apart(value, role, parts, world) for value, role in zip(whole, roles, strict=True))
        if roles[0] == "picture":
            a = laid_out(a, along, node.attr("outside"), world)
            kept = ("group", "filters", *WEIGHTS[1:]) if "result" in roles else ("batch", "group", "filters", "place")
            value = _times(a, b, tuple(axis.name for axis in _of(parts, kept)))
        else:
            laid = ("batch", "group", "channels", "place", "offset")
            value = folded(_times(a, b, tuple(axis.name for axis in _of(parts, laid))), along, world)
        value = _together(value, which, parts, world)
        return value if len(args) == 2 else Named(value.names, value.data + args[2].over(value.names))

    return rule


def _sizes(node: Node) -> tuple[Extra, Extra]:
    """The windows, and the sizes of batch, group, channels, filters and of the axes of picture, weights and result."""
    parts = _parts(_attrs(node))
    groups = tuple(tuple(axis.size for axis in parts[name]) for name in (*GROUPS, *PARTS))
    return extra_of(along_of(node)), groups


def _lengths(node: Node, *which: str) -> list[Size]:
    return [axis.size for axis in _of(_parts(_attrs(node)), which)]


def _columns(node: Node) -> list[Size]:
    """The sizes of the windows of one picture, laid out."""
    return _lengths(node, "group", "channels", "offset", "place")


def _frame(node: Node) -> list[Size]:
    """Those of a picture with what lies around it, also with the places that lie a step apart as neighbours."""
    steps = [
        one.stride * (one.place.size + (one.offset.size - ONE) * one.dilation // one.stride) for one in along_of(node)
    ]
    return [*_lengths(node, "group", "channels"), *steps]


def _many(node: Node, *each: list[Size]) -> Size:
    """How many images are laid out at once: so many as have half a megabyte, where each has arrays of these sizes."""
    # the larger of a sum and 1 stays one factor, where a product of sums would be multiplied out
    numbers = [product([size if len(size.terms) == 1 else size.maximum(ONE) for size in sizes]) for sizes in each]
    most = whole(BLOCK) // reduce(Size.__add__, numbers, ONE)
    return most.minimum(product(_lengths(node, "batch"))).maximum(ONE)


def _images(node: Node) -> list[Room]:
    """Room for the windows of the images that are laid out at once, their frames, and what comes out of them."""
    each = _columns(node), _frame(node), _lengths(node, "result", "place")
    many = _many(node, *each)
    return [room("real", many, *sizes) for sizes in each]


def _names(node: Node, which: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(axis.name for axis in _of(_parts(_attrs(node)), which))


def _conv_call(node: Node) -> Call:
    along, groups = _sizes(node)
    columns, frame, results = _images(node)
    biased = len(node.args) == 3
    return Call(
        "_conv_biased" if biased else "_conv",
        args=(_names(node, PICTURE), _names(node, WEIGHTS), *([_names(node, RESULT[1:2])] if biased else [])),
        out=_names(node, RESULT),
        extra=(cast(float, node.attr("outside")), along, groups),
        rooms=(frame, columns, results),
    )


def _conv_back_call(node: Node) -> Call:
    along, groups = _sizes(node)
    columns, frame, results = _images(node)
    return Call(
        "_conv_back",
        args=(_names(node, RESULT), _names(node, WEIGHTS)),
        out=_names(node, PICTURE),
        extra=(along, groups),
        rooms=(columns, room("real", *_lengths(node, *PICTURE[1:])), results, frame),
    )


def _conv_weights_call(node: Node) -> Call:
    along, groups = _sizes(node)
    columns, frame, results = _images(node)
    part, spare = (room("real", *_lengths(node, *which)) for which in (("filters", *WEIGHTS[1:]), WEIGHTS))
    return Call(
        "_conv_weights",
        args=(_names(node, PICTURE), _names(node, RESULT)),
        out=_names(node, WEIGHTS),
        extra=(cast(float, node.attr("outside")), along, groups, Onto()),
        rooms=(frame, columns, part, spare, results),
    )


def _dot_words(a: Written, b: Written, node: Node, over: tuple[str, ...]) -> Written:
    return over_words("dot", [a, b], _of(_parts(_attrs(node)), over))


def _same(node: Node, **changes: object) -> dict[str, Any]:
    kept = {name: value for name, value in node.attrs if name in ("along", "joined", *GROUPS)}
    return kept | changes


def _conv_words(node: Node, args: tuple[Written, ...]) -> Written:
    product = _dot_words(window_words(args[0], along_of(node)), args[1], node, WEIGHTS[1:])
    return product if len(args) == 2 else w.add(product, args[2])


def _bias_call(node: Node) -> Call:
    _, groups = _sizes(node)
    result = _lengths(node, "result")
    rooms = room("real", *_lengths(node, "place")), room("real", _many(node, result) + ONE, *result)
    extra = (extra_of(along_of(node)), groups, Onto())
    return Call("_conv_bias", (_names(node, RESULT),), _names(node, RESULT[1:2]), extra=extra, rooms=rooms)


def _bias_reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    g = fitted(args[0], node.args[0].axes, world)
    names = _names(node, RESULT[1:2])
    lost = tuple(i for i, name in enumerate(g.names) if name not in names)
    return Named(tuple(name for name in g.names if name in names), np.asarray(g.data.sum(axis=lost)))


register(
    "conv",
    Kernel(
        type=_conv_type(RESULT),
        reference=_conv_reference(("picture", "weights"), RESULT),
        call=_conv_call,
        written=_conv_words,
        derivative=(
            lambda g, n: build("conv_back", g, n.args[1], **_same(n)),
            lambda g, n: build("conv_weights", n.args[0], g, **_same(n, outside=n.attr("outside"))),
            lambda g, n: fit(g, n.args[2]),
        ),
    ),
)

register(
    "conv_back",
    Kernel(
        type=_conv_type(PICTURE),
        reference=_conv_reference(("result", "weights"), PICTURE),
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
        reference=_conv_reference(("picture", "result"), WEIGHTS),
        call=_conv_weights_call,
        written=lambda node, args: _dot_words(window_words(args[0], along_of(node)), args[1], node, ("batch", "place")),
        derivative=(
            lambda g, n: build("conv_back", n.args[1], g, **_same(n)),
            lambda g, n: build("conv", n.args[0], g, **_same(n, outside=n.attr("outside"))),
        ),
        linear=(1,),
    ),
)

register(
    "conv_bias",
    Kernel(
        type=_conv_type(RESULT[1:2]),
        reference=_bias_reference,
        call=_bias_call,
        written=lambda node, args: over_words("sum", args, _of(_parts(_attrs(node)), ("batch", "place"))),
        derivative=(lambda g, n: expand(g, n.args[0].axes),),
        linear=(0,),
    ),
)
