"""Texts, spans and the diagnostics on them."""

from layerdsl.source.diagnostic import Diagnostic, Fault, fault
from layerdsl.source.text import Source, Span

__all__ = ["Diagnostic", "Fault", "Source", "Span", "fault"]
