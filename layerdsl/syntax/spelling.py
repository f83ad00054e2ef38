"""The faults of single characters, names, numbers and brackets."""

from __future__ import annotations

import unicodedata
from typing import Final

from layerdsl.source import Diagnostic, Span
from layerdsl.syntax.limits import MAX_DIGITS, MAX_NAME, MAX_NESTING
from layerdsl.syntax.tokens import CLOSERS

#: Characters that arrive from papers, chats and word processors, and what stands for them.
_INSTEAD: Final = {
    "×": "*",
    "·": "*",
    "∙": "*",
    "⋅": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "→": "->",
    "∧": "and",
    "∨": "or",
    "¬": "not",
    "√": "sqrt(...)",
    "∑": "sum(...)",
    "∞": "inf",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "\N{NO-BREAK SPACE}": "a plain space",
    "\N{ZERO WIDTH SPACE}": "nothing",
    "\N{ZERO WIDTH NO-BREAK SPACE}": "nothing",
}

_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def character(span: Span) -> Diagnostic:
    """A character that begins no token: among them a quote without a second one."""
    text = span.text
    if text in "\"'":
        return unended(span)
    if text == "\\":
        remedy = "a line goes on by itself while a bracket is open"
        return Diagnostic("LD012", "`\\` does not join lines", span, "", help=remedy)
    shown = f"`{text}`" if text.isprintable() and not text.isspace() else f"U+{ord(text):04X}"
    return Diagnostic("LD002", f"the character {shown} has no place here", span, help=_instead(text))


def _instead(text: str) -> str:
    plain = _INSTEAD.get(text)
    if plain is None:
        return ""
    return f"write `{plain}`" if " " not in plain and plain != "nothing" else f"write {plain}"


def unended(span: Span) -> Diagnostic:
    """A text whose closing quote is missing."""
    if len(span.text) == 3:
        return Diagnostic(
            "LD006", "a docstring that does not end", span, "begins here", help=f"end it by `{span.text}`"
        )
    return Diagnostic(
        "LD006", "a text that does not end on its line", span, "begins here", help=f"end it by `{span.text}`"
    )


def docstring(span: Span) -> Diagnostic:
    """Three quotes within a formula."""
    remedy = "a docstring has lines of its own; a word is written in single quotes or double quotes"
    return Diagnostic("LD011", "a docstring does not belong here", span, help=remedy)


def name(span: Span) -> Diagnostic:
    """A name that is too long or not in ASCII."""
    text = span.text
    if len(text) > MAX_NAME:
        shown = f"`{text[:20]}...` of {len(text)} characters"
        return Diagnostic("LD008", f"the name {shown} is too long", span, help=f"a name has at most {MAX_NAME}")
    note = "names become names of the emitted class, which Python 2.7 has to read as well"
    return Diagnostic("LD008", f"the name `{text}` is not in ASCII", span, "", (note,), _ascii_name(text))


def _ascii_name(text: str) -> str:
    """A remedy with the name in ASCII where one suggests itself: `x**2` for `x²`, `alpha` for `α`."""
    base = text.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹")
    if base != text and base.isascii() and base:
        return f"a power is written `{base}**{text[len(base) :].translate(_SUPERSCRIPTS)}`"
    plain = "".join(map(_ascii_letter, text))
    return f"write it in plain letters, for instance `{plain}`" if plain.isidentifier() else "write it in plain letters"


def _ascii_letter(letter: str) -> str:
    if letter.isascii():
        return letter
    title = unicodedata.name(letter, "").split(" ")
    if title[0] == "GREEK" and title[1:3] == ["SMALL", "LETTER"]:
        return title[3].lower()
    if title[0] == "GREEK" and title[1:3] == ["CAPITAL", "LETTER"]:
        return title[3].capitalize()
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if part.isascii())
    return plain or "?"


def number(span: Span, *, well_formed: bool) -> Diagnostic | None:
    """What is wrong with a number, if anything: its form, or a size that no float or integer holds."""
    text = span.text
    shown = text if len(text) <= MAX_NAME else text[:20] + "..."
    if not well_formed:
        return Diagnostic("LD013", f"`{shown}` is not a number", span, help=_number_help(text))
    if text.isdecimal():
        if len(text) <= MAX_DIGITS:
            return None
        return Diagnostic("LD013", f"the whole number `{shown}` is too large", span, help="write it as `1e20`, a float")
    if len(text) > MAX_NAME:
        return Diagnostic(
            "LD013", f"`{shown}` has too many digits", span, help="write the first 17: a float has no more"
        )
    value = float(text)
    if value == float("inf"):
        return Diagnostic("LD013", f"`{shown}` is larger than any float", span, help="write `inf`")
    mantissa = text.lower().partition("e")[0]
    if value == 0 and mantissa.strip("0."):
        return Diagnostic("LD013", f"`{shown}` is smaller than any float", span, help="write `0`")
    return None


def _number_help(text: str) -> str:
    plain = text.replace("_", "")
    if "_" in text and plain.isdecimal() and plain[:1] != "0":
        return f"write `{plain}`"
    if text.isdecimal() and text.isascii():
        return f"write `{int(text[:MAX_DIGITS])}`"
    if text[:2].lower() in ("0x", "0b", "0o"):
        return "write it with decimal digits"
    if text[-1] in "fFlL" and text[:-1].replace(".", "", 1).isdecimal():
        return f"write `{text[:-1]}`"
    return "numbers look like `3`, `0.5` and `1e-5`; a name does not begin with a digit"


def nesting(span: Span) -> Diagnostic:
    """One bracket too many inside others."""
    remedy = "give the inner parts names of their own"
    return Diagnostic("LD007", f"more than {MAX_NESTING} brackets inside each other", span, help=remedy)


def unclosed(span: Span) -> Diagnostic:
    """A bracket that is still open where its statement must have ended."""
    remedy = f"write `{CLOSERS[span.text]}`"
    return Diagnostic("LD006", f"`{span.text}` is never closed", span, "opened here", help=remedy)


def unopened(span: Span, opening: Span | None) -> Diagnostic:
    """A closing bracket without its opening one, or behind one of the other kind."""
    if opening is None:
        return Diagnostic("LD006", f"`{span.text}` closes nothing", span, help="take it away, or open it before")
    where = "" if opening.line == span.line else f" in line {opening.line}"
    message = f"`{opening.text}`{where} is closed by `{span.text}`"
    return Diagnostic("LD006", message, span, f"`{CLOSERS[opening.text]}` is needed here")
