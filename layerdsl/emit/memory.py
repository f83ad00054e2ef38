"""`reshape()`: shapes of the tops, and every array that forward and backward need, allocated once."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from layerdsl.emit.ends import blob_number, condition, is_open, memory_name, place_of, title_of
from layerdsl.emit.frame import Frame
from layerdsl.emit.lines import INDENT, indented, under
from layerdsl.emit.methods import shape_lines
from layerdsl.emit.names import TAKEN, Names, attribute
from layerdsl.emit.parts import DTYPES, Rooms, cut_lines, slices
from layerdsl.emit.refusals import equality_lines, requirement_lines
from layerdsl.emit.repeated import naming, with_names
from layerdsl.emit.scalars import scalar
from layerdsl.emit.shortened import unasked
from layerdsl.emit.sizes import (
    group_text,
    own_axes,
    shape_text,
    short_lines,
    size_lines,
    size_names_of,
    size_text,
    symbol_text,
    tuple_text,
)
from layerdsl.emit.variant import VariantText, branches
from layerdsl.graph import Blob, Extent, LayerGraph, Several, Size, writing
from layerdsl.graph.listing import list_text
from layerdsl.graph.size import axis as axis_size
from layerdsl.operators.presence import implied
from layerdsl.plan.layer import Plan, Plans, any_plan
from layerdsl.plan.storage import Buffer, Bundle


def reshape_method(frame: Frame, plans: Plans, texts: Mapping[int, VariantText]) -> list[str]:
    """The lines of `reshape()`, which returns at once while the bottoms' shapes are those of last time."""
    count = len(frame.layer.bottoms)
    shapes = ["[]", "[tuple(bottom[0].shape)]", f"[tuple(bottom[i].shape) for i in range({count})]"][min(count, 2)]
    shapes = "[tuple(bottom[i].shape) for i in range(len(bottom))]" if is_open(frame.layer.bottoms) else shapes
    lines = [f"shapes = {shapes}", "if shapes == self._shapes:", "    return"]
    names = size_names_of(frame)
    lines += size_lines(frame) + short_lines(frame, names, frame.short.local) + _checks(frame)
    for number, blob in enumerate(frame.layer.tops):
        lines += _top_lines(frame, number, blob, names)
    own = list(names.values())
    if own:
        lines.append(f"self._sizes = {tuple_text(own)}")
    memory = branches(
        plans, texts, lambda text: _memory_by_names(frame, text, names), lambda symbol: symbol_text(symbol, names)
    )
    memory += _memories(frame, plans, names)
    lines += _types(memory, _type(frame.layer)) + memory
    lines.append("self._shapes = shapes")
    return ["def reshape(self, bottom, top):", *indented(lines)]


def _memories(frame: Frame, plans: Plans, names: dict[str, str]) -> list[str]:
    """The states that are no blobs: made anew where their shape is another one."""
    lines: list[str] = []
    order = any_plan(plans).order
    for state in frame.layer.memories:
        own = f"self.{memory_name(state.name)}"
        shape = tuple_text([size_text(axis.size, names) for axis in order(state.axes)]) if state.axes else "()"
        value = scalar(dict(state.filler.arguments)["value"], lambda symbol: symbol_text(symbol, names))
        lines.append(f"if {own} is None or {own}.shape != {shape}:")
        lines.append(f"    {own} = np.full({shape}, {value}, dtype)  # not saved with the net")
    return lines


def _type(layer: LayerGraph) -> str:
    """The type of all arrays: that of the first bottom, or of a top or learned blob where there may be no bottom."""
    first = "self.blobs"
    for name, blobs in (("top", layer.tops), ("bottom", layer.bottoms)):
        if blobs:
            first = f"({name} if len({name}) else {first})" if blobs[0].optional else name
    return f"{first}[0].data.dtype"


def _types(memory: list[str], found: str) -> list[str]:
    """The types of the arrays, as far as any array has them."""
    joined = "\n".join(memory)
    lines: list[str] = []
    if "dtype)" in joined or "bits)" in joined:
        lines.append(f"dtype = {found}  # float32 in Caffe")
    if " bits)" in joined:
        lines.append("bits = np.dtype('i%d' % dtype.itemsize)  # integers as wide, for masks")
    return lines


