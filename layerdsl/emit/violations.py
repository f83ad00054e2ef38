"""When a requirement is not met, said with as little as it takes: one test for all branches that ask for the same.

A requirement of a branch is `not given or test`. What does not meet it is `given and not test`, where `given` may say
more than is needed: `n == 3` says that `n` is not 2. Branches that ask for the same are one: `n == 2`, `n == 3` and
`n != 2 and n != 3 and n != 1` together are `n != 1`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial, reduce

from layerdsl.graph import Node, Requirement
from layerdsl.graph.known import MIRRORED, outcome, same
from layerdsl.operators.build import build

Conjunction = tuple[Node, ...]

#: What holds where a comparison does not: of whole numbers always, of those that may be NaN for the last two alone.
OPPOSITES = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}


def violations(requirements: Iterable[Requirement]) -> list[tuple[Requirement, Node]]:
    """The requirements that are made, each with the condition under which it is not met."""
    merged: list[tuple[Requirement, Node, list[Conjunction]]] = []
    for one in requirements:
        *given, test = _alternatives(one.condition)
        cases = next((cases for other, last, cases in merged if _ask_alike(one, test, other, last)), None)
        if cases is None:
            merged.append((one, test, cases := []))
        cases.append(least(tuple(map(negated, given))))
    found = [(one, test, [case for case in cases if not _follows((test,), case)]) for one, test, cases in merged]
    return [(one, _together(_fewest(cases), negated(test))) for one, test, cases in found if cases]


def _alternatives(condition: Node) -> list[Node]:
    """What of which one has to hold."""
    if condition.op != "or":
        return [condition]
    return [one for arg in condition.args for one in _alternatives(arg)]


def _ask_alike(one: Requirement, test: Node, other: Requirement, last: Node) -> bool:
    said = (one.written, one.message, one.span) == (other.written, other.message, other.span)
    return said and same(test, last)


def negated(test: Node) -> Node:
    """What holds where a condition does not."""
    if test.op == "not":
        return test.args[0]
    plain = test.op in ("eq", "ne") or all(arg.kind == "index" for arg in test.args)
    if test.op not in OPPOSITES or not plain:
        return build("not", test)
    op, (left, right) = OPPOSITES[test.op], test.args
    return build(MIRRORED[op], right, left) if op in MIRRORED and left.op == "number" else build(op, left, right)


def least(given: Conjunction) -> Conjunction:
    """Conditions that hold together, without what of them follows of the others."""
    for i, one in enumerate(given):
        rest = (*given[:i], *given[i + 1 :])
        known = [(other, True) for other in rest]
        if outcome(known, one):
            return least(rest)
        if not same(shorter := _without(known, one), one):
            return least((*given[:i], shorter, *given[i + 1 :]))
    return given


def _without(known: list[tuple[Node, bool]], test: Node) -> Node:
    """A condition that is not known, without those of its parts that are; `not a == b` is `a != b`."""
    if test.op == "not":
        return negated(_without(known, test.args[0]))
    if test.op not in ("and", "or"):
        return test
    left, right = (_without(known, part) for part in test.args)
    if outcome(known, left) is not None:
        return right
    return left if outcome(known, right) is not None else build(test.op, left, right)


def _fewest(cases: list[Conjunction]) -> list[Conjunction]:
    """The cases in which something is asked for, as few and as short as they can be said."""
    alone = [case[0] for case in cases if len(case) == 1]
    short = [
        tuple(one for one in case if len(case) == 1 or not any(same(one, negated(other)) for other in alone))
        for case in cases
    ]
    found: list[Conjunction] = []
    for i, case in enumerate(short):
        rest = [*found, *short[i + 1 :]]
        if not any(_follows(other, case) for other in rest):
            found.append(case)
    return found


def _follows(wide: Conjunction, case: Conjunction) -> bool:
    """Whether all of `wide` holds where `case` does."""
    return all(outcome([(one, True) for one in case], asked) for asked in wide)


def _together(cases: list[Conjunction], failed: Node) -> Node:
    """A test for: one of the cases, and what fails in it."""
    if len(cases) == 1:
        return _joined("and", least((*cases[0], failed)))
    return build("and", _joined("or", [_joined("and", case) for case in cases]), failed)


def _joined(op: str, tests: Iterable[Node]) -> Node:
    return reduce(partial(build, op), tests)
