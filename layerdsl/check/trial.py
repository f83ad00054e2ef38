"""A layer at one point: a case, values for which all results are finite, and cotangents."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layerdsl.check import values as points
from layerdsl.check.case import Array, Case, Values
from layerdsl.check.meaning import Meaning
from layerdsl.check.subject import Subject
from layerdsl.check.values import MODES, Mode
from layerdsl.graph import Node
from layerdsl.operators.body import walk_deep
from layerdsl.operators.world import World

DRAWS = 6
TRIES = 30  # places that are worked out of several values seldom lie inside all at once
PLACE = 1 << 14


@dataclass(frozen=True)
class Trial:
    """Everything that is held against each other at one point."""

    case: Case
    meaning: Meaning
    values: dict[str, Array]
    cotangents: dict[str, Array]
    layer_class: type[Any]
    parts: bool = False  # loops run over parts of a few elements, where they would else be whole

    def subject(self) -> Subject:
        """A fresh instance of the emitted class with these values."""
        with small_parts(self.layer_class) if self.parts else nullcontext():
            return Subject(self.layer_class, self.case, self.values)

    def world(self) -> World:
        """The same for formulas; draws as `SameDraws` gives them."""
        return replace(self.case.world(self.values, self.cotangents), draw=SameDraws(self.case.layer.order).of_node)


@dataclass(frozen=True)
class SameDraws:
    """Random numbers that depend on nothing but their shape, so that their order does not matter.

    `order` is the order in which values keep their axes in memory.
    """

    order: tuple[str, ...] = ()
    seed: int = 4099

    def __getattr__(self, name: str) -> Callable[..., Array]:
        return getattr(np.random.RandomState(self.seed), name)  # type: ignore[no-any-return]

    def randint(self, low: int, high: int, shape: tuple[int, ...], dtype: type[Any]) -> Array:
        """Bytes that are always the same; the word that follows where one decides nothing is the middle one."""
        if dtype is not np.uint8:
            return np.full(shape, (low + high) // 2, dtype)
        return np.asarray(np.random.RandomState(self.seed).randint(low, high, shape, dtype=dtype))

    def of_node(self, node: Node, shape: tuple[int, ...]) -> Array:
        """The raw numbers of a draw."""
        turn = sorted(range(len(shape)), key=lambda i: self.order.index(node.names[i]))
        raw = _raw(node, np.random.RandomState(self.seed), tuple(shape[i] for i in turn))
        return raw.transpose([turn.index(i) for i in range(len(shape))])

    def set_state(self, state: object) -> None:
        """Every draw starts anew anyway."""


def _raw(node: Node, random: np.random.RandomState, shape: tuple[int, ...]) -> Array:
    """As the emitted code draws: one chance for all from bytes, so many at a time, each followed by the middle word."""
    if node.attr("distribution") == "bernoulli" and not node.args[0].axes:
        drawn = random.randint(0, 256, min(math.prod(shape), 65536), dtype=np.uint8)
        return (np.resize(drawn, shape) + 0.5) / 256
    normal = node.attr("distribution") == "normal"
    return np.asarray(random.standard_normal(shape) if normal else random.random_sample(shape))


def suitable_mode(case: Case, layer_class: type[Any], random: np.random.RandomState) -> Mode | None:
    """The first range of values for which all tops are finite, else most often finite; None where they never are.

    States have to suit the other phase too, as a net goes on to it with them. ValueError where the layer takes none.
    """
    phases = [case, *_other_phase(case)]
    best, most = None, (0,) * len(phases)
    for mode in MODES:
        finite = tuple(_count_finite(one, mode, layer_class, random) for one in phases)
        if finite[0] and finite > most:
            best, most = mode, finite
        if min(most) == DRAWS:
            break
    if best is None:
        Subject(layer_class, case, points.draw(case, MODES[0], random)).forward()
    return best


def taken_mode(case: Case, layer_class: type[Any], random: np.random.RandomState) -> Mode | None:
    """The same; None also where the layer takes none of the values, as places that lie outside."""
    try:
        return suitable_mode(case, layer_class, random)
    except ValueError as error:
        if not is_refusal(error, case):
            raise
        return None


def is_refusal(error: ValueError, case: Case) -> bool:
    """Whether the layer itself refuses: every message of its own begins with its name."""
    return str(error).startswith(case.layer.name)


def _other_phase(case: Case) -> list[Case]:
    """The case in the phase to which a layer that asks for it takes its states."""
    nodes = walk_deep(node for _, node in (*case.layer.outputs, *case.layer.updates))
    has_states = any(blob.state for blob in case.layer.held) and case.layer.phase is None
    return [replace(case, train=not case.train)] if has_states and any(node.op == "phase" for node in nodes) else []


def _count_finite(case: Case, mode: Mode, layer_class: type[Any], random: np.random.RandomState) -> int:
    subject = Subject(layer_class, case, points.draw(case, mode, random))
    count = int(_has_values(subject))
    for _ in range(DRAWS - 1):
        subject.fill(points.draw(case, mode, random))
        count += _has_values(subject)
    return count


def _has_values(subject: Subject) -> bool:
    """Whether the layer takes the values that it has, as places that are worked out, and makes numbers of them."""
    try:
        return is_finite(subject.forward())
    except ValueError:
        return False


def is_finite(tops: Values) -> bool:
    """Whether every entry of every top is a number."""
    return all(np.isfinite(value).all() for value in tops.values())


def trial(case: Case, meaning: Meaning, layer_class: type[Any], mode: Mode, random: np.random.RandomState) -> Trial:
    """The case at a new point, where all tops are finite if one such is found."""
    values = points.draw(case, mode, random)
    subject = Subject(layer_class, case, values)
    for _ in range(TRIES):
        if _has_values(subject):
            break
        values = points.draw(case, mode, random)
        subject.fill(values)
    return Trial(case, meaning, values, points.cotangents(case, random), layer_class)


def is_taken(at: Trial) -> bool:
    """Whether the layer takes the values of a trial: places that are worked out of several of them may lie outside."""
    try:
        at.subject().forward()
    except ValueError as error:
        if not is_refusal(error, at.case):
            raise
        return False
    return True


@contextmanager
def small_parts(layer_class: type[Any]) -> Iterator[None]:
    """Loops over parts that fit the cache run over parts of a few elements, as if the layer were as large as in a net.

    Emitted files cut by `_parts(sizes, inner, ...)`, where `inner` says how much memory a place needs.
    """
    names = layer_class.reshape.__globals__
    cut = names.get("_parts")
    if cut is not None:
        names["_parts"] = lambda sizes, inner, *more: cut(sizes, max(inner, 1) * PLACE, *more)
    try:
        yield
    finally:
        if cut is not None:
            names["_parts"] = cut


def has_parts(layer_class: type[Any]) -> bool:
    """Whether the emitted code has loops over parts."""
    return "_parts" in layer_class.reshape.__globals__
