"""Where a value is used at all, by the conditions under which `where` takes it.

What is used in several places is used where one of them does: `where(a, p, 0) + where(b, p, 0)` needs `p` where
`a or b` holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import index_of
from layerdsl.operators.body import body_of, leaves_of
from layerdsl.operators.kernel import KERNELS

Masks = frozenset[tuple[Node, bool]]  # conditions, and whether they have to hold or not
Uses = frozenset[Masks]  # the ways in which a value is used: each where all of its conditions are met

ALWAYS: Final[Masks] = frozenset()

#: Arguments that say where to look: they matter wherever what is found does, along whatever axes that is told.
PLACES: Final = frozenset({("pick", 1), ("joint", 0), ("joint", 1), ("inside", 0)})

#: Of more ways than these only what they have in common is kept.
MOST: Final = 8


def uses(outputs: Iterable[Node]) -> dict[Node, Uses]:
    """Per node the ways in which the outputs use it.

    A condition that a way lacks is none of its own: it may be used in fewer places than the ways tell, not in more.
    """
    outputs = tuple(outputs)
    found: dict[Node, Uses] = {output: frozenset([ALWAYS]) for output in outputs}
    read: dict[Node, set[int]] = {}
    for node in reversed(list(walk(outputs))):
        if node.op == "result":
            read.setdefault(node.args[0], set()).add(index_of(node))
        paths = _of_scan(node, read[node]) if node.op == "scan" and node in read else _of_args(node, found[node])
        for arg, path in paths:
            found[arg] = fewer(found[arg] | path) if arg in found else path
    return found


def _of_args(node: Node, ways: Uses) -> Iterator[tuple[Node, Uses]]:
    """The ways in which a node uses its arguments, where it is used in these itself."""
    mixed = _mixed(node)
    for i, arg in enumerate(node.args):
        if (node.op, i) in PLACES:
            yield arg, ways
            continue
        names = set(arg.names) - mixed if mixed is not None else set()
        branch = facts(node.args[0], i == 1) if node.op in ("where", "gate") and i > 0 else ALWAYS
        yield arg, frozenset(frozenset(one for one in way | branch if names.issuperset(one[0].names)) for way in ways)


def facts(test: Node, holds: bool) -> Masks:
    """What is so where a condition holds, or where it does not: `a and b` are two facts."""
    if test.op == "not":
        return facts(test.args[0], not holds)
    if test.op == ("and" if holds else "or"):
        return frozenset(fact for part in test.args for fact in facts(part, holds))
    return frozenset([(test, holds)])


def _mixed(node: Node) -> set[str] | None:
    """The axes along which an entry is made of other entries than those at its own place; None: all may be."""
    if node.op in KERNELS:
        return set() if KERNELS[node.op].entrywise else None
    attrs: dict[str, Any] = dict(node.attrs)
    names = {attrs[key].name for key in ("axis", "whole") if hasattr(attrs.get(key), "name")}
    renamed = {name for old, new in attrs["axes"] for name in (old, new.name)} if node.op == "rename" else set()
    return names | renamed | set(attrs.get("over", ()))


def _of_scan(scan: Node, read: set[int]) -> Iterator[tuple[Node, Uses]]:
    """The ways in which a scan uses its arguments, where these of its results are read."""
    body, leaves = body_of(scan), leaves_of(scan)
    inside = uses((*body.nexts, *(body.outputs[i] for i in read)))
    for leaf, arg in leaves.items():
        ways = inside.get(leaf, frozenset())
        yield arg, frozenset(_outside(way, leaf, leaves) for way in ways)


def _outside(way: Masks, leaf: Node, leaves: dict[Node, Node]) -> Masks:
    """The conditions of a step that are known outside of it, for what a step is given."""
    if leaf.op == "carried":
        return ALWAYS
    bare = [(_bare(test), holds) for test, holds in way]
    known = [(leaves[test], holds) for test, holds in bare if test in leaves and test.op == leaf.op]
    return frozenset(fact for test, holds in known for fact in facts(test, holds))


def _bare(test: Node) -> Node:
    while test.op == "expand":
        test = test.args[0]
    return test


def fewer(ways: Uses) -> Uses:
    """The same with fewer words: without what another way includes, `a or not a` as always."""
    while True:
        merged = frozenset(_without_opposites(ways))
        least = frozenset(way for way in merged if not any(other < way for other in merged))
        if least == ways:
            return ways if len(ways) <= MOST else frozenset([frozenset.intersection(*ways)])
        ways = least


def _without_opposites(ways: Uses) -> Iterator[Masks]:
    for way in ways:
        spare = [mask for mask in way if (way ^ {mask, (mask[0], not mask[1])}) in ways]
        yield from ((way - {mask} for mask in spare) if spare else [way])
