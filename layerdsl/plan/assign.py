"""Places given to the values of one phase, item after item."""

from __future__ import annotations

from dataclasses import dataclass, field

from layerdsl.graph import Axis, Node
from layerdsl.operators.build import is_number
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.ends import End, stacked
from layerdsl.plan.order import Order
from layerdsl.plan.scan import Inner, inner, sequences
from layerdsl.plan.schedule import Item, Loop, Step, source
from layerdsl.plan.storage import (
    FAST_IN_PLACE,
    Buffer,
    Bundle,
    DType,
    Part,
    Place,
    Pool,
    Storage,
    adds_few_terms,
    bit_masks,
    dtype,
    is_along_rows,
    is_onto,
    last_uses,
    scratch_of,
)


@dataclass
class _State:
    order: Order
    kept: dict[Node, Buffer | Bundle]
    known: dict[Node, Buffer | Bundle]  # kept values that a phase finds there
    last: dict[tuple[int, Node], tuple[int, int]]
    ends: dict[Node, End]  # values that are computed where they are stored
    masks: frozenset[tuple[int, Node]]  # comparisons that are made as bits
    whole: Pool
    prefix: str
    places: dict[Node, Place] = field(default_factory=dict)
    local: dict[tuple[int, Node], Place] = field(default_factory=dict)
    scratch: dict[tuple[int, Node], tuple[Place, ...]] = field(default_factory=dict)
    partial: dict[Node, Part] = field(default_factory=dict)
    sums: dict[Node, Buffer] = field(default_factory=dict)
    scans: dict[Node, Inner] = field(default_factory=dict)

    def put(self, i: int, node: Node, place: Place) -> None:
        """The item has the node there; for other items, the first one counts."""
        self.local[i, node] = place
        self.places.setdefault(node, place)

    def look(self, i: int, node: Node) -> Place | None:
        """Where an item finds a node."""
        return self.local.get((i, node)) or self.places.get(node)


def assign(
    items: tuple[Item, ...],
    kept: dict[Node, Buffer | Bundle],
    known: dict[Node, Buffer | Bundle],
    ends: dict[Node, End],
    phase: str,
    order: Order,
    pool: Pool,
) -> Storage:
    """The places of all values of a phase."""
    prefix = pool.prefix if pool.prefix == "c" else phase[0]  # of what is worked out with the shape
    state = _State(order, kept, known, last_uses(items), ends, bit_masks(items, known), pool, prefix)
    for i, item in enumerate(items):
        if isinstance(item, Loop):
            _assign_loop(state, i, item)
        else:
            _assign_alone(state, i, item)
        _release(state, i)
    return Storage({**known, **state.places}, state.local, state.scratch, state.partial, state.sums, state.scans)


def _assign_scan(state: _State, i: int, node: Node) -> None:
    """A scan: what it leaves behind, and the memory of its steps."""
    if not _place_fixed(state, i, node):
        made = sequences(node, state.order, lambda output, k, axes: state.whole.take((axes, _kind(output))))
        state.put(i, node, made)
    bundle = state.look(i, node)
    assert isinstance(bundle, Bundle)
    state.scans[node] = inner(node, bundle, state.whole, state.order, assign)


def _kind(node: Node) -> DType:
    return "bool" if node.kind == "bool" else "real"


def _assign_alone(state: _State, i: int, step: Step) -> None:
    if step.node.op == "scan":
        _assign_scan(state, i, step.node)
        return
    taken: list[tuple[object, str]] = []
    onto = is_onto(state.ends.get(step.node)) and step.node.op != "store"
    for need in scratch_of(step, state.order, False, onto):
        buffer = _whole(state, need.dtype, need.axes, need.ordered)
        taken.append(((buffer.axes, buffer.dtype), buffer.name))
        state.scratch[i, step.node] = (*state.scratch.get((i, step.node), ()), buffer)
    if not _place_fixed(state, i, step.node):
        state.put(i, step.node, _stack(state, step.node) or _reused(state, i, step) or _new(state, step.node))
    for key, name in taken:
        state.whole.give(key, name)


def _place_fixed(state: _State, i: int, node: Node) -> bool:
    """Stored or kept values have their place already."""
    fixed: Place | None = state.kept.get(node) or state.ends.get(node)
    if node in state.places and fixed is not None:
        return False  # computed again
    if fixed is not None:
        state.put(i, node, fixed)
    return fixed is not None


def _reused(state: _State, i: int, step: Step) -> Buffer | None:
    """The temporary of an argument that nobody reads after this step."""
    if step.node.op not in FAST_IN_PLACE:
        return None
    for arg in _direct(step.node):
        place = state.look(i, arg)
        if (
            isinstance(place, Buffer)
            and arg not in state.kept
            and arg not in state.known
            and not _is_fixed(state, arg, place)
            and state.last.get((_home(state, arg), arg)) == (i, 0)
            and (place.axes, place.dtype) == (state.order(step.node.axes), dtype(step.node))
        ):
            return place
    return None


def _stack(state: _State, node: Node) -> Buffer | None:
    """The array for all blobs of one name, of bottoms or of the diffs of tops."""
    return stacked(node, state.order) if node.op in ("bottoms", "cotangents") and not node.attr("joined") else None


def _new(state: _State, node: Node) -> Buffer:
    return _whole(state, dtype(node), node.axes)


