"""The plan of a whole layer: what is kept, in which order things are computed, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Union

from layerdsl.graph import Axis, LayerGraph, Node, Program, Several, walk
from layerdsl.operators.body import body_of
from layerdsl.operators.build import build, made_for
from layerdsl.operators.presence import presence
from layerdsl.passes.specialise import Variant
from layerdsl.plan.again import computed_again
from layerdsl.plan.assign import assign
from layerdsl.plan.constants import constants
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.ends import absorbed, places_of_stores, whole_stacks
from layerdsl.plan.folds import folded
from layerdsl.plan.keep import LEAVES, is_free, kept
from layerdsl.plan.naming import own_name
from layerdsl.plan.needs import givens, needs
from layerdsl.plan.onto import terms
from layerdsl.plan.order import Order, memory_order, told_sizes, turned_blobs
from layerdsl.plan.renames import with_inner_names
from layerdsl.plan.scan import sequences
from layerdsl.plan.schedule import Given, Item, Step, reachable, schedule
from layerdsl.plan.storage import Buffer, Bundle, Pool, Storage, Stretch, dtype
from layerdsl.plan.views import piece_axes, pieces, read_by, with_views


@dataclass(frozen=True)
class Phase:
    """One of forward and backward."""

    items: tuple[Item, ...]
    storage: Storage


@dataclass(frozen=True)
class Plan:
    """`kept` are the values that the forward leaves for the backward; `shape` is what `reshape()` computes."""

    program: Program
    kept: tuple[tuple[Node, Buffer | Bundle], ...]
    forward: Phase
    backward: Phase
    order: Order
    shape: Phase


@dataclass(frozen=True)
class PlanChoice:
    """One plan where `test` holds at set-up, another where it does not."""

    test: Node
    yes: Plans
    no: Plans


Plans = Union[Plan, PlanChoice]


def planned(variant: Variant) -> Plans:
    """The plans of all variants of a layer."""
    if isinstance(variant, Program):
        return plan(variant)
    return PlanChoice(variant.test, planned(variant.yes), planned(variant.no))


def any_plan(plans: Plans) -> Plan:
    """One of them, for what they all share."""
    return plans if isinstance(plans, Plan) else any_plan(plans.yes)


def all_plans(plans: Plans) -> tuple[Plan, ...]:
    """Every one of them."""
    return (plans,) if isinstance(plans, Plan) else (*all_plans(plans.yes), *all_plans(plans.no))


def plan(program: Program) -> Plan:
    """The plan of a program in NumPy's operators."""
    order = memory_order(program)
    program = with_inner_names(program, order, turned_blobs(program, order))
    program = with_views(program, order, turned_blobs(program, order))
    shape, program = _of_shape(program, order)
    updated = frozenset(name for name, _ in program.updates)
    forward = _stores("top", program.tops, program) + _stores("state", program.updates, program)
    backward = _stores("bottom_diff", program.bottom_diffs, program) + _stores("blob_diff", program.blob_diffs, program)
    saved = kept([node.args[0] for node in forward], [node.args[0] for node in backward], updated)
    saved = tuple(dict.fromkeys((*saved, *_read_by_others(program))))
    names = _names(saved)
    turned = turned_blobs(program, order)
    pool = Pool("t", {})
    told = told_sizes(program, order)
    buffers = tuple((node, _kept_place(node, names[node], told)) for node in saved)
    wanted = _wanted([*forward, *backward], program)
    first = _phase(program, forward, dict(buffers), "forward", told, updated, turned, pool, wanted)
    second = _phase(program, backward, dict(buffers), "backward", told, updated, turned, pool.emptied(), wanted)
    return Plan(program, buffers, first, second, order, shape)


def _of_shape(program: Program, order: Order) -> tuple[Phase, Program]:
    """The steps that `reshape()` takes, and the program that finds their results."""
    found = constants(program)
    leaves = found.leaves.items()
    buffers: dict[Node, Buffer | Bundle] = {
        node: Buffer(str(leaf.attr("name")), order(node.axes), dtype(node)) for node, leaf in leaves
    }
    used = _wanted(_stores("top", program.tops, program) + _every_diff(program), program) if buffers else {}
    phase = _phase(program, [], buffers, "forward", order, frozenset(), frozenset(), Pool("c", {}), used)
    return phase, found.program


def _every_diff(program: Program) -> list[Node]:
    diffs = _stores("bottom_diff", program.bottom_diffs, program) + _stores("blob_diff", program.blob_diffs, program)
    return _stores("state", program.updates, program) + diffs


def _kept_place(node: Node, name: str, order: Order) -> Buffer | Bundle:
    """Where a value stays for the backward."""
    if node.op != "scan":
        return Buffer(name, order(node.axes), dtype(node))
    outputs = body_of(node).outputs
    wanted = [
        f"before_{output.attr('name')}" if output.op == "carried" else output.origin.name or output.op
        for output in outputs
    ]
    names = [f"{name}_{one}{i if one in wanted[:i] else ''}" for i, one in enumerate(wanted)]
    return sequences(node, order, lambda output, i, axes: names[i])


def _read_by_others(program: Program) -> list[Node]:
    """The states that more than their own update reads: a copy is made first, as the update may come earlier."""
    found: list[Node] = []
    for name, _ in program.updates:
        others = [node for _, node in program.tops] + [node for other, node in program.updates if other != name]
        found += [node for node in walk(others) if node.op == "blob" and node.attr("name") == name]
    return found


