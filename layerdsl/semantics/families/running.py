"""`cumsum(x, over=T)`: what goes on from place to place along an axis."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Node
from layerdsl.operators.build import build
from layerdsl.semantics.builtin import OVER, Bound, Builder, Builtin, Parameter, X, argument, one_axis, switch
from layerdsl.semantics.scope import Scope
from layerdsl.syntax import tree

REVERSE: Final = Parameter("reverse", required=False, keyword_only=True)


def _running(op: str) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        x = argument(scope, bound, "x")
        return build(op, x, axis=one_axis(scope, expr, bound, x), reverse=switch(bound, "reverse"))

    return builder


RUNNING: Final = tuple(
    (name, Builtin(f"{name}(x, over=T)", (X, OVER, REVERSE), _running(name)))
    for name in ("cumsum", "cumprod", "cummax", "cummin")
)
