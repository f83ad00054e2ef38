"""What is wrong with a line that the grammar does not take, and what to write instead.

The recognisers of `RECOGNISERS` are asked in turn; the first that knows the mistake answers. What none knows is told
as what was expected and what was found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from layerdsl.source import Diagnostic
from layerdsl.syntax import line_mistakes as line
from layerdsl.syntax import python_mistakes as other
from layerdsl.syntax import spelling
from layerdsl.syntax.expected import found, wanted
from layerdsl.syntax.stop import OPERANDS, Answer, Stop
from layerdsl.syntax.words import HINTS


def explain(stop: Stop) -> Diagnostic:
    """The one message for a line that can't be read."""
    for recognise in RECOGNISERS:
        if (answer := recognise(stop)) is not None:
            return answer
    return expectation(stop)


def broken(stop: Stop) -> Answer:
    """A token that could not be read tells its own fault."""
    return stop.token.fault


def unclosed(stop: Stop) -> Answer:
    """A word that begins a line, behind a complete value, inside brackets of an earlier line."""
    if stop.opener() < 0 or stop.before(1).kind not in OPERANDS or not stop.token.text[:1].isidentifier():
        return None
    text = stop.source.text
    line = text.rfind("\n", 0, stop.token.start) + 1
    opening = stop.tokens[stop.opener()].span(stop.source)
    if line <= opening.start or text[line : stop.token.start].strip():
        return None
    return spelling.unclosed(opening)


def expectation(stop: Stop) -> Diagnostic:
    """What was expected and what was found, with a hint for what is left out most."""
    hints = (HINTS.get((stop.first.kind, kind), "") for kind in sorted(stop.expected) if len(stop.expected) < 3)
    remedy = next(filter(None, hints), "")
    if "ELSE" in stop.expected:
        remedy = "write both values: `a if condition else b`"
    return Diagnostic("LD003", f"expected {wanted(stop.expected)}, found {found(stop.token)}", stop.span, help=remedy)


RECOGNISERS: Final[tuple[Callable[[Stop], Answer], ...]] = (
    other.prefixed_text,
    broken,
    unclosed,
    other.wrong_operator,
    other.indexing,
    other.constant,
    other.reserved,
    other.beginning,
    other.inside,
    other.bar,
    other.question,
    other.slashes,
    line.orphan,
    line.docstring,
    line.nested,
    line.outside,
    line.header_body,
    other.method,
    other.assignment,
    other.several_names,
    other.in_round_brackets,
    other.starred,
    other.argument_sign,
    other.import_all,
    other.annotation,
    line.function_result,
    line.twice_without_gradient,
    line.blob_type,
    other.word_of_python,
    line.misspelt,
    line.unnamed_top,
)
