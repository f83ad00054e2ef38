"""What windows take that reach over the edge where nothing lies outside, and which offset has the extreme value."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Node, walk
from layerdsl.graph.size import ONE, product
from layerdsl.operators.build import as_real, build, number, size_of
from layerdsl.operators.families.pooling import BOTH
from layerdsl.operators.families.windows import LOWEST, Along, along_of
from layerdsl.operators.types import without
from layerdsl.source import fault

NOTHING: Final = "nothing"


def take(op: str, x: Node, over: tuple[str, ...]) -> Node:
    """A reduction; of windows with nothing outside it takes what is there."""
    if x.op != "window" or x.attr("outside") != NOTHING or not offsets_of(x) <= set(over) or op not in EMPTY:
        return build(op, x, over=over)
    windows = build("window", *x.args, along=x.attr("along"), outside=EMPTY[op])
    if op != "mean":
        return build(op, windows, over=over)
    return build("div", build("sum", windows, over=over), _count(x, over))


#: What counts as nothing to a reduction: the largest of no numbers is the lowest number, as in Caffe's pooling.
EMPTY: Final[dict[str, float | bool]] = {
    "max": LOWEST, "min": -LOWEST, "sum": 0.0, "mean": 0.0, "count": False, "any": False, "all": True,
}  # fmt: skip


def offsets_of(x: Node) -> set[str]:
    """The axes of the offsets, where a value is made of windows."""
    return {one.offset.name for one in along_of(x)} if x.op == "window" else set()


def offset_of_extreme(op: str, window: Node) -> Node:
    """Which offset of each window has the largest or least value first, counted row by row."""
    pair, lowest = ("maximum", LOWEST) if op == "argmax" else ("minimum", -LOWEST)
    outside = lowest if window.attr("outside") == NOTHING else window.attr("outside")
    along = along_of(window)
    best = build("window_best", as_real(window.args[0]), along=along, outside=outside, pair=pair)
    rest, found = build("floor", build("at", best, axis=BOTH, index=ONE)), number(0)
    for i, one in enumerate(along):
        later = size_of(product([other.axis.size for other in along[i + 1 :]]))
        begin = build("sub", build("mul", build("coord", axis=one.place), size_of(one.stride)), size_of(one.pad))
        offset = build("floordiv", build("sub", build("floordiv", rest, later), begin), size_of(one.dilation))
        found = build("add", build("mul", found, size_of(one.offset.size)), offset)
        rest = build("mod", rest, later)
    return found


def _count(window: Node, over: tuple[str, ...]) -> Node:
    """How many values of windows with nothing outside a mean takes together."""
    count: Node = number(1.0)
    for one in along_of(window):
        each = _inside(one)
        count = build("mul", count, build("sum", each, over=(one.place.name,)) if one.place.name in over else each)
    spare = without(window.axes, [name for one in along_of(window) for name in (one.place.name, one.offset.name)])
    return build("mul", count, size_of(product([axis.size for axis in spare if axis.name in over])))


def _inside(one: Along) -> Node:
    """How many offsets of each position lie inside the axis."""
    before = build("sub", size_of(one.pad), build("mul", build("coord", axis=one.place), size_of(one.stride)))

    def lower(end: Node) -> Node:
        """How many offsets lie before so many places."""
        many = build("neg", build("floordiv", build("neg", end), size_of(one.dilation)))
        return build("minimum", build("maximum", many, number(0)), size_of(one.offset.size))

    return as_real(build("sub", lower(build("add", before, size_of(one.axis.size))), lower(before)))


def check_nothing(outputs: list[Node]) -> None:
    """Windows that have nothing outside serve only where all their offsets are taken together."""
    for node in walk(outputs):
        if node.op == "window" and node.attr("outside") == NOTHING:
            assert node.origin.span is not None
            raise fault(
                "LD211",
                "with `outside=none` a window has no value where nothing is there",
                node.origin.span,
                help="`max`, `min`, `sum`, `mean`, `count`, `any` and `all` over all its offsets take what is there; "
                "anything else needs a number: `outside=0`",
            )
