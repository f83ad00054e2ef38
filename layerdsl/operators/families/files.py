"""A constant that lies in a file beside the emitted one or that the net names, or that the emitted one carries.

While a layer is checked, on shapes of all sizes, the numbers of a file are repeated or cut to what is needed; where it
is not there, numbers between 0 and 1 are made up.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from layerdsl.caffe.files import _read_array
from layerdsl.graph import Node
from layerdsl.operators.build import build
from layerdsl.operators.families.extern import made_up
from layerdsl.operators.kernel import Call, Kernel, Where, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.world import Array, Named, World, shape_of


@dataclass(frozen=True, eq=False)
class Numbers:
    """What the emitted file carries."""

    values: Array

    def nested(self) -> Any:
        """As tuples in tuples."""
        return _nested(self.values.tolist())


def _nested(value: Any) -> Any:
    return tuple(map(_nested, value)) if isinstance(value, list) else value


def read_numbers(path: str) -> Array:
    """The array in a `.npy`, `.json` or `.binaryproto` file. `OSError` or `ValueError` where there is none."""
    found: Any = _read_array(path)
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
        raise ValueError("it holds no array of numbers")
    return found


def _typed(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return attrs["axes"], attrs["kind"]


def _reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    shape, held = shape_of(node.axes, world), cast("Numbers | None", node.attr("numbers"))
    if held is not None:
        return Named(node.names, held.values.astype(np.float64).reshape(shape))
    named = str(world.hypers.get(str(node.attr("hyper"))) if node.attr("hyper") else node.attr("path"))
    path = os.path.join(str(node.attr("folder")), named)
    whole = 2 if node.kind == "index" else None
    if not os.path.isfile(path):
        return Named(node.names, made_up(named, shape, whole))
    return Named(node.names, np.resize(read_numbers(path), shape).astype(np.float64))


def _call(node: Node) -> Call:
    held = cast("Numbers | None", node.attr("numbers"))
    name, whole = str(node.attr("name")), int(node.kind == "index")
    if node.attr("hyper"):
        path = build("hyper", name=node.attr("hyper"), kind="word")
        return Call("_from_net", args=(), out=node.names, extra=(Where(), name, path, whole))
    extra = (Where(), name, str(node.attr("path")), whole)
    if held is None:
        return Call("_from_file", args=(), out=node.names, extra=extra)
    return Call("_embedded", args=(), out=node.names, extra=(*extra, held.nested()))


register("file", Kernel(type=_typed, reference=_reference, call=_call))
