"""The table that `layerdsl check` prints: what was checked, on which shapes, how exactly, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Below these the digits say nothing about the layer, only about the measurement: differences, and the complex step.
EXACT, FINEST = 1e-8, (1e-12, 1e-10, 1e-8)
COMPLEX_STEP, DIFFERENCES = "complex step", "differences"


@dataclass(frozen=True)
class Row:
    """A gradient of a layer, in some phases."""

    layer: str
    what: str
    phases: str
    shapes: tuple[str, ...]
    entries: int
    error: float | None
    verdict: str
    how: str = ""  # by what it was measured


HEAD = ("layer", "gradient of", "phase", "shapes", "entries", "measured by", "error", "")
RIGHT = ("entries",)


@dataclass(frozen=True)
class ExampleRow:
    """An example by its title."""

    title: str
    verdict: str


def examples_text(rows: Sequence[ExampleRow]) -> str:
    """A line for each example."""
    width = max((len(row.title) for row in rows), default=0)
    return "".join(f'example "{row.title}"{" " * (width - len(row.title))}  {row.verdict}\n' for row in rows)


def table_text(rows: Sequence[Row]) -> str:
    """The rows under their head, in columns; nothing where there are none."""
    if not rows:
        return ""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEAD))]
    return "".join(_line(line, widths) + "\n" for line in cells)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if name in RIGHT else cell.ljust(width)
        for cell, width, name in zip(cells, widths, HEAD, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    entries = str(row.entries) if row.entries else ""
    error = error_text(row.error, FINEST if row.how == COMPLEX_STEP else (EXACT,))
    return row.layer, row.what, row.phases, " ".join(row.shapes), entries, row.how, error, row.verdict


def error_text(error: float | None, below: Sequence[float] = (EXACT,)) -> str:
    """The largest relative error: the first of these limits that it is below, as `< 1e-8`, else the number."""
    if error is None:
        return ""
    limit = next((one for one in below if error < one), None)
    return f"{error:.0e}" if limit is None else f"< {limit:.0e}".replace("e-0", "e-")
