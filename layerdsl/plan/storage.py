"""A place in memory for every computed value, shared by values that do not live at the same time."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Union

from layerdsl.graph import Axis, Node, Size, is_big
from layerdsl.graph.attributes import over_of
from layerdsl.graph.size import product, whole
from layerdsl.operators.kernel import KERNELS, POSITIONS, is_whole
from layerdsl.operators.types import COMPARISONS, ELEMENTWISE, without
from layerdsl.plan.order import Order
from layerdsl.plan.product import block, copies, is_of_rows, turned_room
from layerdsl.plan.schedule import Item, Loop, Step, is_product, source, space

DType = Literal["real", "bool", "int", "bits", "double"]  # bits: integers as wide as the numbers, for masks


@dataclass(frozen=True)
class Buffer:
    """An array of the layer's own: kept from forward to backward, or a temporary."""

    name: str
    axes: tuple[Axis, ...]
    dtype: DType


@dataclass(frozen=True)
class Part:
    """A temporary that holds one part of a loop, cut to its size."""

    loop: int
    name: str
    axes: tuple[Axis, ...]
    dtype: DType
    fill: Node | None = None  # what it is filled with once and for all


@dataclass(frozen=True)
class Stretch:
    """The places `start:stop` of an axis that is `whole` long."""

    axis: str
    start: Size
    stop: Size
    whole: Size


@dataclass(frozen=True)
class Target:
    """Caffe's own memory: `kind` is top, bottom_diff, blob_diff or state, `name` the blob's; or a stretch of it."""

    kind: Literal["top", "bottom_diff", "blob_diff", "state"]
    name: str
    stretch: Stretch | None = None


@dataclass(frozen=True)
class Bundle:
    """Where a scan leaves its values, step by step along an axis."""

    sequences: tuple[Buffer, ...]
    axis: Axis

    @property
    def name(self) -> str:
        """The names of the arrays."""
        return ", ".join(buffer.name for buffer in self.sequences)


@dataclass(frozen=True)
class Slot:
    """The place of one step in a sequence."""

    sequence: Buffer
    axis: Axis


@dataclass(frozen=True)
class Turn:
    """A buffer that takes turns with another one: what a step puts into it is carried to the next."""

    buffer: Buffer


@dataclass(frozen=True)
class Piece:
    """A stretch of a place, along an axis that has the name `axis` there, or without `stop` one place along it; its own
    axes lie in the same order."""

    place: Slot | Turn
    axis: str
    start: Size
    stop: Size | None
    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Apart:
    """The place of a `join`, its joined axes seen as those that they are made of."""

    place: Target | Buffer
    join: Node


Place = Union[Buffer, Part, Target, Bundle, Slot, Turn, Piece, Apart]


def is_onto(place: Place | None) -> bool:
    """Whether what is computed there is added to what stands there."""
    return isinstance(place, Target) and place.kind == "blob_diff"


def place_axes(place: Slot | Turn) -> tuple[Axis, ...]:
    """The axes of a place of one step, as they lie in memory."""
    if isinstance(place, Turn):
        return place.buffer.axes
    return tuple(axis for axis in place.sequence.axes if axis.name != place.axis.name)


@dataclass(frozen=True)
class Storage:
    """Where the values of one phase are, and what its steps need beside them."""

    places: Mapping[Node, Place]
    local: Mapping[tuple[int, Node], Place]  # where an item (by its number) has the values that it computes
    scratch: Mapping[tuple[int, Node], tuple[Place, ...]]
    partial: Mapping[Node, Part]  # the part of a sum that a loop adds up
    sums: Mapping[Node, Buffer]  # where it is added up, where that is more than one number
    scans: Mapping[Node, Any] = field(default_factory=dict)  # the loops of scans: `plan.scan.Inner`

    def buffers(self) -> Iterator[Buffer]:
        """Every array of the layer's own, as often as it is used."""
        for place in (*self.places.values(), *(one for several in self.scratch.values() for one in several)):
            if isinstance(place, Bundle):
                yield from place.sequences
            elif isinstance(place, Buffer):
                yield place
        yield from self.sums.values()
        for loop in self.scans.values():
            yield from loop.storage.buffers()
            for carried in loop.carried:
                yield carried.first
                if isinstance(carried.place, Turn):
                    yield carried.place.buffer


def dtype(node: Node) -> DType:
    """How the elements of a value are stored."""
    if node.op in POSITIONS or (node.op in KERNELS and KERNELS[node.op].stored == "int"):
        return "int"
    return "bool" if node.kind == "bool" else "real"


# Operators that read an element of an argument before they write it, so that both may share their memory.
IN_PLACE = (ELEMENTWISE | {"put"}) - {"where", "gate", "erf", "erfc", "real", "sign", "tanh", "log1p_unit", "pow"}

