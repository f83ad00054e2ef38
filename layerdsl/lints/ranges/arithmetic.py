"""Operators of several numbers: sums and products, choices, and what is known of two values by where they come from."""

from __future__ import annotations

import math
from typing import Final

from layerdsl.graph import Node, walk
from layerdsl.lints.ranges import interval as r
from layerdsl.lints.ranges.interval import INF, Range, between, number
from layerdsl.lints.ranges.known import Known, quotient, remainder
from layerdsl.lints.ranges.rule import Rule, true_or_false
from layerdsl.lints.spans import is_built_in


def _power(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """An exponent that is known at set-up is taken to be of ordinary size."""
    base, exponent = args
    if exponent.low == exponent.high and not math.isinf(exponent.low):
        return r.powered(base, exponent.low)
    undefined = base.nan or exponent.nan or base.negative
    far = not node.args[1].static and (math.isinf(exponent.low) or math.isinf(exponent.high))
    infinite = base.infinite or far or (base.zero and exponent.negative)
    if base.negative:
        return between(-INF, INF, infinite=infinite, nan=undefined)
    if base.high <= 1 and not exponent.negative:
        return between(0, 1, base.zero or far, nan=undefined)
    return between(0, INF, base.zero or far, infinite, undefined)


def product(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """A value times itself is not below 0."""
    if node.args[0] is node.args[1]:
        return r.square(args[0])
    return args[0] * args[1]


def _total(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """`exp(a - m) + exp(b - m)` is 1 at least, where `m` is the largest of `a` and `b`."""
    plain = args[0] + args[1]
    return plain & Range(1, INF, False, True, True) if _has_largest(_terms(node)) else plain


def _terms(node: Node) -> list[Node]:
    return [term for arg in node.args for term in _terms(arg)] if node.op == "add" else [node]


def _has_largest(terms: list[Node]) -> bool:
    """Whether one of the terms is the exponential of 0."""
    inner = [term.args[0].args for term in terms if term.op == "exp" and term.args[0].op == "sub"]
    if len(inner) < len(terms) or len({largest for _, largest in inner}) > 1:
        return False
    return set(_compared(without_stop(inner[0][1]))) == {value for value, _ in inner}


def _compared(node: Node) -> list[Node]:
    """The values of which the largest is taken."""
    return [value for arg in node.args for value in _compared(arg)] if node.op == "maximum" else [node]


def _difference(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """Of a value and its own largest or smallest the sign is known."""
    a, b = node.args
    plain = args[0] - args[1]
    if a is b:
        return between(0, 0, nan=plain.nan)
    if is_extreme(b, a, "max") or is_extreme(a, b, "min"):
        return plain & Range(-INF, 0, True, True, True)
    if is_extreme(b, a, "min") or is_extreme(a, b, "max") or _are_extremes(a, b):
        return plain & Range(0, INF, True, True, True)
    return plain


def is_extreme(extreme: Node, x: Node, op: str) -> bool:
    """Whether the first is the largest (`op` is "max") or the smallest of the entries of `x`, or of `x` and others."""
    source = extreme.args[0] if extreme.op in ("expand", "stop") else extreme
    bare = source.args[0] if source.op == "stop" else source
    pairwise = {"max": "maximum", "min": "minimum"}[op]
    if bare.op == pairwise:
        return any(arg is x or (arg.op == pairwise and is_extreme(arg, x, op)) for arg in bare.args)
    return bare.op == op and without_stop(bare.args[0]) is without_stop(x)


def _are_extremes(a: Node, b: Node) -> bool:
    """Whether the second is the smallest of what the first is the largest of."""
    return (a.op, b.op) in (("max", "min"), ("maximum", "minimum")) and set(a.args) == set(b.args)


def without_stop(node: Node) -> Node:
    """A value, whether a gradient goes through it or not."""
    return node.args[0] if node.op == "stop" else node


def _clip(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    x, low, high = args
    return r.smaller(r.larger(x, low), high)


def _quotient(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """Where a built-in function divides by how many places there are, there is one at least."""
    a, b = args
    divisor = node.args[1]
    counts = is_built_in(node, divisor) and _is_counted(divisor)
    return a / (b & Range(1, INF, False) if counts else b)


def _is_counted(node: Node) -> bool:
    """Whether a value is made of sizes and places alone."""
    return all(leaf.args or leaf.op in ("number", "size", "coord") for leaf in walk([node]))


def _hypot(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    a, b = (r.magnitude(arg) for arg in args)
    return r.powered(r.square(a) + r.square(b), 0.5)


def _select(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return args[1] | args[2]


ARITHMETIC: Final[dict[str, Rule]] = {
    "add": _total,
    "sub": _difference,
    "mul": product,
    "div": _quotient,
    "pow": _power,
    "floordiv": lambda known, node, args: quotient(args[0], args[1]),
    "mod": lambda known, node, args: remainder(args[0], args[1]),
    "maximum": lambda known, node, args: r.larger(args[0], args[1]),
    "minimum": lambda known, node, args: r.smaller(args[0], args[1]),
    "arctan2": lambda known, node, args: between(-math.pi, math.pi, nan=args[0].nan or args[1].nan),
    "hypot": _hypot,
    **dict.fromkeys("lt le gt ge eq ne and or xor not isnan isinf isfinite any all".split(), true_or_false),
    "where": lambda known, node, args: args[1] | args[2],
    "gate": lambda known, node, args: args[1] | number(0),
    "select": _select,
    "clip": _clip,
}
