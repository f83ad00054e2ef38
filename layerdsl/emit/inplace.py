"""In place, a bottom and a top are the same memory: what the layer still needs of it is copied first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from layerdsl.emit.ends import depends
from layerdsl.emit.sizes import tuple_text
from layerdsl.graph import Blob, Extent, LayerGraph, Node, Size
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.layer import Phase, Plan
from layerdsl.plan.schedule import Loop, source
from layerdsl.plan.storage import IN_PLACE, Apart, Buffer, Place, Target, steps_of


@dataclass(frozen=True)
class Pair:
    """A bottom and the top of the same number and shape, which a net may make one blob."""

    number: int
    bottom: str
    top: str
    buffer: Buffer  # of the bottom's shape

    @property
    def flag(self) -> str:
        """What tells whether the net did."""
        return f"self._in_place{self.number}"

    @property
    def own(self) -> str:
        """The layer's own copy of the bottom's data; that of the top's diff has `_diff` behind it."""
        return f"self._{self.buffer.name}"


@dataclass(frozen=True)
class Sharing:
    """`data` are the pairs whose bottom data have to be copied in the forward, `diff` those whose top diffs have to be
    copied in the backward; `needed` are the numbers of bottoms without gradient, whose diffs, all 0, would overwrite
    the diff of a top that others need."""

    data: tuple[Pair, ...]
    diff: tuple[Pair, ...]
    needed: frozenset[int]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((*self.data, *self.diff)))

    def allocate(self, size: Callable[[Size], str]) -> list[str]:
        """The lines of `reshape()` that see to the copies."""
        lines: list[str] = []
        for pair in self.pairs:
            shape = tuple_text([size(axis.size) for axis in pair.buffer.axes]) if pair.buffer.axes else "()"
            lines.append(f"if {pair.flag}:")
            if pair in self.data:
                lines.append(f"    {pair.own} = np.empty({shape}, dtype)")
            if pair in self.diff:
                lines.append(f"    {pair.own}_diff = np.empty({shape}, dtype)")
        return lines

    def replaced(self, kind: str, blob: str, phase: str, line: str, variable: str) -> list[str]:
        """The line that names one of Caffe's arrays, followed by what takes its place when in place."""
        lines = [line]
        for pair in self.data:
            if kind == "bottom" and pair.bottom == blob:
                lines.append(f"if {pair.flag}:")
                if phase == "forward":
                    lines.append(f"    np.copyto({pair.own}, {variable})  # its memory is that of `{pair.top}`")
                lines.append(f"    {variable} = {pair.own}")
        for pair in self.diff:
            if kind == "cotangent" and pair.top == blob and phase == "backward":
                own = f"{pair.own}_diff"
                lines.append(f"if {pair.flag}:")
                lines.append(f"    np.copyto({own}, {variable})  # its memory is that of the diff of `{pair.bottom}`")
                lines.append(f"    {variable} = {own}")
        return lines


def sharing(plan: Plan) -> Sharing:
    """What in-place use needs."""
    again = _read(plan.backward, "bottom")
    needed = _needed(plan)
    data: list[Pair] = []
    diff: list[Pair] = []
    for pair in _pairs(plan):
        if pair.number in needed:
            continue
        if pair.bottom in again or not _safe(plan.forward, "bottom", pair.bottom, Target("top", pair.top)):
            data.append(pair)
        if not _safe(plan.backward, "cotangent", pair.top, Target("bottom_diff", pair.bottom)):
            diff.append(pair)
    return Sharing(tuple(data), tuple(diff), needed)


def _needed(plan: Plan) -> frozenset[int]:
    """The numbers of bottoms without gradient where the diff of the top of the same number is read."""
    learned = {name for name, _ in plan.program.bottom_diffs}
    read = _read(plan.backward, "cotangent")
    layer = plan.program.layer
    ends = enumerate(_opposite(layer))
    return frozenset(number for number, (bottom, top) in ends if bottom.name not in learned and top.name in read)


def _opposite(layer: LayerGraph) -> list[tuple[Blob, Blob]]:
    """The bottoms and tops that have the same number in every net."""
    return list(zip(_numbered(layer.bottoms), _numbered(layer.tops), strict=False))


