"""What a condition that holds says of the values that it compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import index_of
from layerdsl.lints.ranges.interval import INF, Range, above, below, largest_root, moved
from layerdsl.operators.body import body_of, leaves_of, walk_deep

Conditions = frozenset[tuple[Node, bool]]  # conditions, and whether they hold or not
Lookup = Callable[[Node], Range]
Outside = Mapping[Node, Node]  # of the leaves in bodies of scans the values that they stand for, or are a slice of
NOWHERE: Final[Outside] = {}

OPPOSITE: Final = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
SWAPPED: Final = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}

#: Operators that change no number.
KEEPS_ALL: Final = frozenset({"expand", "stop", "real"})


def conditions(outputs: Sequence[Node]) -> dict[Node, Conditions]:
    """For each node the conditions, on data or of the set-up, without which nobody uses it; also for those in scans."""
    found: dict[Node, Conditions] = {output: frozenset() for output in outputs}
    nodes = list(walk(outputs))
    results = [node for node in nodes if node.op == "result"]
    for node in reversed(nodes):
        paths = [found[node] | _of_branch(node, i) for i in range(len(node.args))]
        if node.op == "scan":
            wanted = {index_of(result) for result in results if result.args[0] is node}
            inner = _in_body(node, wanted, found[node])
            found.update(inner)
            paths = [_of_leaves(node, arg, inner) or found[node] for arg in node.args]
        for arg, path in zip(node.args, paths, strict=True):
            found[arg] = found[arg] & path if arg in found else path
    return found


def _of_branch(node: Node, i: int) -> Conditions:
    chooses = node.op in ("where", "gate", "select") and i > 0
    return frozenset([(node.args[0], i == 1)]) if chooses else frozenset()


def _in_body(scan: Node, wanted: set[int], path: Conditions) -> dict[Node, Conditions]:
    """The conditions in the body of a scan, beside those of the scan; other outputs a backward alone reads."""
    body = body_of(scan)
    outputs = [output for i, output in enumerate(body.outputs) if i in wanted]
    return {node: path | inner for node, inner in conditions((*body.nexts, *outputs)).items()}


def _of_leaves(scan: Node, arg: Node, inner: Mapping[Node, Conditions]) -> Conditions | None:
    """The conditions that all leaves have that stand for an argument; of what is carried nothing is known."""
    leaves = [leaf for leaf, value in leaves_of(scan).items() if value is arg and leaf.op != "carried"]
    paths = [inner[leaf] for leaf in leaves if leaf in inner]
    return frozenset.intersection(*paths) if paths else None


def stand_for(outputs: Iterable[Node]) -> Outside:
    """What the leaves in all bodies stand for; of what is carried nothing is known."""
    return {leaf: value for node in walk_deep(outputs) if node.op == "scan"
            for leaf, value in leaves_of(node).items() if leaf.op != "carried"}  # fmt: skip


def facts(test: Node, holds: bool, look: Lookup, outside: Outside = NOWHERE) -> Iterator[tuple[Node, Range]]:
    """The values that a condition bounds, each with where it lies; `look` knows the ranges of values."""
    for inner, held in _parts(test, holds, outside):
        if inner.op in OPPOSITE:
            relation = inner.op if held else OPPOSITE[inner.op]
            a, b = inner.args
            yield from _told(a, _compared(relation, look(b), not held))
            yield from _told(b, _compared(SWAPPED[relation], look(a), not held))


def differences(path: Conditions, outside: Outside = NOWHERE) -> dict[tuple[Node, Node], Range]:
    """What a path says of `a - b`, by `a` and `b`."""
    found: dict[tuple[Node, Node], Range] = {}
    for test, holds in path:
        for inner, held in _parts(test, holds, outside):
            if inner.op in OPPOSITE:
                relation = inner.op if held else OPPOSITE[inner.op]
                a, b = inner.args
                found[a, b] = _compared(relation, NOTHING, not held)
                found[b, a] = _compared(SWAPPED[relation], NOTHING, not held)
    return found


NOTHING: Final = Range(0, 0)


def _parts(test: Node, holds: bool, outside: Outside) -> Iterator[tuple[Node, bool]]:
    """The comparisons that hold, or do not, where a condition does."""
    if test.op in KEEPS_ALL:
        yield from _parts(test.args[0], holds, outside)
    elif test in outside:
        yield from _parts(outside[test], holds, outside)
    elif test.op == "not":
        yield from _parts(test.args[0], not holds, outside)
    elif (test.op, holds) in (("and", True), ("or", False)):
        for arg in test.args:
            yield from _parts(arg, holds, outside)
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
