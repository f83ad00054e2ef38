"""Diagnostics are values: whoever finds a fault returns or raises one, and only the command line prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layerdsl.source.text import Span

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Diagnostic:
    """One fault: what is wrong (`message`), where (`span`, with `label` under the marks), and what to do (`help`).

    `code` is a key of `layerdsl.source.codes.CODES`. `span` is None only where a fault has no place in a text
    (a file that can't be read).
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    level: Level = "error"


class Fault(Exception):  # noqa: N818 - the user's fault, not an error of the compiler
    """Carries a diagnostic from where a fault is found to the stage that collects them."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def fault(code: str, message: str, span: Span | None = None, label: str = "", *notes: str, help: str = "") -> Fault:
    """A `Fault` ready to be raised."""
    return Fault(Diagnostic(code, message, span, label, notes, help))
