"""Windows that are never laid out: their largest values, sums, means and counts, and their products with weights.

Done before a formula is differentiated, so that the backward is made of the same few operators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, cast

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.attributes import axis_of, over_of, renames_of, start_of
from layerdsl.graph.size import product, whole
from layerdsl.operators.build import as_real, build, number, size_of
from layerdsl.operators.families.pooling import BOTH
from layerdsl.operators.families.windows import Along, along_of, names_of
from layerdsl.operators.types import without
from layerdsl.passes.window_products import folded, placed

Names = tuple[str, ...]


def _split(window: Node, over: Names) -> tuple[tuple[Along, ...], tuple[Along, ...]]:
    """The windows whose offsets are taken together, and the others."""
    along = along_of(window)
    taken = tuple(one for one in along if one.offset.name in over)
    return taken, tuple(one for one in along if one not in taken)


def _rest(node: Node, inner: Node, window: Node) -> Node:
    """What is left to be done once the offsets are taken together: the other windows, and the other axes."""
    taken, others = _split(window, over_of(node))
    if others:
        inner = build("window", inner, along=others, outside=window.attr("outside"))
    left = tuple(name for name in over_of(node) if name not in names_of(taken, "offset"))
    return build(node.op, inner, over=left) if left else inner


def _extreme(node: Node) -> Node | None:
    (window,) = node.args
    taken, _ = _split(window, over_of(node))
    if not taken:
        return None
    outside = window.attr("outside")
    pair = "maximum" if node.op == "max" else "minimum"
    x = as_real(window.args[0])
    return _rest(node, build("window_extreme", x, along=taken, outside=outside, pair=pair), window)


def _sum(node: Node) -> Node | None:
    (window,) = node.args
    taken, _ = _split(window, over_of(node))
    if not taken:
        return None
    x = as_real(window.args[0])
    outside = window.attr("outside")
    if not outside:
        return _rest(node, build("window_sum", x, along=taken), window)
    level = number(float(cast(float, outside)))
    flat = build("window", build("sub", x, level), along=along_of(window), outside=0.0)
    count = size_of(product([axis.size for axis in window.axes if axis.name in over_of(node)]))
    return build("add", build("sum", flat, over=over_of(node)), build("mul", level, count))


def _of_conditions(node: Node) -> Node | None:
    """Conditions of a window as numbers: whether one holds is their largest value, how many their sum."""
    (window,) = node.args
    taken, _ = _split(window, over_of(node))
    if not taken:
        return None
    outside = float(cast(float, window.attr("outside")))
    numbers = build("window", as_real(window.args[0]), along=along_of(window), outside=outside)
    found = build({"any": "max", "all": "min", "count": "sum"}[node.op], numbers, over=over_of(node))
    return found if node.op == "count" else build("gt", found, number(0.0))


def _mean(node: Node) -> Node | None:
    (window,) = node.args
    taken, _ = _split(window, over_of(node))
    if not taken:
        return None
    count = size_of(product([axis.size for axis in window.axes if axis.name in over_of(node)]))
    return build("div", build("sum", window, over=over_of(node)), count)


def _rename(node: Node) -> Node | None:
    """Positions and offsets of another name."""
    (window,) = node.args
    new = {old: axis.name for old, axis in renames_of(node)}
    along = along_of(window)
    if not set(new) <= {*names_of(along, "place"), *names_of(along, "offset")}:
        return None

    def named(axis: Axis) -> Axis:
        return replace(axis, name=new.get(axis.name, axis.name))

    changed = tuple(replace(one, place=named(one.place), offset=named(one.offset)) for one in along)
    return build("window", *window.args, along=changed, outside=window.attr("outside"))


def _first_places(node: Node) -> Node | None:
    """The first positions of windows, alone."""
    (window,) = node.args
    axis, along = axis_of(node), along_of(window)
    if axis.name not in names_of(along, "place") or start_of(node) != whole(0) or node.attr("step") != 1:
        return None
    fewer = tuple(replace(one, place=axis) if one.place.name == axis.name else one for one in along)
    return build("window", *window.args, along=fewer, outside=window.attr("outside"))


# -- products with weights ---------------------------------------------------------------------------------------------


def _conv(node: Node) -> Node | None:
    """`dot(window(x), w, over=[C, KH, KW])`, or the same as a sum."""
    factors = node.args if node.op == "dot" else node.args[0].args
    for window, w in (factors, factors[::-1]):
        if window.op == "window" and _is_conv(window, w, over_of(node)):
            return _conv_of(window, w, over_of(node))
    return None


def _is_conv(window: Node, w: Node, over: Names) -> bool:
    along = along_of(window)
    offsets, places = names_of(along, "offset"), names_of(along, "place")
    shared = set(window.names) & set(w.names)
    apart = set(names_of(along, "axis")) & {*w.names, *without_places(window, along)}
    return set(offsets) <= set(over) <= shared and not set(places) & {*w.names, *over} and not apart


def without_places(window: Node, along: tuple[Along, ...]) -> Names:
    """The names of the axes that have nothing to do with the windows."""
    return tuple(axis.name for axis in without(window.axes, (*names_of(along, "place"), *names_of(along, "offset"))))


def _conv_of(window: Node, w: Node, over: Names) -> Node:
    along = along_of(window)
    x = window.args[0]
    own = without(x.axes, names_of(along, "axis"))
    return build(
        "conv",
        as_real(x),
        as_real(w),
        along=along,
        outside=window.attr("outside"),
        batch=tuple(axis for axis in own if axis.name not in w.names),
        group=tuple(axis for axis in own if axis.name in w.names and axis.name not in over),
        channels=tuple(axis for axis in own if axis.name in over),
        filters=without(w.axes, (*x.names, *names_of(along, "offset"))),
    )


def _fold(node: Node) -> Node | None:
    """`fold(dot(y, w, over=F))`, or of a product: the weights have the offsets, the other factor the positions."""
    along = along_of(node)
    inner = node.args[0]
    if inner.op not in ("dot", "mul"):
        return None
    offsets, places, axes = (set(names_of(along, which)) for which in ("offset", "place", "axis"))
    over = over_of(inner) if inner.op == "dot" else ()
    for y, w in (inner.args, inner.args[::-1]):
        mixed = (offsets & set(y.names)) | (places & set(w.names)) | ((offsets | places) & set(over))
        mixed |= (axes - places) & {*y.names, *w.names}
        if offsets <= set(w.names) and places <= set(y.names) and not mixed:
            return _fold_of(y, w, along, over)
    return None


def _fold_of(y: Node, w: Node, along: tuple[Along, ...], over: Names) -> Node:
    own = without(y.axes, names_of(along, "place"))
    return build(
        "conv_back",
        as_real(y),
        as_real(w),
        along=along,
        batch=tuple(axis for axis in own if axis.name not in w.names),
        group=tuple(axis for axis in own if axis.name in w.names and axis.name not in over),
        filters=tuple(axis for axis in own if axis.name in over),
        channels=without(w.axes, (*y.names, *names_of(along, "offset"))),
    )


REDUCTIONS: Final[dict[str, Callable[[Node], Node | None]]] = {
    **dict.fromkeys(("max", "min"), _extreme),
    **dict.fromkeys(("any", "all", "count"), _of_conditions),
    "sum": _sum,
    "mean": _mean,
    "rename": _rename,
    "slice": _first_places,
}


def with_best(outputs: Iterable[Node]) -> Callable[[Node], Node | None]:
    """Extreme values of windows taken from where their places are found as well."""
    wanted = {(node.args[0], node.attrs) for node in walk(outputs) if node.op == "window_best"}

    def rule(node: Node) -> Node | None:
        if node.op != "window_extreme" or (node.args[0], node.attrs) not in wanted:
            return None
        return build("at", build("window_best", *node.args, **dict(node.attrs)), axis=BOTH, index=whole(0))

    return rule


def _alike(node: Node) -> Node | None:
    """The square of windows, or the product of two that see alike: windows of squares and products."""
    first, last = node.args[0], node.args[-1]
    if last.op != "window" or along_of(first) != along_of(last):
        return None
    outside = float(cast(float, first.attr("outside"))) * float(cast(float, last.attr("outside")))
    x = build(node.op, *(as_real(window.args[0]) for window in node.args))
    return build("window", x, along=along_of(first), outside=outside)


def windows(node: Node) -> Node | None:
    """The rewrites of this module."""
    if node.op in REDUCTIONS and node.args[0].op == "window":
        return REDUCTIONS[node.op](node)
    if node.op in ("mul", "square") and node.args[0].op == "window":
        return _alike(node)
    if node.op == "dot" or (node.op == "sum" and node.args[0].op == "mul"):
        return _conv(node) or placed(node)
    if node.op == "mean" and node.args[0].op == "mul":
        return placed(node)
    return _fold(node) or folded(node) if node.op == "fold" else None
