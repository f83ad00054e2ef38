"""Conditions of the set-up: what follows where they hold, and what they have checked."""

from __future__ import annotations

from layerdsl.graph import Node, Requirement
from layerdsl.graph.size import Size, whole
from layerdsl.operators.build import as_size, build
from layerdsl.semantics.scope import Scope
from layerdsl.source import Span


def present_if(test: Node, holds: bool) -> frozenset[str]:
    """The optional hyper-parameters that have a value where `test` is true (or, for `holds` false, is not)."""
    if test.op in ("isnone", "absent"):
        return frozenset() if holds else frozenset([str(test.attr("name"))])
    if test.op == "not":
        return present_if(test.args[0], not holds)
    if test.op == ("and" if holds else "or"):
        return present_if(test.args[0], holds) | present_if(test.args[1], holds)
    return frozenset()


def opposite(test: Node) -> Node:
    """What holds where `test` does not."""
    return test.args[0] if test.op == "not" else build("not", test)


def require(scope: Scope, test: Node, written: str, span: Span, message: str = "") -> None:
    """Have `setup()` or `reshape()` check a static condition where this block is reached."""
    for given in scope.given:
        test = build("or", opposite(given), test)
    scope.collected.requirements.append(Requirement(test, written, message, span))


def says_not_zero(test: Node, divisor: Size) -> bool:
    """Whether a condition is `divisor != 0`, or what holds where `divisor == 0` does not."""
    asked, wanted = (test.args[0], "eq") if test.op == "not" else (test, "ne")
    return asked.op == wanted and {as_size(arg) for arg in asked.args} == {divisor, whole(0)}
