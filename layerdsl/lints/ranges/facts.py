"""What a condition that holds says of the values that it compares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, cast

from layerdsl.graph import Node, walk
from layerdsl.lints.ranges.interval import INF, Range, above, below, largest_root, moved

Conditions = frozenset[tuple[Node, bool]]  # conditions, and whether they hold or not
Lookup = Callable[[Node], Range]

OPPOSITE: Final = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
SWAPPED: Final = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}

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
    """A value that is bounded, and what that says of the values that it is made of."""
    yield node, bound
    if node.op in KEEPS_ALL:
        yield from _told(node.args[0], bound)
    elif node.op in BACK:
        yield from _told(node.args[0], BACK[node.op](bound))
    elif node.op in ("add", "sub"):
        yield from _told_of_terms(node, bound)


def _told_of_terms(node: Node, bound: Range) -> Iterator[tuple[Node, Range]]:
    """Of a sum or difference with a number the other term; that it is not 0 says that the other is not the number."""
    a, b = node.args
    for term, other, left in ((a, b, True), (b, a, False)):
        if other.op == "number":
            value = cast(float, other.attr("value"))
            if node.op == "add":
                yield from _told(term, moved(bound, -value))
            else:
                yield from _told(term, moved(bound, value) if left else -moved(bound, -value))


def _of_either_sign(high: float, bound: Range) -> Range:
    return Range(-high, high, bound.zero, bound.infinite or high < INF, bound.nan)


#: What a bound of the value says of the argument.
BACK: Final[dict[str, Callable[[Range], Range]]] = {
    "neg": lambda bound: -bound,
    "abs": lambda bound: _of_either_sign(bound.high, bound),
    "square": lambda bound: _of_either_sign(largest_root(bound.high), bound),
    "sqrt": lambda bound: Range(-INF, INF, bound.zero, True, True),
}


def _compared(sign: str, other: Range, nan: bool) -> Range:
    """The numbers that stand in this relation to one of `other`; a comparison with what is no number is false."""
    match sign:
        case "lt" | "le":
            high = below(other.high) if sign == "lt" else other.high
            return Range(-INF, high, other.high > 0 or (other.zero and sign == "le"), True, nan)
        case "gt" | "ge":
            low = above(other.low) if sign == "gt" else other.low
            return Range(low, INF, other.low < 0 or (other.zero and sign == "ge"), True, nan)
        case "eq":
            return Range(other.low, other.high, other.zero, other.infinite, nan)
    only_zero = other.low == other.high == 0
    return Range(-INF, INF, not only_zero, True, True)
