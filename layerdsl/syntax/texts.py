"""Between a text as it is written, in quotes, and what it says."""

from __future__ import annotations

import re
from typing import Final

from layerdsl.source import Source, Span, fault
from layerdsl.syntax.tokens import Token

_ESCAPES: Final = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
_WRITTEN: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_ESCAPE: Final = re.compile(r"\\(.)")


def unquote(token: Token, source: Source) -> str:
    r"""What a quoted text says; raises `Fault` for an escape other than `\\`, `\"`, `\'`, `\n` and `\t`."""

    def plain(match: re.Match[str]) -> str:
        letter = match.group(1)
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        start = token.start + 1 + match.start()
        place = Span(source, start, start + 2)
        raise fault("LD002", f"`\\{letter}` stands for nothing in a text", place, help="write a backslash as `\\\\`")

    return _ESCAPE.sub(plain, token.text[1:-1])


def quote(text: str) -> str:
    """The text in double quotes, as the formatter writes it."""
    return '"' + "".join(_WRITTEN.get(letter, letter) for letter in text) + '"'


def clean_doc(written: str) -> str:
    """What a docstring says: without its quotes, the indentation common to its later lines, and blank lines around it.

    A backslash in a docstring is a backslash, so that it can hold formulas in LaTeX.
    """
    width = 3 if written[:3] in ('"""', "'''") else 1
    first, *others = (line.rstrip() for line in written[width:-width].expandtabs().split("\n"))
    margin = doc_margin(others)
    lines = [first.lstrip(), *(line[margin:] for line in others)]
    return "\n".join(lines).strip("\n")


def doc_margin(lines: list[str]) -> int:
    """The indentation that all lines share, blank ones aside."""
    return min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)


# Words of the field that are one word although they have capitals inside.
_ONE_WORD: Final = re.compile(r"[A-Z]?ReLU|TanH|IoU")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """The name that an instance of a layer has by default, and the function that makes one.

    >>> snake_case("SoftmaxLoss"), snake_case("PReLU"), snake_case("IoULoss"), snake_case("L2Normalize")
    ('softmax_loss', 'prelu', 'iou_loss', 'l2_normalize')
    """
    return _WORD_START.sub("_", _ONE_WORD.sub(lambda word: word.group().capitalize(), name)).lower()
