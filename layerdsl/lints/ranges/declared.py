"""What the declarations of a layer say of its numbers: hyper-parameters and what is required of them, states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from layerdsl.graph import LayerGraph, Learned, Node, Size
from layerdsl.graph.size import of
from layerdsl.lints.ranges.analysis import ranges, settled
from layerdsl.lints.ranges.facts import facts
from layerdsl.lints.ranges.interval import ANYTHING, Range
from layerdsl.lints.ranges.known import Known, of_layer


def known_of(graph: LayerGraph, updates: Sequence[tuple[str, Node]]) -> Known:
    """What is known of hyper-parameters by their requirements, and of states by what they start from and become."""
    known = of_layer(graph)
    for requirement in graph.requirements:
        plain = ranges([requirement.condition], known)
        for node, bound in facts(requirement.condition, True, plain.__getitem__):
            name = _hyper_name(node)
            if name:
                known = known.with_hyper(name, known.hypers.get(name, ANYTHING) & bound)
    return replace(known, states=_states(graph, updates, known))


def _hyper_name(node: Node) -> str:
    """The hyper-parameter that a value is, as a number or as a size; empty where it is another value."""
    if node.op == "hyper":
        return str(node.attr("name"))
    size = node.attr("size") if node.op == "size" else None
    symbols = size.symbols() if isinstance(size, Size) else ()
    return next((symbol.name for symbol in symbols if symbol.kind == "hyper" and size == of(symbol)), "")


def _states(graph: LayerGraph, updates: Sequence[tuple[str, Node]], known: Known) -> dict[str, Range]:
    states = [blob for blob in graph.held if blob.state]
    becomes = dict(updates)

    def turn(values: list[Range]) -> list[Range]:
        inside = replace(known, states={blob.name: value for blob, value in zip(states, values, strict=True)})
        after = ranges(becomes.values(), inside)
        return [after[becomes[blob.name]] if blob.name in becomes else value
                for blob, value in zip(states, values, strict=True)]  # fmt: skip

    ends = settled([_filled(blob, known) for blob in states], turn)
    return {blob.name: value for blob, value in zip(states, ends, strict=True)}


def _filled(blob: Learned, known: Known) -> Range:
    """What a state starts from."""
    if blob.filler.name != "constant" or not blob.filler.arguments:
        return ANYTHING
    node = blob.filler.arguments[0][1]
    return ranges([node], known)[node]
