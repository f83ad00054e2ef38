"""`setup()`: the counts of blobs, the hyper-parameters, what they have to meet, and the learned blobs."""

from __future__ import annotations

from collections.abc import Sequence

from layerdsl.emit.ends import (
    blob_count,
    blob_number,
    condition,
    condition_lines,
    count_test,
    count_words,
    depends,
    memory_name,
    presence_lines,
)
from layerdsl.emit.facts import hyper_facts
from layerdsl.emit.frame import Frame
from layerdsl.emit.lines import INDENT, under
from layerdsl.emit.names import attribute
from layerdsl.emit.refusals import requirement_lines
from layerdsl.emit.runtime import fill_pieces, fill_text, read_lines, read_pieces
from layerdsl.emit.scalars import scalar
from layerdsl.emit.sizes import shape_text, short_lines, size_lines, size_names_of, size_text, symbol_text
from layerdsl.graph import Learned, Size
from layerdsl.operators.body import walk_deep


def setup_method(frame: Frame, in_place: Sequence[str], draws: bool) -> list[str]:
    """The lines of `setup()`; `in_place` are those that see which tops take the place of bottoms."""
    layer = frame.layer
    ends = [
        f"if {count_test('bottom', layer.bottoms)} or {count_test('top', layer.tops)}:",
        f"    raise ValueError({_counts(frame)} % (len(bottom), len(top)))",
        *presence_lines(layer),
    ]
    lines = [] if depends(layer) else ends
    facts = hyper_facts(layer)
    if facts:
        lines += read_lines(frame.place(), facts)
        frame.support.update(read_pieces(facts))
        lines += [f"self.{attribute(fact.name)} = hyper[{fact.name!r}]" for fact in facts]
    lines += [*condition_lines(layer), *ends] if depends(layer) else []
    lines += short_lines(frame, size_names_of(frame), frame.short.kept)
    lines += requirement_lines(frame, early=True)
    lines += _outside(frame)
    lines += in_place
    lines += _blobs(frame)
    if draws:
        lines.append("self._random = np.random.RandomState(np.random.randint(2 ** 31 - 1))")
    lines += [f"self.{memory_name(memory.name)} = None" for memory in frame.layer.memories]
    lines += ["self._shapes = None", f"_stop_at_nan(self, {frame.place()!r})"]
    return ["def setup(self, bottom, top):", *(INDENT + line for line in lines)]


def _outside(frame: Frame) -> list[str]:
    """The functions of Python that the layer calls are looked for when the net is set up."""
    nodes = walk_deep(node for _, node in (*frame.layer.outputs, *frame.layer.updates))
    found = {node.attr("function"): node for node in nodes if node.op == "extern"}
    frame.support |= {"_function_of"} if found else set()
    return [f"_function_of({n.attr('module')!r}, {n.attr('function')!r}, {frame.place()!r})" for n in found.values()]


def _counts(frame: Frame) -> str:
    bottoms, tops = count_words("bottom", frame.layer.bottoms), count_words("top", frame.layer.tops)
    return repr(f"{frame.place()}: takes {bottoms} and {tops}, not %d and %d")


def counted(count: int, word: str) -> str:
    """`1 blob`, `2 blobs`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _blobs(frame: Frame) -> list[str]:
    """The learned blobs, created and filled where Caffe has not brought them along."""
    layer = frame.layer
    blobs = layer.blobs
    if not blobs:
        return []
    names = size_names_of(frame)
    axes = {
        symbol.name
        for blob in blobs
        for extent in blob.extents
        for symbol in extent.size.symbols()
        if symbol.kind == "axis"
    }
    lines = ["if len(self.blobs) == 0:"]
    if axes:
        lines += [INDENT + line for line in size_lines(frame, axes)]
    for number, blob in enumerate(blobs):
        shape = _blob_shape(frame, blob, names)
        arguments = [(name, scalar(node, lambda s: symbol_text(s, names))) for name, node in blob.filler.arguments]
        filled = fill_text(blob.filler.name, f"self.blobs[{blob_number(layer, number)}].data", arguments)
        lines += [INDENT + line for line in under(condition(blob), [_add_blob(frame, blob, shape), filled])]
        frame.support.update(fill_pieces(blob.filler.name))
    return lines + _blob_count(frame)


def _blob_shape(frame: Frame, blob: Learned, names: dict[str, str]) -> str:
    """The sizes of a blob as arguments."""
    if any(extent.star for extent in blob.extents):
        shape = shape_text(frame, blob.extents, names)
        return f"*({shape})" if " + " in shape else f"*{shape}"
    return ", ".join(size_text(extent.size, names) for extent in blob.extents)


def _add_blob(frame: Frame, blob: Learned, shape: str) -> str:
    """The statement that creates a blob; a size that is worked out is looked at first, as Caffe ends the process."""
    if all(len(extent.size.symbols()) == 1 and "axis" in _kinds(extent.size) for extent in blob.extents):
        return f"self.blobs.add_blob({shape})  # {blob.name} {blob.written}"
    frame.support.add("_add_blob")
    what = f"blob `{blob.name}` {blob.written}"
    return f"_add_blob(self.blobs, {frame.place()!r}, {what!r}{', ' + shape if shape else ''})"


def _kinds(size: Size) -> set[str]:
    return {symbol.kind for symbol in size.symbols()}


def _blob_count(frame: Frame) -> list[str]:
    """Blobs that Caffe has brought along have to be as many as the layer has."""
    blobs = frame.layer.blobs
    listed = ", ".join(blob.name + "?" * bool(blob.given) for blob in blobs)
    count = blob_count(frame.layer)
    if not any(blob.given for blob in blobs):
        said = f"{frame.place()}: has {counted(len(blobs), 'blob')} ({listed}), not %d"
        return [f"elif len(self.blobs) != {count}:", f"    raise ValueError({said!r} % len(self.blobs))"]
    said = f"{frame.place()}: has %d of the blobs {listed} here, not %d"
    raised = f"    raise ValueError({said!r} % ({count}, len(self.blobs)))"
    if all(blob.given for blob in blobs):
        return [f"if len(self.blobs) != {count}:", raised]
    return [f"elif len(self.blobs) != {count}:", raised]
