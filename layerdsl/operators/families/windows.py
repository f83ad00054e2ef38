"""Windows along axes, laid out, and their adjoint.

Every operator of windows has `along`, one entry for each axis with windows. `pooling` and `convolution` have operators
that never lay windows out; `passes/windows.py` puts them where a formula means them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import numpy as np

from layerdsl.graph import Axis, Node, Size
from layerdsl.operators import wording as w
from layerdsl.operators.build import build
from layerdsl.operators.kernel import Call, Extra, Kernel, Room, register
from layerdsl.operators.types import Attrs, Typed, without
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Array, Named, World, fitted, shape_of

#: What lies outside where nothing does: the largest of nothing is Caffe's lowest number, as in its pooling.
LOWEST: Final = -3.4028234663852886e38


@dataclass(frozen=True, repr=False)
class Along:
    """Windows along one axis: offset `k` of position `p` lies at `p * stride + k * dilation - pad`.

    All windows together see at most the first `reach` places of the padded axis.
    """

    axis: Axis
    place: Axis
    offset: Axis
    stride: Size
    pad: Size
    dilation: Size
    reach: Size

    def __repr__(self) -> str:
        steps = [f"{name} {value}" for name, value in (("stride", self.stride), ("pad", self.pad)) if str(value) != "0"]
        said = [f"{self.place.name}={self.axis.name} by {self.offset.name}={self.offset.size}", *steps]
        return f"({', '.join([*said, f'dilation {self.dilation}'])})"

    @property
    def extra(self) -> Extra:
        """What the functions of the emitted code want to know."""
        return (self.axis.size, self.place.size, self.offset.size, self.stride, self.pad, self.dilation)

    def places(self, world: World) -> tuple[Array, Array]:
        """Where every offset of every position lies, and whether that is inside the axis."""
        stride, pad, dilation = (one.evaluate(world.sizes) for one in (self.stride, self.pad, self.dilation))
        sizes = shape_of((self.place, self.offset, self.axis), world)
        there = np.arange(sizes[0])[:, None] * stride + np.arange(sizes[1]) * dilation - pad
        return there, (there >= 0) & (there < sizes[2])


def along_of(node: Node) -> tuple[Along, ...]:
    """The windows of a node."""
    return cast("tuple[Along, ...]", node.attr("along"))


def axes_of(along: tuple[Along, ...], which: str) -> tuple[Axis, ...]:
    """The axes, the places or the offsets."""
    return tuple(getattr(one, which) for one in along)


def names_of(along: tuple[Along, ...], which: str) -> tuple[str, ...]:
    """Their names."""
    return tuple(axis.name for axis in axes_of(along, which))


def replaced(axes: tuple[Axis, ...], old: tuple[Axis, ...], new: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axes with new ones in the places of old ones."""
    by_name = {a.name: b for a, b in zip(old, new, strict=True)}
    return tuple(by_name.get(axis.name, axis) for axis in axes)


def extra_of(along: tuple[Along, ...]) -> Extra:
    """What the functions of the emitted code want to know of all axes."""
    return tuple(one.extra for one in along)


def room(kind: Literal["real", "bool", "int"], *sizes: Size) -> Room:
    """Room for so many numbers, which a function gives the shape that it needs."""
    return Room(kind, tuple(Axis(f"room{i}", size) for i, size in enumerate(sizes)))


# -- words -------------------------------------------------------------------------------------------------------------


def window_words(x: Written, along: tuple[Along, ...]) -> Written:
    """`window(x, P=H by KH, stride=2)`."""
    return w.call("window", x, *(_by(one.place, one.axis, one) for one in along), *_options(along))


def fold_words(g: Written, along: tuple[Along, ...]) -> Written:
    """`fold(g, H=P by KH, stride=2)`."""
    return w.call("fold", g, *(_by(one.axis, one.place, one) for one in along), *_options(along))


