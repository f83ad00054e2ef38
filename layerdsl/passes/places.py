"""Where the entries lie that an index picks: computed once, and kept for the backward that scatters to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from layerdsl.graph import Axis, Node, walk
from layerdsl.operators.build import build, made_for
from layerdsl.operators.rewrite import Rule
from layerdsl.operators.types import union, without
from layerdsl.passes.used import Masks, masks


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


def with_places(forward: Sequence[Node], backward: Sequence[Node]) -> Rule:
    """A rule that gives every pick, scatter and put its places; a backward takes those of the forward's pick.

    Where a mask discards what a pick gives, its places are no places. So they serve only who is under the same mask.
    """
    picks = {node: places_of(node) for node in walk(forward) if node.op == "pick"}
    counts = Counter(_key(places) for places in picks.values())
    known = {_key(places): places for places in picks.values() if counts[_key(places)] == 1}
    masked = {_key(places) for places in picks.values()} - {_key(p) for p in picks.values() if len(p.args) == 1}
    under = masks([*forward, *backward])

    def rule(node: Node) -> Node | None:
        if node.op not in ("pick", "scatter", "put") or any(arg.op == "places" for arg in node.args):
            return None
        wanted = places_of(node)
        found = known.get(_key(wanted))
        if node.op == "pick" and (len(node.args) > 2 or _key(wanted) not in masked):
            return build("pick", node.args[0], found or wanted, axis=node.attr("axis"))
        fits = found is not None and _tests(found.args[1:]) <= _known_tests(node, under.get(node, frozenset()))
        places = found if found is not None and fits else _unchecked(wanted)
        return build(node.op, *(node.args[:1] if node.op == "pick" else node.args[:-1]), places, **dict(node.attrs))

    return rule


Test = tuple[object, ...]  # a condition by what it says, and whether it has to hold


def _tests(conditions: Iterable[Node], holds: bool = True) -> frozenset[Test]:
    """The conditions that are joined by `and`, each once."""
    found: set[Test] = set()
    for condition in conditions:
        if condition.op == "and" and holds:
            found |= _tests(condition.args)
        elif condition.op == "not":
            found |= _tests(condition.args, not holds)
        elif condition.op == "ne":
            found.add(("eq", condition.args, condition.attrs, not holds))
        else:
            found.add((condition.op, condition.args, condition.attrs, holds))
    return frozenset(found)


def _known_tests(node: Node, under: Masks) -> frozenset[Test]:
    """The conditions without which nobody uses a node, or without which it brings nothing but 0."""
    given = node.args[1] if node.op == "put" else node.args[0]
    while given.op == "neg":
        given = given.args[0]
    own = _tests(given.args[:1]) if given.op == "gate" and node.op != "pick" else frozenset()
    return own.union(*(_tests([test], holds) for test, holds in under))


def _key(places: Node) -> object:
    whole, axes = places.attr("whole"), places.attr("axes")
    return places.args[0], places.attr("axis"), frozenset(whole), frozenset(axes)  # type: ignore[call-overload]


def _unchecked(places: Node) -> Node:
    """Without a check: what lies outside gets nothing, as its cotangent is 0."""
    return build("places", *places.args, **{**dict(places.attrs), "checked": False})
