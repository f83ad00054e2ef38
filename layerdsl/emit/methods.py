"""The bodies of `forward` and `backward` for one plan: Caffe's arrays by name, then the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from layerdsl.emit.emitter import Emitter
from layerdsl.emit.ends import asked, blob_number, condition, memory_name, place_of
from layerdsl.emit.frame import Frame
from layerdsl.emit.lines import INDENT, indented, under, unpacked
from layerdsl.emit.names import TAKEN, Names
from layerdsl.emit.phase import PhaseText
from layerdsl.emit.refs import Refs
from layerdsl.emit.repeated import naming, with_names
from layerdsl.emit.scalars import scalar
from layerdsl.emit.several import openings
from layerdsl.emit.sizes import own_axes, size_text, symbol_text, with_short
from layerdsl.emit.variant import VariantText, branches
from layerdsl.graph import Axis, Extent, Node, Size, walk
from layerdsl.operators.build import build
from layerdsl.operators.presence import presence
from layerdsl.plan.layer import Phase, Plan, Plans
from layerdsl.plan.schedule import Step
from layerdsl.plan.storage import steps_of
from layerdsl.source import Span


def phase_method(frame: Frame, plans: Plans, texts: Mapping[int, VariantText], name: str) -> list[str]:
    """The lines of `forward` or `backward`."""
    arguments = "bottom, top" if name == "forward" else "top, propagate_down, bottom"
    size_names = _size_names(frame, Names(TAKEN))
    variants = branches(
        plans, texts, lambda text: _body(frame, text, name), lambda symbol: symbol_text(symbol, size_names)
    )
    if _asks_sizes(plans):
        variants = [*_sizes_used(size_names, variants), *variants]
    lines = _zeros(frame, texts) + variants if name == "backward" else variants
    return [f"def {name}(self, {arguments}):", *indented(lines or ["pass"])]


def _asks_sizes(plans: Plans) -> bool:
    """Whether a size of an axis decides between plans."""
    if isinstance(plans, Plan):
        return False
    sizes = [node.attr("size") for node in walk([plans.test]) if node.op == "size"]
    asked = any(symbol.kind == "axis" for size in sizes if isinstance(size, Size) for symbol in size.symbols())
    return asked or _asks_sizes(plans.yes) or _asks_sizes(plans.no)


def _size_names(frame: Frame, names: Names) -> dict[str, str]:
    return with_short(frame, {axis.name: names(("size", axis.name), axis.name) for axis in own_axes(frame)}, names)


@dataclass
class _Arrays:
    """Caffe's arrays that the text of a phase reads or writes, each with the local variable that it has there."""

    names: Names
    used: dict[tuple[str, str], str] = field(default_factory=dict)

    def __call__(self, kind: str, blob: str) -> str:
        """The variable of an array; a state is read and written under one name."""
        suffix = "_diff" if kind in ("cotangent", "bottom_diff", "blob_diff") else ""
        kind = "blob" if kind == "state" else kind
        return self.used.setdefault((kind, blob), self.names((kind, blob), blob + suffix))


def _body(frame: Frame, variant: VariantText, name: str) -> list[str]:
    """The lines of one plan, with names for the sizes that repeat."""
    names, phases = Names(TAKEN), list(variant.phases)
    size_names = _size_names(frame, names)

    def lines(worked_out: list[str]) -> list[str]:
        variant.phases[:] = phases
        return _lines(frame, variant, name, names, size_names, worked_out)

    phase = variant.plan.forward if name == "forward" else variant.plan.backward
    return with_names(naming(frame.layer, variant.plan, phase, lambda one: size_text(one, size_names), names), lines)


