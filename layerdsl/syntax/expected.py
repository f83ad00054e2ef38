"""Wording for what could have stood somewhere, and for what stands there."""

from __future__ import annotations

from typing import Final

from layerdsl.syntax.limits import MAX_NAME
from layerdsl.syntax.tables import LITERALS
from layerdsl.syntax.tokens import Token
from layerdsl.syntax.words import FREE_WORDS

_LITERAL: Final = {kind: text for text, kind in LITERALS.items()}

#: Groups of terminals under one word; a group is named where all of it is expected, and leaves the list then.
_GROUPS: Final[tuple[tuple[str, frozenset[str], frozenset[str]], ...]] = (
    # word, terminals that show the group, terminals it stands for
    (
        "a value",
        frozenset({"NUMBER", "LPAR"}),
        frozenset("NAME NUMBER TEXT LPAR LSQB MINUS PLUS NOT".split()),
    ),
    (
        "a name",
        frozenset({"NAME"}),
        frozenset({"NAME"}),
    ),
    (
        "an operator",
        frozenset({"PLUS", "POWER"}),
        frozenset(
            "PLUS MINUS STAR SLASH DOUBLE_SLASH PERCENT POWER LESS LESS_EQUAL MORE MORE_EQUAL EQUAL NOT_EQUAL "
            "AND OR IF DOT LSQB LPAR BY".split()
        ),
    ),
)
_WORDS: Final = {
    "NEWLINE": "the end of the line",
    "TEXT": "a text in quotes",
    "NUMBER": "a number",
    "NAME": "a name",
    "DOC": "a docstring",
}
_INVISIBLE: Final = frozenset({"_INDENT", "_DEDENT", "$END", "DOC"})


def wanted(expected: frozenset[str]) -> str:
    """`a value or "]"`: the kinds of token in words, groups first."""
    left = set(expected - _INVISIBLE)
    if "NAME" in left:
        left -= FREE_WORDS
    words = []
    for word, signs, members in _GROUPS:
        if signs <= left:
            words.append(word)
            left -= members
    words += sorted(_WORDS.get(kind) or f"`{_LITERAL[kind]}`" for kind in left)
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def found(token: Token) -> str:
    """The token as a message shows it."""
    if token.kind in ("NEWLINE", "$END"):
        return "the end of the line"
    text = token.text if len(token.text) <= MAX_NAME else token.text[:20] + "..."
    return f"`{text}`"
