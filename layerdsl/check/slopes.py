"""How fast a function of one number changes: central differences, made exact by extrapolation (Richardson)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Function = Callable[[float], float]

STEPS = (1e-3, 1e-4, 1e-5)  # a shorter one is taken where the function bends or breaks off near by
KINK_STEP, CLOSE = 1e-6, 1e-7


@dataclass(frozen=True)
class Slope:
    """A measured slope, and by how much the last extrapolation changed it."""

    value: float
    error: float


def slope(function: Function, step: float) -> Slope:
    """The slope at 0 from steps of `step`, its half and its quarter: the error falls with the sixth power."""
    first, second, third = (_central(function, step / part) for part in (1, 2, 4))
    once, again = second + (second - first) / 3, third + (third - second) / 3
    value = again + (again - once) / 15
    return Slope(value, abs(value - again))


def _central(function: Function, step: float) -> float:
    return (function(step) - function(-step)) / (2 * step)


def nearby(function: Function) -> float:
    """The slope so near to 0 that a jump hardly ever lies between, to a few digits."""
    return _central(function, CLOSE)


def has_kink(function: Function, tolerance: float) -> bool:
    """Whether the slopes on the two sides of 0 differ, or the function jumps there."""
    here, right, left = function(0.0), function(KINK_STEP), function(-KINK_STEP)
    bend = abs((right - here) - (here - left)) / KINK_STEP
    return not bend <= tolerance
