"""Which gradients a layer gives by hand, itself or through a layer that it uses."""

from __future__ import annotations

from layerdsl.graph import LayerGraph, Node, walk
from layerdsl.operators.families.used import given_by_hand
from layerdsl.source import Span


def by_hand(layer: LayerGraph) -> dict[str, Span | None]:
    """The bottoms and parameters whose gradient is not derived alone, with the formula that stands in its place."""
    found = {name: node.origin.span for name, node in layer.overrides}
    states = {blob.name for blob in layer.held if blob.state}
    for node in walk(node for _, node in layer.outputs):
        for value, formula in given_by_hand(node):
            for leaf in _leaves(value):
                found.setdefault(leaf, formula.origin.span)
    return {name: place for name, place in found.items() if name not in states}


def _leaves(value: Node) -> list[str]:
    return [str(node.attr("name")) for node in walk([value]) if node.op in ("bottom", "bottoms", "blob")]