# Those for which sharing costs nothing: NumPy before 1.20 leaves its fast loops for the others (exp: 50 times slower).
FAST_IN_PLACE = frozenset({"add", "sub", "mul", "div", "neg", "and", "or", "put", "patch"})


# What NumPy before 1.22 computes ten times slower than in other words, by what room these need.
SPECIAL: Mapping[str, tuple[DType, ...]] = {
    "tanh": ("real", "real", "bits"),
    "log1p_unit": ("real", "real"),
    "sign": ("bool", "bool"),
}


@dataclass(frozen=True)
class Scratch:
    """A temporary that a step needs while it runs; with `fill`, a constant that `reshape()` makes."""

    dtype: DType
    axes: tuple[Axis, ...]
    fill: Node | None = None
    ordered: bool = False  # the axes stay in the order given


def scratch_of(step: Step, order: Order, in_loop: bool, onto: bool = False) -> tuple[Scratch, ...]:
    """The temporaries that a step needs while it runs; `onto` says that its value is added to what stands there."""
    node = step.node
    if node.op in KERNELS:
        return tuple(Scratch(room.kind, room.axes, ordered=True) for room in KERNELS[node.op].call(node).rooms)
    if node.op in ("where", "gate"):
        return (Scratch("bits", node.args[0].axes),) if by_bits(node) else ()
    if node.op == "dot":
        if not onto and is_product(node) and is_of_rows(node, order):
            return (Scratch("real", (turned_room(node, order),)),)
        return (*_scratch_of_dot(step, order), *([Scratch("real", (block(node, order),))] if onto else []))
    if node.op in SPECIAL and (is_big(node.axes) or node.op == "sign"):
        return tuple(Scratch(kind, node.axes) for kind in SPECIAL[node.op])
    if node.op in ("erf", "erfc"):
        return (Scratch("double", node.axes), Scratch("double", node.axes))
    if node.op in ("pairs", "spread"):
        return tuple(Scratch("double", axes, ordered=True) for axes in double_copies(node))
    if node.op == "put":
        return (Scratch("real", node.args[2].axes),)
    if node.op in ("argmax", "argmin") and not_last(node, order) and is_big(space(node)):
        values, room = Scratch("real", node.axes), Scratch("real", (_rows_room(node),), ordered=True)
        return (values, values, Scratch("bool", node.axes), Scratch("int", node.axes), room)
    if in_loop and node.op in ("max", "min") and not_last(node, order):
        return (Scratch("real", node.axes),)
    if node.op == "sum" and in_two_steps(step, order):
        return (Scratch("real", rows_of(node, order)),)
    if in_loop and with_constant(node):
        return (Scratch("real", node.axes, node.args[1]),)
    return ()


def _rows_room(node: Node) -> Axis:
    """Room for rows along the axis that a place is looked for in: so many as fit the cache, or the whole."""
    return Axis("room", whole(262144).minimum(product([axis.size for axis in space(node)])))


def double_copies(node: Node) -> list[tuple[Axis, ...]]:
    """The arrays in double precision of `pairs` and `spread`: factors, squares or sums of weights, result."""
    a, b = node.args[-2:]
    (k,) = [axis for axis in a.axes if axis.name in b.names]
    (row,) = [axis for axis in a.axes if axis.name != k.name]
    (column,) = [axis for axis in b.axes if axis.name != k.name]
    if node.op == "pairs":
        return [(row, k), (column, k), (row,), (column,), (row, column), (row, column)]
    kept = row if row.name in node.names else column
    return [(row, column), (row, k), (column, k), (kept,), (kept, k)]


def is_power_of_many(node: Node) -> bool:
    """Whether many numbers are raised to the power of one that may be any at run time."""
    if node.op != "pow" or not node.axes or is_whole(node.args[0]):
        return False
    return node.args[1].static and node.args[1].op != "number"


def with_constant(node: Node) -> bool:
    """Whether a maximum or minimum is taken with a number: with an array of it NumPy is three times as fast."""
    return node.op in ("maximum", "minimum") and node.args[1].static and is_big(node.axes)


def not_last(node: Node, order: Order) -> bool:
    """Whether a maximum or minimum, or its place, is taken along one axis that is not the last in memory."""
    over = over_of(node) if node.op in ("max", "min", "argmax", "argmin") else ()
    return len(over) == 1 and over[0] != order(space(node))[-1].name and node.kind != "bool"


def in_two_steps(step: Step, order: Order) -> bool:
    """Whether a part of a sum is made of the sums of its rows, so that many rows are added up in double precision."""
    node = step.node
    over = over_of(node) if node.op == "sum" else ()
    last = order(space(node))[-1].name
    return bool(step.adds_up and node.axes) and last in over and len(over) > 1


