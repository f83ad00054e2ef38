"""Products taken apart into a coefficient, which is known at set-up, and factors; and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from layerdsl.graph import Node
from layerdsl.graph.attributes import literal_of
from layerdsl.operators.build import build, is_number, number


def is_product(node: Node) -> bool:
    """Whether a node multiplies."""
    if node.static or node.kind != "real":
        return False
    if node.op == "div":
        return node.args[1].static and node.args[1].kind != "bool"
    return node.op == "mul" or (node.op == "neg" and is_product(node.args[0]))


def factors_of(node: Node) -> tuple[Node, list[Node]]:
    """The coefficient and the factors of a product; any other node is its own factor."""
    coefficient, factors, stack = number(1.0), [], [node]
    while stack:
        current = stack.pop()
        if current.static and current is not node:
            coefficient = times(coefficient, current)
        elif not is_product(current):
            factors.append(current)
        elif current.op == "neg":
            coefficient = times(coefficient, number(-1.0))
            stack.append(current.args[0])
        elif current.op == "div":
            coefficient = over(coefficient, current.args[1])
            stack.append(current.args[0])
        else:
            stack.extend(reversed(current.args))
    return coefficient, factors


def times(a: Node, b: Node) -> Node:
    """The product, where neither is a plain 1."""
    if is_number(a, 1):
        return b
    if is_number(b, 1):
        return a
    if a.op == b.op == "number":
        return number(float(literal_of(a)) * float(literal_of(b)))
    return build("mul", a, b)


def over(a: Node, b: Node) -> Node:
    """The quotient of two numbers known at set-up."""
    return a if is_number(b, 1) else build("div", a, b)


def joined(coefficient: Node, factors: Sequence[Node]) -> Node:
    """A product with as little work as its factors allow: the small ones first."""
    rest = sorted(factors, key=lambda factor: (len(factor.axes), factor.op == "cotangent"))
    sign = is_number(coefficient, -1)
    result = None if is_number(coefficient, 1) or sign else coefficient
    whole = {name for factor in factors for name in factor.names}
    small = [factor for factor in rest if set(factor.names) < whole]
    large = [factor for factor in rest if factor not in small]
    for factor in small:
        result = factor if result is None else _smaller_second(factor, result)
    value = reduce(lambda a, b: build("mul", a, b), large) if large else None
    if value is None:
        value = result if result is not None else number(1.0)
    elif result is not None:
        value = build("mul", value, result)
    return build("neg", value) if sign else value


def _smaller_second(factor: Node, other: Node) -> Node:
    return build("mul", factor, other) if len(factor.axes) >= len(other.axes) else build("mul", other, factor)
