"""Warnings that a comment allows: `# allow LD802: the labels are never empty`.

Such a comment stands behind the formula, or on a line of its own above it, and says why.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from layerdsl.lints.warn import warning
from layerdsl.source import Diagnostic, Source, Span
from layerdsl.source.codes import CODES

_PIECE: Final = re.compile(
    r'"""[\s\S]*?(?:"""|\Z)'
    r"|'''[\s\S]*?(?:'''|\Z)"
    r'|"(?:\\.|[^"\\\n])*"?'
    r"|'(?:\\.|[^'\\\n])*'?"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<open>[(\[])"
    r"|(?P<close>[)\]])"
    r"|(?P<end>\n)"
)
_ALLOWANCE: Final = re.compile(r"#\s*allow\s+(?P<codes>LD\w+(?:\s*,\s*LD\w+)*)\s*(?P<colon>:?)\s*(?P<reason>.*)")


@dataclass(frozen=True)
class Allowance:
    """The codes that a comment allows, in the lines `first` to `last` (from 1) of one statement."""

    codes: tuple[str, ...]
    reason: str
    span: Span
    first: int
    last: int

    def covers(self, found: Diagnostic) -> bool:
        """Whether this is what is allowed here."""
        span = found.span
        there = span is not None and span.source == self.span.source and self.first <= span.line <= self.last
        return there and found.code in self.codes


def silenced(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Without the warnings that are allowed where they stand, in whatever file that is."""
    return tuple(each for each in found if each.level == "error" or not _is_allowed(each))


def _is_allowed(found: Diagnostic) -> bool:
    return found.span is not None and any(each.covers(found) for each in allowances(found.span.source))


def misused(
    source: Source, found: Sequence[Diagnostic], known: Iterable[str], layers: Sequence[Span]
) -> Iterator[Diagnostic]:
    """LD015: allowances without a reason, of what is no warning, or of what nothing in these layers is warned of."""
    known = frozenset(known)
    for each in allowances(source):
        idle = idle_codes(each, found, known, layers)
        if idle:
            said = f"nothing here is warned of with {idle[0]}" if idle[0] in known else _no_warning(idle[0])
            yield warning("LD015", said, each.span, help="take it out")
        elif not each.reason:
            remedy = f"say why: `# allow {', '.join(each.codes)}: the labels are never empty`"
            yield warning("LD015", "a warning is allowed without a reason", each.span, help=remedy)


def idle_codes(
    each: Allowance, found: Sequence[Diagnostic], known: Container[str], layers: Sequence[Span]
) -> list[str]:
    """The codes of a comment that allow nothing.

    What a function would be warned of is known only where it is used, so that nothing is said of those.
    """
    inside = any(layer.line <= each.first <= layer.source.place(layer.stop)[0] for layer in layers)
    met = {one.code for one in found if each.covers(one)}
    return [code for code in each.codes if code not in known or (inside and code not in met)]


def _no_warning(code: str) -> str:
    return f"{code} is an error, which nothing allows" if code in CODES else f"there is no warning {code}"


@cache
def allowances(source: Source) -> tuple[Allowance, ...]:
    """All allowances of a text, in order."""
    if "allow" not in source.text:
        return ()
    return tuple(_allowances(source))


def _allowances(source: Source) -> Iterator[Allowance]:
    """A comment belongs to the logical line on which it stands, or, alone on its line, to the one that comes next."""
    waiting: list[tuple[re.Match[str], int]] = []
    start, depth = 0, 0
    for piece in _PIECE.finditer(source.text + "\n"):
        depth = max(depth + (piece["open"] is not None) - (piece["close"] is not None), 0)
        comment = _ALLOWANCE.search(piece.group()) if piece["comment"] else None
        if comment:
            waiting.append((comment, piece.start() + comment.start()))
        if piece["end"] is None or depth:
            continue
        line = source.text[start : piece.start()]
        if line.strip() and not line.lstrip().startswith("#"):
            first, last = source.place(start)[0], source.place(piece.start())[0]
            yield from (_allowance(source, match, at, first, last) for match, at in waiting)
            waiting = []
        start = piece.end()
    yield from (_allowance(source, match, at, 0, 0) for match, at in waiting)


def _allowance(source: Source, match: re.Match[str], at: int, first: int, last: int) -> Allowance:
    codes = tuple(code.strip() for code in match["codes"].split(","))
    reason = match["reason"].strip() if match["colon"] else ""
    stop = at + len(match.group().rstrip())
    return Allowance(codes, reason, Span(source, at, stop), first, last)
