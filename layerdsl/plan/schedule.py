"""The order of the steps, and which of them run together in a loop over parts that fit the cache."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace
from typing import Union

from layerdsl.graph import Axis, Node, is_big
from layerdsl.graph.attributes import axis_of, over_of
from layerdsl.operators.types import ELEMENTWISE, REDUCTIONS, union
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.order import Order

Given = tuple[tuple[Node, bool], ...]


@dataclass(frozen=True)
class Step:
    """One node to compute. `needs` names the bottoms for whose diffs it is computed (None: always), `given` the
    set-up conditions under which it is used, `adds_up` the loop axes over which its parts are added up."""

    node: Node
    needs: frozenset[str] | None
    given: Given = ()
    adds_up: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loop:
    """Steps that run together, part by part along `axes`."""

    axes: tuple[Axis, ...]
    steps: tuple[Step, ...]


Item = Union[Step, Loop]


def space(node: Node) -> tuple[Axis, ...]:
    """The axes that computing a node runs over."""
    if node.op in REDUCTIONS | {"overlaid"}:
        return node.args[0].axes
    return union(*(arg.axes for arg in node.args)) if node.op == "dot" else node.axes


def source(node: Node) -> Node:
    """The value that a chain of views looks at."""
    while node.op in VIEWS:
        node = node.args[0]
    return node


def is_product(node: Node) -> bool:
    """Whether a `dot` is a product of matrices: each factor has an axis of its own that stays."""
    a, b = (set(arg.names) for arg in node.args)
    return node.op == "dot" and bool(a - b) | bool(b - a)


def is_fusable(node: Node, stacks: Container[str] = ()) -> bool:
    """Whether a node can be computed part by part; `stacks` are the axes along which blobs of one name lie."""
    if node.op in ("concat", "unslice", "unat"):
        return axis_of(node).name in stacks
    if node.op == "dot":
        return not is_product(node)
    if node.op in ("bottoms", "cotangents", "store_each"):
        return not node.attr("joined")
    return node.op in ELEMENTWISE | REDUCTIONS | {"store", "select", "overlaid"}


def summed(node: Node) -> frozenset[str]:
    """The axes over which a node adds up."""
    return frozenset(over_of(node)) if node.op in REDUCTIONS | {"dot"} else frozenset()


def schedule(steps: Iterable[Step], order: Order, alone: Container[Node] = ()) -> tuple[Item, ...]:
    """Steps in an order that is right, with the big ones but for those of `alone` gathered into loops."""
    todo = list(steps)
    pending, stacks = {step.node for step in todo}, stacks_of(todo)
    heavy = {step.node for step in todo if step.node not in alone and _is_heavy(step.node, stacks)}
    items: list[Item] = []
    while todo:
        small = next((step for step in todo if step.node not in heavy and _ready(step.node, pending)), None)
        if small is not None:
            group = [small]
            items.append(small)
        else:
            first = next(s for s in todo if _ready(s.node, pending))
            others = [step for step in todo if step.node not in alone]
            group, axes = _gather(first, others, pending, stacks, order)
            ahead = _missed(group, others, pending, stacks)
            group, axes = ([ahead], set()) if ahead else (group, axes)
            items.append(_item(group, axes, order))
        todo = [step for step in todo if step not in group]
        pending -= {step.node for step in group}
    return tuple(items)


def _is_heavy(node: Node, stacks: Container[str]) -> bool:
    return is_big(space(node)) and is_fusable(node, stacks)


def _ready(node: Node, pending: set[Node], extra: frozenset[Node] = frozenset()) -> bool:
    return all(source(arg) not in pending or source(arg) in extra for arg in node.args)


@dataclass
class _Group:
    steps: list[Step]
    axes: set[str]
    order: Order
    stacks: frozenset[str]  # the axes along which blobs of one name lie: they are few, and each has memory of its own
    nodes: set[Node] = field(default_factory=set)


def _gather(
    first: Step, todo: list[Step], pending: set[Node], stacks: frozenset[str], order: Order
) -> tuple[list[Step], set[str]]:
    """The steps that can run in one loop with the first, and the axes of that loop."""
    group = _Group([first], {axis.name for axis in space(first.node)} - stacks, order, stacks, {first.node})
    if not is_fusable(first.node, stacks):
        return [first], set()
    group.axes -= cut(first.node)
    if first.node.op not in ADDING:
        group.axes -= summed(first.node)
    for step in todo:
        if step is not first:
            _try_to_join(group, step, pending)
    return group.steps, group.axes


def _missed(group: list[Step], todo: list[Step], pending: set[Node], stacks: Container[str]) -> Step | None:
    """A smaller value that is better there before a loop: a step could be one of the loop but for that.

    Behind it, that step would have a loop of its own, and all that it reads of this one would go out to memory.
    """
    inside = {step.node for step in group}
    axes = {axis.name for step in group for axis in space(step.node)}
    for step in todo:
        missed = [arg for arg in map(source, step.node.args) if arg in pending and arg not in inside]
        if step.node in inside or len(missed) != 1 or not is_fusable(step.node, stacks):
            continue
        smaller = {axis.name for axis in space(missed[0])} < {axis.name for axis in space(step.node)} <= axes
        reads = any(source(arg) in inside for arg in step.node.args)
        ready = missed[0].op in ELEMENTWISE and _ready(missed[0], pending)
        if smaller and reads and ready:
            return next((one for one in todo if one.node is missed[0]), None)
    return None


def stacks_of(steps: Iterable[Step]) -> frozenset[str]:
    """The axes along which blobs of one name lie."""
    return frozenset(axis.name for step in steps for axis in space(step.node) if is_stack(axis))


def is_stack(axis: Axis) -> bool:
    """Whether an axis is as long as there are blobs of one name."""
    return any(symbol.name.startswith("count(") for symbol in axis.size.symbols())


def _try_to_join(group: _Group, step: Step, pending: set[Node]) -> None:
    node = step.node
    if not is_fusable(node, group.stacks) or not _ready(node, pending, frozenset(group.nodes)):
        return
    axes = group.axes & {axis.name for axis in space(node)}
    inside = [source(arg) for arg in node.args if source(arg) in group.nodes]
    for arg in inside:
        axes -= summed(arg)
    axes -= cut(node)
    if node.op not in ADDING:
        axes -= summed(node)
    if not _is_heavy(node, group.stacks) and (not inside or axes != group.axes):
        return
    if _aligned(node, group) and not _resized(node, group) and _worthwhile(group.axes, axes, node):
        group.steps.append(step)
        group.nodes.add(node)
        group.axes = axes


ADDING = frozenset({"sum", "dot"})  # what a loop can add up part by part


def _aligned(node: Node, group: _Group) -> bool:
    """A value of the loop is there one part at a time: its users in the loop don't see it renamed or cut."""
    return all(source(arg) not in group.nodes or is_seen_as_it_is(arg, group.stacks) for arg in node.args)