def _is_fixed(state: _State, node: Node, place: Place | None) -> bool:
    """Whether a value has an array that nothing else may have: it may be Caffe's own."""
    return node in state.ends or (place is not None and place == _stack(state, node))


def _direct(node: Node) -> list[Node]:
    """The arguments that no other argument looks at in another way, turned or cut."""
    viewed = {source(arg) for arg in node.args if arg.op in VIEWS}
    return [arg for arg in node.args if arg not in viewed]


def _home(state: _State, node: Node) -> int:
    """The item that computed the node first."""
    return next((i for i, known in state.local if known is node), -1)


def _whole(state: _State, kind: DType, axes: tuple[Axis, ...], as_given: bool = False) -> Buffer:
    ordered = axes if as_given else state.order(axes)
    return Buffer(state.whole.take((ordered, kind)), ordered, kind)


def _release(state: _State, i: int) -> None:
    """Give back the temporaries that no later item reads."""
    living = {
        buffer
        for (home, node), place in state.local.items()
        if state.last.get((home, node), (-1, 0))[0] > i
        for buffer in _buffers(place)
    }
    for (_, node), place in list(state.local.items()):
        if node in state.kept or node in state.known or _is_fixed(state, node, place):
            continue
        for buffer in _buffers(place):
            names = state.whole.free.setdefault((buffer.axes, buffer.dtype), [])
            if buffer not in living and buffer.name not in names:
                names.append(buffer.name)


def _buffers(place: Place) -> tuple[Buffer, ...]:
    """The arrays that a place is made of."""
    return place.sequences if isinstance(place, Bundle) else (place,) if isinstance(place, Buffer) else ()


def _assign_loop(state: _State, i: int, loop: Loop) -> None:
    pool = Pool("t", {})
    for j, step in enumerate(loop.steps):
        taken: list[Part] = []
        if (i, step.node) in state.masks:  # compared as conditions, which is quicker than as numbers
            taken.append(_part(state, pool, i, "bool", step.node.axes))
            state.scratch[i, step.node] = tuple(taken)
        for need in scratch_of(step, state.order, in_loop=True):
            if need.dtype == "bits" and (i, step.node.args[0]) in state.masks:
                continue
            part = _part(state, pool, i, need.dtype, need.axes, need.fill)
            taken += [part] if need.fill is None else []
            state.scratch[i, step.node] = (*state.scratch.get((i, step.node), ()), part)
        if step.adds_up:
            _place_sum(state, pool, i, step, taken, adds_few_terms(loop, step, state.order))
        elif not _place_fixed(state, i, step.node):
            state.put(i, step.node, _place_in_loop(state, pool, i, j, step))
        for part in taken:
            pool.give((part.axes, part.dtype), part.name)
        _release_parts(state, pool, i, j, step)


def _place_in_loop(state: _State, pool: Pool, i: int, j: int, step: Step) -> Place:
    node = step.node
    if state.last.get((i, node), (i, 0))[0] > i:
        return _whole(state, dtype(node), node.axes)
    wanted = (state.order(node.axes), dtype(node))
    if node.op in FAST_IN_PLACE:
        for arg in _direct(node):
            place = state.look(i, arg)
            if (
                isinstance(place, Part)
                and place.loop == i
                and state.last[i, arg] == (i, j)
                and wanted == (place.axes, place.dtype)
            ):
                return place
    kind: DType = "bits" if (i, node) in state.masks else dtype(node)
    return _part(state, pool, i, kind, node.axes)


def _part(state: _State, pool: Pool, i: int, kind: DType, axes: tuple[Axis, ...], fill: Node | None = None) -> Part:
    ordered = state.order(axes)
    if fill is not None:
        return Part(i, constant_name(fill), ordered, kind, fill)
    return Part(i, pool.take((ordered, kind)), ordered, kind)


def constant_name(fill: Node) -> str:
    """A name for an array that holds one number: `zero`, `one`, or `limit`."""
    names = {0: "zero", 1: "one"}
    return next((name for value, name in names.items() if is_number(fill, value)), "limit")


def _place_sum(state: _State, pool: Pool, i: int, step: Step, taken: list[Part], few: bool) -> None:
    """A sum over parts: a part of it, the float64 array in which it is added up, and its own place."""
    node = step.node
    if node.axes:
        kind: DType = "real" if few or is_along_rows(step, state.order) else "double"
        part = _part(state, pool, i, kind, node.axes)
        taken.append(part)
        state.partial[node] = part
        state.sums[node] = Buffer(f"sum{state.prefix}{len(state.sums) + 1}", state.order(node.axes), "double")
    if not _place_fixed(state, i, node):
        state.put(i, node, _whole(state, "real", node.axes))


def _release_parts(state: _State, pool: Pool, i: int, j: int, step: Step) -> None:
    living = {
        place
        for (home, node), place in state.local.items()
        if isinstance(place, Part) and place.loop == i and home == i and state.last.get((i, node), (i, j)) > (i, j)
    }
    for arg in dict.fromkeys(source(arg) for arg in step.node.args):
        place = state.look(i, arg)
        if isinstance(place, Part) and place.loop == i and place not in living:
            names = pool.free.setdefault((place.axes, place.dtype), [])
            if place.name not in names:
                names.append(place.name)
