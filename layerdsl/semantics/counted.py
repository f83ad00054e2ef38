"""Values joined whose number the net gives: each number that a `require` allows is read on its own.

    require 1 <= n <= 5
    y = concat(f(x, i) for i in range(n), over=K)

Which of them it is, is chosen at set-up; an axis that is of another length in each has one that is chosen as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

from layerdsl.graph import Axis, Node, Requirement
from layerdsl.graph.size import Size, Symbol, chosen, of, whole
from layerdsl.operators.build import as_size, as_test, build, number, size_of
from layerdsl.operators.families.chosen_length import of_length
from layerdsl.semantics.conditions import opposite
from layerdsl.semantics.scope import Scope
from layerdsl.source import Span, fault

#: More rounds than these, over all numbers that a net may give, are not written out.
MAX_ROUNDS: Final = 64

MIRRORED: Final = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq"}

Join = Callable[[Scope, list[Node]], Node]


@dataclass(frozen=True)
class Range:
    """`range(start, start + count * step, step)`."""

    start: Size
    count: Size
    step: int

    def rounds(self, symbol: Symbol, value: int) -> list[Node]:
        """Its numbers, where a hyper-parameter has this value."""
        known = {symbol: whole(value)}
        count = self.count.substitute(known).constant or 0
        return [size_of(self.start.substitute(known) + whole(i * self.step)) for i in range(count)]


def joined(scope: Scope, there: Range, place: Span, join: Join) -> Node:
    """The values of the rounds joined, for whichever number of rounds the net gives."""
    symbol, numbers = _numbers(scope, there.count, place)
    tests = [build("eq", size_of(of(symbol)), number(one), apart=True) for one in numbers]
    found = list(_read(scope, tests, [there.rounds(symbol, one) for one in numbers], join))
    axes = _axes(scope, tests, found)
    values = [of_length(value, axes) for value in found]
    for name, axis in axes.items():
        scope.axes.setdefault(name, (axis,))
    return reduce(
        lambda rest, one: build("select", *one, rest),
        reversed(list(zip(tests[:-1], values[:-1], strict=True))),
        values[-1],
    )


def _read(scope: Scope, tests: Sequence[Node], rounds: Sequence[list[Node]], join: Join) -> Iterator[Node]:
    """The value for every number, each read where it is the one."""
    rest = scope
    for test, values in zip(tests, rounds, strict=True):
        yield join(rest.where(test, frozenset()) if test is not tests[-1] else rest.child(), values)
        rest = rest.where(opposite(test), frozenset())


def _axes(scope: Scope, tests: Sequence[Node], values: Sequence[Node]) -> dict[str, Axis]:
    """The axes that are not of one length in all, with the length that is chosen."""
    found: dict[str, Axis] = {}
    for axis in values[-1].axes:
        lengths = [next((one.size for one in value.axes if one.name == axis.name), axis.size) for value in values]
        if any(length != axis.size for length in lengths):
            found[axis.name] = Axis(axis.name, _chosen(tests, lengths))
    return found


def _chosen(tests: Sequence[Node], lengths: Sequence[Size]) -> Size:
    length = lengths[-1]
    for test, one in reversed(list(zip(tests[:-1], lengths[:-1], strict=True))):
        known = as_test(test)
        assert known is not None
        length = chosen(known, one, length)
    return length


# -- how many there may be --------------------------------------------------------------------------------------------


def _numbers(scope: Scope, count: Size, place: Span) -> tuple[Symbol, range]:
    """The hyper-parameter that says how many rounds there are, and what it may be."""
    symbols = [one for one in count.symbols() if one.kind == "hyper" and "(" not in one.name]
    if len(symbols) != 1 or len(count.symbols()) != 1:
        raise _unknown(place, f"`{place.text}` depends on more than one hyper-parameter")
    (symbol,) = symbols
    limits = [limit for each in scope.collected.requirements for limit in _limits(each, symbol)]
    least = max((limit for sign, limit in limits if sign == "ge"), default=None)
    most = min((limit for sign, limit in limits if sign == "le"), default=None)
    if least is None or most is None or most < least:
        raise _unknown(place, f"`require 1 <= {symbol.name} <= 5` before it says what a net may give")
    rounds = [count.evaluate({symbol.name: one}) for one in range(least, most + 1)]
    if min(rounds) < 1:
        raise _unknown(place, f"there may be no round where `{symbol.name}` is {least + rounds.index(min(rounds))}")
    if sum(rounds) > MAX_ROUNDS:
        raise _unknown(
            place, f"`{symbol.name}` up to {most} makes {sum(rounds)} rounds in all, no more than {MAX_ROUNDS}"
        )
    return symbol, range(least, most + 1)


def _unknown(place: Span, remedy: str) -> Exception:
    return fault("LD210", "`concat` and `stack` have to know how many values they join", place, help=remedy)


def _limits(requirement: Requirement, symbol: Symbol) -> Iterator[tuple[str, int]]:
    """What a requirement says of a hyper-parameter, as `ge` or `le` and a number."""
    for fact in _facts(requirement.condition):
        left, right = [as_size(arg) for arg in fact.args] if fact.op in MIRRORED else [None, None]
        op, left, right = (MIRRORED[fact.op], right, left) if right == of(symbol) else (fact.op, left, right)
        if left == of(symbol) and right is not None and right.constant is not None:
            yield from _signs(op, right.constant)


def _facts(test: Node) -> Iterator[Node]:
    if test.op == "and":
        yield from (*_facts(test.args[0]), *_facts(test.args[1]))
    else:
        yield test


def _signs(op: str, limit: int) -> Iterator[tuple[str, int]]:
    if op in ("gt", "ge", "eq"):
        yield "ge", limit + (op == "gt")
    if op in ("lt", "le", "eq"):
        yield "le", limit - (op == "lt")
