"""Reductions, and what is normalised over axes."""

from __future__ import annotations

import math
from typing import Final

from layerdsl.graph import Node
from layerdsl.graph.attributes import over_of
from layerdsl.lints.ranges import interval as r
from layerdsl.lints.ranges.arithmetic import is_extreme, product, without_stop
from layerdsl.lints.ranges.interval import INF, Range, between
from layerdsl.lints.ranges.known import Known
from layerdsl.lints.ranges.rule import Rule, same


def _over(known: Known, node: Node) -> tuple[float, float]:
    """How many numbers a reduction takes together."""
    over = over_of(node)
    sizes = {axis.name: axis.size for arg in node.args for axis in arg.axes if axis.name in over}
    return known.entries(list(sizes.values()))


def _sum(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    total = r.times(args[0], *_over(known, node))
    if _has_one(node):
        return total & Range(1, INF, False, True, True)
    return total


def _has_one(node: Node) -> bool:
    """`sum(exp(x - max(x, over=C)), over=C)` is 1 at least."""
    (x,) = node.args
    if x.op != "exp" or x.args[0].op != "sub":
        return False
    a, b = x.args[0].args
    top = without_stop(b)
    return is_extreme(b, a, "max") and top.op == "max" and set(over_of(top)) <= set(over_of(node))


def _mean(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    mixed = x.negative and x.positive
    return between(x.low, x.high, x.zero or mixed, x.infinite, x.nan or (x.infinite and mixed))


def _dot(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    least, most = _over(known, node)
    return r.times(product(known, node, args), least, most)


def _pairs(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.times(r.square(args[0] - args[1]), *_over(known, node))


def _prod(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    if x.negative:
        high = 1.0 if x.low >= -1 and x.high <= 1 else INF
        return between(-high, high, x.zero, x.infinite, x.nan or (x.infinite and x.zero))
    _, most = _over(known, node)
    return between(min(x.low, _raised(x.low, most)), max(x.high, _raised(x.high, most)), x.zero, x.infinite, x.nan)


def _raised(end: float, most: float) -> float:
    if math.isinf(most):
        return 0.0 if end < 1 else 1.0 if end == 1 else INF
    try:
        return float(end**most)
    except OverflowError:
        return INF


def _variance(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    width = x.high - x.low
    return between(0, width * width / 4 if width < 1e150 else INF, True, x.infinite, x.nan or x.infinite)


def _spread(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.powered(_variance(known, node, args), 0.5)


def _norm(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.powered(r.times(r.square(args[0]), *_over(known, node)), 0.5)


def _logsumexp(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    return between(x.low, x.high + math.log(_over(known, node)[1]), True, x.infinite, x.nan)


def _softmax(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(0, 1, nan=args[0].nan or args[0].infinite)


def _log_softmax(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    low = x.low - x.high - math.log(_over(known, node)[1])
    return between(low, 0, infinite=x.infinite, nan=x.nan or x.infinite)


def _count(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(0, _over(known, node)[1])


def _place(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(0, _over(known, node)[1] - 1)


REDUCTIONS: Final[dict[str, Rule]] = {
    "sum": _sum,
    "mean": _mean,
    "max": same,
    "min": same,
    "prod": _prod,
    "var": _variance,
    "std": _spread,
    "norm": _norm,
    "logsumexp": _logsumexp,
    "count": _count,
    "argmax": _place,
    "argmin": _place,
    "softmax": _softmax,
    "logsoftmax": _log_softmax,
    "dot": _dot,
    "pairs": _pairs,
}
