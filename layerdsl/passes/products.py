"""Products taken apart into their factors and put together anew: small factors first, common pairs once.

`g * (2 / N) * (slope * x)` and `x * g` share `g * x`; numbers known at set-up are multiplied with each other and then
with the smallest factor there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations

from layerdsl.graph import Node, is_big, walk
from layerdsl.graph.attributes import literal_of
from layerdsl.operators.build import build, is_number, made_for, number
from layerdsl.operators.rewrite import rebuilt

Pair = tuple[Node, Node]


@dataclass
class Chain:
    """The factors of a product, or of a sum of products; `coefficient` is known at set-up."""

    coefficient: Node
    factors: list[Node]
    least: int  # how many factors have to stay: two where they are summed


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


def _is_summed(node: Node) -> bool:
    """A sum of products of two arrays of the same axes: which factor stands in which array is free."""
    return node.op == "dot" and set(node.args[0].names) == set(node.args[1].names)


def regrouped(outputs: Sequence[Node]) -> tuple[Node, ...]:
    """The outputs with their products put together anew."""
    nodes = list(walk(outputs))
    chains = {node: chain for node in _roots(nodes, outputs) if (chain := _chain(node)) is not None}
    pairs = _shared_pairs(list(chains.values()))
    made: dict[Node, Node] = {}
    for node in nodes:
        with made_for(replace(node.origin, name="")):
            made[node] = _made(node, chains, pairs, made)
    return tuple(made[output] for output in outputs)


def _roots(nodes: Sequence[Node], outputs: Sequence[Node]) -> Iterator[Node]:
    """Products that are read by something else than a product, and sums of products."""
    inner = Counter(arg for node in nodes if is_product(node) or _is_summed(node) for arg in node.args)
    uses = Counter(arg for node in nodes for arg in node.args)
    ends = set(outputs)
    for node in nodes:
        if _is_summed(node) or (is_product(node) and (node in ends or uses[node] > inner[node])):
            yield node


def _chain(node: Node) -> Chain | None:
    if not _is_summed(node):
        coefficient, factors = factors_of(node)
        return Chain(coefficient, factors, 1) if factors else None
    parts = [factors_of(arg) for arg in node.args]
    if any(not factors for _, factors in parts):
        return None
    coefficient = times(parts[0][0], parts[1][0])
    return Chain(coefficient, [*parts[0][1], *parts[1][1]], 2)


def _shared_pairs(chains: list[Chain]) -> dict[Node, Pair]:
    """Pairs that several chains have, as stand-ins put in their place; the pairs by their stand-ins."""
    pairs: dict[Node, Pair] = {}
    rank: dict[Node, int] = {}
    for chain in chains:
        for factor in chain.factors:
            rank.setdefault(factor, len(rank))
    while True:
        counts: Counter[Pair] = Counter()
        for chain in chains:
            if len(chain.factors) > chain.least:
                counts.update(dict.fromkeys(_pairs(chain.factors, rank), 1))
        best = max(counts, key=lambda pair: (counts[pair], _weight(pair)), default=None)
        if best is None or counts[best] < 2:
            return pairs
        stand_in = build("mul", *best)
        pairs[stand_in] = best
        rank[stand_in] = len(rank)
        for chain in chains:
            if len(chain.factors) > chain.least and _has(chain.factors, best):
                for factor in best:
                    chain.factors.remove(factor)
                chain.factors.append(stand_in)


def _pairs(factors: Sequence[Node], rank: dict[Node, int]) -> Iterator[Pair]:
    ordered = sorted(factors, key=rank.__getitem__)
    return (pair for pair in combinations(ordered, 2) if any(is_big(factor.axes) for factor in pair))


def _has(factors: Sequence[Node], pair: Pair) -> bool:
    held = Counter(factors)
    return not Counter(pair) - held


def _weight(pair: Pair) -> int:
    """Of pairs that are equally frequent, the one with more axes saves more."""
    return len({name for factor in pair for name in factor.names})


def _made(node: Node, chains: dict[Node, Chain], pairs: dict[Node, Pair], made: dict[Node, Node]) -> Node:
    chain = chains.get(node)
    if chain is None:
        args = tuple(made[arg] for arg in node.args)
        return node if args == node.args else rebuilt(node, args)
    factors = [_factor(factor, pairs, made) for factor in chain.factors]
    if chain.least == 1:
        return _named(joined(chain.coefficient, factors), node)
    return _named(_sum(node, chain.coefficient, factors), node)


def _factor(factor: Node, pairs: dict[Node, Pair], made: dict[Node, Node]) -> Node:
    if factor in made:
        return made[factor]
    if factor in pairs:
        made[factor] = joined(number(1.0), [_factor(one, pairs, made) for one in pairs[factor]])
        return made[factor]
    return factor


def _sum(node: Node, coefficient: Node, factors: list[Node]) -> Node:
    """A sum of products over two arrays: one factor alone, the others multiplied."""
    wanted = {name for arg in node.args for name in arg.names}
    ordered = sorted(factors, key=lambda factor: len(factor.axes))
    last = ordered.pop()
    other = joined(number(1.0), ordered)
    if set(last.names) != wanted or set(other.names) != wanted:
        summed = build("sum", build("mul", last, other), over=node.attr("over"))
    else:
        summed = build("dot", other, last, over=node.attr("over"))
    return times(summed, coefficient) if not is_number(coefficient, -1) else build("neg", summed)


def _named(result: Node, node: Node) -> Node:
    if result.origin.name or result.op in ("bottom", "blob", "number", "cotangent", "size", "hyper"):
        return result
    return replace(result, origin=node.origin)
