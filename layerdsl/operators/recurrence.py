"""A recurrence made of formulas of one step: what does not depend on the step before it is worked out for all steps at
once, before the loop or behind it, and the loop keeps what is left.

    carry h = 0; a = dot(x, w, over=D); next h = tanh(a + u * h); y = v * h

becomes `a` over all of x, a loop that has `tanh(a[t] + u * h)`, and `v *` all that it leaves behind.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.size import whole
from layerdsl.operators.body import Body, result
from layerdsl.operators.build import build, expand, made_for
from layerdsl.operators.kernel import KERNELS, is_whole
from layerdsl.operators.types import ELEMENTWISE, TYPES
from layerdsl.operators.uses import Uses, fewer, uses


@dataclass(frozen=True)
class Carry:
    """What is handed from step to step: its leaf, its value before the first step, and the next one."""

    leaf: Node
    first: Node
    next: Node


def recurrence(
    axis: Axis, backwards: bool, carries: Sequence[Carry], wanted: Sequence[Node], outside: Mapping[Node, Node]
) -> tuple[Node, ...]:
    """The wanted values of one step, for all steps: with the axis, unless they are the same in every step.

    `outside` are values of a step that are known already: sequences with the axis, or without it what all steps share.
    """
    known = dict(outside)
    carries = _without_delays(axis, backwards, list(carries), wanted, known)
    return _Split(axis, backwards, _living(carries, wanted, known), tuple(wanted), known).lifted()


def order_of(nodes: Iterable[Node], known: Container[Node]) -> list[Node]:
    """What has to be worked out, arguments first."""
    needed = set(targets := [node for node in nodes if node not in known])
    everything = list(walk(targets))
    for node in reversed(everything):
        if node in needed:
            needed.update(arg for arg in node.args if arg not in known)
    return [node for node in everything if node in needed]


def _living(carries: list[Carry], wanted: Sequence[Node], known: Container[Node]) -> list[Carry]:
    """The carries on which something depends that is wanted."""
    living: list[Carry] = []
    roots = list(wanted)
    while True:
        reached = set(order_of(roots, known))
        more = [carry for carry in carries if carry not in living and carry.leaf in reached]
        if not more:
            return [carry for carry in carries if carry in living]
        living += more
        roots += [carry.next for carry in more]


def _without_delays(
    axis: Axis, backwards: bool, carries: list[Carry], wanted: Sequence[Node], known: dict[Node, Node]
) -> list[Carry]:
    """Without the carries that only hand on a value of the step before: that is the same sequence, moved by one."""
    while True:
        leaves = {carry.leaf for carry in carries}
        for carry in carries:
            order = order_of([carry.next], known)
            if leaves.isdisjoint(order) and all(map(_is_liftable, order)):
                sequence = _Split(axis, backwards, [], (carry.next,), dict(known)).lifted()[0]
                known[carry.leaf] = _delayed(axis, backwards, carry.first, sequence)
                carries = [other for other in carries if other is not carry]
                break
        else:
            return carries


def _delayed(axis: Axis, backwards: bool, first: Node, sequence: Node) -> Node:
    short = Axis(axis.name, axis.size - whole(1))
    full = expand(sequence, (axis, *first.axes))
    taken, put = (whole(1), whole(0)) if backwards else (whole(0), whole(1))
    rest = build("slice", full, axis=short, whole=axis, start=taken, step=1)
    moved = build("unslice", rest, axis=axis, whole=short, start=put, step=1)
    place = axis.size - whole(1) if backwards else whole(0)
    start = build("unat", first, axis=axis, index=place, axes=full.axes)
    return build("add", moved, start) if first.kind == "real" else moved


def _between(grad: Node) -> set[Node]:
    """By way of what a value depends on the one it is differentiated by: known from outside, it would be a constant."""
    value, wrt = grad.args
    found = {wrt}
    for node in walk([value]):
        if not found.isdisjoint(node.args):
            found.add(node)
    return found - {wrt}


@dataclass
class _Split:
    """What of a step runs in the loop, and what outside."""

    axis: Axis
    backwards: bool
    carries: Sequence[Carry]
    wanted: tuple[Node, ...]
    known: dict[Node, Node]
    steps: dict[Node, Node] = field(default_factory=dict)  # sequences that the loop reads, with their leaves
    wholes: dict[Node, Node] = field(default_factory=dict)

    def lifted(self) -> tuple[Node, ...]:
        nexts = [carry.next for carry in self.carries]
        order = order_of([*nexts, *self.wanted], self.known)
        moving = self._moving(order)
        inside = self._inside(order, moving, nexts)
        for node in order:
            if node not in moving:
                self.known[node] = self._lift(node)
        exports = self._exports(order, moving, inside)
        if inside or self.carries:
            self._loop([node for node in order if node in inside], exports)
        for node in order:
            if (node not in self.known and node not in inside) or (
                node not in self.known and is_again(node) and all(arg in self.known for arg in node.args)
            ):
                self.known[node] = self._lift(node)
        return tuple(self.known[node] for node in self.wanted)

    def _moving(self, order: Sequence[Node]) -> set[Node]:
        """What depends on the step before, or can't be worked out for all steps at once."""
        moving = {carry.leaf for carry in self.carries}
        masked = self._masked_picks(order)
        grads = [node for node in order if node.op == "grad"]
        while True:
            for node in order:
                if any(arg in moving for arg in node.args) or not _is_liftable(node):
                    moving.add(node)
            waiting = {pick for pick, ways in masked.items() if pick not in moving and _waits(ways, moving)}
            waiting |= {node for grad in grads if grad in moving for node in _between(grad)} - moving
            if not waiting:
                return moving
            moving |= waiting

    def _masked_picks(self, order: Sequence[Node]) -> dict[Node, Uses]:
        """The picks that the next values use, each with the ways: elsewhere an index may lie outside."""
        picks = [node for node in order if node.op == "pick"]
        found = uses(carry.next for carry in self.carries) if picks else {}
        return {pick: found[pick] for pick in picks if pick in found}

    def _inside(self, order: Sequence[Node], moving: set[Node], nexts: list[Node]) -> set[Node]:
        inside = {node for node in nexts if node in moving}
        inside |= {node for node in order if node in moving and not _is_liftable(node)}
        for node in reversed(order):
            if node in inside:
                inside.update(arg for arg in node.args if arg in moving)
        return inside

    def _exports(self, order: Sequence[Node], moving: set[Node], inside: set[Node]) -> list[Node]:
        """The values of the loop that are read outside it."""
        leaves = {carry.leaf for carry in self.carries}
        exports: dict[Node, None] = {}
        stack = [*self.wanted]
        stack += [arg for node in order if node in moving and node not in inside for arg in node.args]
        while stack:
            node = stack.pop()
            if node in leaves or (node in inside and not is_again(node)):
                exports[node] = None
            elif node in inside:
                stack.extend(node.args)
        return [node for node in [*leaves_in_order(self.carries), *order] if node in exports]

    def _loop(self, inside: list[Node], exports: list[Node]) -> None:
        new: dict[Node, Node] = {}
        for i, carry in enumerate(self.carries):
            attrs = dict(carry.leaf.attrs)
            with made_for(carry.leaf.origin):
                new[carry.leaf] = build("carried", **{**attrs, "index": i})
        nexts = tuple(carry.next for carry in self.carries)
        for node in inside:
            new[node] = new.get(node) or _rebuilt(node, tuple(new.get(arg) or self._leaf(arg) for arg in node.args))
        body = Body(*(tuple(new.get(node) or self._leaf(node) for node in group) for group in (nexts, exports)))
        first = [carry.first for carry in self.carries]
        made = build(
            "scan",
            *(*first, *self.steps, *self.wholes),
            axis=self.axis,
            backwards=self.backwards,
            body=body,
            steps=len(self.steps),
        )
        for i, node in enumerate(exports):
            with made_for(node.origin):
                self.known[node] = result(made, i)

    def _leaf(self, node: Node) -> Node:
        """What the body reads of a value that is known outside."""
        return self._given(self.known[node], node)

    def _given(self, outer: Node, node: Node) -> Node:
        stepping = self.axis.name in outer.names
        axes = tuple(axis for axis in outer.axes if axis.name != self.axis.name)
        if outer.op == "expand":  # the body is told what is the same along an axis
            return expand(self._given(outer.args[0], node), axes)
        if outer.static or (outer.op in CONSTANT and not stepping):
            return outer
        outer = as_numbers(outer)
        held = self.steps if stepping else self.wholes
        if outer not in held:
            with made_for(node.origin):
                held[outer] = build("step" if stepping else "inner", index=len(held), axes=axes, kind=node.kind)
        return held[outer]

    def _lift(self, node: Node) -> Node:
        """The node for all steps at once."""
        if node.static:
            return node
        args = tuple(self.known[arg] for arg in node.args)
        attrs = dict(node.attrs)
        stepping = node.op == "draw" or any(self.axis.name in arg.names for arg in args)
        if stepping and "axes" in attrs and node.op != "rename":
            attrs["axes"] = (self.axis, *(axis for axis in node.attr("axes") if axis.name != self.axis.name))  # type: ignore[attr-defined]
        if args == node.args and attrs == dict(node.attrs):
            return node
        with made_for(node.origin):
            return build(node.op, *args, **attrs)


