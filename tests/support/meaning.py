"""What the formulas of a layer are worth, by the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from layerdsl.graph import Axis, LayerGraph, Node
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import Array, Named, World


def world(graph: LayerGraph, sizes: Mapping[str, int], hypers: Mapping[str, object] | None = None, train: bool = True,
          seed: int = 0) -> World:  # fmt: skip
    """Random values for the bottoms, blobs and cotangents of a layer; `sizes` for every axis and whole hyper."""
    random = np.random.RandomState(seed)
    given = {hyper.name: hyper.default for hyper in graph.hypers} | dict(hypers or {})
    whole = {name: value for name, value in given.items() if isinstance(value, int) and not isinstance(value, bool)}
    known = {**whole, **sizes}

    def real(axes: Iterable[Axis]) -> Named:
        axes = tuple(axes)
        shape = [axis.size.evaluate(known) for axis in axes]
        return Named(tuple(axis.name for axis in axes), random.uniform(-1.5, 1.5, shape))

    blobs = {blob.name: real(blob.axes) for blob in (*graph.bottoms, *graph.blobs)}
    for blob in graph.bottoms:
        if blob.qualifier == "index":
            data = random.randint(0, known.get(blob.index_of, 3), blobs[blob.name].data.shape)
            blobs[blob.name] = Named(blobs[blob.name].names, data.astype(float))
    cotangents = {blob.name: real(blob.axes) for blob in graph.tops}
    return World(known, given, train, blobs, cotangents, _raw)


def _raw(node: Node, shape: tuple[int, ...]) -> Array:
    return np.random.RandomState(int(np.prod(shape)) + 5).random_sample(shape)


def values(named: Iterable[tuple[str, Node]], where: World) -> dict[str, Named]:
    """Name to value."""
    named = tuple(named)
    return dict(zip([name for name, _ in named], evaluate([node for _, node in named], where), strict=True))


def assert_same(found: Named, wanted: Named, **tolerance: Any) -> None:
    """Equal whatever the order of the axes, which have to be the same."""
    assert set(found.names) == set(wanted.names)
    np.testing.assert_allclose(found.over(wanted.names), wanted.data, **({"rtol": 1e-9, "atol": 1e-12} | tolerance))
