"""The numbers that data is compared with for equality, as in `t == 0` and `t != ignored`: none is ever drawn else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from layerdsl.check.case import Case
from layerdsl.graph import Node
from layerdsl.operators.body import walk_deep
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import World

KEEPING = frozenset("rename expand real split at slice pick round floor trunc index".split())


def compared_with(case: Case, name: str) -> tuple[float, ...]:
    """The numbers for the bottom of that name, known at set-up, the least first."""
    nodes = list(walk_deep(node for _, node in (*case.layer.outputs, *case.layer.updates)))
    same = set[Node]()
    for node in nodes:
        if (node.op == "bottom" and node.attr("name") == name) or (node.op in KEEPING and node.args[0] in same):
            same.add(node)
    return tuple(sorted({number for node in nodes for number in _numbers(node, same, case)}))


def _numbers(node: Node, same: set[Node], case: Case) -> Iterator[float]:
    if node.op not in ("eq", "ne"):
        return
    for value, other in (node.args, node.args[::-1]):
        if value in same and other.static:
            try:
                found = evaluate([other], World(case.numbers, case.hypers, case.train))[0].data
            except LookupError:
                continue  # a hyper-parameter that is none, as a label that is to be ignored
            yield from (float(one) for one in np.ravel(found) if np.isfinite(one))