def is_seen_as_it_is(node: Node, stacks: Container[str] = ()) -> bool:
    """Whether nothing but broadcasts, and what picks some of several blobs, stand between a value and who reads it."""
    while node.op == "expand" or (node.op in ("at", "slice") and axis_of(node).name in stacks):
        (node,) = node.args
    return node.op not in VIEWS


def cut(node: Node) -> set[str]:
    """The axes along which an argument is seen through a slice, so that its parts lie elsewhere."""
    names: set[str] = set()
    for arg in node.args:
        while arg.op in VIEWS:
            if arg.op in ("slice", "flip"):
                names.add(axis_of(arg).name)
            arg = arg.args[0]
    return names


def _resized(node: Node, group: _Group) -> bool:
    """Whether an axis has another length in the loop, as one that a slice has cut."""
    held = {axis.name: axis.size for step in group.steps for axis in group.order(space(step.node))}
    mine = [axis for axis in group.order(space(node)) if axis.name not in group.stacks]
    return any(held.get(axis.name, axis.size) != axis.size for axis in mine)


def _worthwhile(before: set[str], after: set[str], node: Node) -> bool:
    """A loop may lose one axis to a reduction that is used inside it, as long as parts stay small.

    What does not have that axis at all stays outside: the loop would cut the others across their rows.
    """
    held = {axis.name for axis in space(node)}
    lost = {axis.name for axis in space(node) if axis.star} & (before - after)
    return bool(after) and len(before - after) <= 1 and not lost and before - after <= held


def _item(group: list[Step], axes: set[str], order: Order) -> Item:
    if len(group) == 1 and _adds_few(group[0].node, order):
        axes = axes - summed(group[0].node)
    lone = len(group) == 1 and not summed(group[0].node) and not _in_parts(group[0].node)
    if not axes or lone:
        return group[0]
    held = {axis.name: axis for step in group for axis in space(step.node)}
    loop_axes = order(held[name] for name in axes)
    steps = tuple(
        replace(step, adds_up=tuple(axis.name for axis in loop_axes if axis.name in summed(step.node)))
        for step in group
    )
    return Loop(loop_axes, steps)


def _adds_few(node: Node, order: Order) -> bool:
    """Whether a sum adds rows of memory whose number the layer is told: it stays whole, in single precision."""
    added = [axis for axis in space(node) if axis.name in summed(node)]
    told = not any(symbol.kind == "axis" for axis in added for symbol in axis.size.symbols())
    return node.op == "sum" and told and order(space(node))[-1].name not in summed(node)


def _in_parts(node: Node) -> bool:
    """Whether a node is computed part by part also where it is alone: what it needs beside it would be as large."""
    return node.op in ("erf", "erfc", "tanh", "log1p_unit", "sign") or (
        node.op in ("maximum", "minimum") and node.args[1].static
    )


def reachable(outputs: Iterable[Node], available: Callable[[Node], bool]) -> list[Node]:
    """The nodes to compute for the outputs, in order, where some values are there already."""
    found: list[Node] = []
    done: set[Node] = set()

    def visit(output: Node) -> None:
        stack = [(output, False)]
        while stack:
            node, ready = stack.pop()
            if node in done or available(node):
                continue
            if ready:
                done.add(node)
                found.append(node)
            else:
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args))

    for output in outputs:
        visit(output)
    return found
