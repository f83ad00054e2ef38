"""What is a mere look at memory: axes joined that lie behind each other, and values stored in parts of a blob."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from layerdsl.graph import Axis, Node, Program, Size, walk
from layerdsl.graph.attributes import axis_of, renames_of
from layerdsl.operators.build import build
from layerdsl.operators.families.layout import Parts, lengths, parts_of, starts
from layerdsl.operators.rewrite import Rewriter
from layerdsl.operators.types import ELEMENTWISE
from layerdsl.plan.order import Order
from layerdsl.plan.renames import inner_piece
from layerdsl.plan.storage import Stretch


@dataclass(frozen=True)
class Lying:
    """One axis of an array as it lies, and whether its steps are as long as all of the next one."""

    axis: Axis
    linked: bool


def with_views(program: Program, order: Order, turned: frozenset[str]) -> Program:
    """The program with joins of axes that lie behind each other as views, and without views of what is stored.

    `y = join(relu(x), ...)` is computed as `relu(join(x, ...))`, right where it is stored.
    """
    layer = program.layer
    declared = {blob.name: blob.axes for blob in (*layer.bottoms, *layer.tops)}
    declared |= {blob.name: blob.axes for blob in layer.blobs}
    turned_axes = {name: axes for name, axes in declared.items() if name in turned}

    def is_view(node: Node) -> bool:
        return node.op != "join" or _lie_together(node, lying(node.args[0], order, turned_axes))

    def joined(node: Node) -> Node | None:
        return build("joined", *node.args, parts=node.attr("parts")) if node.op == "join" and is_view(node) else None

    outputs = (*program.forward, *program.backward)
    readers = Counter(arg for node in walk(outputs) for arg in node.args)
    moving = {node for node in outputs if not readers[node]}
    moving |= {arg for node in moving if node.op == "concat" for arg in node.args if readers[arg] == 1}
    moving -= {node for node in moving if inner_piece(node, order) is not None}  # it is stored under its inner names

    def inwards(node: Node) -> Node | None:
        moved = _view_inside(node, readers, is_view) if node in moving else None
        moving.update(arg for arg in (moved.args if moved is not None else ()) if not readers[arg])
        return moved

    def scattered(node: Node) -> Node | None:
        return _scattered(node, order) if node.op == "split" and readers[node.args[0]] == 1 else None

    program = program.with_nodes(Rewriter([inwards, scattered])(outputs))
    return program.with_nodes(Rewriter([joined])((*program.forward, *program.backward)))


def _scattered(node: Node, order: Order) -> Node | None:
    """Values scattered along joined axes, right into an array with those axes, where they lie alike in memory."""
    if node.args[0].op != "scatter":
        return None
    apart = {axis.name: parts for axis, parts in parts_of(node)}
    lies = [part.name for axis in order(node.args[0].axes) for part in apart.get(axis.name, (axis,))]
    if [axis.name for axis in order(node.axes)] != lies:
        return None
    return build("scatter", *node.args[0].args, axis=axis_of(node.args[0]), axes=node.axes)


def _view_inside(node: Node, readers: Counter[Node], is_view: Callable[[Node], bool]) -> Node | None:
    """A view of a value computed element by element as that of a view of its arguments."""
    if node.op not in VIEWED or node.args[0].op not in ELEMENTWISE or readers[node.args[0]] > 1:
        return None
    (value,) = node.args
    args = [_seen(node, arg, is_view) for arg in value.args]
    return None if None in args else build(value.op, *(arg for arg in args if arg), **dict(value.attrs))


def _seen(view: Node, arg: Node, is_view: Callable[[Node], bool]) -> Node | None:
    """An argument seen through the same view; None where it has some of its axes only, or would have to be copied."""
    needed = [{one.name for one in (some if view.op == "join" else (axis,))} for axis, some in _changed(view)]
    if all(names <= set(arg.names) for names in needed):
        seen = build(view.op, arg, **dict(view.attrs))
        return seen if is_view(seen) else None
    return None if any(names & set(arg.names) for names in needed) else arg


def _changed(view: Node) -> Parts:
    """The axes of the value that a view sees otherwise, as the parts of a `split`."""
    if view.op != "rename":
        return parts_of(view)
    pairs = renames_of(view)
    held = {axis.name: axis for axis in view.args[0].axes}
    return tuple((held[old], (new,)) for old, new in pairs if old in held)


VIEWED: Final = frozenset({"rename", "split", "join"})


def _lie_together(node: Node, lies: tuple[Lying, ...]) -> bool:
    """Whether the parts of every joined axis lie behind each other, in their order and without gaps."""
    names = [one.axis.name for one in lies]
    for _, parts in parts_of(node):
        wanted = [part.name for part in parts]
        if wanted[0] not in names:
            return False
        at = names.index(wanted[0])
        inner = lies[at : at + len(wanted) - 1]
        if names[at : at + len(wanted)] != wanted or not all(one.linked for one in inner):
            return False
    return True


def lying(node: Node, order: Order, turned: Mapping[str, tuple[Axis, ...]]) -> tuple[Lying, ...]:
    """The axes of a value as they lie in memory, the slowest first."""
    if node.op in ("bottom", "blob", "cotangent"):
        return tuple(Lying(axis, True) for axis in turned.get(str(node.attr("name")), order(node.axes)))
    seen = SEEN.get(node.op)
    if seen is None:
        return tuple(Lying(axis, True) for axis in order(node.axes))
    return seen(node, lying(node.args[0], order, turned))


def _renamed(node: Node, lies: tuple[Lying, ...]) -> tuple[Lying, ...]:
    names: dict[str, Axis] = dict(renames_of(node))
    return tuple(Lying(names.get(one.axis.name, one.axis), one.linked) for one in lies)


def _unlinked(lies: tuple[Lying, ...], name: str, also_next: bool) -> tuple[Lying, ...]:
    """With gaps before an axis, and behind it where its steps are others too."""
    found: list[Lying] = []
    for i, one in enumerate(lies):
        before = i + 1 < len(lies) and lies[i + 1].axis.name == name
        found.append(Lying(one.axis, one.linked and not before and not (also_next and one.axis.name == name)))
    return tuple(found)


def _sliced(node: Node, lies: tuple[Lying, ...]) -> tuple[Lying, ...]:
    axis = axis_of(node)
    cut = _unlinked(lies, axis.name, also_next=node.op == "flip" or node.attr("step") != 1)
    return tuple(Lying(axis if one.axis.name == axis.name else one.axis, one.linked) for one in cut)


def _at(node: Node, lies: tuple[Lying, ...]) -> tuple[Lying, ...]:
    name = axis_of(node).name
    return tuple(one for one in _unlinked(lies, name, also_next=True) if one.axis.name != name)


def _split(node: Node, lies: tuple[Lying, ...]) -> tuple[Lying, ...]:
    apart = {axis.name: parts for axis, parts in parts_of(node)}
    found: list[Lying] = []
    for one in lies:
        *outer, last = apart.get(one.axis.name, (one.axis,))
        found += [*(Lying(axis, True) for axis in outer), Lying(last, one.linked)]
    return tuple(found)


def _joined(node: Node, lies: tuple[Lying, ...]) -> tuple[Lying, ...]:
    made = {parts[-1].name: axis for axis, parts in parts_of(node)}
    gone = {part.name for _, parts in parts_of(node) for part in parts[:-1]}
    return tuple(Lying(made.get(one.axis.name, one.axis), one.linked) for one in lies if one.axis.name not in gone)


SEEN: Mapping[str, Callable[[Node, tuple[Lying, ...]], tuple[Lying, ...]]] = {
    "rename": _renamed,
    "slice": _sliced,
    "flip": _sliced,
    "at": _at,
    "split": _split,
    "joined": _joined,
    "expand": lambda node, lies: lies,
    "seen": lambda node, lies: tuple(Lying(axis, False) for axis in node.axes),
}


# -- stored in parts ---------------------------------------------------------------------------------------------------


def pieces(value: Node, kind: str, readers: Counter[Node], order: Order) -> list[tuple[Node, Stretch | None]]:
    """What is written into a blob, and where: values behind each other one by one, where nobody else reads them all."""
    if value.op != "concat" or kind not in ("top", "bottom_diff") or readers[value]:
        return [(value, None)]
    axis = axis_of(value)
    places = zip(value.args, starts(value), lengths(value), strict=True)
    return [_piece(arg, axis, start, length, order) for arg, start, length in places]


def _piece(arg: Node, axis: Axis, start: Size, length: Size, order: Order) -> tuple[Node, Stretch]:
    """A value behind others; what was renamed is stored under the names that it has inside."""
    inner = inner_piece(arg, order)
    name = axis.name if inner is None else inner[1].get(axis.name, axis).name
    return (arg if inner is None else inner[0]), Stretch(name, start, start + length, axis.size)


def read_by(program: Program) -> Counter[Node]:
    """How often each value is read by others, or stored beyond the first time."""
    outputs = (*program.forward, *program.backward)
    readers = Counter(arg for node in walk(outputs) for arg in node.args)
    stored = Counter(outputs)
    return readers + Counter({node: count - 1 for node, count in stored.items()})


def piece_axes(axes: tuple[Axis, ...], stretch: Stretch | None) -> tuple[Axis, ...]:
    """The axes of the part of a blob that is written."""
    if stretch is None:
        return axes
    return tuple(Axis(axis.name, stretch.stop - stretch.start) if axis.name == stretch.axis else axis for axis in axes)
