"""What the lexer hands to the parser."""

from __future__ import annotations

from typing import Final, NamedTuple

from layerdsl.source import Diagnostic, Source, Span

#: The bracket that closes each.
CLOSERS: Final = {"(": ")", "[": "]"}


class Token(NamedTuple):
    """A terminal of the grammar with its text and its place `[start, stop)`.

    Three kinds are in no rule of the grammar, so that the parser always stops at them: `PYTHON` (a word of Python that
    the language does not have), `WRONG` (an operator of Python or C), `BROKEN` (`fault` says why).
    """

    kind: str
    text: str
    start: int
    stop: int
    fault: Diagnostic | None = None

    def span(self, source: Source) -> Span:
        """The token's place in `source`."""
        return Span(source, self.start, self.stop)
