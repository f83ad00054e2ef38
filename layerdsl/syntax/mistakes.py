"""What is wrong with a line that the grammar does not take, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from layerdsl.source import Diagnostic, Source, Span
from layerdsl.syntax.expected import found, wanted
from layerdsl.syntax.limits import MAX_NESTING
from layerdsl.syntax.tokens import Token

#: What a header opens, by its first token.
HEADERS: Final = {
    "LAYER": "layer",
    "DEF": "function",
    "EXAMPLE": "example",
    "IF": "`if`",
    "ELIF": "`elif`",
    "ELSE": "`else`",
}


@dataclass(frozen=True)
class Stop:
    """Where the parser stopped: the line's tokens up to the one that does not fit, and what would have fitted.

    `bracket` is the offset of the innermost open bracket; `outside` is true at the left margin, outside all blocks.
    """

    source: Source
    tokens: tuple[Token, ...]
    token: Token
    expected: frozenset[str]
    bracket: int | None
    outside: bool

    @property
    def span(self) -> Span:
        """The token that does not fit."""
        return self.token.span(self.source)


def explain(stop: Stop) -> Diagnostic:
    """The one message for a line that can't be read."""
    if stop.token.fault is not None:
        return stop.token.fault
    return Diagnostic("LD003", f"expected {wanted(stop.expected)}, found {found(stop.token)}", stop.span)


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


def indentation(place: Span, width: int, fitting: tuple[int, ...]) -> Diagnostic:
    """A line that is indented without reason, or less than its block but more than the one around."""
    widths = " or ".join(map(str, fitting[-2:])) if fitting[-1] else "0"
    message = f"a line indented by {width} where {widths} fits"
    return Diagnostic("LD004", message, place, help="lines of one block are indented alike")


def tabs(place: Span, kind: str) -> Diagnostic:
    """Tabs in a file that is indented by spaces, or the other way round."""
    rest = {" ": ", the lines before by spaces", "\t": ", the lines before by tabs"}.get(kind, "")
    own = {" ": "spaces", "\t": "tabs"}.get("".join(sorted(set(place.text))), "tabs and spaces")
    message = f"this line is indented by {own}{rest if own not in rest else ''}"
    return Diagnostic("LD010", message, place, help="indent all lines by four spaces")


def nothing(source: Source) -> Diagnostic:
    """A file that gives nothing to compile."""
    example = "layer Double(x: [*S]) -> y: [*S]:"
    return Diagnostic(
        "LD009", "no layer, function or example in this file", Span(source, 0, 0), help=f"begin with `{example}`"
    )
