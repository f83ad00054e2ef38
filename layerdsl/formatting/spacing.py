"""How many blanks stand between two neighbouring tokens of a line.

A rule looks at the tokens around the gap and at the bracket in which it lies. What a token is (operator or sign, word
or name) follows from what stands before it, so a line's tokens are classified once, from the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from layerdsl.syntax.tokens import Token
from layerdsl.syntax.words import FREE_WORDS

_OPENING: Final = frozenset({"LPAR", "LSQB"})
_CLOSING: Final = frozenset({"RPAR", "RSQB"})
_VALUES: Final = frozenset({"NUMBER", "TEXT", "NAME", "QUESTION", *_CLOSING})
_SIGNS: Final = frozenset({"PLUS", "MINUS", "STAR"})
_TIGHT: Final = frozenset({"POWER", "DOT"})
_NEVER_BEFORE: Final = frozenset({"COMMA", "SEMICOLON", "QUESTION", *_CLOSING})

# What a token is to its neighbours.
VALUE, WORD, SIGN, OTHER = "value", "word", "sign", "other"


@dataclass(frozen=True)
class Piece:
    """A token, what it is to its neighbours, the bracket in which it stands (empty: none), and where that opened."""

    token: Token
    role: str
    bracket: str
    opened: int  # index of the bracket's token; -1 outside
    spaced: bool = False  # an `=` with blanks around it


def classified(tokens: Sequence[Token]) -> tuple[Piece, ...]:
    """The tokens of one logical line, NEWLINE left out, each with what the rules ask for."""
    pieces: list[Piece] = []
    opened: list[int] = []
    assigned = False
    for i, token in enumerate(tokens):
        if token.kind in _CLOSING:
            opened.pop()
        place = opened[-1] if opened else -1
        bracket = tokens[place].text if opened else ""
        spaced = token.kind == "ASSIGN" and _is_spaced(tokens, i, bracket, assigned)
        pieces.append(Piece(token, _role(tokens, i, pieces), bracket, place, spaced))
        if not bracket:
            assigned = (assigned or token.kind == "ASSIGN") and token.kind != "SEMICOLON"
        if token.kind in _OPENING:
            opened.append(i)
    return tuple(pieces)


def _role(tokens: Sequence[Token], i: int, before: Sequence[Piece]) -> str:
    kind = tokens[i].kind
    after_value = bool(before) and before[-1].role == VALUE
    if kind in _SIGNS:
        return OTHER if after_value else SIGN
    if kind in _VALUES:
        return VALUE
    if kind in FREE_WORDS:
        return WORD if after_value or _begins_statement(tokens, i) else VALUE
    return WORD if tokens[i].text.isalpha() else OTHER


def _begins_statement(tokens: Sequence[Token], i: int) -> bool:
    """Whether a word that may be a name is none here: it begins the line, and a name or text follows."""
    first = i == 0 or tokens[i - 1].kind == "SEMICOLON"
    return first and i + 1 < len(tokens) and tokens[i + 1].kind in {"NAME", "TEXT", *FREE_WORDS}


def _is_spaced(tokens: Sequence[Token], i: int, bracket: str, assigned: bool) -> bool:
    """Whether an `=` gives a name to a value, and not an argument, an option or an axis its value."""
    if not bracket:
        return not assigned
    typed = bracket == "(" and tokens[i - 1].kind in {"RSQB", "QUESTION"}
    return typed or (i + 2 < len(tokens) and tokens[i + 2].kind == "BY" and bracket == "(")


def blanks(pieces: Sequence[Piece], i: int) -> str:
    """What stands between piece `i` and the one before it, on one line."""
    before, piece = pieces[i - 1], pieces[i]
    kinds = before.token.kind, piece.token.kind
    if kinds[0] in _OPENING or kinds[1] in _NEVER_BEFORE or before.role == SIGN or _TIGHT & set(kinds):
        return ""
    if "COLON" in kinds:
        return " " if kinds == ("ARROW", "COLON") or (kinds[0] == "COLON" and piece.bracket != "[") else ""
    for each in (before, piece):
        if each.token.kind == "ASSIGN":
            return " " if each.spaced else ""
    if kinds[1] in _OPENING and before.role == VALUE:
        return " " if kinds[1] == "LSQB" and _ends_kind_of_blob(pieces, i - 1) else ""
    return " "


def _ends_kind_of_blob(pieces: Sequence[Piece], i: int) -> bool:
    """Whether `const`, `index` or `index(C)` ends here, so that the axes of a blob follow and no selection."""
    if pieces[i].token.kind == "RPAR":
        depth = next(j for j in range(i - 1, -1, -1) if pieces[j].token.kind == "LPAR" and _same(pieces[j], pieces[i]))
        return depth > 0 and _ends_kind_of_blob(pieces, depth - 1)
    follows = i > 0 and pieces[i - 1].token.kind in {"COLON", "ARROW"} and pieces[i].bracket != "["
    return pieces[i].token.kind in {"CONST", "INDEX"} and follows


def _same(opening: Piece, closing: Piece) -> bool:
    return opening.opened == closing.opened
