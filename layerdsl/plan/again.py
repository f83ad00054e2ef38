"""Cheap values computed again in every loop that reads them, in place of an array that goes out to memory and back."""

from __future__ import annotations

from collections.abc import Callable

from layerdsl.graph import Node, is_big
from layerdsl.operators.types import ELEMENTWISE
from layerdsl.plan.cost import VIEWS, cost
from layerdsl.plan.order import Order
from layerdsl.plan.schedule import Item, Loop, Step, cut, is_fusable, is_seen_as_it_is, source, space, summed
from layerdsl.plan.storage import steps_of

CHEAPER = 0.3  # nanoseconds per element: about what writing and reading an array costs beyond the cache


def computed_again(items: tuple[Item, ...], lasting: Callable[[Node], bool], order: Order) -> tuple[Item, ...]:
    """The items, with cheap values of earlier loops among the steps of later ones.

    `lasting` tells which values have a place of their own in any case: blobs' memory, or kept for the backward.
    """
    home = {step.node: (i, step) for i, item in enumerate(items) for step in steps_of(item)}
    result: list[Item] = []
    for i, item in enumerate(items):
        wanted = _wanted(i, steps_of(item), home, lasting)
        result.append(_with(item, wanted, home, order) if wanted else item)
    return _without_unused(tuple(result), lasting)


def _wanted(
    i: int, steps: tuple[Step, ...], home: dict[Node, tuple[int, Step]], lasting: Callable[[Node], bool]
) -> list[Node]:
    """The values of earlier items that this item had better compute itself, arguments first."""
    found: dict[Node, None] = {}
    viewed = {source(arg) for step in steps for arg in step.node.args if not is_seen_as_it_is(arg)}
    for step in steps:
        if not is_fusable(step.node):
            continue
        for arg in step.node.args:
            chain = _chain(arg, i, home, lasting)
            if chain and not viewed & set(chain) and sum(cost(node.op) for node in chain) <= CHEAPER:
                found.update(dict.fromkeys(chain))
    return list(found)


def _chain(node: Node, i: int, home: dict[Node, tuple[int, Step]], lasting: Callable[[Node], bool]) -> list[Node]:
    """The big values of earlier items behind an argument, arguments first; none where one can't be computed again."""
    if node not in home or home[node][0] >= i or lasting(node) or not is_big(node.axes):
        return []
    if node.op not in ELEMENTWISE or home[node][1].adds_up:
        return [node, node, node, node]  # dearer than any limit
    chain: list[Node] = []
    for arg in node.args:
        if arg.op == "seen":
            continue  # a look at an array that is there
        if arg.op in VIEWS:
            return [node] * 4
        chain += [one for one in _chain(arg, i, home, lasting) if one not in chain]
    return [*chain, node]


def _with(item: Item, wanted: list[Node], home: dict[Node, tuple[int, Step]], order: Order) -> Item:
    steps = steps_of(item)
    needs = _all_needs(steps)
    # Among several steps, a value is not used under more conditions than it was: what it reads may be absent otherwise.
    clones = tuple(Step(node, needs, (steps[0] if len(steps) == 1 else home[node][1]).given) for node in wanted)
    if isinstance(item, Loop):
        return Loop(item.axes, (*clones, *item.steps))
    whole = summed(item.node) | cut(item.node)
    axes = order(axis for axis in space(item.node) if axis.name not in whole)
    return Loop(axes, (*clones, item)) if axes else item


def _all_needs(steps: tuple[Step, ...]) -> frozenset[str] | None:
    needs: frozenset[str] = frozenset()
    for step in steps:
        if step.needs is None:
            return None
        needs |= step.needs
    return needs


def _without_unused(items: tuple[Item, ...], lasting: Callable[[Node], bool]) -> tuple[Item, ...]:
    """Without the steps whose value nobody reads any more."""
    while True:
        kept = tuple(_pruned(i, item, items, lasting) for i, item in enumerate(items))
        smaller = tuple(item for item in kept if item is not None)
        if smaller == items:
            return items
        items = smaller


def _pruned(i: int, item: Item, items: tuple[Item, ...], lasting: Callable[[Node], bool]) -> Item | None:
    steps = tuple(step for step in steps_of(item) if lasting(step.node) or _is_read(step.node, i, items))
    if not steps:
        return None
    return Loop(item.axes, steps) if isinstance(item, Loop) else item


def _is_read(node: Node, i: int, items: tuple[Item, ...]) -> bool:
    """Whether a step reads the value that this item computes: a later item that computes it itself does not."""
    for j in range(i, len(items)):
        steps = steps_of(items[j])
        if j > i and any(step.node is node for step in steps):
            continue
        if any(_behind(arg) is node for step in steps for arg in step.node.args):
            return True
    return False


def _behind(node: Node) -> Node:
    while node.op in VIEWS:
        node = node.args[0]
    return node
