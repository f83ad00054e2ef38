"""The derivative of a program held against differences of its forward, along random directions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from layerdsl.check.slopes import slope
from layerdsl.check.trial import SameDraws
from layerdsl.gradient.by_hand import by_hand
from layerdsl.graph import Node, walk
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import Named
from random_layers.experiment import Experiment, PropertyError, Values

DIRECTIONS = 3
SMOOTH = 1e-6  # by how much the last extrapolation may change a slope that is to be trusted
AGREE = 1e-5


def check_slopes(tried: Experiment) -> int:
    """How many directions had a slope at all: on a kink there is none."""
    names = moving(tried)
    if not names or tried.program.ties:
        return 0
    random = np.random.RandomState(tried.program.seed)
    size = _size(tried)
    return sum(_check_direction(tried, {name: _direction(tried, name, random) for name in names}, size)
               for _ in range(DIRECTIONS))  # fmt: skip


def moving(tried: Experiment) -> list[str]:
    """The bottoms and parameters whose gradient is derived: what is given by hand need be no slope."""
    given = tried.case.names(by_hand(tried.compiled.graph))
    gradients = tried.meaning.program
    named = tried.case.names(name for name, _ in (*gradients.bottom_diffs, *gradients.blob_diffs))
    return [name for name in named if name not in given]


def _direction(tried: Experiment, name: str, random: np.random.RandomState) -> np.ndarray:
    return random.uniform(-1, 1, tried.values[name].shape)


def _size(tried: Experiment) -> float:
    return float(sum(np.abs(tried.wanted[name] * diff).sum() for name, diff in tried.cotangents.items()))


def _check_direction(tried: Experiment, direction: Values, size: float) -> bool:
    derived = sum(float(np.sum(tried.given_by_class[f"d {name}"] * along)) for name, along in direction.items())
    total = _held(tried, direction) if tried.meaning.holds_still else _emitted(tried, direction)
    if not np.isfinite(derived) or not np.isfinite(size) or size > 1e8:
        return False
    for step in (1e-3, 1e-4):  # a bend may lie within the wider one
        found = slope(total, step)
        scale = 1 + abs(found.value) + 1e-3 * size
        if abs(derived - found.value) < AGREE * scale:
            return True
    if not found.error < SMOOTH * scale or _bends(total, scale, abs(derived - found.value)):
        return False
    raise PropertyError(f"slopes: {derived!r} is derived, {found.value!r} is measured along {_text(direction)}")


def _bends(total: Callable[[float], float], scale: float, off: float) -> bool:
    """Whether the function jumps or has a kink anywhere near, be it a small one that explains what is off."""
    steps, apart = np.linspace(-1e-3, 1e-3, 9, retstep=True)
    values = np.array([total(step) for step in steps])
    return bool(not np.abs(np.diff(values, 3)).max() < min(1e-7 * scale, 0.1 * off * apart))


def _emitted(tried: Experiment, direction: Values) -> Callable[[float], float]:
    subject = tried.subject()
    start = {name: subject.data(name).copy() for name in direction}

    def total(step: float) -> float:
        for name, along in direction.items():
            subject.data(name)[...] = start[name] + step * along
        tops = subject.forward()
        return float(sum(np.sum(tops[name] * diff) for name, diff in tried.cotangents.items()))

    return total


def _held(tried: Experiment, direction: Values) -> Callable[[float], float]:
    """By the formulas, with what is held still as it was."""
    meaning, case = tried.meaning, tried.case
    nodes = dict(meaning.program.tops)  # in which `grad(...)` is worked out
    still = [node for node in walk(nodes.values()) if _is_held(node)]
    known = dict(zip(still, evaluate(still, tried.world), strict=True))
    world = replace(tried.world, stopped={}, draw=SameDraws(case.layer.order).of_node)
    evaluate(nodes.values(), world, known)
    known_blobs = (*meaning.layer.bottoms, *meaning.layer.blobs)
    blobs = {blob.name: blob for blob in known_blobs if case.each(blob) and blob.name in world.blobs}
    tops = [top for top in meaning.layer.tops if case.each(top)]
    zero = {name: np.zeros(value.shape) for name, value in tried.values.items()}

    def total(step: float) -> float:
        moved = dict(world.blobs)
        for name, blob in blobs.items():
            by = case.gather(blob, {**zero, **{each: step * along for each, along in direction.items()}})
            here = moved[name]
            moved[name] = Named(here.names, here.data + by.over(here.names))
        found = evaluate([nodes[top.name] for top in tops], replace(world, blobs=moved), known)
        return float(sum(_product(value.over([axis.name for axis in top.axes]), world.cotangents[top.name], top)
                         for value, top in zip(found, tops, strict=True)))  # fmt: skip

    return total


def _is_held(node: Node) -> bool:
    """Whether nothing is derived through a value, although it moves."""
    return node.op in ("stop", "extern") or (node.op == "draw" and not all(arg.static for arg in node.args))


def _product(value: np.ndarray, cotangent: Named, top: object) -> float:
    return float((value * cotangent.over([axis.name for axis in top.axes])).sum())  # type: ignore[attr-defined]


def _text(direction: Values) -> str:
    return ", ".join(f"`{name}`" for name in direction)
