"""How a scan runs: the steps of its body, where each step finds what it reads, and where it leaves its values.

What is carried is a name that moves on: the place in the sequence that the step has just filled, where there is one,
or else one of two buffers in turn. So nothing is copied from step to step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.attributes import axis_of, renames_of
from layerdsl.operators.body import LEAVES, Body, body_of, leaves_of, replaced
from layerdsl.operators.build import build, made_for
from layerdsl.operators.families.layout import lengths, starts
from layerdsl.operators.types import ELEMENTWISE, without
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.needs import givens
from layerdsl.plan.order import Order
from layerdsl.plan.product import lying
from layerdsl.plan.schedule import Step, source
from layerdsl.plan.storage import Buffer, Bundle, Piece, Pool, Slot, Storage, Turn, dtype, place_axes

Assign = Callable[..., Storage]


@dataclass(frozen=True)
class Carried:
    """What is carried: its leaf, the buffer of its first value, and the place of the next one."""

    leaf: Node
    first: Buffer
    place: Slot | Turn


@dataclass(frozen=True)
class Inner:
    """The loop of a scan."""

    steps: tuple[Step, ...]
    storage: Storage
    carried: tuple[Carried, ...]
    outer: Mapping[Node, Node]  # leaf -> what it is a slice of, or stands for


def sequences(scan: Node, order: Order, name: Callable[[Node, int, tuple[Axis, ...]], str]) -> Bundle:
    """Where a scan leaves its values."""
    axis = axis_of(scan)
    found: list[Buffer] = []
    for i, output in enumerate(body_of(scan).outputs):
        axes = order((axis, *output.axes))
        found.append(Buffer(name(output, i, axes), axes, "bool" if output.kind == "bool" else "real"))
    return Bundle(tuple(found), axis)


def inner(scan: Node, bundle: Bundle, pool: Pool, order: Order, assign: Assign) -> Inner:
    """The loop, with memory from the pool; what it takes is free again when it ends."""
    body, outer = _grounded(scan, order)
    leaves = {leaf.attr("index"): leaf for leaf in outer if leaf.op == "carried"}
    firsts = [_taken(pool, order(node.axes), node) for node in body.nexts]
    nodes, ends, turns = _ends(body, bundle, pool, order)
    conditions = givens(nodes, dict.fromkeys(ends, ()))
    steps = tuple(Step(node, None, conditions.get(node, ())) for node in nodes)
    storage = assign(steps, {}, {}, ends, "scan", order, pool)
    carried = tuple(
        Carried(leaves[i], first, place)
        for i, (first, place) in enumerate(zip(firsts, turns, strict=True))
        if i in leaves
    )
    for buffer in (*firsts, *(place.buffer for place in turns if isinstance(place, Turn))):
        pool.give((buffer.axes, buffer.dtype), buffer.name)
    return Inner(steps, storage, carried, outer)


def _taken(pool: Pool, axes: tuple[Axis, ...], node: Node) -> Buffer:
    kind = "bool" if node.kind == "bool" else "real"
    return Buffer(pool.take((axes, kind)), axes, kind)  # type: ignore[arg-type]


def _grounded(scan: Node, order: Order) -> tuple[Body, dict[Node, Node]]:
    """The body with leaves that know how they lie in memory, and what each stands for."""
    leaves = leaves_of(scan)
    new = {leaf: _ground(leaf, arg, axis_of(scan), order) for leaf, arg in leaves.items()}
    outer = {new[leaf]: arg for leaf, arg in leaves.items() if new[leaf].op in LEAVES}
    return body_of(scan).rewritten(lambda nodes: replaced(nodes, new)), outer


def _ground(leaf: Node, arg: Node, axis: Axis, order: Order) -> Node:
    if leaf.op != "carried" and arg.op == "expand" and arg.args[0].static:
        return build("expand", arg.args[0], axes=leaf.axes)
    lies = order(leaf.axes) if leaf.op == "carried" else lying(arg, order)
    if leaf.op == "step" and lies is not None:
        lies = lies[1:] if lies[0].name == axis.name else None
    with made_for(leaf.origin):
        return build(leaf.op, **{**dict(leaf.attrs), "lies": lies})


def _ends(
    body: Body, bundle: Bundle, pool: Pool, order: Order
) -> tuple[list[Node], dict[Node, Slot | Turn | Piece], list[Slot | Turn]]:
    """The nodes of a step in order, the places of those that stay, and for each carried value that of the next one."""
    ends: dict[Node, Slot | Turn | Piece] = {}
    extra: list[Node] = []
    slots: dict[Node, Slot] = {}
    for output, sequence in zip(body.outputs, bundle.sequences, strict=True):
        slot = Slot(sequence, bundle.axis)
        straight = sequence.axes[:1] == (bundle.axis,)
        extra += _end(output, slot, straight, ends, order)
        if straight:
            slots.setdefault(output, slot)
    turns: list[Slot | Turn] = []
    for node in body.nexts:
        slot_of = slots.get(node) if node.op not in LEAVES else None
        if slot_of is None or slot_of in turns:
            place = Turn(_taken(pool, order(node.axes), node))
            extra += _end(node, place, True, ends, order)
            turns.append(place)
        else:
            turns.append(slot_of)
    made = [node for node in walk((*body.nexts, *body.outputs)) if not _is_given(node)]
    _pieces(made, ends, order)
    return [*made, *extra], ends, turns


def _end(
    node: Node, place: Slot | Turn, straight: bool, ends: dict[Node, Slot | Turn | Piece], order: Order
) -> list[Node]:
    """Computed right there, or stored there."""
    kind = place.sequence.dtype if isinstance(place, Slot) else place.buffer.dtype
    value = _behind_renames(node)
    if straight and not _is_given(value) and value not in ends and dtype(value) == kind:
        held = _turned(node, place_axes(place))
        if held is not None and held == order(held):
            ends[value] = _seen_as(place, held)
            return []
    with made_for(node.origin):
        store = build("store", node, kind="next", name="", axes=node.axes)
    ends[store] = place
    return [store]


def _pieces(nodes: list[Node], ends: dict[Node, Slot | Turn | Piece], order: Order) -> None:
    """Values that are put behind each other in a place are computed right there, where nobody else reads them."""
    readers = Counter(source(arg) for node in nodes for arg in node.args)
    for node in nodes:
        place = ends.get(node)
        if node.op != "concat" or not isinstance(place, (Slot, Turn)):
            continue
        axis, held = axis_of(node), place_axes(place)
        for arg, start, length in zip(node.args, starts(node), lengths(node), strict=True):
            value = _behind_renames(arg)
            several = axis.name in arg.names
            names = _turned(arg, held if several else without(held, [axis.name]))
            fits = value.op in ELEMENTWISE and value not in ends and readers[value] == 1 and dtype(value) == "real"
            if fits and names is not None and not value.static:
                ends[value] = Piece(place, axis.name, start, start + length if several else None, names)


def _seen_as(place: Slot | Turn, axes: tuple[Axis, ...]) -> Slot | Turn:
    """The same memory with other names for its axes."""
    if isinstance(place, Turn):
        return Turn(replace(place.buffer, axes=axes))
    return Slot(replace(place.sequence, axes=(place.axis, *axes)), place.axis)


def _behind_renames(node: Node) -> Node:
    while node.op == "rename":
        node = node.args[0]
    return node


def _turned(arg: Node, held: tuple[Axis, ...]) -> tuple[Axis, ...] | None:
    """The axes of the value behind renames, where those of `arg` lie as `held`."""
    by_name = {axis.name: axis for axis in arg.axes}
    if set(by_name) != {axis.name for axis in held}:
        return None
    axes = tuple(by_name[axis.name] for axis in held)
    while arg.op == "rename":
        new = {axis.name: old for old, axis in renames_of(arg)}
        arg = arg.args[0]
        mine = {axis.name: axis for axis in arg.axes}
        axes = tuple(mine[new.get(axis.name, axis.name)] for axis in axes)
    return axes


def _is_given(node: Node) -> bool:
    return node.static or node.op in LEAVES or node.op in VIEWS or node.op in ("coord", "list")
