#!/usr/bin/env python3
"""Prints the coefficients of `_erfc` in `layerdsl/caffe/special.py`. Needs mpmath.

One minus the error function of a number x that is not below 0 is `exp(-x**2) * w * (1 - v)`, `v = (x - 3) / (x + 3)`,
where w is smooth, from 1/2 at 0 to `1 / (6 * sqrt(pi))`: a polynomial in v meets it at Chebyshev's points.
"""

from __future__ import annotations

import sys
from typing import Any

import mpmath as mp

MIDDLE = 3
TABLES = (("_ERFC", 22, 28), ("_ERFC_SINGLE", 11, 11))  # the degree, and where what is left is 0 in that precision


def smooth(x: Any) -> Any:
    """What is fitted."""
    return mp.exp(x * x) * mp.erfc(x) * (x + MIDDLE) / (2 * MIDDLE)


def places(count: int, top: int) -> list[Any]:
    """Chebyshev's points of v from -1 to where x is `top`."""
    high = mp.mpf(top - MIDDLE) / (top + MIDDLE)
    return [-1 + (high + 1) * (1 + mp.cos(mp.pi * (k + mp.mpf(1) / 2) / count)) / 2 for k in range(count)]


def argument(v: Any) -> Any:
    """The x of a v."""
    return MIDDLE * (1 + v) / (1 - v)


def fit(degree: int, top: int) -> list[Any]:
    """The coefficients from the constant to the highest power."""
    points = places(degree + 1, top)
    powers = mp.matrix([[v**j for j in range(degree + 1)] for v in points])
    return list(mp.lu_solve(powers, mp.matrix([smooth(argument(v)) for v in points])))


def error(coefficients: list[Any], top: int) -> Any:
    """The largest relative error between the points."""
    tried = places(400, top)
    return max(abs(mp.polyval(coefficients[::-1], v) / smooth(argument(v)) - 1) for v in tried)


def main() -> None:
    """The two tables, from the highest power to the constant."""
    mp.mp.dps = 60
    for name, degree, top in TABLES:
        coefficients = fit(degree, top)
        print(f"# relative error {mp.nstr(error(coefficients, top), 2)}", file=sys.stderr)
        print(f"{name}: Final = (", *(f"    {float(each)!r}," for each in coefficients[::-1]), ")", sep="\n")


if __name__ == "__main__":
    main()
