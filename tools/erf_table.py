#!/usr/bin/env python3
"""Prints the coefficients in `layerdsl/caffe/special.py`. Needs mpmath, which nothing else here does.

The error function of a number x that is not below 0 is `1 - exp(-x * h(x))` where `h(x) = -log(erfc(x)) / x`: a smooth
function without a zero or a pole, from 2 / sqrt(pi) at 0 on. It is fitted by a polynomial in `u = x / (x + 6)`. A
relative error in h comes back in erf times `y / (exp(y) - 1)`, where `y = x * h(x)`, and that is the weight of the fit:
least squares at Chebyshev's points, again and again with more weight where the error is large, until it is level.
"""

from __future__ import annotations

import sys
from typing import Any

import mpmath as mp

TOP = 6  # beyond it erf is 1 to the last bit of a double
ROUNDS = 8


def h(x: Any) -> Any:
    """What is fitted."""
    return -mp.log(mp.erfc(x)) / x


def weight(x: Any) -> Any:
    """How much of a relative error in h is one in erf."""
    y = x * h(x)
    return y / mp.expm1(y)


def points(degree: int) -> list[Any]:
    """Chebyshev's points of u between 0 and TOP / (TOP + 6), as values of x."""
    count = 6 * degree
    high = mp.mpf(TOP) / (TOP + 6)
    places = [high * (1 + mp.cos(mp.pi * (k + mp.mpf(1) / 2) / count)) / 2 for k in range(count)]
    return [6 * u / (1 - u) for u in places]


def fit(degree: int) -> tuple[Any, list[Any]]:
    """The largest relative error that is left in erf, and the coefficients from the highest power to the constant."""
    places = points(degree)
    scale = [weight(x) / h(x) for x in places]
    powers = [[(x / (x + 6)) ** j for j in range(degree + 1)] for x in places]
    shares = [mp.mpf(1)] * len(places)
    for _ in range(ROUNDS):
        roots = [mp.sqrt(share) * s for share, s in zip(shares, scale, strict=True)]
        left = mp.matrix([[root * power for power in row] for root, row in zip(roots, powers, strict=True)])
        right = mp.matrix([root * h(x) for root, x in zip(roots, places, strict=True)])
        found = list(mp.lu_solve(left, right))
        errors = [abs(mp.fdot(found, row) - h(x)) * s for row, x, s in zip(powers, places, scale, strict=True)]
        shares = [share * error for share, error in zip(shares, errors, strict=True)]
        total = mp.fsum(shares)
        shares = [share * len(places) / total for share in shares]
    return max(errors), found[::-1]


def main() -> None:
    """The two tables, with the sign that `_erf` wants."""
    mp.mp.dps = 80
    for name, degree in (("_ERF", 17), ("_ERF_SINGLE", 11)):
        error, coefficients = fit(degree)
        print(f"# relative error {mp.nstr(error, 2)}", file=sys.stderr)
        print(f"{name}: Final = (", *(f"    {float(-each)!r}," for each in coefficients), ")", sep="\n")


if __name__ == "__main__":
    main()