def _numbered(blobs: tuple[Blob, ...]) -> tuple[Blob, ...]:
    """The first blobs, whose numbers no other can have: where a condition decides of one, those before the optional."""
    if all(blob.given is None for blob in blobs):
        return blobs
    return blobs[: next(i for i, blob in enumerate(blobs) if blob.optional)]


def setup_lines(place: str, layer: LayerGraph, shared: Sequence[Sharing]) -> list[str]:
    """The lines of `setup()` that see which tops take the place of bottoms, and refuse those that can't.

    Caffe lets the top of a number take the place of the bottom of that number and of no other.
    """
    used = {pair.number: pair for one in shared for pair in one.pairs}
    needed = frozenset(number for one in shared for number in one.needed)
    lines: list[str] = []
    if _has_several(layer):
        said = f"{place}: no top can take the place of a bottom, give it another name in the net"
        return ["if any([top[i] in bottom for i in range(len(top))]):", f"    raise ValueError({said!r})"]
    for number, (bottom, top) in enumerate(_opposite(layer)):
        there = f"len(top) > {number} and " if top.optional else ""
        why = "has a shape of its own" if not _fit(bottom, top) else "has a gradient" if number in needed else ""
        if why:
            said = (
                f"{place}: top[{number}] `{top.name}` {why} and can't take the place of bottom[{number}] "
                f"`{bottom.name}`, give it another name in the net"
            )
            lines += [f"if {there}top[{number}] in bottom:", f"    raise ValueError({said!r})"]
            lines += [f"{used[number].flag} = False"] if number in used else []  # with other hyper-parameters it may
        elif number in used:
            lines.append(f"{used[number].flag} = {there}top[{number}] in bottom")
    return [*lines, *_refused(place, layer)]


def _refused(place: str, layer: LayerGraph) -> list[str]:
    """What depends on a condition has no number of its own, and so nothing whose place it could take."""
    if not depends(layer):
        return []
    first = min(len(_numbered(layer.bottoms)), len(_numbered(layer.tops)))
    said = f"{place}: top[%d] can't take the place of a bottom, give it another name in the net"
    return [
        f"for i in range({first}, len(top)):",
        "    if top[i] in bottom:",
        f"        raise ValueError({said!r} % i)",
    ]


def _has_several(layer: LayerGraph) -> bool:
    """Whether the layer refuses every top in the place of a bottom."""
    return any(blob.several for blob in (*layer.bottoms, *layer.tops))


def _pairs(plan: Plan) -> list[Pair]:
    layer = plan.program.layer
    if _has_several(layer):
        return []
    return [
        Pair(number, bottom.name, top.name, Buffer(f"{bottom.name}_own", plan.order(bottom.axes), "real"))
        for number, (bottom, top) in enumerate(_opposite(layer))
        if _fit(bottom, top)
    ]


def _fit(bottom: Blob, top: Blob) -> bool:
    """Whether both are declared with the same shape, and there is one of each."""
    if bottom.several or top.several or any(one.listed and one.axis for one in top.extents):
        return False
    return _shape(bottom.extents) == _shape(top.extents)


def _shape(extents: tuple[Extent, ...]) -> list[tuple[Size, bool]]:
    return [(extent.size, extent.star) for extent in extents if extent.listed is None]


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
            writes = _is_in(phase.storage.places.get(step.node), target)
            if writes and reads and (not straight or step.node.op not in IN_PLACE | {"store"}):
                return False
            if reads and written and isinstance(item, Loop):
                return False
            if (
                isinstance(item, Loop)
                and not straight
                and any(_is_in(phase.storage.places.get(other.node), target) for other in item.steps)
            ):
                return False
            written = written or (writes and step.node.op != "store") or (writes and bool(reads))
            written = written or writes
    return True


def _is_in(place: Place | None, target: Target) -> bool:
    """Whether a place is one of Caffe's arrays, or a part of it."""
    place = place.place if isinstance(place, Apart) else place
    return isinstance(place, Target) and (place.kind, place.name) == (target.kind, target.name)


def _is_leaf(node: Node, op: str, name: str) -> bool:
    leaf = source(node)
    return leaf.op == op and leaf.attr("name") == name
