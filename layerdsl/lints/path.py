"""How a number comes to be what it can be, in words: from what is given to where it does harm."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import index_of
from layerdsl.lints.ranges.analysis import Ranges
from layerdsl.lints.ranges.interval import INF, Range
from layerdsl.operators.body import LEAVES, body_of, leaves_of
from layerdsl.source import Span

Outside = dict[Node, tuple[Node, ...]]

STEPS: Final = 3
LONG: Final = 40
#: Operators whose other arguments say which entries are meant.
PICKS: Final = frozenset("pick slice at gather scatter".split())
SEEN_THROUGH: Final = frozenset({"expand", "real", "stop", "rename", "store", "top", "held", "variable"})


def path_of(
    node: Node, within: Span | None, found: Ranges, written: tuple[str, Range] | None = None
) -> tuple[str, tuple[str, ...]]:
    """The value in backticks, and a note on each value that it comes from, the first cause last.

    within: the formula that is looked at; what stands elsewhere is written out.
    written: what the value is called there and where it lies, where that is not the node itself.
    """
    bare = _bare(node)
    first, range_ = written or (called(bare, within), found[bare])
    steps, seen, outside = {first: _reach(range_)}, {bare}, _outside(found)
    current = _cause(bare, found, outside, seen)
    while current is not None and len(steps) < STEPS:
        seen.add(current)
        steps.setdefault(called(current, within), _reach(found[current]))
        current = _cause(current, found, outside, seen)
    return f"`{first}`", tuple(f"`{name}` {reach}" for name, reach in steps.items())


def _bare(node: Node, through: frozenset[str] = SEEN_THROUGH) -> Node:
    while node.op in through and node.args:
        node = node.args[0]
    return node


def entries_of(node: Node) -> Node:
    """The value of which another one has some entries, or all of them."""
    return _bare(node, SEEN_THROUGH | PICKS)


def _outside(found: Ranges) -> Outside:
    """Of the leaves in bodies of scans what they stand for; what is carried is also what the last step made."""
    scans = [node for node in found if node.op == "scan"]
    return {leaf: (value, body_of(scan).nexts[index_of(leaf)]) if leaf.op == "carried" else (value,)
            for scan in scans for leaf, value in leaves_of(scan).items()}  # fmt: skip


def _cause(node: Node, found: Ranges, outside: Outside, seen: set[Node]) -> Node | None:
    """The value that it is made of and of which least is known."""
    if node.op == "result":
        made: tuple[Node, ...] = (body_of(node.args[0]).outputs[index_of(node)],)
    elif node in outside:
        made = outside[node]
    else:
        made = node.args[:1] if node.op in PICKS else node.args
    moving = [_bare(arg) for arg in made if not arg.static and arg.kind != "bool"]
    known = [arg for arg in moving if arg in found and arg not in seen]
    return max(known, key=lambda arg: (found[arg].high - found[arg].low, arg.op != "carried"), default=None)


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
    """A value that stands elsewhere, by names; what is made step by step stays as it is."""
    place = node.origin.place
    if any(each.op in LEAVES for each in walk([node])):
        return place.on_one_line if place is not None else "what stands there"
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
