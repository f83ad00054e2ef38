"""What the examples of a file show of how its layers are used: hyper-parameters that go together, and shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from layerdsl.check.case import Case, Hyper, count
from layerdsl.check.demands import Demands
from layerdsl.graph import Blob, LayerGraph

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Sample:
    """The hyper-parameters of a call in an example, and the shapes of its bottoms by their names."""

    hypers: Mapping[str, Hyper]
    shapes: Shapes


Samples = tuple[Sample, ...]


def known(samples: Samples) -> Mapping[str, Hyper]:
    """The hyper-parameters of the first example that gives any."""
    return next((one.hypers for one in samples if one.hypers), {})


def sampled(layer: LayerGraph, samples: Samples) -> Iterator[Case]:
    """The cases of the examples, in TRAIN, that a check can have: not those of too many entries."""
    demands = Demands.of(layer)
    for sample in samples:
        case = _case(layer, sample)
        if case is not None and demands.hold(case):
            yield case


def _case(layer: LayerGraph, sample: Sample) -> Case | None:
    """The case of a call; None where its shapes do not say the sizes of all axes."""
    sizes: dict[str, int] = {}
    groups: dict[str, tuple[int, ...]] = {}
    for blob in layer.bottoms:
        if blob.name not in sample.shapes:
            if blob.optional:
                continue
            return None
        if not _read(blob, sample.shapes[blob.name], sizes, groups):
            return None
    present = frozenset(one.name for one in (*layer.bottoms, *layer.tops) if one.optional and one.given is None)
    return Case(layer, sample.hypers, sizes, groups, present=present & {*sample.shapes, *(t.name for t in layer.tops)})


def _read(blob: Blob, shape: tuple[int, ...], sizes: dict[str, int], groups: dict[str, tuple[int, ...]]) -> bool:
    """Whether the shape says the sizes of the axes of a blob, which are added; of two groups it does not."""
    stars = [extent.star for extent in blob.extents]
    spare = len(shape) - len(stars) + sum(stars)
    if blob.several is not None or sum(stars) > 1 or spare < 0 or (spare and True not in stars):
        return False
    rest = list(shape)
    for extent in blob.extents:
        here = tuple(rest.pop(0) for _ in range(spare if extent.star else 1))
        if extent.axis is not None and not extent.computed:
            sizes[extent.axis.name] = count(here)
            if extent.star:
                groups[extent.axis.name] = here
    return True
