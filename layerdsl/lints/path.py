"""How a number comes to be what it can be, in words: from what is given to where it does harm."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Node, walk
from layerdsl.lints.ranges.analysis import Ranges
from layerdsl.lints.ranges.interval import INF, Range
from layerdsl.operators.body import LEAVES
from layerdsl.source import Span

STEPS: Final = 3
LONG: Final = 40
SEEN_THROUGH: Final = frozenset({"expand", "real", "stop", "rename", "store", "top", "held", "variable"})


def path_of(node: Node, within: Span | None, found: Ranges) -> tuple[str, tuple[str, ...]]:
    """The value in backticks, and a note on each value that it comes from, the first cause last.

    `within`: the formula that is looked at; what stands elsewhere is written out.
    """
    steps: list[str] = []
    current: Node | None = _bare(node)
    while current is not None and len(steps) < STEPS:
        said = f"`{called(current, within)}`"
        if not steps or not steps[-1].startswith(said):
            steps.append(f"{said} {_reach(found[current])}")
        current = _cause(current, found)
    return f"`{called(_bare(node), within)}`", tuple(steps)


def _bare(node: Node) -> Node:
    while node.op in SEEN_THROUGH and node.args:
        node = node.args[0]
    return node


def _cause(node: Node, found: Ranges) -> Node | None:
    """The argument of which least is known."""
    moving = [_bare(arg) for arg in node.args if not arg.static and arg.kind != "bool" and arg in found]
    return max(moving, key=lambda arg: found[arg].high - found[arg].low, default=None)


def called(node: Node, within: Span | None) -> str:
    """A value as the user wrote it: by its name, or by its formula."""
    span = node.origin.place
    if node.origin.name or node.op in LEAVES:
        return node.origin.name or str(dict(node.attrs).get("name") or "a value of the step before")
    near = span is not None and within is not None and within.start <= span.start and span.stop <= within.stop
    plain = near and span is not None and span.source == within.source  # type: ignore[union-attr]
    short = " ".join(span.text.split()) if plain and span is not None else _formula(node)
    return short if len(short) <= LONG else f"{short[: LONG - 3]}..."


def _formula(node: Node) -> str:
    if any(each.op in LEAVES for each in walk([node])):
        return "what stands there"
    from layerdsl.operators.formula import formula_lines  # seldom needed

    return formula_lines([("_", node)])[-1].removeprefix("_ = ")


def _reach(x: Range) -> str:
    if x.low == -INF and x.high == INF:
        return "can be anything" if x.zero else "can be anything but 0"
    if x.high == INF:
        return f"is {_number(x.low)} or more" if x.low or x.zero else "is more than 0"
    if x.low == -INF:
        return f"is {_number(x.high)} or less" if x.high or x.zero else "is less than 0"
    return f"is {_number(x.low)}" if x.low == x.high else f"is from {_number(x.low)} to {_number(x.high)}"


def _number(value: float) -> str:
    return f"{value:.6g}"
