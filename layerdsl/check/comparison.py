"""Whether a comparison in an example holds: `==` to six significant digits, the others as they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

NEAR_ZERO = 1e-6


def same(a: float, b: float) -> bool:
    """Equal to six significant digits; where one of them is next to nothing, to 1e-6.

    >>> same(1 / 3, 0.333333), same(1 / 3, 0.33333), same(0, 1e-7)
    (True, False, True)
    """
    if a == b or (math.isnan(a) and math.isnan(b)):
        return True
    if not (math.isfinite(a) and math.isfinite(b)):
        return False
    if min(abs(a), abs(b)) <= NEAR_ZERO:
        return abs(a - b) <= NEAR_ZERO
    digit = math.floor(math.log10(max(abs(a), abs(b)))) - 5
    return bool(abs(a - b) <= 0.5001 * 10.0**digit)


RELATIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": same,
    "!=": lambda a, b: not same(a, b),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def first_failure(op: str, a: Any, b: Any) -> tuple[int, ...] | None:
    """The first entry for which the relation does not hold; None where it holds for all.

    A number is compared with every entry of an array. ValueError where two shapes differ.
    """
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return None if (a == b) == (op == "==") else ()
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if left.ndim and right.ndim and left.shape != right.shape:
        raise ValueError("shapes")
    left, right = np.broadcast_arrays(left, right)
    if op == "!=":  # two arrays differ where any of their entries do
        return None if any(RELATIONS[op](x, y) for x, y in zip(left.flat, right.flat, strict=True)) else ()
    holds = (RELATIONS[op](float(left[place]), float(right[place])) for place in np.ndindex(*left.shape))
    return next((place for place, one in zip(np.ndindex(*left.shape), holds, strict=True) if not one), None)
