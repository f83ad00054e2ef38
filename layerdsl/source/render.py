"""Diagnostics as text: one renderer for each format, all of them functions from values to a string."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from layerdsl.source.diagnostic import Diagnostic
from layerdsl.source.excerpt import Marked, excerpt
from layerdsl.source.text import Span
from layerdsl.source.visible import shorten, visible, visible_lines

FORMATS: Final = ("full", "concise", "json", "github", "sarif")

_RESET: Final = "\x1b[0m"
_STYLES: Final = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "strong": "\x1b[1m", "frame": "\x1b[1;34m"}


def render(diagnostics: Sequence[Diagnostic], form: str = "full", color: bool = False) -> str:
    """The text of `diagnostics` in the format `form`, one of `FORMATS`; `color` is for `full` alone.

    The text ends in a line end, or is empty. Only `json` and `sarif` have something to say of no diagnostics.
    """
    if form == "full":
        return full(diagnostics, color)
    if form == "concise":
        return concise(diagnostics)
    from layerdsl.source.machine import MACHINE  # with the modules that it needs, seldom asked for

    return MACHINE[form](diagnostics)


def full(diagnostics: Sequence[Diagnostic], color: bool = False) -> str:
    """For people: the message, the place, the source with marks, what is known and what to do."""
    return "\n".join(_block(diagnostic, color) for diagnostic in diagnostics)


def concise(diagnostics: Sequence[Diagnostic]) -> str:
    """`file:line:col: code message`, one line each, as editors read it."""
    return "".join(f"{_where(each.span)}{each.code} {_one_line(each.message)}\n" for each in diagnostics)


def place(span: Span) -> str:
    """`file:line:col`."""
    return f"{visible(span.source.name)}:{span.line}:{span.column}"


def _where(span: Span | None) -> str:
    return "" if span is None else f"{place(span)}: "


def _one_line(text: str) -> str:
    return visible(shorten(text).replace("\n", " "))


def _block(diagnostic: Diagnostic, color: bool) -> str:
    paint = _painter(color)
    lines = () if diagnostic.span is None else excerpt(diagnostic.span)
    margin = " " * (len(str(max((line.number for line in lines), default=0))) + 1)
    title = paint(diagnostic.level, f"{diagnostic.level}[{diagnostic.code}]")
    parts = [title + paint("strong", f": {_one_line(diagnostic.message)}")]
    if diagnostic.span is not None:
        parts.append(f"{margin}{paint('frame', '-->')} {place(diagnostic.span)}")
        parts.extend(_source(lines, diagnostic, margin, color))
    parts.extend(_remarks(diagnostic, margin, color))
    return "\n".join(parts) + "\n"


def _source(lines: Sequence[Marked], diagnostic: Diagnostic, margin: str, color: bool) -> list[str]:
    """The marked lines between two empty ones; the label stands after the last marks."""
    paint = _painter(color)
    bar = paint("frame", "|")
    empty = f"{margin} {bar}"
    shown = [] if not lines else [empty]
    for line in lines:
        number = paint("frame", str(line.number or "").rjust(len(margin)))
        shown.append(f"{number} {bar} {line.text}".rstrip())
        if line.marks:
            label = " " + _one_line(diagnostic.label) if line is lines[-1] and diagnostic.label else ""
            shown.append(f"{empty} {_marks(line.marks + label, diagnostic.level, color)}")
    return [*shown, empty] if shown and (diagnostic.notes or diagnostic.help) else shown


def _marks(text: str, level: str, color: bool) -> str:
    marks = text.lstrip(" ")
    return text[: len(text) - len(marks)] + _painter(color)(level, marks)


def _remarks(diagnostic: Diagnostic, margin: str, color: bool) -> list[str]:
    paint = _painter(color)
    named = [("note", note) for note in diagnostic.notes]
    named += [("help", diagnostic.help)] if diagnostic.help else []
    return [f"{margin} {paint('frame', '=')} {paint('strong', name)}: {_hanging(text, margin)}" for name, text in named]


def _hanging(text: str, margin: str) -> str:
    """Further lines of a remark stand under its first word."""
    return visible_lines(shorten(text)).replace("\n", "\n" + " " * (len(margin) + len(" = note: ")))


def _painter(color: bool) -> Callable[[str, str], str]:
    return (lambda style, text: f"{_STYLES[style]}{text}{_RESET}") if color else (lambda _, text: text)
