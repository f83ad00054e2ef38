"""Text as a terminal may show it: no control characters, tabs as blanks, nothing endless."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

TAB: Final = 4  # cells from one tab stop to the next
LONGEST_NAME: Final = 80  # characters of a name in a message
LONGEST_TEXT: Final = 2000  # characters of a whole message

# Control, format (the marks that turn the direction of writing), surrogate, private and unassigned characters,
# and the two separators that some terminals take as line ends.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_QUOTED: Final = re.compile(r"`([^`]*)`")


def visible(text: str) -> str:
    """`text` with every character that could move the cursor or hide another one written as an escape.

    >>> visible("a\\x1b[31m")
    'a\\\\x1b[31m'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible_letter(letter) for letter in text)


def visible_lines(text: str) -> str:
    """As `visible`, but lines stay lines."""
    return "\n".join(visible(line) for line in text.split("\n"))


def shorten(text: str) -> str:
    """`text` fit for a message: names between backticks and the whole are cut in the middle where they are too long."""
    if len(text) <= LONGEST_NAME:
        return text
    return cut(_QUOTED.sub(lambda name: f"`{cut(name[1], LONGEST_NAME)}`", text), LONGEST_TEXT)


def cut(text: str, longest: int) -> str:
    """`text`, or its beginning and end with `...` between them."""
    if len(text) <= longest:
        return text
    end = longest // 4
    return f"{text[: longest - end - 3]}...{text[-end:]}"


def laid_out(line: str) -> tuple[str, list[int]]:
    """`line` as it is shown, and the cell at which each of its characters starts (one more for the end).

    >>> laid_out("a\\tb")
    ('a   b', [0, 1, 4, 5])
    """
    shown: list[str] = []
    starts = [0]
    for letter in line:
        text = " " * (TAB - starts[-1] % TAB) if letter == "\t" else _visible_letter(letter)
        shown.append(text)
        starts.append(starts[-1] + sum(map(_cells, text)))
    return "".join(shown), starts


def _visible_letter(letter: str) -> str:
    return repr(letter)[1:-1] if unicodedata.category(letter) in _HIDDEN else letter


def _cells(letter: str) -> int:
    """How many cells of a terminal a character fills."""
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
