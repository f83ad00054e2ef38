"""A source as its lines: comments that have a line of their own, and logical lines with their tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from layerdsl.source import Source
from layerdsl.syntax.lexer import Lexer
from layerdsl.syntax.tokens import Token

_COMMENT: Final = re.compile(r"#[^\n]*")


@dataclass(frozen=True)
class CommentLine:
    """A comment alone on its line, `column` blanks from the margin; `blank` where an empty line stands above."""

    text: str
    column: int
    blank: bool


@dataclass(frozen=True)
class CodeLine:
    """A logical line: its tokens, the text around them, how far it is indented."""

    tokens: tuple[Token, ...]  # without NEWLINE
    columns: tuple[int, ...]  # of each token, on its line of the file
    gaps: tuple[str, ...]  # the text behind each token, without the line's end behind the last
    blank: bool

    @property
    def column(self) -> int:
        """How many blanks stand before the first token."""
        return self.columns[0]

    @property
    def first(self) -> Token:
        """The token that the line begins with."""
        return self.tokens[0]


Line = CommentLine | CodeLine


def lines_of(source: Source) -> Iterator[Line]:
    """The lines of a source that can be read without a fault."""
    lexer = Lexer(source)
    end = 0
    while (line := lexer.next_line()) is not None:
        margin = line.start - len(line.indentation)
        yield from _comments(source.text[end:margin])
        blank = _ends_blank(source.text[end:margin])
        tokens = tuple(lexer.tokens())[:-1]
        end = _end_of_line(source.text, tokens[-1].stop)
        columns = tuple(token.start - source.text.rfind("\n", 0, token.start) - 1 for token in tokens)
        yield CodeLine(tokens, columns, _gaps(source.text, tokens, end), blank)
        end += 1
    yield from _comments(source.text[end:])


def _gaps(text: str, tokens: tuple[Token, ...], end: int) -> tuple[str, ...]:
    inner = tuple(text[a.stop : b.start] for a, b in pairwise(tokens))
    return (*inner, text[tokens[-1].stop : end])


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _comments(text: str) -> Iterator[CommentLine]:
    blank = False
    for line in text.split("\n"):
        if line.strip():
            yield CommentLine(comment(line), len(line) - len(line.lstrip()), blank)
        blank = not line.strip()


def _ends_blank(text: str) -> bool:
    """Whether the last of these lines, each with its line end, is an empty one."""
    lines = text.split("\n")[:-1]
    return bool(lines) and not lines[-1].strip()


def comment(text: str) -> str:
    """The comment in `text` as it is written: one blank behind the `#`; empty where there is none."""
    found = _COMMENT.search(text)
    if found is None:
        return ""
    written = found.group().rstrip()
    return written if written[1:2] in ("", " ", "#", "!") else f"# {written[1:]}"
