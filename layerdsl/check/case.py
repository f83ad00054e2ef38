"""One way to try a layer: its hyper-parameters, the sizes of its axes, and the phase."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from layerdsl.caffe.shapes import _entry, _listed
from layerdsl.check.concrete import concrete, each, gathered, stacked_along, stretches
from layerdsl.graph import Blob, Extent, LayerGraph, Learned, Several
from layerdsl.graph.listing import list_of
from layerdsl.graph.size import axis as axis_size
from layerdsl.operators.world import Named, World

Array = NDArray[np.float64]
AnyBlob = Blob | Learned
Values = Mapping[str, Array]  # by the name of the blob, in the shape that Caffe sees

Hyper = float | int | bool | str | tuple[float | int | bool, ...] | None


@dataclass(frozen=True)
class Case:
    """What a layer is tried with.

    whole: the layer as it is written; `layer` is the layer with the blobs that are there.
    given: the hyper-parameters that `param_str` has to give, as their value is not the default.
    sizes: of every axis that a bottom defines, of a group the product of `groups`.
    counts: how many blobs there are under the names of any number; present: the optional blobs that are there.
    """

    whole: LayerGraph
    given: Mapping[str, Hyper]
    sizes: Mapping[str, int]
    groups: Mapping[str, tuple[int, ...]]
    train: bool = True
    counts: Mapping[str, int] = field(default_factory=dict)
    present: frozenset[str] = frozenset()

    @cached_property
    def layer(self) -> LayerGraph:
        """The layer as a net has it."""
        return concrete(self.whole, self._plain_world, self.counts)

    @property
    def _plain_world(self) -> World:
        tops = {f"top {blob.name}": 1 for blob in self.whole.tops}
        return World({**self.numbers, **tops}, self.hypers, self.train)

    @cached_property
    def hypers(self) -> dict[str, object]:
        """Every hyper-parameter with its value."""
        return {**{hyper.name: hyper.default for hyper in self.whole.hypers}, **self.given}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """What the names in sizes stand for: axes, whole hyper-parameters, lengths of lists."""
        there = {f"{name}?": 1 for name in self.present}
        counts = {f"count({name})": count for name, count in self.counts.items()}
        ndims = {f"ndim({blob.name})": self._ndim(blob) for blob in self.whole.bottoms}
        return {**names_in_sizes(self.hypers), **self.sizes, **there, **counts, **ndims, **self._opened()}

    def _opened(self) -> dict[str, int]:
        """The axes of groups whose axes formulas see, and how many there are; those that a group lacks have size 1."""
        extents = [
            one for blob in self.whole.bottoms for one in blob.extents if one.rank is not None and not one.computed
        ]
        found: dict[str, int] = {}
        for extent in extents:
            group = self.groups.get(extent.axis.name, ()) if extent.axis is not None else ()
            found |= {str(extent.rank): len(group)}
            found |= {one.name: size for one, size in zip(extent.opened, ((1, 1, 1) + group)[-3:], strict=True)}
        return found

    def _ndim(self, blob: Blob) -> int:
        """How many axes a bottom has; a group that has no sizes yet counts none."""
        groups = [self.groups.get(one.axis.name, ()) for one in blob.extents if one.star and one.axis is not None]
        return len(blob.extents) - len(groups) + sum(map(len, groups))

    @property
    def param_str(self) -> str:
        """The `param_str` of the net."""
        return json.dumps(dict(self.given)) if self.given else ""

    @property
    def phase(self) -> str:
        """The word for the phase."""
        return "train" if self.train else "test"

    @property
    def inputs(self) -> tuple[AnyBlob, ...]:
        """Everything that the formulas read: bottoms, parameters and states."""
        return (*self.layer.bottoms, *self.layer.held)

    def shape(self, blob: AnyBlob) -> tuple[int, ...]:
        """The shape of a blob as Caffe sees it."""
        return tuple(size for extent in blob.extents for size in self._sizes(extent))

    def _sizes(self, extent: Extent) -> tuple[int, ...]:
        if extent.listed:
            stars = [group for name, group in self.groups.items() if extent.size == axis_size(name)]
            dims = list_of(extent.listed, self.numbers, self.hypers)
            return tuple(_listed(self.whole.name, dims, extent.size.evaluate(self.numbers), (*stars, ())[0]))
        if extent.rank is not None:
            there = tuple(axis.size.evaluate(self.numbers) for axis in extent.opened)
            return there[len(there) - extent.rank.evaluate(self.numbers) :]
        if extent.star and extent.axis is not None and extent.axis.name in self.groups:
            return self.groups[extent.axis.name]
        return (extent.size.evaluate(self.numbers),)

    def world(self, values: Values, cotangents: Values | None = None) -> World:
        """The case as a world in which formulas are evaluated."""
        blobs = {blob.name: self._unused(blob) for blob in self.whole.blobs}
        blobs |= {blob.name: self.named(blob, values[blob.name]) for blob in self.layer.held}
        blobs |= self._ends(self.whole.bottoms, values)
        tops = self._ends(self.whole.tops, cotangents) if cotangents else {}
        return World(self.numbers, self.hypers, self.train, blobs, tops, groups=self.groups)

    def _ends(self, blobs: tuple[Blob, ...], values: Values) -> dict[str, Named]:
        """The values of bottoms or tops under the names that formulas know."""
        known: list[AnyBlob] = [blob for blob in blobs if blob.several != Several(None)]
        return {blob.name: self.gather(blob, values) if self.each(blob) else self._unused(blob) for blob in known}

    def _unused(self, blob: AnyBlob) -> Named:
        """Something for a blob that is not there: what is made of it counts nothing, but is worked out all the same."""
        sizes = [axis.size.evaluate(self.numbers) for axis in blob.axes]
        return Named(tuple(axis.name for axis in blob.axes), np.full(sizes, 0.5))

    def gather(self, blob: AnyBlob, values: Values) -> Named:
        """The value that formulas know under a name, from the blobs that are there."""
        parts = [self.named(one, values[one.name]) for one in self.each(blob)]
        return gathered(blob, parts) if isinstance(blob, Blob) and blob.several is not None else parts[0]

    def each(self, blob: AnyBlob) -> tuple[AnyBlob, ...]:
        """The blobs that are there under a name."""
        if isinstance(blob, Learned):
            return tuple(one for one in self.layer.held if one.name == blob.name)
        return each(blob, self._plain_world, self.counts)

    def split(self, blob: AnyBlob, data: Array) -> dict[str, Array]:
        """A value with the axes of `blob.axes`, as the blobs that are there under that name."""
        ones = self.each(blob)
        if isinstance(blob, Learned) or blob.several is None:
            return {one.name: data.reshape(self.shape(one)) for one in ones}
        parts = stretches(blob, self._plain_world, self.counts[blob.name])
        along = [axis.name for axis in blob.axes].index(stacked_along(blob))
        cuts = [(slice(None),) * along + (part,) for part in parts]
        return {one.name: data[cut].reshape(self.shape(one)) for one, cut in zip(ones, cuts, strict=True)}

    def names(self, names: Iterable[str]) -> list[str]:
        """The names of the blobs that are there behind those of the file."""
        inputs: tuple[AnyBlob, ...] = (*self.whole.bottoms, *self.whole.blobs)
        blobs = {blob.name: blob for blob in inputs}
        return [one.name for name in names for one in self.each(blobs[name])]

    def named(self, blob: AnyBlob, data: Array) -> Named:
        """The data of a blob with the axes that formulas see: without literal ones, a group as one."""
        sizes = [axis.size.evaluate(self.numbers) for axis in blob.axes]
        return Named(tuple(axis.name for axis in blob.axes), data.reshape(sizes))


def names_in_sizes(hypers: Mapping[str, object]) -> dict[str, int]:
    """What hyper-parameters stand for in sizes."""
    whole = {name: value for name, value in hypers.items() if isinstance(value, int)}
    whole |= {f"{name} == {value}": 1 for name, value in hypers.items() if isinstance(value, str)}
    lengths = {f"len({name})": len(value) for name, value in hypers.items() if isinstance(value, tuple)}
    return {**whole, **lengths, **_entries(hypers)}


def _entries(hypers: Mapping[str, object]) -> dict[str, int]:
    """Whole numbers of lists as windows take them, a list of one number for every axis; and the least of each list."""
    lists = {
        name: value
        for name, value in hypers.items()
        if isinstance(value, tuple) and all(isinstance(one, int) for one in value)
    }
    least = {f"min({name})": min(value) for name, value in lists.items() if value}
    return least | {f"{name}[{i}]": _entry(value, i) for name, value in lists.items() for i in (-1, -2, -3)}


def text_of_shape(shape: tuple[int, ...]) -> str:
    """`2x3x5`; of a blob without axes `scalar`."""
    return "x".join(map(str, shape)) or "scalar"


def count(shape: tuple[int, ...]) -> int:
    """How many entries a blob of this shape has."""
    return math.prod(shape)