def _checks(frame: Frame) -> list[str]:
    """Sizes that have to agree and could not be proved to."""
    layer = frame.layer
    names = size_names_of(frame)
    lines: list[str] = []
    for number, blob in enumerate(layer.bottoms):
        for extent in blob.extents:
            named = extent.axis is not None and blob.several != Several(None)
            if extent.axis is not None and named and extent.computed and extent.size.constant is None:
                found, wanted = f"sizes[{extent.axis.name!r}]", size_text(extent.size, names)
                if extent.axis.name == wanted:
                    continue
                which = f"axis {extent.axis.name} of {title_of(layer.bottoms, number)}"
                said = f"{frame.place()}: {which} has size %d, declared is {extent.size} = %d"
                there = f"self._has_{blob.name} and " if blob.optional else ""
                lines += [f"if {there}{found} != {wanted}:", f"    raise ValueError({said!r} % ({found}, {wanted}))"]
    lines += equality_lines(frame) + requirement_lines(frame, early=False)
    lines += _blob_checks(frame, names)
    return lines


def _blob_checks(frame: Frame, names: dict[str, str]) -> list[str]:
    """A learned blob keeps its shape: other bottoms, or blobs from elsewhere, are refused by name."""
    lines: list[str] = []
    for number, blob in enumerate(frame.layer.blobs):
        shape = shape_text(frame, blob.extents, names)
        spot = blob_number(frame.layer, number)
        found, which = f"tuple(self.blobs[{spot}].data.shape)", f"blobs[{spot}]" if spot.isdigit() else "blob"
        said = f"{frame.place()}: {which} `{blob.name}` {blob.written} has shape %s, these bottoms need %s"
        check = [f"if {found} != {shape}:", f"    raise ValueError({said!r} % ({found}, {shape}))"]
        lines += under(condition(blob), check)
    return lines


def _top_lines(frame: Frame, number: int, blob: Blob, names: dict[str, str]) -> list[str]:
    """The shape of a top, if it is there; of all those of one name."""
    spot = place_of(frame.layer.tops, number)
    frame.support |= {"_listed"} if any(extent.listed for extent in blob.extents) else set()
    if blob.optional:
        return under(f"self._has_{blob.name}", [*_of_absent(frame, blob), _top_reshape(frame, spot, blob, names)])
    if blob.several is None:
        return [*_of_absent(frame, blob), _top_reshape(frame, spot, blob, names)]
    place = f"{spot} + i" if spot != "0" else "i"
    if not blob.several.joined:
        return [f"for i in range(self._{blob.name}_count):", INDENT + _top_reshape(frame, place, blob, names)]
    frame.support.add("_pieces")
    joined, points = blob.several.joined, blob.several.points
    size = next(extent.size for extent in blob.extents if extent.axis is not None and extent.axis.name == joined)
    limits = f"self.{attribute(points)}" if points else "None"
    given = f"{frame.place()!r}, {blob.name!r}, {joined!r}, {size_text(size, names)}, self._{blob.name}_count, {limits}"
    return [
        f"self._{blob.name}_parts = _pieces({given})",
        f"for i, part in enumerate(self._{blob.name}_parts):",
        INDENT + _top_reshape(frame, place, blob, names, joined),
    ]


def _of_absent(frame: Frame, top: Blob) -> list[str]:
    """The check that the bottoms which alone have an axis of a top are there."""
    sure = {axis.name for axis in own_axes(frame, sure=True)}
    lines: list[str] = []
    for name in sorted(
        {one.name for extent in top.extents for one in unasked(extent.size) if one.kind == "axis"} - sure
    ):
        owners = [blob for blob in frame.layer.bottoms if any(axis.name == name for axis in blob.axes)]
        if owners and not any(blob.given and top.given and implied(blob.given, [top.given]) for blob in owners):
            key = f"{'*' * any(axis.star for axis in owners[0].axes if axis.name == name)}{name}"
            which = " or ".join(f"`{blob.name}`" for blob in owners)
            said = f"{frame.place()}: top `{top.name}` has axis {name}, which only {which} has: it can't be left out"
            lines += [f"if {key!r} not in sizes:", f"    raise ValueError({said!r})"]
    return lines