def _waits(ways: Uses, moving: set[Node]) -> bool:
    """Whether the loop alone knows where a value is used."""
    known = frozenset(frozenset((test, holds) for test, holds in way if test not in moving) for way in ways)
    return fewer(known) != ways


def leaves_in_order(carries: Sequence[Carry]) -> list[Node]:
    """What is carried, before each step."""
    return [carry.leaf for carry in carries]


def as_numbers(node: Node) -> Node:
    """Positions are stored as whole numbers, which a step would have to know: it gets numbers as all others are."""
    return build("real", node) if is_whole(node) else node


def _rebuilt(node: Node, args: tuple[Node, ...]) -> Node:
    if args == node.args:
        return node
    made = build(node.op, *args, **dict(node.attrs)) if node.args else node
    return replace(made, origin=node.origin)


def _is_liftable(node: Node) -> bool:
    """Whether what a node means for one step can be said for all steps in the same words."""
    if node.static or node.op in TYPES:
        return True
    if node.op in ("scan", "result", "use") or node.op not in KERNELS:
        return False
    return not any(_holds_axes(value) for _, value in node.attrs)


def _holds_axes(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(each, Axis) for each in value)


def is_again(node: Node) -> bool:
    """Whether a value is better worked out outside the loop once more than written down step by step."""
    if node.op in VIEWS:
        return True
    cheap = node.op in CHEAP and node.op in ELEMENTWISE
    return cheap and len(node.axes) > max((len(arg.axes) for arg in node.args), default=0)


CONSTANT: Final = frozenset({"coord", "list"})
VIEWS: Final = frozenset({"rename", "slice", "at", "expand", "neg", "real", "not"})
CHEAP: Final = frozenset("add sub mul lt le gt ge eq ne and or maximum minimum".split())
