"""How a product of matrices lies in memory: which axes make the rows, the columns and the sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axis_of, over_of, renames_of
from layerdsl.graph.size import product, whole
from layerdsl.operators.body import LEAVES
from layerdsl.operators.families.layout import parts_of
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.order import Order

Layout = Literal["straight", "turned", "mixed"]

FEW: Final = 64  # so many rows times many others are a quicker product the other way round

BLOCK: Final = 2097152  # elements of a product that are made at a time where it is added: with fewer, BLAS is slower


@dataclass(frozen=True)
class Groups:
    """The axes of a product: `batch` in all three, `rows` and `columns` in one factor each, `summed` in both."""

    batch: tuple[Axis, ...]
    rows: tuple[Axis, ...]
    columns: tuple[Axis, ...]
    summed: tuple[Axis, ...]


def groups(node: Node, order: Order) -> Groups:
    """The groups of axes of a `dot`."""
    a, b = node.args
    over = set(over_of(node))
    shared = set(a.names) & set(b.names)
    return Groups(
        order(axis for axis in a.axes if axis.name in shared - over),
        order(axis for axis in a.axes if axis.name not in shared),
        order(axis for axis in b.axes if axis.name not in shared),
        order(axis for axis in a.axes if axis.name in over),
    )


def layout(axes: Iterable[Axis], batch: tuple[Axis, ...], first: tuple[Axis, ...], second: tuple[Axis, ...]) -> Layout:
    """Whether an array with these axes in memory is a stack of matrices `first` by `second`, or those transposed."""
    names = [axis.name for axis in axes]
    if names == [axis.name for axis in (*batch, *first, *second)]:
        return "straight"
    return "turned" if names == [axis.name for axis in (*batch, *second, *first)] else "mixed"


def lying(node: Node, order: Order) -> tuple[Axis, ...] | None:
    """The axes of a value as they lie in memory without gaps: a rename moves nothing; None where a view cuts."""
    if node.op == "rename":
        inner = lying(node.args[0], order)
        names: dict[str, Axis] = dict(renames_of(node))
        return None if inner is None else tuple(names.get(axis.name, axis) for axis in inner)
    if node.op in LEAVES:
        return node.attr("lies")  # type: ignore[return-value]
    if node.op in ("at", "slice", "split", "joined"):
        return _part(node, lying(node.args[0], order))
    return None if node.op in VIEWS - {"result"} else order(node.axes)


def _part(node: Node, lies: tuple[Axis, ...] | None) -> tuple[Axis, ...] | None:
    """One place or a stretch of the slowest axis has no gaps, nor has an array whose axes are taken apart."""
    if lies is None:
        return None
    if node.op == "split":
        apart = {axis.name: parts for axis, parts in parts_of(node)}
        return tuple(one for axis in lies for one in apart.get(axis.name, (axis,)))
    if node.op == "joined":
        made = {part.name: (axis,) * (part is parts[0]) for axis, parts in parts_of(node) for part in parts}
        return tuple(one for axis in lies for one in made.get(axis.name, (axis,)))
    axis = axis_of(node)
    if lies[0].name != axis.name or (node.op == "slice" and node.attr("step") != 1):
        return None
    return lies[1:] if node.op == "at" else (axis, *lies[1:])


def copies(
    node: Node, order: Order
) -> tuple[tuple[Axis, ...] | None, tuple[Axis, ...] | None, tuple[Axis, ...] | None]:
    """The axes of the copies that factors and result need where their memory does not lie as matrices do."""
    g = groups(node, order)
    a, b = node.args
    mixed_a = layout(lying(a, order) or (), g.batch, g.rows, g.summed) == "mixed"
    mixed_b = layout(lying(b, order) or (), g.batch, g.summed, g.columns) == "mixed"
    mixed_out = layout(order(node.axes), g.batch, g.rows, g.columns) == "mixed"
    return (
        (*g.batch, *g.rows, *g.summed) if mixed_a else None,
        (*g.batch, *g.summed, *g.columns) if mixed_b else None,
        (*g.batch, *g.rows, *g.columns) if mixed_out else None,
    )


def is_of_rows(node: Node, order: Order) -> bool:
    """Whether the rows of one array are multiplied with those of another, as both lie in memory."""
    g = groups(node, order)
    if g.batch or not g.rows or not g.columns or copies(node, order) != (None, None, None):
        return False
    lies = [lying(arg, order) or () for arg in node.args]
    return (
        layout(lies[0], (), g.rows, g.summed) == "straight" and layout(lies[1], (), g.columns, g.summed) == "straight"
    )


def turned_room(node: Node, order: Order) -> Axis:
    """The room in which a product of few rows with others is made the other way round."""
    g = groups(node, order)
    rows, columns = (product([axis.size for axis in axes]) for axes in (g.rows, g.columns))
    straight = layout(order(node.axes), (), g.rows, g.columns) == "straight"
    first, second = (rows, columns) if straight else (columns, rows)
    return Axis("turned", first.minimum(whole(FEW)) * second)


def block(node: Node, order: Order) -> Axis:
    """The room in which blocks of a product's rows are made, to be added to what is there."""
    g = groups(node, order)
    straight = layout(order(node.axes), g.batch, g.rows, g.columns) == "straight"
    row = product([axis.size for axis in (g.columns if straight else g.rows)])
    return Axis("block", product([axis.size for axis in node.axes]).minimum(whole(BLOCK).maximum(row)))
