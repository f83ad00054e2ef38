"""Intervals of float32 numbers, and how arithmetic moves them.

    >>> at_least(0) + number(1e-5)
    Range(low=9.999999747378752e-06, high=inf, zero=False, infinite=False, nan=False)
    >>> number(1) / at_least(0)
    Range(low=0.0, high=inf, zero=False, infinite=True, nan=False)

Of all places where an end can be open, those count at which operators break: 0, and infinity. So an interval says
whether 0 is among its numbers (`zero`, which also serves for a hole: `x != 0`) and whether infinity is; every other end
is closed. Ends are rounded to float32, in which `1 - 1e-10` is 1 and `1e-50` is 0.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

INF: Final = math.inf


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`; `zero`, `infinite` and `nan` say whether these are among them."""

    low: float
    high: float
    zero: bool = True
    infinite: bool = False
    nan: bool = False

    def __contains__(self, value: float) -> bool:
        if math.isnan(value):
            return self.nan
        if value == 0:
            return self.zero
        return self.low <= value <= self.high and (self.infinite or not math.isinf(value))

    @property
    def negative(self) -> bool:
        """Whether a number below 0 is among them."""
        return self.low < 0

    @property
    def positive(self) -> bool:
        """Whether a number above 0 is among them."""
        return self.high > 0

    @property
    def anything(self) -> bool:
        """Whether nothing is known."""
        return self.low == -INF and self.high == INF and self.zero

    def __neg__(self) -> Range:
        return replace(self, low=-self.high, high=-self.low)

    def __add__(self, other: Range) -> Range:
        one_side = (self.low >= 0 and other.low >= 0) or (self.high <= 0 and other.high <= 0)
        return between(
            _sum(self.low, other.low, -INF),
            _sum(self.high, other.high, INF),
            zero=(self.zero and other.zero) if one_side else True,
            infinite=self.infinite or other.infinite,
            nan=self.nan or other.nan or _opposite(self, other),
        )

    def __sub__(self, other: Range) -> Range:
        return self + -other

    def __mul__(self, other: Range) -> Range:
        ends = [_product(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        undefined = (self.infinite and other.zero) or (other.infinite and self.zero)
        return between(
            min(ends),
            max(ends),
            zero=self.zero or other.zero,
            infinite=self.infinite or other.infinite,
            nan=self.nan or other.nan or undefined,
        )

    def __truediv__(self, other: Range) -> Range:
        return self * reciprocal(other)

    def __or__(self, other: Range) -> Range:
        """What is in either."""
        return Range(
            min(self.low, other.low),
            max(self.high, other.high),
            self.zero or other.zero,
            self.infinite or other.infinite,
            self.nan or other.nan,
        )

    def __and__(self, other: Range) -> Range:
        """What is in both; of two that have nothing in common the first, as something has been overlooked."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low > high:
            return self
        return Range(
            low,
            high,
            self.zero and other.zero and low <= 0 <= high,
            self.infinite and other.infinite and (low == -INF or high == INF),
            self.nan and other.nan,
        )


def between(low: float, high: float, zero: bool = True, infinite: bool = False, nan: bool = False) -> Range:
    """The numbers from `low` to `high`, as float32 has them."""
    ends = _single(low), _single(high)
    vanished = any(end == 0 != given for end, given in zip(ends, (low, high), strict=True))
    there = ends[0] <= 0 <= ends[1]
    return Range(*ends, (zero or vanished) and there, infinite and INF in (-ends[0], ends[1]), nan)


def number(value: float) -> Range:
    """One number."""
    if math.isnan(value):
        return Range(-INF, INF, nan=True)
    return between(value, value, infinite=math.isinf(value))


def at_least(low: float, zero: bool = True) -> Range:
    """The numbers from `low` on."""
    return between(low, INF, zero)


ANYTHING: Final = Range(-INF, INF)
EVERYTHING: Final = Range(-INF, INF, True, True, True)
POSITIVE: Final = Range(0, INF, zero=False)
TRUTH: Final = Range(0, 1)
UNIT: Final = Range(0, 1)


def join(ranges: Iterable[Range]) -> Range:
    """What is in any of them; of none, anything."""
    found = list(ranges)
    total = found[0] if found else ANYTHING
    for one in found[1:]:
        total = total | one
    return total


def reciprocal(x: Range) -> Range:
    """`1 / x`."""
    split = x.negative and x.positive
    low = -INF if split or (x.negative and x.high == 0) else _inverse(x.high)
    high = INF if split or (x.positive and x.low == 0) else _inverse(x.low)
    return between(min(low, high), max(low, high), zero=x.infinite, infinite=x.zero, nan=x.nan)


def square(x: Range) -> Range:
    """`x**2`."""
    ends = (_product(x.low, x.low), _product(x.high, x.high))
    low = 0.0 if x.negative and x.positive else min(ends)
    return between(low, max(ends), x.zero, x.infinite, x.nan)


def magnitude(x: Range) -> Range:
    """`abs(x)`."""
    low = 0.0 if x.negative and x.positive else min(abs(x.low), abs(x.high))
    return between(low, max(abs(x.low), abs(x.high)), x.zero, x.infinite, x.nan)


def larger(a: Range, b: Range) -> Range:
    """`max(a, b)`."""
    zero = (a.zero and (b.negative or b.zero)) or (b.zero and (a.negative or a.zero))
    low, high = max(a.low, b.low), max(a.high, b.high)
    return between(low, high, zero, a.infinite or b.infinite, a.nan or b.nan)


def smaller(a: Range, b: Range) -> Range:
    """`min(a, b)`."""
    return -larger(-a, -b)


def times(x: Range, least: float, most: float) -> Range:
    """The sum of `least` to `most` numbers of `x`."""
    low = min(_product(x.low, least), _product(x.low, most))
    high = max(_product(x.high, least), _product(x.high, most))
    mixed = x.negative and x.positive
    nothing = least == 0 or (most > 1 and mixed)
    return between(low, high, x.zero or nothing, x.infinite, x.nan or (x.infinite and mixed))


def powered(x: Range, exponent: float) -> Range:
    """`x**exponent` for a number that is known."""
    if exponent == int(exponent) and exponent >= 0 and x.negative:
        even = magnitude(x) if exponent % 2 == 0 else x
        ends = [math.copysign(_power(abs(end), exponent), end) for end in (even.low, even.high)]
        return between(min(ends), max(ends), x.zero or exponent == 0, x.infinite, x.nan)
    if exponent < 0:
        return powered(reciprocal(x), -exponent)
    base = replace(x, low=max(x.low, 0.0), high=max(x.high, 0.0), nan=x.nan or x.negative)
    return between(_power(base.low, exponent), _power(base.high, exponent), x.zero, x.infinite, base.nan)


def above(end: float) -> float:
    """The next number of float32; 0 and the infinities, at which it is said otherwise whether they belong, stay."""
    return end if end == 0 or math.isinf(end) else float(np.nextafter(np.float32(end), np.float32(INF)))


def below(end: float) -> float:
    """The number of float32 before this one."""
    return -above(-end)


VANISHING: Final = 2.0**-150  # and what is less is 0 in float32


def largest_root(high: float) -> float:
    """The largest number whose square, as float32 rounds it, is no more than this."""
    root = above(_single(math.sqrt(max(high, 0) + VANISHING)))
    while _single(root * root) > high:
        root = below(root)
    return root


def moved(x: Range, by: float) -> Range:
    """The numbers of which `x - by` lies in this range, whatever rounding made of it.

    Where an end is 0, which is not among them, the number itself is not.
    """
    low, high = x.low + by, x.high + by
    low = above(low) if x.low == 0 and not x.zero else below(below(low))
    high = below(high) if x.high == 0 and not x.zero else above(above(high))
    return Range(low, high, low <= 0 <= high, x.infinite, x.nan)


def monotone(function: Callable[[float], float], x: Range, zero: bool, infinite: bool) -> Range:
    """What a growing function makes of an interval: `zero` and `infinite` are what it can reach by rounding."""
    ends = [function(end) for end in (x.low, x.high)]
    return between(ends[0], ends[1], zero, infinite, x.nan)


# -- ends --------------------------------------------------------------------------------------------------------------


def _single(value: float) -> float:
    """The nearest number of float32."""
    try:
        return float(_FLOAT.unpack(_FLOAT.pack(value))[0])
    except OverflowError:
        return math.copysign(INF, value)


_FLOAT: Final = struct.Struct("f")


def _sum(a: float, b: float, undefined: float) -> float:
    total = a + b
    return undefined if math.isnan(total) else total


def _opposite(a: Range, b: Range) -> bool:
    """Whether infinities of both signs can meet."""
    if not (a.infinite and b.infinite):
        return False
    return (a.high == INF and b.low == -INF) or (a.low == -INF and b.high == INF)


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _inverse(end: float) -> float:
    if end == 0:
        return INF
    return 0.0 if math.isinf(end) else 1 / end


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return INF
