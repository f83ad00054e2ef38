"""The tables of docs/accuracy.md, from the errors in JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.bounds import BOUNDS
from benchmarks.accuracy.functions import FUNCTIONS
from benchmarks.accuracy.measure import FORMULAS, KINDS, PYTHONS

Found = Mapping[str, Any]  # `F3.float32` to Python to the pairs (largest, 99.9 %) of the value and of the slopes


RIGHT = 0.51  # half a unit, but where the digits that follow are almost a half


def tables(found: Found) -> dict[str, str]:
    """Each table by the name of its place in the page."""
    single = range(len(FUNCTIONS))
    whole = range(len(FUNCTIONS), len(FORMULAS))
    parts = {"functions": single, "arrays": whole}
    return {f"{name}-{kind}": table(found, kind, numbers) for name, numbers in parts.items() for kind in KINDS} | {
        "reasons": reasons()
    }


def table(found: Found, kind: str, numbers: Sequence[int]) -> str:
    """One line for each formula."""
    names = [found["numpy"][python] for python in PYTHONS]
    head = ["formula", *(f"value, {name}" for name in names), "bound", *(f"slope, {name}" for name in names), "bound"]
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join([*lines, *(line(found["errors"][f"F{number}.{kind}"], number, kind) for number in numbers)])


def line(errors: Mapping[str, Sequence[Sequence[float]]], number: int, kind: str) -> str:
    """The largest error and the one that 99.9 % do not exceed, of the value and of all slopes together."""
    formula = FORMULAS[number]
    bounds = BOUNDS[formula.formula][list(KINDS).index(kind)]
    values = [cell(*errors[python][0]) for python in PYTHONS]
    slopes = [worst(errors[python][1:]) for python in PYTHONS]
    mark = "*" if formula.why else ""
    return f"| `{formula.formula}`{mark} | " + " | ".join([*values, plain(bounds[0]), *slopes, plain(bounds[1])]) + " |"


def worst(pairs: Sequence[Sequence[float]]) -> str:
    """Of several slopes the worst; nothing, where there is none."""
    return cell(max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)) if pairs else ""


def cell(largest: float, most: float) -> str:
    """`1.7 (1.6)`, rounded up; one number where both are the same."""
    return rounded(largest) if rounded(largest) == rounded(most) else f"{rounded(largest)} ({rounded(most)})"


def rounded(error: float) -> str:
    """Up, to a tenth, or to a whole number above ten; the half of what is rounded right as it is."""
    if 0.4 < error <= RIGHT:
        return "0.5"
    step = 1 if error > 10 else 0.1
    return f"{math.ceil(error / step - 1e-9) * step:.12g}" if math.isfinite(error) else str(error)


def plain(bound: float | None) -> str:
    """A bound, where there is one."""
    return "" if bound is None else f"{bound:g}"


def reasons() -> str:
    """Why some have units of their own, or large errors."""
    found: dict[str, list[str]] = {}
    for formula in FORMULAS:
        if formula.why:
            found.setdefault(formula.why, []).append(f"`{formula.formula}`")
    return "\n".join(f"- {', '.join(names)}: {why}" for why, names in found.items())
