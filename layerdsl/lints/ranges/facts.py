"""What a condition that holds says of the values that it compares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from layerdsl.graph import Node, walk
from layerdsl.lints.ranges.interval import INF, Range

Conditions = frozenset[tuple[Node, bool]]  # conditions, and whether they hold or not
Lookup = Callable[[Node], Range]

OPPOSITE: Final = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
SWAPPED: Final = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}

#: Operators whose value is 0 just where their argument is.
KEEPS_ZERO: Final = frozenset({"abs", "square", "neg", "sqrt"})
#: Operators that change no number.
KEEPS_ALL: Final = frozenset({"expand", "stop", "real"})


def conditions(outputs: Sequence[Node]) -> dict[Node, Conditions]:
    """For each node the conditions, on data or of the set-up, without which nobody uses it."""
    found: dict[Node, Conditions] = {output: frozenset() for output in outputs}
    for node in reversed(list(walk(outputs))):
        for i, arg in enumerate(node.args):
            path = found[node] | _of_branch(node, i)
            found[arg] = found[arg] & path if arg in found else path
    return found


def _of_branch(node: Node, i: int) -> Conditions:
    chooses = node.op in ("where", "gate", "select") and i > 0
    return frozenset([(node.args[0], i == 1)]) if chooses else frozenset()


def facts(test: Node, holds: bool, look: Lookup) -> Iterator[tuple[Node, Range]]:
    """The values that a condition bounds, each with where it lies; `look` knows the ranges of values."""
    for inner, held in _parts(test, holds):
        if inner.op in OPPOSITE:
            relation = inner.op if held else OPPOSITE[inner.op]
            a, b = inner.args
            yield from _told(a, _compared(relation, look(b), not held))
            yield from _told(b, _compared(SWAPPED[relation], look(a), not held))


def differences(path: Conditions) -> dict[tuple[Node, Node], Range]:
    """What a path says of `a - b`, by `a` and `b`."""
    found: dict[tuple[Node, Node], Range] = {}
    for test, holds in path:
        for inner, held in _parts(test, holds):
            if inner.op in OPPOSITE:
                relation = inner.op if held else OPPOSITE[inner.op]
                a, b = inner.args
                found[a, b] = _compared(relation, NOTHING, not held)
                found[b, a] = _compared(SWAPPED[relation], NOTHING, not held)
    return found


NOTHING: Final = Range(0, 0)


def _parts(test: Node, holds: bool) -> Iterator[tuple[Node, bool]]:
    """The comparisons that hold, or do not, where a condition does."""
    if test.op in KEEPS_ALL:
        yield from _parts(test.args[0], holds)
    elif test.op == "not":
        yield from _parts(test.args[0], not holds)
    elif (test.op, holds) in (("and", True), ("or", False)):
        for arg in test.args:
            yield from _parts(arg, holds)
    else:
        yield test, holds


def _told(node: Node, bound: Range) -> Iterator[tuple[Node, Range]]:
    yield node, bound
    if node.op in KEEPS_ALL:
        yield from _told(node.args[0], bound)
    if node.op in KEEPS_ZERO and not bound.zero:
        yield from _told(node.args[0], Range(-INF, INF, False, True, True))


def _compared(sign: str, other: Range, nan: bool) -> Range:
    """The numbers that stand in this relation to one of `other`; a comparison with what is no number is false."""
    match sign:
        case "lt" | "le":
            return Range(-INF, other.high, other.high > 0 or (other.zero and sign == "le"), True, nan)
        case "gt" | "ge":
            return Range(other.low, INF, other.low < 0 or (other.zero and sign == "ge"), True, nan)
        case "eq":
            return Range(other.low, other.high, other.zero, other.infinite, nan)
    only_zero = other.low == other.high == 0
    return Range(-INF, INF, not only_zero, True, True)
