"""Differences that lose in float32 what they are taken for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from layerdsl.graph import Node
from layerdsl.graph.attributes import over_of
from layerdsl.graph.size import product
from layerdsl.lints.warn import warning
from layerdsl.operators.body import walk_deep
from layerdsl.operators.build import as_size, is_number
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer

Average = tuple[Node, frozenset[str]]  # of what, over which axes


def cancelling(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD804: a small number as the difference of large ones."""
    for node in walk_deep(layer.derived.forward):
        for rule in (_variance, _distance, _cosine):
            remedy = rule(node)
            if remedy and node.origin.span is not None:
                note = "float32 has seven digits, and those that both have in common are gone"
                yield warning(
                    "LD804", "a difference of numbers that may be nearly equal", node.origin.span, "", note, help=remedy
                )


def _variance(node: Node) -> str:
    """`mean(x**2) - mean(x)**2`."""
    if node.op != "sub" or node.args[1].op != "square":
        return ""
    of_squares, of_plain = _average(node.args[0]), _average(node.args[1].args[0])
    if of_squares is None or of_plain is None or of_squares[0].op != "square":
        return ""
    same = of_squares[0].args[0] is of_plain[0] and of_squares[1] == of_plain[1]
    return (
        "`var(x)` subtracts the mean first: a mean of 100 with a deviation of 0.01 is no trouble to it" if same else ""
    )


def _average(node: Node) -> Average | None:
    """What a mean is taken of, also one that is written as a sum by its count."""
    if node.op == "mean":
        return node.args[0], frozenset(over_of(node))
    total, count = _by_count(node)
    if total is None or total.op != "sum" or count is None:
        return None
    over = frozenset(over_of(total))
    sizes = [axis.size for axis in total.args[0].axes if axis.name in over]
    return (total.args[0], over) if as_size(count) == product(sizes) else None


def _by_count(node: Node) -> tuple[Node | None, Node | None]:
    """The two sides of `a / n`, or of `a * (1 / n)`."""
    if node.op == "div":
        return node.args[0], node.args[1]
    inverse = next((arg for arg in node.args if arg.op == "div" and is_number(arg.args[0], 1)), None)
    if node.op != "mul" or inverse is None:
        return None, None
    return next((arg for arg in node.args if arg is not inverse), None), inverse.args[1]


def _distance(node: Node) -> str:
    """`sum(a**2) + sum(b**2) - 2 * dot(a, b)`."""
    terms = _terms(node, 1.0) if node.op in ("add", "sub") else []
    squares = [term.args[0].args[0] for sign, term in terms if sign == 1 and _is_sum_of_squares(term)]
    if len(terms) != 3 or len(squares) != 2:
        return ""
    dots = [term for sign, term in terms if sign == -2 and term.op == "dot"]
    met = dots and {_plain(arg) for arg in dots[0].args} == {_plain(one) for one in squares}
    return "`sum((a - b)**2)` over the same axes is exact where they are near, and as fast" if met else ""


def _is_sum_of_squares(node: Node) -> bool:
    return node.op == "sum" and node.args[0].op == "square"


def _plain(node: Node) -> Node:
    return node.args[0] if node.op == "rename" else node


def _terms(node: Node, sign: float) -> list[tuple[float, Node]]:
    """A sum as its terms, each with its factor."""
    if node.op in ("add", "sub"):
        a, b = node.args
        return _terms(a, sign) + _terms(b, sign if node.op == "add" else -sign)
    if node.op == "neg":
        return _terms(node.args[0], -sign)
    for one, other in (node.args, node.args[::-1]) if node.op == "mul" else ():
        if one.op == "number":
            return _terms(other, sign * float(cast(float, one.attr("value"))))
    return _terms(node.args[0], sign) if node.op in ("expand", "rename") else [(sign, node)]


def _cosine(node: Node) -> str:
    """`1 - cos(x)`."""
    one = node.op == "sub" and node.args[0].op == "number" and node.args[0].attr("value") == 1
    return "`2 * sin(x / 2)**2` is the same and right near 0" if one and node.args[1].op == "cos" else ""
