"""Boxes that overlap with a better one are left out: a condition for each box, from which no gradient comes."""

from __future__ import annotations

from typing import cast

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axis_of
from layerdsl.operators.kernel import Call, Kernel, register
from layerdsl.operators.types import Attrs, Typed, union, without
from layerdsl.operators.world import Array, Named, World, fitted


def _sides(attrs: Attrs) -> str:
    return cast(Axis, attrs["sides"]).name


def _typed(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    box, score, among = args[:3]
    return union(without(box.axes, [_sides(attrs)]), score.axes, among.axes), "bool"


def _overlap(a: Array, b: Array, plus: float) -> float:
    """Intersection over union; 0 where there is no union."""
    across, down = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]) + plus
    both = max(across, 0) * max(down, 0)
    areas = [(box[2] - box[0] + plus) * (box[3] - box[1] + plus) for box in (a, b)]
    union_area = areas[0] + areas[1] - both
    return float(both / union_area) if union_area > 0 else 0.0


def _reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    axis, sides = axis_of(node), _sides(dict(node.attrs))
    names = (*(name for name in node.names if name != axis.name), axis.name)
    axes = tuple({one.name: one for one in node.axes}[name] for name in names)
    threshold, plus, keep = (float(arg.data) for arg in args[3:])
    score, among = (fitted(arg, axes, world).data for arg in args[1:3])
    box = fitted(args[0], (*axes, axis_of(node, "sides")), world).over((*names, sides))
    kept = np.zeros(score.shape, bool)
    for place in np.ndindex(*score.shape[:-1]):
        better: list[Array] = []
        for n in sorted(range(score.shape[-1]), key=lambda n: -score[place][n]):
            able = among[place][n] and not np.isnan(score[place][n]) and len(better) < keep
            if able and not any(_overlap(other, box[place][n], plus) > threshold for other in better):
                kept[place][n] = True
                better.append(box[place][n])
    return Named(names, kept)


def _call(node: Node) -> Call:
    name = axis_of(node).name
    along = (name,)
    return Call("_nms", args=((name, _sides(dict(node.attrs))), along, along, (), (), ()), out=along)


register("nms", Kernel(type=_typed, reference=_reference, call=_call))
