"""What is a mere look at memory: axes joined that lie behind each other, and values stored in parts of a blob."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from layerdsl.graph import Axis, Node, Program, walk
from layerdsl.operators.build import build
from layerdsl.operators.families.layout import lengths, parts_of, starts
from layerdsl.operators.rewrite import Rewriter
from layerdsl.plan.storage import Stretch

Order = Callable[[Iterable[Axis]], tuple[Axis, ...]]


@dataclass(frozen=True)
class Lying:
    """One axis of an array as it lies, and whether its steps are as long as all of the next one."""

    axis: Axis
    linked: bool


def with_views(program: Program, order: Order, turned: frozenset[str]) -> Program:
    """The program with joins of axes that lie behind each other as views."""
    layer = program.layer
    declared = {blob.name: blob.axes for blob in (*layer.bottoms, *layer.tops)}
    declared |= {blob.name: blob.axes for blob in layer.blobs}
    turned_axes = {name: axes for name, axes in declared.items() if name in turned}

    def rule(node: Node) -> Node | None:
        if node.op != "join" or not _lie_together(node, lying(node.args[0], order, turned_axes)):
            return None
        return build("joined", *node.args, parts=node.attr("parts"))

    return program.with_nodes(Rewriter([rule])((*program.forward, *program.backward)))


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
    names: dict[str, Axis] = dict(cast("tuple[tuple[str, Axis], ...]", node.attr("axes")))
    return tuple(Lying(names.get(one.axis.name, one.axis), one.linked) for one in lies)


def _unlinked(lies: tuple[Lying, ...], name: str, also_next: bool) -> tuple[Lying, ...]:
    """With gaps before an axis, and behind it where its steps are others too."""
    found: list[Lying] = []
    for i, one in enumerate(lies):
        before = i + 1 < len(lies) and lies[i + 1].axis.name == name
        found.append(Lying(one.axis, one.linked and not before and not (also_next and one.axis.name == name)))
    return tuple(found)


def _sliced(node: Node, lies: tuple[Lying, ...]) -> tuple[Lying, ...]:
    axis = cast(Axis, node.attr("axis"))
    cut = _unlinked(lies, axis.name, also_next=node.op == "flip" or node.attr("step") != 1)
    return tuple(Lying(axis if one.axis.name == axis.name else one.axis, one.linked) for one in cut)


def _at(node: Node, lies: tuple[Lying, ...]) -> tuple[Lying, ...]:
    name = cast(Axis, node.attr("axis")).name
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
}


# -- stored in parts ---------------------------------------------------------------------------------------------------


def pieces(value: Node, kind: str, readers: Counter[Node]) -> list[tuple[Node, Stretch | None]]:
    """What is written into a blob, and where: values behind each other one by one, where nobody else reads them all."""
    if value.op != "concat" or kind not in ("top", "bottom_diff") or readers[value]:
        return [(value, None)]
    axis = cast(Axis, value.attr("axis"))
    places = zip(value.args, starts(value), lengths(value), strict=True)
    return [(arg, Stretch(axis.name, start, start + length, axis.size)) for arg, start, length in places]


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
