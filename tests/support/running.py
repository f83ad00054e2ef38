"""Layers run by the stand-in, their blobs by the user's names."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import layers
import numpy as np

from layerdsl.caffe.standin import TRAIN, SingleLayer
from layerdsl.graph import LayerGraph


@cache
def _compiled(text: str) -> tuple[LayerGraph, type[Any]]:
    compiled = layers.layer(text)
    return compiled.graph, layers.emitted(text)


@dataclass(frozen=True)
class Run:
    """A layer with its net: `run["y"]` is a blob, of a bottom, a top or the layer's own."""

    graph: LayerGraph
    net: SingleLayer

    def __getitem__(self, name: str) -> Any:
        graph = self.graph
        for held, blobs in (
            (graph.bottoms, self.net.bottom),
            (graph.tops, self.net.top),
            (graph.blobs, self.net.blobs),
        ):
            for i, blob in enumerate(held):
                if blob.name == name:
                    return blobs[i]
        raise KeyError(name)

    def value(self, name: str) -> Any:
        """A copy of the data."""
        return self[name].data.copy()

    def diff(self, name: str) -> Any:
        """A copy of the diff."""
        return self[name].diff.copy()

    def forward(self, **arrays: Any) -> Run:
        """Forward, with these values in bottoms and blobs."""
        for name, array in arrays.items():
            self[name].data[...] = array
        self.net.forward()
        return self

    def backward(self, **diffs: Any) -> Run:
        """Backward, from these diffs of the tops; 1 where none is given."""
        for blob in self.graph.tops:
            self[blob.name].diff[...] = diffs.get(blob.name, 1)
        for blob in self.graph.blobs:
            self[blob.name].diff[...] = 0
        self.net.backward()
        return self


def start(
    text: str,
    phase: int = TRAIN,
    dtype: Any = np.float64,
    param_str: str = "",
    tops: Container[str] | None = None,
    in_place: Sequence[tuple[int, int]] = (),
    **arrays: Any,
) -> Run:
    """A layer that has been set up; `arrays` for its bottoms, and for its own blobs where they are to be changed.

    Optional bottoms are there where they are among `arrays`, tops where they are among `tops`.
    """
    graph, made = _compiled(text)
    graph = replace(
        graph,
        bottoms=tuple(blob for blob in graph.bottoms if not blob.optional or blob.name in arrays),
        tops=tuple(blob for blob in graph.tops if tops is None or blob.name in tops),
    )
    bottoms = [arrays[blob.name] for blob in graph.bottoms]
    net = SingleLayer(made, bottoms, len(graph.tops), param_str, phase, in_place=in_place, dtype=dtype, poison=True)
    run = Run(graph, net)
    for blob in graph.blobs:
        if blob.name in arrays:
            run[blob.name].data[...] = arrays[blob.name]
    return run


def run(text: str, diffs: Mapping[str, Any] | None = None, **given: Any) -> Run:
    """A layer after one forward and one backward."""
    return start(text, **given).forward().backward(**(diffs or {}))


def slopes(ran: Run, name: str, diffs: Mapping[str, Any] | None = None, step: float = 1e-3) -> Any:
    """How fast the tops, weighted by `diffs`, change with every entry of a blob: central differences, twice."""
    data = ran[name].data
    start = data.copy()
    found = np.empty(start.shape)

    def total(place: tuple[int, ...], moved: float) -> float:
        data[place] = start[place] + moved
        ran.forward()
        data[place] = start[place]
        return float(sum(np.sum(ran.value(top.name) * (diffs or {}).get(top.name, 1)) for top in ran.graph.tops))

    for place in np.ndindex(*start.shape):
        wide, narrow = ((total(place, h) - total(place, -h)) / (2 * h) for h in (2 * step, step))
        found[place] = narrow + (narrow - wide) / 3
    ran.forward()
    return found
