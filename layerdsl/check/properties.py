"""The table of the properties of a layer: a line for each, how it was checked, and the worst figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from layerdsl.check.report import entry_text, number_text
from layerdsl.check.table import EXACT, error_text

ORDER: Final = (
    "set-up", "gradient", "top diffs", "propagate_down", "diffs written", "inputs untouched", "repeatable",
    "other sizes", "float32", "awkward inputs", "state",
)  # fmt: skip
SINGLE: Final = 1e-5
HEAD: Final = ("property", "checked by", "worst error", "")


@dataclass(frozen=True)
class PropertyRow:
    """One line: a property, how it was checked, the worst figure (None: there is none), and `ok`, `WRONG`, `doubtful`
    or why there is nothing to say."""

    property: str
    how: str
    figure: float | None
    verdict: str


def rows_of(entries: Sequence[Mapping[str, Any]]) -> tuple[PropertyRow, ...]:
    """The rows that a probe has written down, in the order in which they are told."""
    rows = [PropertyRow(one["property"], one["how"], one["figure"], one["verdict"]) for one in entries]
    return tuple(sorted(rows, key=lambda row: _place(row.property)))


def _place(name: str) -> int:
    return next((i for i, known in enumerate(ORDER) if name.startswith(known)), len(ORDER))


def properties_text(rows: Sequence[PropertyRow]) -> str:
    """The rows under their head, in columns; nothing where there are none."""
    if not rows:
        return ""
    cells = [HEAD, *((row.property, row.how, _figure(row), row.verdict) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEAD))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "".join(line.rstrip() + "\n" for line in lines)


def _figure(row: PropertyRow) -> str:
    """Digits of the rounding of float32 would say something about the machine, not about the layer."""
    if row.verdict == "WRONG" and row.figure is not None and row.figure < EXACT:
        return ""  # what is wrong is no number
    if row.property == "float32" and row.figure is not None and row.figure < SINGLE:
        return f"< {SINGLE:.0e}".replace("e-0", "e-")
    return error_text(row.figure)


def notes_of(fault: Mapping[str, Any]) -> tuple[str, ...]:
    """What is told beside a fault: entry and both values, a hint, and where it showed."""
    return tuple(note for note in (_values(fault), str(fault["hint"]), str(fault["where"])) if note)


def _values(fault: Mapping[str, Any]) -> str:
    if fault["place"] is None:
        return ""
    where = entry_text(str(fault["blob"]), tuple(fault["place"]))
    if fault["got"] is None or fault["wanted"] is None or not fault["words"]:
        return f"seen at `{where}`"
    mine, right = fault["words"]
    return f"at `{where}` {mine} {number_text(fault['got'])}, {right} {number_text(fault['wanted'])}"
