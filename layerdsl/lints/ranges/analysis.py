"""The ranges of all values of a graph, from what is declared and from what operators make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import index_of
from layerdsl.lints.ranges.facts import Conditions, Outside, differences, facts
from layerdsl.lints.ranges.interval import ANYTHING, EVERYTHING, INF, Range
from layerdsl.lints.ranges.known import Known
from layerdsl.lints.ranges.rules import RULES
from layerdsl.operators.body import LEAVES, body_of, leaves_of
from layerdsl.operators.types import ELEMENTWISE

Ranges = dict[Node, Range]

#: Where an end goes that moves from round to round.
STOPS: Final = (-INF, -1.0, 0.0, 1.0, INF)
ROUNDS: Final = 4

DEEP: Final = 5  # so many operators stand between a value and what bounds it, at most


def ranges(outputs: Iterable[Node], known: Known, given: Mapping[Node, Range] | None = None) -> Ranges:
    """The range of every node below the outputs, also of those in the bodies of scans; `given` bounds some of them."""
    bounds, found = given or {}, cast(Ranges, {})
    for node in walk(outputs):
        if node not in found:
            value = _range(node, known, found, bounds)
            found[node] = value & bounds[node] if node in bounds else value
    return found


def under(outputs: Sequence[Node], known: Known, path: Conditions, plain: Ranges, outside: Outside) -> Ranges:
    """The ranges where all conditions of a path hold."""
    bounds: Ranges = {leaf: plain[leaf] for leaf in walk(outputs) if leaf.op in LEAVES and leaf in plain}

    def bound_to(node: Node, bound: Range) -> None:
        bounds[node] = bounds[node] & bound if node in bounds else bound
        if node in outside:
            bound_to(outside[node], bound)

    for test, holds in path:
        for node, bound in facts(test, holds, lambda other: plain.get(other, ANYTHING), outside):
            bound_to(node, bound)
    signs = differences(path, outside)
    bounds |= {node: signs[node.args] for node in walk(outputs) if node.op == "sub" and node.args in signs}
    return ranges(outputs, known, bounds)


def _range(node: Node, known: Known, found: Ranges, bounds: Mapping[Node, Range]) -> Range:
    if node.op == "where":
        return _chosen(node, known, found)
    if node.op in LEAVES:
        return EVERYTHING  # what it is, is given
    if node.op == "scan":
        found.update(_stepped(node, known, found, bounds))
        return ANYTHING
    if node.op == "result":
        return found[body_of(node.args[0]).outputs[index_of(node)]]
    if node.op == "top" and node.args[0].op == "use":
        return found[node.args[0].args[index_of(node)]]
    rule = RULES.get(node.op)
    return ANYTHING if rule is None else rule(known, node, tuple(found[arg] for arg in node.args))


def _chosen(node: Node, known: Known, found: Ranges) -> Range:
    """Either value, each bounded by the condition under which it is taken."""
    test, *values = node.args
    sides = []
    for value, holds in zip(values, (True, False), strict=True):
        bounds: Ranges = {}
        for bounded, bound in facts(test, holds, lambda other: found.get(other, ANYTHING)):
            bounds[bounded] = bounds.get(bounded, found.get(bounded, ANYTHING)) & bound
        sides.append(_where_it_holds(value, known, found, bounds, DEEP))
    return sides[0] | sides[1]


def _where_it_holds(node: Node, known: Known, found: Ranges, bounds: Ranges, depth: int) -> Range:
    """The range of a value at the places where those are bounded of which it is made element by element."""
    if node in bounds:
        return bounds[node]
    if node.op not in ELEMENTWISE or node.op == "where" or depth == 0:
        return found[node]
    args = tuple(_where_it_holds(arg, known, found, bounds, depth - 1) for arg in node.args)
    if all(new == found[arg] for new, arg in zip(args, node.args, strict=True)):
        return found[node]
    return found[node] & RULES[node.op](known, node, args)


# -- round after round -------------------------------------------------------------------------------------------------


def settled(first: list[Range], turn: Callable[[list[Range]], list[Range]]) -> list[Range]:
    """Ranges that a round leaves as they are: those of before the first, widened until nothing changes."""
    current = first
    for _ in range(ROUNDS):
        after = [old | new for old, new in zip(current, turn(current), strict=True)]
        if after == current:
            return current
        current = [old if old == new else _widened(old, new) for old, new in zip(current, after, strict=True)]
    return [EVERYTHING if old != new else old
            for old, new in zip(current, turn(current), strict=True)]  # fmt: skip


def _widened(old: Range, new: Range) -> Range:
    """A range with the ends that have moved put at the next stop."""
    low = new.low if new.low == old.low else max(stop for stop in STOPS if stop <= new.low)
    high = new.high if new.high == old.high else min(stop for stop in STOPS if stop >= new.high)
    return replace(new, low=low, high=high, zero=new.zero or (low < 0 < high and not (old.low < 0 < old.high)))


def _stepped(scan: Node, known: Known, found: Ranges, bounds: Mapping[Node, Range]) -> Ranges:
    """The ranges in the body of a scan, over all of its steps."""
    body = body_of(scan)
    starts = {leaf: found[arg] for leaf, arg in leaves_of(scan).items()}
    first = [found[arg] for arg in scan.args[: len(body.nexts)]]
    nodes = (*body.nexts, *body.outputs)

    def inside(carried: list[Range]) -> Ranges:
        leaves = {leaf: carried[index_of(leaf)] if leaf.op == "carried" else start
                  for leaf, start in starts.items()}  # fmt: skip
        return ranges(nodes, known, {**bounds, **leaves})

    def turn(carried: list[Range]) -> list[Range]:
        after = inside(carried)
        return [after[node] for node in body.nexts]

    return inside(settled(first, turn))
