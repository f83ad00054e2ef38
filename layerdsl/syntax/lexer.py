"""From text to tokens, one logical line at a time.

A logical line goes on over the ends of lines as long as a bracket is open. Tokens are made only when asked for, so that
a parser that meets a fault can drop the rest of the line and go on at any later place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from layerdsl.source import Diagnostic, Source, Span
from layerdsl.syntax import spelling
from layerdsl.syntax.limits import MAX_NAME, MAX_NESTING
from layerdsl.syntax.tables import LITERALS, PATTERNS
from layerdsl.syntax.tokens import CLOSERS, Token
from layerdsl.syntax.words import PYTHON_WORDS, WRONG_OPERATORS

_OPERATORS: Final = sorted(
    {*(text for text in LITERALS if not text.isalpha()), *WRONG_OPERATORS}, key=lambda text: (-len(text), text)
)

# A number is cut out as far as anything that could belong to one, so that `1.2.3` is one fault and not two numbers.
_SCAN: Final = re.compile(
    r"[ \t\f\r]*(?:"
    r"(?P<word>[^\W0-9]\w*)"
    r"|(?P<number>\.?[0-9](?:[\w.]|(?<=[eE])[+-])*)"
    r"|(?P<newline>\n|\Z)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<triple>\"\"\"|''')"
    rf"|(?P<text>{PATTERNS['TEXT']})"
    rf"|(?P<operator>{'|'.join(map(re.escape, _OPERATORS))})"
    r"|(?P<other>.))"
)
_BLANK: Final = re.compile(r"[ \t\f\r]*(?:#[^\n]*)?(?:\n|\Z)")
_INDENTATION: Final = re.compile(r"[ \t]*")
_REST: Final = re.compile(r"[^\n]*\n?")
_NUMBER: Final = re.compile(PATTERNS["NUMBER"])

# Where to go on behind a docstring that does not end.
_ITEM: Final = re.compile(r"\n(?=(?:layer|def|extern|example)[ \t])")

# A line that can't go on what stands in brackets: whoever opened the bracket forgot to close it.
_STATEMENT: Final = re.compile(
    r"[ \t]*(?:(?:layer|def|hyper|param|state|update|gradient|include|require|return|from|const|extern)[ \t]+[A-Za-z_]"
    r"|example[ \t]+[\"'])"
)


# What a comment allows is no description.
_ALLOWED: Final = re.compile(r"#\s*allow\s+LD\w")


@dataclass(frozen=True)
class Line:
    """Where a logical line begins, and the blanks before it."""

    start: int
    indentation: str


class Lexer:
    """Reads a source from the top; `faults` collects those that leave the token usable (a name too long, a number)."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.position = 0
        self.faults: list[Diagnostic] = []
        self._named: set[str] = set()
        self._brackets: list[tuple[str, int]] = []

    def next_line(self) -> Line | None:
        """Go past blank lines and comments to the next line with something on it; None at the end."""
        text = self.source.text
        while (blank := _BLANK.match(text, self.position)) is not None:
            if self.position >= len(text):
                return None
            self.position = blank.end()
        indentation = _INDENTATION.match(text, self.position)
        assert indentation is not None
        self.position = indentation.end()
        return Line(self.position, indentation.group())

    def skip_rest(self, offset: int) -> None:
        """Go on at the line after the one in which `offset` lies."""
        rest = _REST.match(self.source.text, offset)
        assert rest is not None
        self.position = rest.end()

    def tokens(self) -> Iterator[Token]:
        """The tokens of one logical line; the last is NEWLINE, or BROKEN where the line can't be read on."""
        self._brackets.clear()
        comment = ""
        end = start_of_line = self.position
        while True:
            match = _SCAN.match(self.source.text, self.position)
            assert match is not None
            kind = match.lastgroup
            assert kind is not None
            text, start = match.group(kind), match.start(kind)
            self.position = match.end()
            if kind == "newline" and self._ends_line(text):
                yield self._end(comment, end)
                return
            if kind in ("newline", "comment"):
                comment = text if kind == "comment" else ""
                continue
            token = self._token(kind, text, start, first=start == start_of_line)
            if token.kind == "BROKEN":
                self.skip_rest(self.position)
                yield token
                return
            yield token
            end = token.stop

    def _ends_line(self, newline: str) -> bool:
        """Whether a logical line ends with a line of the text: it goes on in brackets, but into no other statement."""
        return not self._brackets or not newline or _STATEMENT.match(self.source.text, self.position) is not None

    def _end(self, comment: str, offset: int) -> Token:
        """The end of a logical line, which tells what its comment says; broken where a bracket is still open."""
        if not self._brackets:
            return Token("NEWLINE", _ALLOWED.split(comment)[0].lstrip("#").strip(), offset, offset)
        _, place = self._brackets[-1]
        return self._broken(spelling.unclosed(self._span(place, place + 1)))

    def _token(self, kind: str, text: str, start: int, *, first: bool) -> Token:
        """One token; `first` where it begins its line, as a docstring does."""
        if kind == "word":
            return self._word(text, start)
        if kind == "operator":
            return self._operator(text, start)
        if kind == "number":
            return self._number(text, start)
        if kind == "text":
            alone = first and _BLANK.match(self.source.text, self.position) is not None
            return Token("DOC" if alone else "TEXT", text, start, self.position)
        if kind == "triple":
            return self._triple(text, start, first=first)
        return self._broken(spelling.character(self._span(start, start + 1)))

    def _word(self, text: str, start: int) -> Token:
        stop = start + len(text)
        kind = LITERALS.get(text) or ("PYTHON" if text in PYTHON_WORDS else "NAME")
        if kind == "NAME" and (len(text) > MAX_NAME or not text.isascii()) and text not in self._named:
            self._named.add(text)
            self.faults.append(spelling.name(self._span(start, stop)))
        return Token(kind, text, start, stop)

    def _number(self, text: str, start: int) -> Token:
        token = Token("NUMBER", text, start, start + len(text))
        fault = spelling.number(token.span(self.source), well_formed=_NUMBER.fullmatch(text) is not None)
        if fault is None:
            return token
        self.faults.append(fault)
        return token._replace(text="0")

    def _operator(self, text: str, start: int) -> Token:
        token = Token(LITERALS.get(text, "WRONG"), text, start, start + len(text))
        if text in CLOSERS:
            self._brackets.append((text, start))
            if len(self._brackets) > MAX_NESTING:
                return self._broken(spelling.nesting(token.span(self.source)))
        elif text in (")", "]"):
            return self._closing(token)
        return token

    def _closing(self, token: Token) -> Token:
        opened, place = self._brackets.pop() if self._brackets else ("", 0)
        if opened and CLOSERS[opened] == token.text:
            return token
        opening = self._span(place, place + 1) if opened else None
        return self._broken(spelling.unopened(token.span(self.source), opening))

    def _triple(self, quotes: str, start: int, *, first: bool) -> Token:
        stop = self.source.text.find(quotes, start + 3)
        if stop < 0:
            item = _ITEM.search(self.source.text, self.position)
            self.position = item.start() if item else len(self.source.text)
            return self._broken(spelling.unended(self._span(start, start + 3)))
        self.position = stop + 3
        if first and _BLANK.match(self.source.text, self.position) is not None:
            return Token("DOC", self.source.text[start : stop + 3], start, stop + 3)
        return self._broken(spelling.docstring(self._span(start, start + 3)))

    def _broken(self, fault: Diagnostic) -> Token:
        assert fault.span is not None
        return Token("BROKEN", "", fault.span.start, self.position, fault)

    def _span(self, start: int, stop: int) -> Span:
        return Span(self.source, start, stop)
