"""A pick is told where its value is used: an index may lie outside its axis where a mask discards what it picks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce

from layerdsl.graph import Node, walk
from layerdsl.operators.body import replaced
from layerdsl.operators.build import build, is_number, number
from layerdsl.operators.rewrite import Rewriter, Rule
from layerdsl.operators.uses import ALWAYS, Masks, Uses, facts, fewer, uses

Order = Mapping[Node, tuple[int, int]]


def told_where_used(nodes: tuple[Node, ...], count: int) -> tuple[Node, ...]:
    """The nodes, every pick with the mask of the places where its value matters to the first `count` of them.

    What these do not use is told where the others do. A pick from another pick is a new node when that one has its
    mask, and gets its own in the next round.
    """
    if not any(node.op in ("pick", "inside") for node in walk(nodes)):
        return nodes
    while True:
        told = Rewriter([_with_mask(nodes, count)])(nodes)
        if told == nodes:
            return nodes
        nodes = told


def _with_mask(nodes: Sequence[Node], count: int) -> Rule:
    found = {**uses(nodes), **uses(nodes[:count])}
    order = {node: (len(node.names), i) for i, node in enumerate(walk(nodes))}
    known = list(_conditions(order))

    def rule(node: Node) -> Node | None:
        if not _is_untold(node):
            return None
        ways = fewer(frozenset(_fitting(way, node) for way in found.get(node, (ALWAYS,))))
        if ALWAYS in ways:
            return None
        return _told(node, _looking(_test(ways, order, known), order[node][1], order))

    return rule


def _is_untold(node: Node) -> bool:
    """Whether an index is looked up, here or in several axes at once, and nothing says yet where that matters."""
    return (node.op == "pick" and len(node.args) == 2) or (node.op == "inside" and is_number(node.args[1], True))


def _looking(test: Node, place: int, order: Order) -> Node:
    """The condition with picks that are not checked in place of those that have their mask from it.

    A condition may be made of the very value that it lets through, as in `where(where(ok, p, 0) > 1, p, 0)`. Where the
    index lies outside, that pick says so itself, if the condition needs it; what the condition takes there does not
    matter.
    """
    for op in ("inside", "pick"):
        untold = [node for node in walk([test]) if node.op == op and _is_untold(node)]
        later = [node for node in untold if node not in order or order[node][1] >= place]
        new = {node: _told(node, number(False)) for node in later}
        test = replaced([test], new)[0] if new else test
    return test


def _told(node: Node, test: Node) -> Node:
    """The same, checked where this condition holds."""
    if node.op == "pick":
        return build("pick", *node.args, test, axis=node.attr("axis"))
    further = tuple(name for name in test.names if name not in node.names)
    return build("inside", node.args[0], build("any", test, over=further) if further else test, **dict(node.attrs))


def _fitting(way: Masks, node: Node) -> Masks:
    """The conditions that are known for every single place that is picked; an index may be looked up more than once."""
    named = [mask for mask in way if node.op == "inside" or set(mask[0].names) <= set(node.names)]
    return frozenset(mask for mask in named if not mask[0].static)


def _conditions(nodes: Iterable[Node]) -> Iterator[tuple[Masks, Masks]]:
    """The conditions that are worked out anyway: the facts of which they are made, and themselves."""
    for node in nodes:
        if node.op in ("where", "gate"):
            yield from ((facts(node.args[0], holds), frozenset([(node.args[0], holds)])) for holds in (True, False))


def _test(ways: Uses, order: Order, known: Sequence[tuple[Masks, Masks]]) -> Node:
    """The condition that one of the ways is met, what all have in common said once."""
    common: Masks = frozenset.intersection(*ways)
    rest = [_in_order(way - common, order, known) for way in ways - {common}]
    either = [_all(way) for way in sorted(rest, key=lambda way: [(order[test], holds) for test, holds in way])]
    both = [_all(_in_order(common, order, known))] if common else []
    return reduce(partial(build, "and"), both + ([reduce(partial(build, "or"), either)] if either else []))


def _in_order(way: Masks, order: Order, known: Sequence[tuple[Masks, Masks]]) -> list[tuple[Node, bool]]:
    for parts, whole in known:
        way = (way - parts) | whole if len(parts) > 1 and parts <= way else way
    return sorted(way, key=lambda mask: (order[mask[0]], mask[1]))


def _all(way: Sequence[tuple[Node, bool]]) -> Node:
    return reduce(partial(build, "and"), [test if holds else build("not", test) for test, holds in way])
