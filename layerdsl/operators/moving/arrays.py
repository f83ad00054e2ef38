"""Whole arrays: recurrences, windows and what is put into others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from layerdsl.graph import Node
from layerdsl.graph.attributes import axis_of
from layerdsl.operators.families.pooling import over_last
from layerdsl.operators.families.windows import along_of, laid_out
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.moving.reductions import at
from layerdsl.operators.moving.step import STEP, is_moved, speed
from layerdsl.operators.world import Named, Rule, World, fitted


def _recur(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """y[i] = b[i] + a[i] * y[i - 1]."""
    names = (*(name for name in node.names if name != axis_of(node).name), axis_of(node).name)
    axes = tuple(sorted(node.axes, key=lambda axis: names.index(axis.name)))
    b, a = (fitted(arg, axes, world).data for arg in args)
    out, last = np.zeros(b.shape, np.complex128), np.zeros(b.shape[:-1], np.complex128)
    for i in range(b.shape[-1])[:: -1 if node.attr("reverse") else 1]:
        last = b[..., i] + a[..., i] * last
        out[..., i] = last
    return Named(names, out)


def _window_extreme(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along = along_of(node)
    windows = laid_out(fitted(args[0], node.args[0].axes, world), along, node.attr("outside"), world)
    names, data = over_last(windows, along)
    sign = 1 if node.attr("pair") == "maximum" else -1
    return Named(names, at(data, (sign * data.real).argmax(axis=-1)))


def _together(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """Of an operator that is linear in all of its arguments together."""
    speeds = tuple(Named(arg.names, speed(arg) if is_moved(arg) else 0 * arg.data) for arg in args)
    result = KERNELS[node.op].reference(world, node, speeds)
    return Named(result.names, 1j * STEP * result.data)


ARRAYS: Final[Mapping[str, Rule]] = {
    "recur": _recur,
    "window_extreme": _window_extreme,
    "inset": _together,
    "patch": _together,
}
