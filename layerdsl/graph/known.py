"""What follows of conditions of the set-up where others are known: `a != b` where `a == b`, one word where another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

from layerdsl.graph.node import Node
from layerdsl.graph.size import Size

Given = tuple[Node, bool]  # a condition, and whether it holds


def outcome(given: Iterable[Given], test: Node) -> bool | None:
    """Whether a condition holds where others are known; None where that does not tell."""
    return _outcome(tuple(atom for one in given for atom in _atoms(*one)), test)


def same(a: Node, b: Node) -> bool:
    """Whether two static values are computed in the same way."""
    alike = (a.op, a.attrs, len(a.args)) == (b.op, b.attrs, len(b.args))
    return a is b or (alike and all(map(same, a.args, b.args)))


def _atoms(test: Node, holds: bool) -> Iterator[Given]:
    """A known condition with those of its parts that are known by it, without `not`."""
    if test.op == "not":
        yield from _atoms(test.args[0], not holds)
        return
    yield test, holds
    if test.op == ("and" if holds else "or"):
        for part in test.args:
            yield from _atoms(part, holds)


def _outcome(known: tuple[Given, ...], test: Node) -> bool | None:
    if test.op == "not":
        inner = _outcome(known, test.args[0])
        return None if inner is None else not inner
    told = next((told for one, holds in known if (told := _told(one, holds, test)) is not None), None)
    if told is not None or test.op not in ("and", "or"):
        return told
    sides = [_outcome(known, part) for part in test.args]
    settling = test.op == "or"
    return settling if settling in sides else None if None in sides else not settling


def _told(known: Node, holds: bool, test: Node) -> bool | None:
    """What one condition that is known says of another."""
    if same(known, test):
        return holds
    if holds and _is_within(_bound(known), _bound(test)):
        return True
    if not {known.op, test.op} <= {"eq", "ne"}:
        return None
    if all(map(same, known.args, test.args)):
        return holds == (known.op == test.op)
    equal = holds == (known.op == "eq")
    (left, one), (other, another) = known.args, test.args
    apart = _constant(one) is not None and _constant(another) is not None and _constant(one) != _constant(another)
    return test.op == "ne" if equal and apart and same(left, other) else None


#: The comparison that says the same with its sides exchanged.
MIRRORED: Final = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq"}


def _bound(test: Node) -> tuple[Node, str, float] | None:
    """A value, and how it compares to a number that is written out."""
    if test.op not in MIRRORED:
        return None
    left, right = test.args
    if isinstance(number := _constant(right), (int, float)):
        return left, test.op, number
    return (right, MIRRORED[test.op], number) if isinstance(number := _constant(left), (int, float)) else None


def _is_within(known: tuple[Node, str, float] | None, wider: tuple[Node, str, float] | None) -> bool:
    """Whether a value that is known to compare to one number so compares to another: `n > 1` where `n > 2`."""
    if known is None or wider is None or not same(known[0], wider[0]):
        return False
    (_, op, number), (_, asked, other) = known, wider
    if asked in ("gt", "ge"):
        return op in ("gt", "ge", "eq") and (number > other or (number == other and (asked == "ge" or op == "gt")))
    if asked in ("lt", "le"):
        return op in ("lt", "le", "eq") and (number < other or (number == other and (asked == "le" or op == "lt")))
    return False


def _constant(node: Node) -> object:
    """The number or word that a value is, where it is written out."""
    if node.op == "size":
        return cast(Size, node.attr("size")).constant
    return node.attr("value") if node.op == "number" else None