def is_along_rows(step: Step, order: Order) -> bool:
    """Whether a part of a sum adds along rows alone, which NumPy does in pairs."""
    node = step.node
    return node.op == "sum" and node.attr("over") == (order(space(node))[-1].name,)


def adds_few_terms(loop: Loop, step: Step, order: Order) -> bool:
    """Whether a part of a sum has so few terms that they need no double precision: `_parts` cuts them to 32."""
    cut = {name for one in loop.steps if one.node.axes for name in one.adds_up}
    node = step.node
    last = order(space(node))[-1].name
    return node.op == "sum" and {*over_of(node)} == {*step.adds_up} and not {loop.axes[-1].name, last} & cut


def rows_of(node: Node, order: Order) -> tuple[Axis, ...]:
    """The axes that are left when the last one in memory is summed."""
    return order(space(node))[:-1]


def _scratch_of_dot(step: Step, order: Order) -> tuple[Scratch, ...]:
    node = step.node
    if is_product(node):
        return tuple(Scratch("real", axes, ordered=True) for axes in copies(node, order) if axes is not None)
    if flat_dot(step):
        return ()
    if by_rows(node, order):
        last = order(space(node))[-1].name
        rest = without(space(node), [last])
        return (Scratch("real", rest),) if {axis.name for axis in rest} != set(node.names) else ()
    return (Scratch("real", space(node)),)


def by_rows(node: Node, order: Order) -> bool:
    """Whether a sum of products runs along the rows of memory, which BLAS multiplies and adds in one go."""
    return order(space(node))[-1].name in over_of(node)


def bit_masks(items: tuple[Item, ...], kept: Container[Node]) -> frozenset[tuple[int, Node]]:
    """Comparisons, by the loop that makes them, whose result serves as bits and nothing else."""
    readers: dict[Node, list[tuple[int, Node]]] = {}
    for i, item in enumerate(items):
        for step in steps_of(item):
            for arg in step.node.args:
                readers.setdefault(source(arg), []).append((i, step.node))
    loops = [(i, step.node) for i, item in enumerate(items) if isinstance(item, Loop) for step in item.steps]
    return frozenset((i, node) for i, node in loops if node not in kept and _is_mask(i, node, readers.get(node, [])))


def _is_mask(i: int, node: Node, readers: list[tuple[int, Node]]) -> bool:
    """Whether a comparison is read as a mask, by steps of its own loop, and by nothing else."""
    if node.op not in COMPARISONS or not is_big(node.axes) or not readers:
        return False
    return all(j == i and _masks_by(reader, node) for j, reader in readers)


def _masks_by(reader: Node, mask: Node) -> bool:
    return reader.op in ("where", "gate") and reader.args[0] is mask and mask not in reader.args[1:] and by_bits(reader)


def by_bits(node: Node) -> bool:
    """Whether a choice by a mask is made on the bits: it is large, and a product could let a NaN through."""
    return node.kind != "bool" and is_big(node.axes)


def flat_dot(step: Step) -> bool:
    """Whether a sum of products is one number, over two arrays of the same axes: BLAS has a word for that."""
    node = step.node
    return not node.axes and all(set(arg.names) == set(node.args[0].names) for arg in node.args)


@dataclass
class Pool:
    """Names for memory that is free again."""

    prefix: str
    free: dict[object, list[str]]
    made: list[tuple[object, str]] = field(default_factory=list)

    def take(self, key: object) -> str:
        """A free piece of memory of this form, or a new one."""
        names = self.free.setdefault(key, [])
        if names:
            return names.pop()
        name = f"{self.prefix}{len(self.made) + 1}"
        self.made.append((key, name))
        return name

    def emptied(self) -> Pool:
        """The same memory, all of it free again."""
        for key, name in self.made:
            if name not in self.free[key]:
                self.free[key].append(name)
        return self

    def give(self, key: object, name: str) -> None:
        """Free again."""
        self.free.setdefault(key, []).append(name)


def last_uses(items: Iterable[Item]) -> dict[tuple[int, Node], tuple[int, int]]:
    """The last item, and step in it, that reads each value, by the item that computes the value and the value.

    An item that computes a value itself reads its own; others read the first one.
    """
    last: dict[tuple[int, Node], tuple[int, int]] = {}
    first: dict[Node, int] = {}
    for i, item in enumerate(items):
        own = {step.node for step in steps_of(item)}
        for node in own:
            first.setdefault(node, i)
        for j, step in enumerate(steps_of(item)):
            for arg in step.node.args:
                value = source(arg)
                last[i if value in own else first.get(value, -1), value] = (i, j)
    return last


def steps_of(item: Item) -> tuple[Step, ...]:
    """The steps of a loop, or the one step."""
    return item.steps if isinstance(item, Loop) else (item,)
