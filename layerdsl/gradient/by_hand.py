"""Which gradients a layer gives by hand, itself or through a layer that it uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from layerdsl.graph import LayerGraph, Node, walk
from layerdsl.operators.body import body_of, leaves_of
from layerdsl.operators.families.used import given_by_hand
from layerdsl.source import Span


def by_hand(layer: LayerGraph) -> dict[str, Span | None]:
    """The bottoms and parameters whose gradient is not derived alone, with the formula that stands in its place."""
    found = {name: node.origin.span for name, node in layer.overrides}
    states = {blob.name for blob in layer.held if blob.state}
    for value, formula in _given(node for _, node in layer.outputs):
        for leaf in walk([value]):
            if leaf.op in ("bottom", "bottoms", "blob"):
                found.setdefault(str(leaf.attr("name")), formula.origin.span)
    return {name: place for name, place in found.items() if name not in states}


def _given(outputs: Iterable[Node]) -> Iterator[tuple[Node, Node]]:
    """The values that get a gradient by hand, each with its formula; in a step, what is read of the values outside."""
    for node in walk(outputs):
        yield from given_by_hand(node)
        if node.op == "scan":
            body, sources = body_of(node), leaves_of(node)
            for value, formula in _given((*body.nexts, *body.outputs)):
                for leaf in walk([value]):
                    # what is carried is made of all that any step reads
                    read = node.args if leaf.op == "carried" else (sources.get(leaf, leaf),)
                    yield from ((one, formula) for one in read)
