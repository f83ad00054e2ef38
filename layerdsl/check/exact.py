"""Slopes of formulas by the complex step: one evaluation for an entry, exact but for rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from layerdsl.check.case import AnyBlob, Array, Case
from layerdsl.check.concrete import base
from layerdsl.graph import Node, walk
from layerdsl.operators.complex_step import hinders
from layerdsl.operators.moving.step import moved, speed
from layerdsl.operators.reference import evaluate, evaluate_all
from layerdsl.operators.world import Named, World

Weighted = tuple[tuple[Node, Array], ...]  # results, each with the numbers that its entries are counted with


class ExactSlopes:
    """How fast a weighted sum of results moves with the entries of one blob."""

    def __init__(self, case: Case, world: World, results: Weighted, name: str) -> None:
        """LookupError where something on the way can't be evaluated on complex numbers, or the blob is not used."""
        self.case, self.world, self.results, self.name = case, world, results, name
        self.nodes = [node for node, _ in results]
        blobs: tuple[AnyBlob, ...] = (*case.whole.bottoms, *case.whole.blobs)
        self.blob = next(blob for blob in blobs if blob.name == base(name))
        self.leaf = leaf_of(self.nodes, self.blob.name)
        hindering = hinders(self.nodes, self.leaf)
        if hindering is not None:
            raise LookupError(f"`{hindering.op}` has no meaning on complex numbers")
        values = evaluate_all(self.nodes, world)
        self.here, behind = values[self.leaf], _behind(self.nodes, self.leaf)
        self.known = {node: value for node, value in values.items() if node not in behind}

    def at(self, place: tuple[int, ...]) -> float:
        """The slope along one entry of the blob."""
        return self._along(self.world, self.known, self.here, self._direction(place))

    def rounding(self, place: tuple[int, ...], rounded: Any, times: int = 4) -> float:
        """How far `rounded`, applied to every value on the way, takes the slope."""
        exact, direction = self.at(place), self._direction(place)
        world = replace(self.world, rounded=rounded)
        found = [self._along(world, {}, evaluate([self.leaf], world)[0], direction) for _ in range(times)]
        return float(np.max(np.abs(np.array(found) - exact)))

    def _along(self, world: World, known: Mapping[Node, Named], here: Named, direction: Array) -> float:
        found = evaluate(self.nodes, world, {**known, self.leaf: moved(here, direction)})
        pairs = zip(found, self.results, strict=True)
        return float(sum((_weighted(value, node, weights)).sum() for value, (node, weights) in pairs))

    def _direction(self, place: tuple[int, ...]) -> Array:
        added = {one.name: np.zeros(self.case.shape(one)) for one in self.case.each(self.blob)}
        added[self.name][place] = 1.0
        return self.case.gather(self.blob, added).over(self.here.names)


def _weighted(value: Named, node: Node, weights: Array) -> Array:
    return np.asarray(speed(Named(value.names, value.over(node.names))) * weights)


def leaf_of(nodes: list[Node], name: str) -> Node:
    """The blob of that name; LookupError where it is not used."""
    leaves = (node for node in walk(nodes) if node.op in ("bottom", "bottoms", "blob") and node.attr("name") == name)
    found = next(leaves, None)
    if found is None:
        raise LookupError(f"`{name}` is not used")
    return found


def _behind(nodes: list[Node], leaf: Node) -> set[Node]:
    """Everything that is made of the leaf."""
    found = {leaf}
    for node in walk(nodes):
        if any(arg in found for arg in node.args):
            found.add(node)
    return found
