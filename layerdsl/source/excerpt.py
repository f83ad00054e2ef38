"""The lines of a source that a diagnostic shows, with the marks under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from layerdsl.source.text import Span
from layerdsl.source.visible import laid_out

WIDTH: Final = 110  # characters of a source line that are shown
BEFORE: Final = 50  # of them before the mark, where the line is too long
MOST_LINES: Final = 6  # a longer span shows its first lines and its last one


@dataclass(frozen=True)
class Marked:
    """A line as shown, with its number and the marks under it; `number` 0 stands for lines that are left out."""

    number: int
    text: str
    marks: str


def excerpt(span: Span) -> tuple[Marked, ...]:
    """The lines of `span`, each with marks under the part of it that belongs to the span."""
    source = span.source
    if not source.text:
        return ()
    first, last = span.line, source.place(max(span.start, span.stop - 1))[0]
    lines = tuple(range(first, last + 1))
    if len(lines) <= MOST_LINES:
        return tuple(_marked(span, number) for number in lines)
    head = tuple(_marked(span, number) for number in lines[: MOST_LINES - 2])
    return (*head, Marked(0, "...", ""), _marked(span, last))


def _marked(span: Span, number: int) -> Marked:
    line, start, stop = _part(span, number)
    left = 0 if len(line) <= WIDTH or start < WIDTH - BEFORE else start - BEFORE
    right = min(len(line), left + WIDTH)
    shown, cells = laid_out(line[left:right])
    begin, end = cells[min(start, right) - left], cells[min(stop, right) - left]
    before, after = "..." if left else "", "..." if right < len(line) else ""
    marks = " " * (len(before) + begin) + "^" * max(1, end - begin)
    return Marked(number, (before + shown + after).rstrip(), marks)


def _part(span: Span, number: int) -> tuple[str, int, int]:
    """The text of a line and which of its characters the span covers, without the blanks around them."""
    line = span.source.line(number)
    offset = span.source.line_starts[number - 1]
    start = max(span.start - offset, 0)
    stop = min(span.stop - offset, len(line))
    if span.start < offset:
        start = _indentation(line)
    return line, start, max(start, stop)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def end_place(span: Span) -> tuple[int, int]:
    """Line and column just after the last character of a span, counted from 1."""
    return span.source.place(max(span.start, span.stop))
