"""Where the entries lie that an index picks: computed once, and kept for the backward that scatters to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.attributes import axes_of, axis_of
from layerdsl.operators.build import build, made_for, number
from layerdsl.operators.rewrite import Rule
from layerdsl.operators.types import union, without


def places_of(node: Node) -> Node:
    """The places of a pick, a scatter or a put, as a node: offsets in the flattened array that it works on."""
    axis: Any = node.attr("axis")
    with made_for(replace(node.origin, name="")):
        if node.op == "pick":
            source, index, *used = node.args
            return _places(index, used, axis, source.axes, node.axes)
        given, index = node.args if node.op == "scatter" else node.args[1:]
        looked_up = union(without(node.axes, [axis.name]), given.axes, index.axes)
        return _places(index, [], axis, node.axes, looked_up)


def _places(
    index: Node, used: Sequence[Node], axis: Axis, whole: tuple[Axis, ...], axes: tuple[Axis, ...], checked: bool = True
) -> Node:
    return build("places", index, *used, axis=axis, whole=whole, axes=axes, checked=checked)


def with_places(forward: Sequence[Node]) -> Rule:
    """A rule that gives every pick, scatter and put its places; a backward takes those of the forward's pick."""
    picks = {node: places_of(node) for node in walk(forward) if node.op == "pick"}
    counts = Counter(_key(places) for places in picks.values())
    known = {_key(places): places for places in picks.values() if counts[_key(places)] == 1}

    def rule(node: Node) -> Node | None:
        if node.op not in ("pick", "scatter", "put") or any(arg.op == "places" for arg in node.args):
            return None
        if node.op == "pick" and _takes_rows(node):
            return _rows(node)
        wanted = places_of(node)
        if node.op == "pick":
            return build("pick", node.args[0], known.get(_key(wanted), wanted), axis=node.attr("axis"))
        places = known.get(_key(wanted)) or _unchecked(wanted)
        attrs = dict(node.attrs)
        return build(node.op, *node.args[:-1], places, **attrs)

    return rule


def _takes_rows(pick: Node) -> bool:
    """Whether an index takes whole rows: it has no axis of the value that it looks into, which has others."""
    source, index, *used = pick.args
    apart = not set(index.names) & set(source.names)
    return apart and bool(index.axes) and len(source.axes) > 1 and all(set(u.names) <= set(index.names) for u in used)


def _rows(pick: Node) -> Node:
    source, index, *used = pick.args
    axis: Any = pick.attr("axis")
    name = f"`{index.origin.name}`" if index.origin.name else "an index"
    mask = used[0] if used else number(True)
    return build("rows", source, index, mask, axis=axis, named=f"{name} along axis {axis.name}")


def _key(places: Node) -> object:
    whole, axes = axes_of(places, "whole"), axes_of(places, "axes")
    return places.args[0], axis_of(places), frozenset(whole), frozenset(axes)


def _unchecked(places: Node) -> Node:
    """Without a check: what lies outside gets nothing, as its cotangent is 0."""
    return build("places", *places.args, **{**dict(places.attrs), "checked": False})
