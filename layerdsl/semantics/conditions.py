"""Conditions of the set-up: what follows where they hold, and what they have checked."""

from __future__ import annotations

from layerdsl.graph import Node, Requirement
from layerdsl.graph.size import Size, whole
from layerdsl.operators.build import as_size, build
from layerdsl.semantics.decided import outcome
from layerdsl.semantics.scope import Scope
from layerdsl.source import Span, fault


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
    if scope.inside is not None and outcome(test) is not None:
        _decided(scope, test, written, span, message)
        return
    written = scope.inside.in_words(written) if scope.inside is not None else written
    for given in scope.given:
        test = build("or", opposite(given), test)
    scope.collected.requirements.append(Requirement(test, written, message, span))


def _decided(scope: Scope, test: Node, written: str, span: Span, message: str) -> None:
    """A requirement of a layer in use that is known to hold, or not to hold, while compiling."""
    if not outcome(test):
        said = message or f"`{written}` does not hold"
        raise fault("LD505", f"`{scope.path[-1].name.value}` can't be used with these values", span, said)


def says_not_zero(test: Node, divisor: Size) -> bool:
    """Whether a condition is `divisor != 0`, or what holds where `divisor == 0` does not."""
    asked, wanted = (test.args[0], "eq") if test.op == "not" else (test, "ne")
    return asked.op == wanted and {as_size(arg) for arg in asked.args} == {divisor, whole(0)}
