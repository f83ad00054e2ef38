"""One way to try a layer: its hyper-parameters, the sizes of its axes, and the phase."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layerdsl.graph import Blob, Extent, LayerGraph, Learned
from layerdsl.operators.world import Named, World

Array = NDArray[np.float64]
AnyBlob = Blob | Learned
Values = Mapping[str, Array]  # by the name of the blob, in the shape that Caffe sees

Hyper = float | int | bool | str | tuple[float | int | bool, ...] | None


@dataclass(frozen=True)
class Case:
    """What a layer is tried with.

    given: the hyper-parameters that `param_str` has to give, as their value is not the default.
    sizes: of every axis that a bottom defines, of a group the product of `groups`.
    """

    layer: LayerGraph
    given: Mapping[str, Hyper]
    sizes: Mapping[str, int]
    groups: Mapping[str, tuple[int, ...]]
    train: bool = True

    @property
    def hypers(self) -> dict[str, object]:
        """Every hyper-parameter with its value."""
        return {**{hyper.name: hyper.default for hyper in self.layer.hypers}, **self.given}

    @property
    def numbers(self) -> dict[str, int]:
        """What the names in sizes stand for: axes, whole hyper-parameters, lengths of lists."""
        return {**names_in_sizes(self.hypers), **self.sizes}

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
        return (*self.layer.bottoms, *self.layer.blobs)

    def shape(self, blob: AnyBlob) -> tuple[int, ...]:
        """The shape of a blob as Caffe sees it; a learned blob has one axis for all of a group."""
        if isinstance(blob, Learned):
            return tuple(extent.size.evaluate(self.numbers) for extent in blob.extents)
        return tuple(size for extent in blob.extents for size in self._sizes(extent))

    def _sizes(self, extent: Extent) -> tuple[int, ...]:
        if extent.star and extent.axis is not None and extent.axis.name in self.groups:
            return self.groups[extent.axis.name]
        return (extent.size.evaluate(self.numbers),)

    def world(self, values: Values, cotangents: Values | None = None) -> World:
        """The case as a world in which formulas are evaluated."""
        blobs = {blob.name: self.named(blob, values[blob.name]) for blob in self.inputs}
        tops = {top.name: self.named(top, cotangents[top.name]) for top in self.layer.tops} if cotangents else {}
        return World(self.numbers, self.hypers, self.train, blobs, tops)

    def named(self, blob: AnyBlob, data: Array) -> Named:
        """The data of a blob with the axes that formulas see: without literal ones, a group as one."""
        sizes = [axis.size.evaluate(self.numbers) for axis in blob.axes]
        return Named(tuple(axis.name for axis in blob.axes), data.reshape(sizes))


def names_in_sizes(hypers: Mapping[str, object]) -> dict[str, int]:
    """What hyper-parameters stand for in sizes."""
    whole = {name: value for name, value in hypers.items() if isinstance(value, int)}
    whole |= {f"{name} == {value}": 1 for name, value in hypers.items() if isinstance(value, str)}
    lengths = {f"len({name})": len(value) for name, value in hypers.items() if isinstance(value, tuple)}
    return {**whole, **lengths}


def text_of_shape(shape: tuple[int, ...]) -> str:
    """`2x3x5`; of a blob without axes `scalar`."""
    return "x".join(map(str, shape)) or "scalar"


def count(shape: tuple[int, ...]) -> int:
    """How many entries a blob of this shape has."""
    return math.prod(shape)
