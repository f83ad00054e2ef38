"""Which whole numbers an `index` may hold so that all that is worked out of it lies inside, as in `x[L=length - 1]`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from layerdsl.check.case import Case
from layerdsl.graph import Axis, Blob, Node, walk
from layerdsl.operators.reference import evaluate
from layerdsl.operators.types import LEAVES, STATIC_LEAVES
from layerdsl.operators.world import Named, World

VALUES: Final = frozenset(LEAVES) - STATIC_LEAVES
PLAIN: Final = frozenset(("index", "rename", "expand"))  # what leaves a number as it is


def inside(case: Case, blob: Blob, places: int) -> Sequence[int]:
    """Of the numbers 0 to `places` - 1 those with which every place that is worked out of the bottom alone is there.

    Where 0 is none, as of a length, `places` itself may be one. All of them where none would do.
    """
    picks = list(_reckoned(case, blob))
    if not picks:
        return range(places)
    found = [number for number in range(places + 1) if all(_lies_inside(case, blob, pick, number) for pick in picks)]
    return (found if 0 not in found else [number for number in found if number < places]) or range(places)


def _reckoned(case: Case, blob: Blob) -> Iterator[Node]:
    """What picks by a place that is worked out of this bottom and no other value."""
    for node in walk(node for _, node in (*case.layer.outputs, *case.layer.updates)):
        if node.op == "pick":
            nodes = list(walk(node.args[1:2]))
            names = [one.attr("name") if one.op == "bottom" else None for one in nodes if one.op in VALUES]
            if names == [blob.name] and not all(one.op in VALUES | PLAIN for one in nodes):
                yield node


def _lies_inside(case: Case, blob: Blob, pick: Node, number: int) -> bool:
    """Whether all places are there where every entry of the bottom is this number."""
    held = case.named(blob, np.full(case.shape(blob), float(number)))
    world = World(case.numbers, case.hypers, case.train, {blob.name: held}, groups=case.groups)
    try:
        found: Named = evaluate(pick.args[1:2], world)[0]
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return True  # nothing is known of it
    axis = pick.attr("axis")
    assert isinstance(axis, Axis)
    return bool(np.all((found.data >= 0) & (found.data < axis.size.evaluate(case.numbers))))
