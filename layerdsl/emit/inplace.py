"""In place, a bottom and a top are the same memory: what the layer still needs of it is copied first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from layerdsl.graph import Node, Size
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.layer import Phase, Plan
from layerdsl.plan.schedule import Loop, source
from layerdsl.plan.storage import IN_PLACE, Buffer, Target, steps_of


@dataclass(frozen=True)
class Pair:
    """A bottom and a top of the same shape, which a net may make one blob."""

    bottom: int
    top: int
    bottom_name: str
    top_name: str
    buffer: Buffer  # of the bottom's shape


@dataclass(frozen=True)
class Sharing:
    """`data` are the pairs whose bottom data have to be copied in the forward, `diff` those whose top diffs have to be
    copied in the backward."""

    data: tuple[Pair, ...]
    diff: tuple[Pair, ...]
    again: frozenset[str]  # bottoms whose data the backward reads

    def allocate(self, size: Callable[[Size], str]) -> list[str]:
        """The lines of `reshape()` that see to the copies."""
        lines: list[str] = []
        for pair in dict.fromkeys((*self.data, *self.diff)):
            test = f"top[{pair.top}].data.ctypes.data == bottom[{pair.bottom}].data.ctypes.data"
            lines.append(f"self._in_place{pair.bottom}{pair.top} = {test} and top[{pair.top}].count > 0")
            shape = ", ".join(size(axis.size) for axis in pair.buffer.axes)
            lines.append(f"if self._in_place{pair.bottom}{pair.top}:")
            if pair in self.data:
                lines.append(f"    self._{pair.buffer.name} = np.empty(({shape},), dtype)")
            if pair in self.diff:
                lines.append(f"    self._{pair.buffer.name}_diff = np.empty(({shape},), dtype)")
        return lines

    def replaced(self, kind: str, blob: str, phase: str, line: str, variable: str) -> list[str]:
        """The line that names one of Caffe's arrays, followed by what takes its place when in place."""
        lines = [line]
        for pair in self.data:
            if kind == "bottom" and pair.bottom_name == blob:
                own = f"self._{pair.buffer.name}"
                lines.append(f"if self._in_place{pair.bottom}{pair.top}:")
                if phase == "forward":
                    lines.append(f"    np.copyto({own}, {variable})  # its memory is that of `{pair.top_name}`")
                lines.append(f"    {variable} = {own}")
        for pair in self.diff:
            if kind == "cotangent" and pair.top_name == blob and phase == "backward":
                own = f"self._{pair.buffer.name}_diff"
                lines.append(f"if self._in_place{pair.bottom}{pair.top}:")
                lines.append(
                    f"    np.copyto({own}, {variable})  # its memory is that of the diff of `{pair.bottom_name}`"
                )
                lines.append(f"    {variable} = {own}")
        return lines


def sharing(plan: Plan) -> Sharing:
    """What in-place use needs."""
    again = frozenset(_read(plan.backward, "bottom"))
    data: list[Pair] = []
    diff: list[Pair] = []
    for pair in _pairs(plan):
        if pair.bottom_name in again or not _safe(
            plan.forward, "bottom", pair.bottom_name, Target("top", pair.top_name)
        ):
            data.append(pair)
        if not _safe(plan.backward, "cotangent", pair.top_name, Target("bottom_diff", pair.bottom_name)):
            diff.append(pair)
    return Sharing(tuple(data), tuple(diff), again)


def _pairs(plan: Plan) -> list[Pair]:
    layer = plan.program.layer
    pairs: list[Pair] = []
    for i, bottom in enumerate(layer.bottoms):
        for j, top in enumerate(layer.tops):
            if top.extents and bottom.axes and _shape(bottom.extents) == _shape(top.extents):
                buffer = Buffer(f"{bottom.name}_own", plan.order(bottom.axes), "real")
                pairs.append(Pair(i, j, bottom.name, top.name, buffer))
    return pairs


def _shape(extents: tuple[object, ...]) -> list[object]:
    return [(extent.size, extent.star) for extent in extents]  # type: ignore[attr-defined]


def _read(phase: Phase, op: str) -> set[str]:
    steps = [step.node for item in phase.items for step in steps_of(item)]
    leaves = (source(arg) for node in steps for arg in node.args)
    return {str(leaf.attr("name")) for leaf in leaves if leaf.op == op}


def _safe(phase: Phase, op: str, name: str, target: Target) -> bool:
    """Whether nothing of the leaf is read after its memory was written, but by the writing element itself."""
    written = False
    for item in phase.items:
        before = written
        for step in steps_of(item):
            reads = [arg for arg in step.node.args if _is_leaf(arg, op, name)]
            straight = all(arg.op not in VIEWS for arg in reads)
            if reads and (before or (written and not isinstance(item, Loop))):
                return False
            if reads and written and not straight:
                return False
            writes = phase.storage.places.get(step.node) == target
            if writes and reads and (not straight or step.node.op not in IN_PLACE | {"store"}):
                return False
            if reads and written and isinstance(item, Loop):
                return False
            if (
                isinstance(item, Loop)
                and not straight
                and any(phase.storage.places.get(other.node) == target for other in item.steps)
            ):
                return False
            written = written or (writes and step.node.op != "store") or (writes and bool(reads))
            written = written or writes
    return True


def _is_leaf(node: Node, op: str, name: str) -> bool:
    leaf = source(node)
    return leaf.op == op and leaf.attr("name") == name
