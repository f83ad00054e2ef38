"""Second moments that are multiplied out: the mean of a product less the product of the means.

A mean is any linear way from a value to a smaller one: `mean`, `sum` with its count, `dot` with weights, through
windows, masks, slices and other axes. Two values are averaged alike if their ways are made of the same steps. Factors
that are the same for all data do not change what cancels, so that they are not compared, but there has to be one:
`sum(x**2) - sum(x)**2` is no variance.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

from layerdsl.graph import Node
from layerdsl.graph.attributes import over_of
from layerdsl.operators.build import is_number

Step = tuple[object, ...]
Fed = Container[Node]

MOST: Final = 100  # ways that are looked at
#: Steps that only say which entries are meant.
MOVES: Final = frozenset("expand rename slice at pick shift window split join parts".split())
AVERAGES: Final = frozenset({"sum", "dot", "window_sum"})
SEEN_THROUGH: Final = frozenset({"real", "stop"})


@dataclass(frozen=True)
class Way:
    """How a value is averaged: the steps to it, outermost first, and whether one of them divides or weighs."""

    node: Node
    steps: tuple[Step, ...] = ()
    weighed: bool = False

    def to(self, node: Node, step: Step | None = None, weighed: bool = False) -> Way:
        """The way that goes on to an argument."""
        return Way(node, self.steps + ((step,) if step else ()), self.weighed or weighed)


def central_moment(node: Node, fed: Fed) -> tuple[Way, Way] | None:
    """The ways to the two values of which a difference is the covariance, of a variance the same twice.

    fed: what depends on data.
    """
    first, second = difference(node)
    if first is None or second is None:
        return None
    factors = _factors(second, fed)
    for of_product in _ways(first, fed) if factors else ():
        for a, b in _products(of_product, fed):
            if _alike(factors, a, b, fed) or _alike(factors, b, a, fed):
                return a, b
    return None


def difference(node: Node) -> tuple[Node, Node] | tuple[None, None]:
    """What is taken from what."""
    if node.op == "sub":
        return node.args[0], node.args[1]
    for one, other in (node.args, node.args[::-1]) if node.op == "add" else ():
        if one.op == "neg":
            return other, one.args[0]
    return None, None


def _factors(node: Node, fed: Fed) -> tuple[Way, ...]:
    """The two factors of a product, whatever number it is multiplied by."""
    scaled = False
    while (inner := _unscaled(node, fed)) is not None:
        node, scaled = inner, True
    return tuple(Way(factor.node, weighed=scaled) for factor in next(_products(Way(node), fed), ()))


def _unscaled(node: Node, fed: Fed) -> Node | None:
    """The other factor of a value times one that no data has a part in."""
    if node.op == "div" and node.args[1] not in fed:
        return node.args[0]
    for one, other in (node.args, node.args[::-1]) if node.op == "mul" else ():
        if one not in fed:
            return other
    return None


def _ways(node: Node, fed: Fed) -> Iterator[Way]:
    """Every value that a value is linear in, each with the way to it."""
    waiting = [Way(node)]
    for _ in range(MOST):
        if not waiting:
            return
        way = waiting.pop()
        yield way
        waiting += _further(way, fed)


def _further(way: Way, fed: Fed) -> Iterator[Way]:
    node = way.node
    inner = _unscaled(node, fed)
    if inner is not None:
        yield way.to(inner, weighed=True)
    elif node.op in SEEN_THROUGH:
        yield way.to(node.args[0])
    elif node.op in ("sum", "mean"):
        yield way.to(node.args[0], ("sum", frozenset(over_of(node))), node.op == "mean")
    elif node.op == "dot":
        for value, weights in (node.args, node.args[::-1]):
            yield way.to(value, ("dot", weights, frozenset(over_of(node))), weighed=True)
    elif node.op in ("mul", "div"):
        yield way.to(node.args[0], (node.op, node.args[1]), weighed=True)
        if node.op == "mul":
            yield way.to(node.args[1], (node.op, node.args[0]), weighed=True)
    elif node.op == "gate" or (node.op == "where" and is_number(node.args[2], 0)):
        yield way.to(node.args[1], ("where", node.args[0]))
    elif node.op == "window_sum" or node.op in MOVES:
        yield way.to(node.args[0], (node.op, node.attrs, node.args[1:]))


def _products(way: Way, fed: Fed) -> Iterator[tuple[Way, Way]]:
    """The two factors of the product to which a way leads."""
    node = way.node
    if node.op == "square" or (node.op == "pow" and is_number(node.args[1], 2)):
        yield way.to(node.args[0]), way.to(node.args[0])
    elif node.op == "mul" and all(arg in fed for arg in node.args):
        yield way.to(node.args[0]), way.to(node.args[1])
    elif node.op == "dot":
        step = ("sum", frozenset(over_of(node)))
        yield way.to(node.args[0], step), way.to(node.args[1], step)


def _alike(factors: tuple[Way, ...], a: Way, b: Way, fed: Fed) -> bool:
    """Whether the factors of one product are the means of those of another."""
    return all(_leads(factor, of, fed) for factor, of in zip(factors, (a, b), strict=True))


def _leads(factor: Way, of: Way, fed: Fed) -> bool:
    """Whether a factor is averaged in the steps of a way, and there is a weight on one of the two."""
    return any(step[0] in AVERAGES for step in of.steps) and any(
        one.node is of.node and one.steps == of.steps and (one.weighed or of.weighed or factor.weighed)
        for one in _ways(factor.node, fed)
    )
