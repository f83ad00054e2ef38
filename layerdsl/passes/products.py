"""Products taken apart into their factors and put together anew: small factors first, common pairs once.

`g * (2 / N) * (slope * x)` and `x * g` share `g * x`; numbers known at set-up are multiplied with each other and then
with the smallest factor there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from layerdsl.graph import Node, is_big, walk
from layerdsl.operators.build import build, is_number, made_for, number
from layerdsl.operators.rewrite import rebuilt
from layerdsl.passes.factors import factors_of, is_product, joined, times
from layerdsl.passes.numbers import with_numbers_outside

Pair = tuple[Node, Node]


@dataclass
class Chain:
    """The factors of a product, or of a sum of products; `coefficient` is known at set-up."""

    coefficient: Node
    factors: list[Node]
    least: int  # how many factors have to stay: two where they are summed


def _is_summed(node: Node) -> bool:
    """A sum of products of two arrays of the same axes: which factor stands in which array is free."""
    return node.op == "dot" and set(node.args[0].names) == set(node.args[1].names)


def regrouped(outputs: Sequence[Node]) -> tuple[Node, ...]:
    """The outputs with their products put together anew."""
    outputs = with_numbers_outside(outputs)
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
