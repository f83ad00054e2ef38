"""Operators on literals, which are worked out by the compiler."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final, cast

from layerdsl.graph import Node
from layerdsl.operators.build import build, number

FOLDABLE: Final[dict[str, Callable[..., Any]]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "sqrt": math.sqrt,
    "real": float,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "exp": math.exp,
    "log": math.log,
    "not": operator.not_,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "maximum": max,
    "minimum": min,
    **{name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")},
    "div": operator.truediv,
}


def folded(node: Node) -> Node | None:
    """An operator on literals is a literal, where Python can work it out."""
    if node.op not in FOLDABLE or not all(arg.op == "number" and arg.kind != "word" for arg in node.args):
        return None
    try:
        value = FOLDABLE[node.op](*(arg.attr("value") for arg in node.args))
        return number(value) if math.isfinite(value) else None
    except (ArithmeticError, ValueError):
        return None


def large(node: Node) -> Node | None:
    """A whole number for which NumPy has no type, as many small ones folded give it, is a float beside floats."""
    if node.kind != "real" or not any(map(_is_large, node.args)):
        return None
    args = [number(float(cast(int, arg.attr("value")))) if _is_large(arg) else arg for arg in node.args]
    return build(node.op, *args, **dict(node.attrs))


def _is_large(node: Node) -> bool:
    value = node.attr("value") if node.op == "number" and node.kind == "index" else 0
    return 2**63 <= abs(cast(int, value)) < 10**308
