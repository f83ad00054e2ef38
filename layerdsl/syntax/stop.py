"""Where the parser stopped, and what the recognisers of mistakes ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from layerdsl.source import Diagnostic, Source, Span
from layerdsl.syntax.tokens import Token
from layerdsl.syntax.words import FREE_WORDS

Answer = Diagnostic | None

NAMES: Final = frozenset({"NAME", *FREE_WORDS})
OPERANDS: Final = frozenset({*NAMES, "NUMBER", "TEXT", "RPAR", "RSQB"})
COMPARISONS: Final = frozenset({"LESS", "LESS_EQUAL", "MORE", "MORE_EQUAL", "EQUAL", "NOT_EQUAL"})
_OPENERS: Final = frozenset({"LPAR", "LSQB"})
_NOTHING: Final = Token("", "", 0, 0)


@dataclass(frozen=True)
class Stop:
    """Where the parser stopped: the line's tokens up to the one that does not fit, and what would have fitted.

    `outside` is true at the left margin, outside all blocks.
    """

    source: Source
    tokens: tuple[Token, ...]
    expected: frozenset[str]
    outside: bool

    @property
    def token(self) -> Token:
        """The token that does not fit."""
        return self.tokens[-1]

    @property
    def first(self) -> Token:
        """The line's first token."""
        return self.tokens[0]

    @property
    def at_first(self) -> bool:
        """Whether already the line's first token does not fit."""
        return len(self.tokens) == 1

    @property
    def span(self) -> Span:
        """The place of the token that does not fit."""
        return self.token.span(self.source)

    def before(self, count: int) -> Token:
        """The token `count` places before the one that does not fit; one of no kind where there is none."""
        return self.tokens[-1 - count] if count < len(self.tokens) else _NOTHING

    def open_brackets(self) -> tuple[int, ...]:
        """Which of the tokens are brackets that are open before the one that does not fit, the innermost last."""
        places: list[int] = []
        for place, token in enumerate(self.tokens[:-1]):
            if token.kind in _OPENERS:
                places.append(place)
            elif token.kind in ("RPAR", "RSQB"):
                places.pop()
        return tuple(places)

    def opener(self) -> int:
        """Which of the tokens is the innermost open bracket, or -1."""
        return (-1, *self.open_brackets())[-1]

    def next_letter(self) -> str:
        """The first letter behind the token that is no blank."""
        return self.source.text[self.token.stop : self.token.stop + 80].lstrip(" \t")[:1]

    def kinds(self) -> tuple[str, ...]:
        """The kinds of the tokens before the one that does not fit, without what stands in brackets."""
        kinds: list[str] = []
        depth = 0
        for token in self.tokens[:-1]:
            depth -= token.kind in ("RPAR", "RSQB")
            if not depth:
                kinds.append(token.kind)
            depth += token.kind in _OPENERS
        return tuple(kinds)
