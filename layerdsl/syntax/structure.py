"""The faults of headers, blocks and indentation, and of a file as a whole."""

from __future__ import annotations

from typing import Final

from layerdsl.source import Diagnostic, Fault, Source, Span, fault
from layerdsl.syntax.limits import MAX_NESTING, MAX_TOKENS
from layerdsl.syntax.tokens import Token

#: What a header opens, by its first token.
HEADERS: Final = {
    "LAYER": "layer",
    "DEF": "function",
    "EXAMPLE": "example",
    "IF": "`if`",
    "ELIF": "`elif`",
    "ELSE": "`else`",
    "FOR": "`for`",
    "SCAN": "`scan`",
}


def colon(first: Token, place: Span) -> Diagnostic:
    """A header without its colon."""
    message = f"the line that opens the {HEADERS[first.kind]} block has no `:`"
    return Diagnostic("LD003", message, place, "`:` is needed here")


def empty_block(first: Token, place: Span) -> Diagnostic:
    """A header with nothing indented below it."""
    remedy = "write its lines below, indented by four spaces"
    return Diagnostic("LD005", f"the {HEADERS[first.kind]} block has no content", place, help=remedy)


def blocks(place: Span) -> Diagnostic:
    """Blocks inside blocks without end."""
    remedy = "join conditions by `and`"
    return Diagnostic("LD007", f"more than {MAX_NESTING} blocks inside each other", place, help=remedy)


def long_line(place: Span) -> Fault:
    """A line that no person has written."""
    remedy = "values as many as these are the data of a bottom"
    return fault("LD007", f"more than {MAX_TOKENS} words and signs on one line", place, help=remedy)


def indentation(place: Span, width: int, fitting: tuple[int, ...]) -> Diagnostic:
    """A line that is indented without reason, or less than its block but more than the one around."""
    remedy = "lines of one block are indented alike"
    message = f"a line indented by {width} where {fitting[-1]} fits"
    return Diagnostic("LD004", message, place, help=remedy)


_BLANKS: Final = {" ": "spaces", "\t": "tabs"}


def tabs(place: Span, kind: str) -> Diagnostic:
    """Tabs in a file that is indented by spaces (`kind` is " "), or the other way round, or both on one line."""
    own = "".join(sorted(set(place.text), reverse=True))
    if len(own) > 1:
        message = "this line is indented by spaces and tabs"
    else:
        message = f"this line is indented by {_BLANKS.get(own, 'blanks')}, the lines before by {_BLANKS[kind]}"
    return Diagnostic("LD010", message, place, help="indent all lines by four spaces")


def nothing(source: Source) -> Diagnostic:
    """A file that gives nothing to compile."""
    remedy = "begin with `layer Double(x: [*S]) -> y: [*S]:`"
    return Diagnostic("LD009", "no layer, function or example in this file", Span(source, 0, 0), help=remedy)