def _lines(
    frame: Frame, variant: VariantText, name: str, names: Names, size_names: dict[str, str], worked_out: list[str]
) -> list[str]:
    """The lines of one plan: sizes, Caffe's arrays by name, then the steps."""
    arrays = _Arrays(names)
    phase = variant.plan.forward if name == "forward" else variant.plan.backward
    text = _phase_text(frame, variant, phase, size_names, arrays, name)
    steps = [step for item in phase.items for step in steps_of(item)]
    body = [*openings(text.emitter, steps), *text.body()]
    for pair in variant.shared.data if name == "forward" else ():
        arrays("bottom", pair.bottom)  # copied here even where the backward alone reads it
    lines = _early_return(variant) if name == "backward" and body else []
    lines += _sizes_used(size_names, body + list(arrays.used)) + worked_out
    for key, variable in arrays.used.items():
        lines += _array(variant, key, variable, size_names, name)
    return lines + (_with_settings(frame, body) if any("np." in line for line in body) else body)


def _phase_text(
    frame: Frame, variant: VariantText, phase: Phase, size_names: dict[str, str], arrays: _Arrays, prefix: str
) -> PhaseText:
    """What the steps of a phase are written by; `prefix` is what its loops are called after."""
    refs = Refs(phase.storage, variant.plan.order, size_names, arrays, constants=variant.constants)
    emitter = Emitter(refs, frame.support, frame.where, frame.layer, variant.bases)
    text = PhaseText(
        phase,
        refs,
        emitter,
        arrays.names,
        lambda step: _condition(variant, step, refs, prefix),
        lambda node: _comment(frame, node, prefix),
        prefix,
    )
    variant.phases.append(text)
    return text


def _with_settings(frame: Frame, body: list[str]) -> list[str]:
    """Lines that compute, under the settings of NumPy that they need."""
    frame.support.add("_settings")
    return ["with _settings():", *indented(body)]


def shape_lines(frame: Frame, variant: VariantText) -> list[str]:
    """The lines of `reshape()` that compute what depends on the shape alone, which reads none of Caffe's arrays."""
    phase, names = variant.plan.shape, Names(TAKEN)
    if not phase.items:
        return []
    size_names, arrays = _size_names(frame, names), _Arrays(names)
    body = _phase_text(frame, variant, phase, size_names, arrays, "shape").body()
    assert not arrays.used
    return _with_settings(frame, body)


def _sizes_used(size_names: dict[str, str], body: Sequence[object]) -> list[str]:
    """The line that takes the sizes out, where anything is computed at all."""
    return [f"{unpacked(list(size_names.values()))} = self._sizes"] if size_names and body else []


def gradients(variant: VariantText) -> list[int]:
    """The numbers of the bottoms that get a gradient."""
    names = [name for name, _ in variant.plan.program.bottom_diffs]
    return [i for i, blob in enumerate(variant.frame.layer.bottoms) if blob.name in names]


def _early_return(variant: VariantText) -> list[str]:
    numbers = gradients(variant)
    if variant.plan.program.blob_diffs or not numbers:
        return []
    test = " or ".join(asked(variant.frame.layer, i) for i in numbers)
    plain = len(numbers) == 1 and " and " not in test
    return [f"if not {test}:" if plain else f"if not ({test}):", "    return"]


def _zeros(frame: Frame, texts: Mapping[int, VariantText]) -> list[str]:
    """A bottom without gradient gets zeros when it is asked for one, as with `force_backward`."""
    numbers = {number for text in texts.values() for number in gradients(text)}
    lines: list[str] = []
    for i, blob in enumerate(frame.layer.bottoms):
        if i in numbers:
            continue
        why = f"# `{blob.name}` has no gradient"
        if blob.several:
            lines += [f"for i in range({place_of(frame.layer.bottoms, i)}, len(bottom)):", "    if propagate_down[i]:"]
            lines.append(f"        bottom[i].diff[...] = 0  {why}")
        else:
            lines += [
                f"if {asked(frame.layer, i)}:",
                f"    bottom[{place_of(frame.layer.bottoms, i)}].diff[...] = 0  {why}",
            ]
    return lines