def _wanted(stores: list[Node], program: Program) -> dict[Node, Given]:
    """Per node the conditions under which forward or backward use it."""
    nodes = [node for node in reachable(stores, lambda node: node.static) if node.op not in VIEWS]
    return givens(nodes, {store: conditions_of(program, store) for store in stores})


def several_of(layer: LayerGraph) -> dict[str, Several]:
    """The names under which there are any number of bottoms or tops: nothing is computed right in their memory."""
    return {blob.name: blob.several for blob in (*layer.bottoms, *layer.tops) if blob.several is not None}


def _stores(kind: str, named: tuple[tuple[str, Node], ...], program: Program) -> list[Node]:
    found: list[Node] = []
    readers, order = read_by(program), memory_order(program)
    for name, node in named:
        axes = _stored_axes(node, _axes(kind, name, program), order)
        several = several_of(program.layer).get(name) if kind in ("top", "bottom_diff") else None
        op = "store" if several is None else "store_each"
        for value, stretch in _values(kind, node, readers, order) if several is None else [(node, None)]:
            part: dict[str, object] = {} if stretch is None else {"stretch": stretch}
            part = part if several is None else {"joined": several.joined}
            with made_for(node.origin):
                own = _stored_axes(value, piece_axes(axes, stretch), order)
                found.append(build(op, value, kind=kind, name=name, axes=own, **part))
    return found


def _stored_axes(value: Node, axes: tuple[Axis, ...], order: Order) -> tuple[Axis, ...]:
    """The axes of a blob, or a part of it, under the names that a value has inside: see `plan.renames`."""
    same = set(value.names) <= {axis.name for axis in axes}
    return axes if same else order(value.axes)


def _values(kind: str, node: Node, readers: Counter[Node], order: Order) -> list[tuple[Node, Stretch | None]]:
    """What is written into a blob, one by one, and where."""
    if kind == "blob_diff":
        return [(term, None) for term in terms(node, order, readers.__getitem__)]
    return pieces(node, kind, readers, order)


def _axes(kind: str, name: str, program: Program) -> tuple[Axis, ...]:
    layer = program.layer
    groups = {"top": layer.tops, "state": layer.held, "bottom_diff": layer.bottoms, "blob_diff": layer.blobs}
    return next(blob.axes for blob in groups[kind] if blob.name == name)  # type: ignore[attr-defined]


def _names(nodes: Iterable[Node]) -> dict[Node, str]:
    names: dict[Node, str] = {}
    for i, node in enumerate(nodes, 1):
        wanted = own_name(node.origin.name) or f"{node.op}{i}"
        names[node] = wanted if wanted not in names.values() else f"{wanted}{i}"
    return names


def conditions_of(program: Program, store: Node) -> Given:
    """The conditions of the set-up under which there is a blob to store into."""
    kind, name = store.attr("kind"), store.attr("name")
    if kind in ("top", "bottom_diff"):
        ends = program.layer.tops if kind == "top" else program.layer.bottoms
        wanted = tuple((presence(blob), True) for blob in ends if blob.name == name and blob.optional)
    else:
        wanted = tuple((test, True) for blob in program.layer.blobs if blob.name == name for test in blob.given)
    return tuple((test, holds) for test, holds in wanted if not program.knows(test, holds))


def _phase(
    program: Program,
    stores: list[Node],
    buffers: dict[Node, Buffer | Bundle],
    name: str,
    order: Order,
    updated: frozenset[str],
    turned: frozenset[str],
    pool: Pool,
    used: dict[Node, Given],
) -> Phase:
    forward = name == "forward"
    own = buffers if forward else {}
    outputs = _outputs(program, stores, own, used)
    there = _available_in_forward(buffers) if forward else _available_in_backward(buffers, updated)
    nodes = [node for node in reachable(outputs, there) if node.op not in VIEWS]
    wanted, conditions = needs(nodes, stores), givens(nodes, outputs)
    steps = [Step(node, wanted.get(node), conditions.get(node, ())) for node in nodes]
    ends = places_of_stores(steps, own, turned, order)
    unmade = folded(steps) - own.keys()  # what the backward reads again is made
    made = [step for step in steps if not absorbed(step, ends) and step.node not in unmade]
    items = schedule(made, order, whole_stacks(steps, ends))
    items = computed_again(items, lambda node: node in own or node in ends or node.op in ALWAYS, order)
    return Phase(items, assign(items, own, dict(buffers), ends, name, order, pool))


def _available_in_forward(kept: Container[Node]) -> Callable[[Node], bool]:
    """Whether a value is there without a step: all leaves are, but for states of which a copy is kept."""
    return lambda node: node.static or (node.op in LEAVES and not (node.op == "blob" and node in kept))


def _available_in_backward(kept: Container[Node], updated: frozenset[str]) -> Callable[[Node], bool]:
    """Whether a value is there without a step: what the forward has kept, and leaves that are still what they were."""
    return lambda node: node.static or (node.op in LEAVES and is_free(node, updated)) or node in kept


def _outputs(
    program: Program, stores: list[Node], own: Iterable[Node], used: Mapping[Node, Given]
) -> dict[Node, Given]:
    """What a phase is for: stores and the values that it keeps, each with the conditions under which it is wanted."""
    states = [node for node in own if node.op == "blob"]  # copied before a store can change them
    outputs: dict[Node, Given] = dict.fromkeys([*states, *stores], ())
    outputs |= {node: used.get(node, ()) for node in own if node not in outputs}
    return outputs | {store: (*outputs[store], *conditions_of(program, store)) for store in stores}


ALWAYS = frozenset({"store", "store_each", "draw", "put", "extern"})  # never computed twice, never left out
