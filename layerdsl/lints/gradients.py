"""Gradients that are asked for and that nothing sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.graph import Node, walk
from layerdsl.lints.warn import warning
from layerdsl.operators.derivatives import rule
from layerdsl.source import Diagnostic, Span

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def untrained(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD405: a layer with one number as its top, made of something that could learn, and nothing does."""
    program, graph = layer.derived, layer.graph
    if len(graph.tops) != 1 or graph.tops[0].extents or graph.overrides:
        return
    could = [bottom for bottom in graph.bottoms if not bottom.qualifier]
    if could and not program.bottom_diffs and not program.blob_diffs and not program.losses:
        name = graph.tops[0].name
        advice = f"for a metric declare what it looks at `const`, as in `{could[0].name}: const {could[0].written}`"
        yield warning("LD405", f"nothing gets a gradient from `{name}`", layer.tree.tops[0].span, help=advice)


def flat(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD406: a bottom or parameter that expects a gradient, and whose way to every top has derivative 0."""
    if any(untrained(layer)):
        return
    graph = layer.graph
    metrics = {top.name for top in graph.tops if top.qualifier}
    outputs = [node for name, node in graph.outputs if name not in metrics]
    given = {name for name, _ in (*layer.derived.bottom_diffs, *layer.derived.blob_diffs, *graph.overrides)}
    declared = [
        (blob.name, blob.span, f"declare it `const {blob.written}`") for blob in graph.bottoms if not blob.qualifier
    ]
    declared += [(blob.name, blob.span, "make it a `const` or a `state`, or write `lr_mult=0`")
                 for blob in graph.blobs if not blob.state and blob.lr_mult]  # fmt: skip
    for name, span, advice in declared:
        stop = _stopped_by(name, outputs) if name not in given else None
        if stop is not None:
            yield _no_gradient(name, span, stop, advice)


def _no_gradient(name: str, span: Span, stop: Node, advice: str) -> Diagnostic:
    word = WORDS.get(stop.op, "what stands there")
    place = f" in line {stop.origin.span.line}" if stop.origin.span else ""
    note = f"`{name}` goes through {word}{place}, whose derivative is 0 everywhere"
    remedy = f"if that is meant, {advice}; a `gradient {name} = ...` gives it one by hand"
    return warning("LD406", f"`{name}` gets no gradient", span, "", note, help=remedy)


def _stopped_by(name: str, outputs: list[Node]) -> Node | None:
    """The first operator that lets nothing through on the way from a blob to the outputs; None where it has no way."""
    reached: set[Node] = set()
    first: Node | None = None
    for node in walk(outputs):
        if node.op in ("bottom", "bottoms", "blob") and node.attr("name") == name:
            reached.add(node)
        places = [i for i, arg in enumerate(node.args) if arg in reached]
        if not places:
            continue
        if any(rule(node.op, i) is not None for i in places):
            reached.add(node)
        elif node.op in WORDS:
            first = first or node
    return first


WORDS: Final = {
    **{op: f"`{op}`" for op in "sign floor ceil round trunc argmax argmin argsort rank isnan isinf isfinite".split()},
    **dict.fromkeys("lt le gt ge eq ne".split(), "a comparison"),
    "floordiv": "`//`",
    "count": "`count`",
}
