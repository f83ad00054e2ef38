"""Reductions over all bottoms, or the diffs of all tops, of one name: one blob after the other, none of them copied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from layerdsl.graph import Node
from layerdsl.graph.attributes import over_of
from layerdsl.plan.schedule import Step, is_stack, source

FOLDS: Final = {"sum": "np.add", "prod": "np.multiply", "max": "np.maximum", "min": "np.minimum"}


def folded(steps: Iterable[Step]) -> frozenset[Node]:
    """The blobs that are read by such a reduction and by nothing else, so that no array of them is made."""
    nodes = [step.node for step in steps]
    readers = Counter(source(arg) for node in nodes for arg in node.args)
    return frozenset(node.args[0] for node in nodes if _is_fold(node) and readers[node.args[0]] == 1)


def _is_fold(node: Node) -> bool:
    if node.op not in FOLDS or node.args[0].op not in ("bottoms", "cotangents") or node.args[0].attr("joined"):
        return False
    stack = [axis.name for axis in node.args[0].axes if is_stack(axis)]
    return stack == list(over_of(node))
