"""Functions of one number: what they make of a range, with what overflows, vanishes or is not defined."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from layerdsl.graph import Node
from layerdsl.lints.ranges import interval as r
from layerdsl.lints.ranges.interval import INF, Range, between, number
from layerdsl.lints.ranges.known import Known
from layerdsl.lints.ranges.rule import Rule, same

Function = Callable[[float], float]

LARGEST_EXPONENT: Final = 88.72283  # the logarithm of the largest float32
SMALLEST_EXPONENT: Final = -103.97208  # below, `exp` is 0 in float32


def _growing(function: Function, zero: bool = True, infinite: bool = False) -> Rule:
    """A function that grows with its argument, with its limits at the infinities.

    `zero` says whether it comes to 0 for numbers that are not 0, `infinite` whether it overflows for ordinary ones.
    """

    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        (x,) = args
        return r.monotone(function, x, zero or x.zero, infinite or x.infinite)

    return rule


def _exp(x: float) -> float:
    return INF if x > LARGEST_EXPONENT else math.exp(x)


def _exponential(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    ends = (0.0 if x.low < SMALLEST_EXPONENT else _exp(x.low), _exp(x.high))
    return between(*ends, zero=x.low < SMALLEST_EXPONENT, infinite=x.high > LARGEST_EXPONENT, nan=x.nan)


def _logarithm(function: Function, pole: float) -> Rule:
    """A logarithm that is minus infinity at `pole` and undefined below."""

    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        (x,) = args
        meets = x.zero if pole == 0 else x.low <= pole
        low, high = ((function(end) if end > pole else -INF) if end < INF else INF for end in (x.low, x.high))
        return between(low, high, infinite=meets or x.infinite, nan=x.nan or x.low < pole)

    return rule


def _inside(low: float, high: float, lowest: float, highest: float, function: Function, infinite: bool = False) -> Rule:
    """A growing function that is defined from `low` to `high` alone."""

    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        (x,) = args
        ends = (function(x.low) if x.low > low else lowest, function(x.high) if x.high < high else highest)
        beyond = x.low < low or x.high > high
        meets = infinite and (x.low <= low or x.high >= high)
        return between(*ends, zero=True, infinite=meets, nan=x.nan or beyond)

    return rule


def _root(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.powered(args[0], 0.5)


def _cube_root(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.monotone(lambda end: math.copysign(abs(end) ** (1 / 3), end), args[0], args[0].zero, args[0].infinite)


def _bounded(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(-1, 1, nan=args[0].nan or args[0].infinite)


def _sign(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    return between(
        -1 if x.negative else 0 if x.zero else 1, 1 if x.positive else 0 if x.zero else -1, x.zero, nan=x.nan
    )


def _rounded(function: Function) -> Rule:
    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        (x,) = args
        return r.monotone(lambda end: end if math.isinf(end) else function(end), x, True, x.infinite)

    return rule


def _relu(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.larger(args[0], number(0))


def _saturating(function: Function) -> Rule:
    """A function that comes to its limits by rounding; of no number it makes no number."""
    return _growing(function)


def _shifted_log(function: Function) -> Rule:
    return _logarithm(function, -1)


def _steep(x: Range) -> bool:
    return x.infinite or x.high > LARGEST_EXPONENT or x.low < -LARGEST_EXPONENT


def _sinh(x: float) -> float:
    return math.copysign(INF, x) if abs(x) > LARGEST_EXPONENT + 0.7 else math.sinh(x)


def _cosh(x: float) -> float:
    return INF if abs(x) > LARGEST_EXPONENT + 0.7 else math.cosh(x)


ELEMENTS: Final[dict[str, Rule]] = {
    "neg": lambda known, node, args: -args[0],
    "abs": lambda known, node, args: r.magnitude(args[0]),
    "sign": _sign,
    "sqrt": _root,
    "square": lambda known, node, args: r.square(args[0]),
    "exp": _exponential,
    "exp2": lambda known, node, args: _exponential(known, node, (args[0] * number(math.log(2)),)),
    "expm1": lambda known, node, args: _exponential(known, node, args) - number(1),
    "log": _logarithm(math.log, 0),
    "log2": _logarithm(math.log2, 0),
    "log10": _logarithm(math.log10, 0),
    "log1p": _shifted_log(math.log1p),
    "log1p_unit": _shifted_log(math.log1p),
    "sin": _bounded,
    "cos": _bounded,
    "tan": lambda known, node, args: Range(-INF, INF, nan=args[0].nan or args[0].infinite),
    "arcsin": _inside(-1, 1, -math.pi / 2, math.pi / 2, math.asin),
    "arccos": lambda known, node, args: (
        -_inside(-1, 1, -math.pi / 2, math.pi / 2, math.asin)(known, node, args) + number(math.pi / 2)
    ),
    "arctan": _saturating(math.atan),
    "sinh": lambda known, node, args: r.monotone(_sinh, args[0], args[0].zero, _steep(args[0])),
    "cosh": lambda known, node, args: r.monotone(_cosh, r.magnitude(args[0]), False, _steep(args[0])),
    "tanh": _saturating(math.tanh),
    "arcsinh": _growing(lambda x: x if math.isinf(x) else math.asinh(x)),
    "arccosh": _inside(1, INF, 0, INF, math.acosh),
    "arctanh": _inside(-1, 1, -INF, INF, math.atanh, infinite=True),
    "floor": _rounded(math.floor),
    "ceil": _rounded(math.ceil),
    "round": _rounded(round),
    "trunc": _rounded(math.trunc),
    "reciprocal": lambda known, node, args: r.reciprocal(args[0]),
    "cbrt": _cube_root,
    "erf": _saturating(math.erf),
    "erfc": lambda known, node, args: -_saturating(lambda x: -math.erfc(x))(known, node, args),
    "relu": _relu,
    "sigmoid": _saturating(lambda x: _exp(x) / (1 + _exp(x)) if x < 40 else 1.0),
    "softplus": lambda known, node, args: r.monotone(
        lambda x: math.log1p(_exp(x)) if x < 40 else x, args[0], True, args[0].infinite and args[0].high == INF
    ),
    "logsigmoid": lambda known, node, args: r.monotone(
        lambda x: -math.log1p(_exp(-x)) if x > -40 else x, args[0], True, args[0].infinite and args[0].low == -INF
    ),
    "real": same,
}
