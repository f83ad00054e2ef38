"""What depends on data, and what is made of sizes, places and hyper-parameters alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from layerdsl.graph import Node
from layerdsl.operators.body import walk_deep

#: Where data comes from.
FED: Final = frozenset("bottom bottoms blob draw extern step carried inner result".split())


def fed(outputs: Iterable[Node], sources: frozenset[str] = FED) -> set[Node]:
    """What depends on values of these operators."""
    reached: set[Node] = set()
    for node in walk_deep(outputs):
        if node.op in sources or any(arg in reached for arg in node.args):
            reached.add(node)
    return reached
