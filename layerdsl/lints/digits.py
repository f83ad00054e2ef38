"""Differences that lose in float32 what they are taken for."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from layerdsl.graph import Node
from layerdsl.graph.attributes import axis_of
from layerdsl.lints.fed import fed
from layerdsl.lints.moments import central_moment, difference
from layerdsl.lints.stated import Sizes, entries, stated_sizes
from layerdsl.lints.warn import warning
from layerdsl.operators.body import walk_deep
from layerdsl.source import Diagnostic, Span

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


@dataclass(frozen=True)
class Seen:
    """What is known of a layer: the sizes that it states, and which values depend on data."""

    sizes: Sizes
    fed: Container[Node]


SHORT: Final = 1000  # entries that may be added up without a loss of three digits


def cancelling(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD804: a small number as the difference of large ones.

    It is looked for as written and as derived: in the first counts stand where they were written, in the second equal
    formulas are one.
    """
    said: set[tuple[str, Span]] = set()
    written = [node for _, node in (*layer.graph.outputs, *layer.graph.updates)]
    outputs = [*written, *layer.derived.forward]
    known = Seen(stated_sizes(layer.graph), fed(outputs))
    for node in walk_deep(outputs):
        remedy = next((found for rule in RULES if (found := rule(node, known))), "")
        if remedy and node.origin.span is not None and (remedy, node.origin.span) not in said:
            said.add((remedy, node.origin.span))
            yield warning("LD804", LOST, node.origin.span, "", COMMON, help=remedy)


LOST: Final = "a difference of numbers that may be nearly equal"
COMMON: Final = "float32 has seven digits, and those that both have in common are gone"


def _moment(node: Node, known: Seen) -> str:
    """`mean(x**2) - mean(x)**2`, `mean(x * y) - mean(x) * mean(y)`, over axes, windows or with weights."""
    found = central_moment(node, known.fed)
    if found is None:
        return ""
    a, b = found
    if a.node is not b.node:
        return COVARIANCE
    return VARIANCE if all(step[0] == "sum" for step in a.steps) else OF_SOME


VARIANCE: Final = "`var(x)` subtracts the mean first: a mean of 100 with a deviation of 0.01 is no trouble to it"
OF_SOME: Final = "subtract what is near all of it before, as `x - stop_gradient(mean(x))`: the result is the same"
COVARIANCE: Final = "subtract a mean before, as in `mean((x - mean(x)) * y)`: the result is the same"


def _distance(node: Node, known: Seen) -> str:
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


def _cosine(node: Node, known: Seen) -> str:
    """`1 - cos(x)`."""
    one = node.op == "sub" and node.args[0].op == "number" and node.args[0].attr("value") == 1
    return "`2 * sin(x / 2)**2` is the same and right near 0" if one and node.args[1].op == "cos" else ""


def _running(node: Node, known: Seen) -> str:
    """`c[T=k:] - c[T=:T - k]`, where `c` is a `cumsum`: a small sum as the difference of two large ones."""
    a, b = (_cut(one) if one is not None else None for one in difference(node))
    if a is None or a is not b:
        return ""
    count = entries([axis for axis in a.axes if axis.name == axis_of(a).name], known.sizes)
    return RUNNING if count is None or count > SHORT else ""


RUNNING: Final = (
    "`sum(window(...))` or `sum_by` adds up only what is wanted; from the other end runs `cumsum(..., reverse=true)`"
)


def _cut(node: Node) -> Node | None:
    """The running sum of which a value is a part."""
    while node.op in CUTS:
        node = node.args[0]
    return node if node.op == "cumsum" else None


CUTS: Final = frozenset("slice at pick shift expand rename real crop gather".split())

RULES: Final[tuple[Callable[[Node, Seen], str], ...]] = (_moment, _distance, _cosine, _running)