def _condition(variant: VariantText, step: Step, refs: Refs, name: str) -> tuple[str, ...]:
    conditions: list[str] = []
    if name == "backward" and step.needs is not None:
        bottoms = variant.frame.layer.bottoms
        numbers = [i for i in gradients(variant) if bottoms[i].name in step.needs]
        if variant.plan.program.blob_diffs or numbers != gradients(variant):
            conditions.append(" or ".join(asked(variant.frame.layer, i) for i in numbers))
    conditions += [scalar(test if holds else build("not", test), refs.symbol) for test, holds in step.given]
    return tuple(conditions)


def _comment(frame: Frame, node: Node, name: str) -> str:
    span = node.origin.span
    if span is None:
        return ""
    if name == "backward":
        return f"d/d {node.origin.of} of line {span.line}" if node.origin.of else f"line {span.line} again"
    return f"{frame.file}:{span.line}  {_formula(span)}"


def _formula(span: Span) -> str:
    """The line on which a formula begins, with those that it goes on to."""
    if "\n" not in span.text:
        return span.source.line(span.line).strip()
    begin = span.source.line_starts[span.line - 1]
    return Span(span.source, begin, span.stop).on_one_line


def _array(
    variant: VariantText, key: tuple[str, str], variable: str, size_names: dict[str, str], name: str
) -> list[str]:
    """One of Caffe's arrays as a local variable, with its axes in the layer's order."""
    kind, blob_name = key
    layer = variant.frame.layer
    if any(memory.name == blob_name for memory in layer.memories):
        return [f"{variable} = self.{memory_name(blob_name)}"]
    if kind in ("blob", "blob_diff"):
        number = [blob.name for blob in layer.blobs].index(blob_name)
        blob = layer.blobs[number]
        spot = blob_number(layer, number, variant.plan.program.given)
        text = f"self.blobs[{spot}].{'diff' if kind == 'blob_diff' else 'data'}"
        line = f"{variable} = {text}{_turned(variant, blob.axes, _literal_ones(blob.extents, size_names))}"
        known = all(variant.plan.program.knows(test, True) for test in blob.given)
        return [line] if known else under(condition(blob), [line])
    ends = layer.bottoms if kind in ("bottom", "bottom_diff") else layer.tops
    number = [blob.name for blob in ends].index(blob_name)
    end = ends[number]
    side = "bottom" if kind in ("bottom", "bottom_diff") else "top"
    text = f"{side}[{place_of(ends, number)}].{'diff' if kind in ('cotangent', 'bottom_diff') else 'data'}"
    line = f"{variable} = {text}{_turned(variant, end.axes, _shape(end.axes, size_names))}"
    if kind == "bottom_diff" and (variant.plan.program.blob_diffs or len(gradients(variant)) > 1):
        return [f"if {asked(layer, number)}:", INDENT + line]
    lines = variant.shared.replaced(kind, blob_name, name, line, variable)
    known = not end.optional or variant.plan.program.knows(presence(end), True)
    return lines if known else under(f"self._has_{blob_name}", lines)


def _shape(axes: tuple[Axis, ...], size_names: dict[str, str]) -> str:
    if not axes:
        return ".reshape(())"
    return f".reshape({', '.join(size_text(axis.size, size_names) for axis in axes)})"


def _literal_ones(extents: tuple[Extent, ...], size_names: dict[str, str]) -> str:
    """A blob of the layer's own has the shape it was made with, but for axes that formulas see otherwise, or not."""
    axes = tuple(axis for extent in extents for axis in extent.axes)
    plain = all(extent.axis is not None and not extent.star for extent in extents)
    return "" if plain else _shape(axes, size_names)


def _turned(variant: VariantText, axes: tuple[Axis, ...], reshape: str) -> str:
    ordered = variant.plan.order(axes)
    if ordered == axes:
        return reshape
    turn = ", ".join(str(axes.index(axis)) for axis in ordered)
    return f"{reshape}.transpose({turn})"