def _top_reshape(frame: Frame, number: str, blob: Blob, names: dict[str, str], cut: str = "") -> str:
    pieces = [_piece(frame, extent, names, cut) for extent in blob.extents]
    stars = [i for i, piece in enumerate(pieces) if piece.startswith("*")]
    if not stars or stars == [len(pieces) - 1]:
        return f"top[{number}].reshape({', '.join(pieces)})"
    stretches = groupby(pieces, key=lambda piece: piece.startswith("*"))
    joined = [part for star, group in stretches for part in _joined(star, list(group))]
    shape = f"({' + '.join(joined)})" if len(joined) > 1 else joined[0]
    return f"top[{number}].reshape(*{shape})"


def _piece(frame: Frame, extent: Extent, names: dict[str, str], cut: str) -> str:
    """The size of an axis of a top; of a group its sizes, behind a star; of the one that is cut, that of a part."""
    if extent.listed is not None:
        stars = [name for name in names if extent.size == axis_size(name)]
        like = f"sizes.get('*{stars[0]}', ())" if stars else "()"
        listed = list_text(extent.listed, lambda symbol: symbol_text(symbol, names))
        return f"*_listed({frame.place()!r}, {listed}, {size_text(extent.size, names)}, {like})"
    if cut and extent.axis is not None and extent.axis.name == cut:
        return "part.stop - part.start"
    if extent.rank is not None:
        return f"*{group_text(frame, extent, names)}"
    if extent.star and extent.axis is not None and extent.axis.name in names:
        return f"*sizes['*{extent.axis.name}']"
    if extent.within:
        return " * ".join(_factor(size_text(axis.size, names)) for axis in extent.within)
    return size_text(extent.size, names)


def _factor(text: str) -> str:
    return text if text.replace("_", "a").replace(".", "a").isalnum() else f"({text})"


def _joined(star: bool, pieces: list[str]) -> list[str]:
    """Tuples that are added up: each group by itself, the sizes between them as one."""
    return [piece[1:] for piece in pieces] if star else [tuple_text(pieces)]


def _memory_by_names(frame: Frame, text: VariantText, names: dict[str, str]) -> list[str]:
    """As `_memory`, with names for the sizes that repeat."""
    free = Names((*TAKEN, *names.values(), *(name for phase in text.phases for name in phase.names.all)))
    phases = list(text.phases)

    def lines(worked_out: list[str]) -> list[str]:
        text.phases[:] = phases
        return [*worked_out, *_memory(frame, text, names)]

    return with_names(naming(frame.layer, text.plan, text.plan.shape, lambda one: size_text(one, names), free), lines)


def _memory(frame: Frame, text: VariantText, names: dict[str, str]) -> list[str]:
    """Every array that forward and backward of one plan need."""

    def size(one: Size) -> str:
        return writing.text(one, lambda symbol: symbol_text(symbol, names))

    computed = shape_lines(frame, text)
    lines = [f"self._{name} = {expression}" for (_, expression), name in text.constants.items()]
    lines += [f"self._{name} = {expression}" for (expression, _), name in text.bases.items()]
    for buffer in _buffers(text.plan):
        shape = tuple_text([size(axis.size) for axis in buffer.axes]) if buffer.axes else "()"
        lines.append(f"self._{buffer.name} = np.empty({shape}, {DTYPES[buffer.dtype]})")
    rooms = Rooms(frozenset(name for phase in text.phases for cut in phase.cuts for name in slices(cut, phase)))
    for phase in text.phases:
        lines += cut_lines(frame, phase, size, rooms)
    return lines + text.shared.allocate(size) + computed


def _buffers(plan: Plan) -> list[Buffer]:
    """Each array of the layer's own once; those of the same name in forward and backward differ by their axes."""
    found: dict[Buffer, None] = {}
    for _, buffer in plan.kept:
        found.update(dict.fromkeys(buffer.sequences if isinstance(buffer, Bundle) else (buffer,)))
    for phase in (plan.shape, plan.forward, plan.backward):
        found.update(dict.fromkeys(phase.storage.buffers()))
    return list(found)
