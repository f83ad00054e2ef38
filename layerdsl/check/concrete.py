"""A layer as a net has it: optional blobs there or not, and so many of those of which there may be any number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from layerdsl.graph import Axis, Blob, LayerGraph, Learned
from layerdsl.graph.size import whole
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import Named, World


def concrete(layer: LayerGraph, world: World, counts: Mapping[str, int]) -> LayerGraph:
    """The layer with the blobs that are there; of `*xs` they are called `xs[0]`, `xs[1]`, ..."""
    return replace(
        layer,
        bottoms=tuple(one for blob in layer.bottoms for one in each(blob, world, counts)),
        tops=tuple(one for blob in layer.tops for one in each(blob, world, counts)),
        blobs=tuple(blob for blob in layer.blobs if is_there(blob, world)),
    )


def each(blob: Blob, world: World, counts: Mapping[str, int]) -> tuple[Blob, ...]:
    """The blobs behind one name: none, one, or as many as there are."""
    if blob.given is not None:
        return (blob,) if bool(evaluate([blob.given], world)[0].data) else ()
    if blob.optional:
        return (blob,) if f"{blob.name}?" in world.sizes else ()
    if blob.several is None:
        return (blob,)
    parts = stretches(blob, world, counts[blob.name])
    return tuple(_part(blob, i, part) for i, part in enumerate(parts))


def stretches(blob: Blob, world: World, count: int) -> list[slice]:
    """Where the blobs of one name lie along the axis on which they are joined; of stacked ones their places."""
    joined = blob.several.joined if blob.several is not None else ""
    if not joined:
        return [slice(i, i + 1) for i in range(count)]
    total = next(one.size for one in blob.axes if one.name == joined).evaluate(world.sizes)
    inner = _inner_edges(blob, world, total, count)
    return [slice(a, b) for a, b in zip([0, *inner], [*inner, total], strict=True)]


def _inner_edges(blob: Blob, world: World, total: int, count: int) -> list[int]:
    """Bottoms are as unlike as they can be; tops are cut where the layer says, or into equal parts."""
    assert blob.several is not None
    points = world.hypers.get(blob.several.points)
    if isinstance(points, tuple) and points:
        return [int(point) for point in points]
    is_top = f"top {blob.name}" in world.sizes
    return [i * total // count for i in range(1, count)] if is_top else list(range(1, count))


def _part(blob: Blob, i: int, part: slice) -> Blob:
    joined = blob.several.joined if blob.several is not None else ""
    length = whole(part.stop - part.start)
    own = Axis(joined, length)
    is_joined = [one.axis is not None and one.axis.name == joined for one in blob.extents]
    extents = tuple(
        replace(one, axis=own, size=length) if cut else one for one, cut in zip(blob.extents, is_joined, strict=True)
    )
    return replace(blob, name=f"{blob.name}[{i}]", extents=extents, several=None)


def is_there(blob: Learned, world: World) -> bool:
    """Whether a net has a learned blob."""
    return all(bool(evaluate([test], world)[0].data) for test in blob.given)


def base(name: str) -> str:
    """The name in the file of one of several blobs: `xs` of `xs[1]`."""
    return name.partition("[")[0]


def stacked_along(blob: Blob) -> str:
    """The axis along which the blobs of one name lie."""
    several = blob.several
    return blob.name if several is None else several.joined or (several.axis.name if several.axis else blob.name)


def gathered(blob: Blob, parts: Iterable[Named]) -> Named:
    """Several blobs as the one value that formulas see."""
    found = list(parts)
    assert blob.several is not None
    if not blob.several.joined:
        return Named((stacked_along(blob), *found[0].names), np.stack([one.data for one in found]))
    place = found[0].names.index(blob.several.joined)
    return Named(found[0].names, np.concatenate([one.data for one in found], axis=place))
