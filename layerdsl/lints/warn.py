"""What all rules give: warnings."""

from __future__ import annotations

from layerdsl.source import Diagnostic, Span


def warning(code: str, message: str, span: Span | None, label: str = "", *notes: str, help: str = "") -> Diagnostic:
    """A diagnostic that a program may live with."""
    return Diagnostic(code, message, span, label, notes, help=help, level="warning")


def listed(names: list[str]) -> str:
    """`a`, `b` and `c`, each in backticks."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
