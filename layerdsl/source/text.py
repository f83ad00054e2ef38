"""A text and places in it: plain values, without any reading of files."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final


@dataclass(frozen=True)
class Source:
    """A text with the name under which the user knows it (a path as given, or `<stdin>`)."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offset at which each line starts; the first is 0."""
        return (0, *(i + 1 for i, letter in enumerate(self.text) if letter == "\n"))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its end."""
        start = self.line_starts[number - 1]
        stop = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:stop].rstrip("\r\n")


#: A text in quotes, which stays, or a comment.
_COMMENT: Final = re.compile(r"""("[^"\n]*"|'[^'\n]*')|#[^\n]*""")

#: Blanks behind an opening bracket and before a closing one.
_INSIDE: Final = re.compile(r"(?<=[(\[]) | (?=[)\]])|,(?= ?[)\]])")


@dataclass(frozen=True)
class Span:
    """The half-open stretch `[start, stop)` of a source, in characters."""

    source: Source = field(repr=False)
    start: int
    stop: int

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        return self.source.place(self.start)[0]

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        return self.source.place(self.start)[1]

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.stop]

    @property
    def on_one_line(self) -> str:
        """The characters as a message or a comment holds them: without comments and ends of lines."""
        if "\n" not in self.text:
            return self.text
        words = " ".join(_COMMENT.sub(lambda found: found[1] or "", self.text).split())
        return _INSIDE.sub("", words)

    def to(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(self.source, min(self.start, other.start), max(self.stop, other.stop))