def over_words(name: str, args: Iterable[Written], axes: Iterable[Axis]) -> Written:
    """`sum(x, over=[KH, KW])`."""
    names = ", ".join(axis.name for axis in axes)
    over = [w.Plain(f"over=[{names}]" if ", " in names else f"over={names}", w.ATOM)] if names else []
    return w.call(name, *args, *over)


def _by(made: Axis, held: Axis, one: Along) -> w.Plain:
    label = f"{made.name}=" if made.name != held.name else ""
    return w.Plain(f"{label}{held.name} by {one.offset.name}", w.ATOM)


def _options(along: tuple[Along, ...]) -> list[w.Plain]:
    found: list[w.Plain] = []
    for name, usual in (("stride", "1"), ("pad", "0"), ("dilation", "1")):
        texts = [str(getattr(one, name)) for one in along]
        if any(text != usual for text in texts):
            said = texts[0] if len(set(texts)) == 1 else f"[{', '.join(texts)}]"
            found.append(w.Plain(f"{name}={said}", w.ATOM))
    return found


# -- meanings ----------------------------------------------------------------------------------------------------------


def laid_out(x: Named, along: tuple[Along, ...], outside: Any, world: World) -> Named:
    """The value with its windows: the positions in the place of each axis, the offsets last."""
    names, data = list(x.names), x.data
    for one in along:
        at = names.index(one.axis.name)
        there, inside = one.places(world)
        taken = np.take(data, np.clip(there, 0, data.shape[at] - 1), axis=at)
        known = inside.reshape(inside.shape + (1,) * (data.ndim - at - 1))
        data = np.moveaxis(np.where(known, taken, outside), at + 1, -1)
        names = [one.place.name if name == one.axis.name else name for name in names] + [one.offset.name]
    return Named(tuple(names), data)


def folded(g: Named, along: tuple[Along, ...], world: World) -> Named:
    """The adjoint: what lies on one place is added up."""
    names, data = list(g.names), g.data
    for one in along:
        rest = [name for name in names if name not in (one.place.name, one.offset.name)]
        data = Named(tuple(names), data).over((*rest, one.place.name, one.offset.name))
        there, inside = one.places(world)
        total = np.zeros((*data.shape[:-2], one.axis.size.evaluate(world.sizes)))
        for p, k in np.argwhere(inside):
            total[..., there[p, k]] += data[..., p, k]
        names, data = [*rest, one.axis.name], total
    return Named(tuple(names), data)


# -- windows laid out --------------------------------------------------------------------------------------------------


def _window_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    along = attrs["along"]
    places = replaced(args[0].axes, axes_of(along, "axis"), axes_of(along, "place"))
    return (*places, *axes_of(along, "offset")), args[0].kind


def _window(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (x,) = args
    return laid_out(fitted(x, node.args[0].axes, world), along_of(node), node.attr("outside"), world)


def _fold_type(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    along = attrs["along"]
    kept = without(args[0].axes, names_of(along, "offset"))
    return replaced(kept, axes_of(along, "place"), axes_of(along, "axis")), "real"


def _fold(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    return folded(fitted(args[0], node.args[0].axes, world), along_of(node), world)


register(
    "window",
    Kernel(
        type=_window_type,
        reference=_window,
        call=lambda node: Call(
            "_window",
            args=(names_of(along_of(node), "axis"),),
            out=names_of(along_of(node), "place") + names_of(along_of(node), "offset"),
            extra=(cast(float, node.attr("outside")), extra_of(along_of(node))),
        ),
        written=lambda node, args: window_words(args[0], along_of(node)),
        derivative=(lambda g, n: build("fold", g, along=n.attr("along")),),
    ),
)

register(
    "fold",
    Kernel(
        type=_fold_type,
        reference=_fold,
        call=lambda node: Call(
            "_fold",
            args=(names_of(along_of(node), "place") + names_of(along_of(node), "offset"),),
            out=names_of(along_of(node), "axis"),
            extra=(extra_of(along_of(node)),),
        ),
        written=lambda node, args: fold_words(args[0], along_of(node)),
        derivative=(lambda g, n: build("window", g, along=n.attr("along"), outside=0.0),),
        linear=(0,),
    ),
)
