"""Axes of arguments that go by their place, where the value has another axis of that name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerdsl.lints.warn import warning
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def by_place(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD213: `x: [*A, T, D]` takes the last two axes of a value, whatever they are called."""
    for found in layer.graph.by_place:
        if found.span.source is layer.graph.span.source:  # what a file that is imported does is its own affair
            message = f"axis `{found.axis}` of argument `{found.argument}` is axis `{found.meant}` here"
            label = f"this value has an axis `{found.axis}` itself"
            note = f"`{found.argument}` is declared `{found.declared}`, and its axes go by their place"
            yield warning("LD213", message, found.span, label, note, help=HELP)


HELP = (
    "`rename` the value where that is meant; else declare the argument's axes in the order in which the value has them"
)
