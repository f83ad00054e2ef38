"""A layer at one point: a case, values for which all results are finite, and cotangents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layerdsl.check import values as points
from layerdsl.check.case import Array, Case
from layerdsl.check.meaning import Meaning
from layerdsl.check.subject import Subject
from layerdsl.check.values import MODES, Mode
from layerdsl.graph import Node
from layerdsl.operators.reference import World

Maker = Callable[[Case, "dict[str, Array]"], Subject]


@dataclass(frozen=True)
class Trial:
    """Everything that is held against each other at one point."""

    case: Case
    meaning: Meaning
    values: dict[str, Array]
    cotangents: dict[str, Array]
    make: Maker

    def subject(self) -> Subject:
        """A fresh instance of the emitted class with these values."""
        return self.make(self.case, self.values)

    def world(self) -> World:
        """The same for formulas; draws as `SameDraws` gives them."""
        return replace(self.case.world(self.values, self.cotangents), draw=SameDraws(self.case.layer.order).of_node)


@dataclass(frozen=True)
class SameDraws:
    """Random numbers that depend on nothing but their shape, so that their order does not matter.

    `order` is the order in which values keep their axes in memory.
    """

    order: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Callable[..., Array]:
        return getattr(np.random.RandomState(4099), name)  # type: ignore[no-any-return]

    def of_node(self, node: Node, shape: tuple[int, ...]) -> Array:
        """The raw numbers of a draw."""
        turn = sorted(range(len(shape)), key=lambda i: self.order.index(node.names[i]))
        drawn = "standard_normal" if node.attr("distribution") == "normal" else "random_sample"
        raw = np.asarray(getattr(self, drawn)(tuple(shape[i] for i in turn)))
        return raw.transpose([turn.index(i) for i in range(len(shape))])

    def set_state(self, state: object) -> None:
        """Every draw starts anew anyway."""


def suitable_mode(case: Case, make: Maker, random: np.random.RandomState) -> Mode | None:
    """The first range of values for which every top is finite; None where there is none."""
    for mode in MODES:
        tops = make(case, points.draw(case, mode, random)).forward()
        if all(np.isfinite(value).all() for value in tops.values()):
            return mode
    return None


def trial(case: Case, meaning: Meaning, make: Maker, mode: Mode, random: np.random.RandomState) -> Trial:
    """The case at a new point."""
    return Trial(case, meaning, points.draw(case, mode, random), points.cotangents(case, random), make)


def makes(layer_class: type[Any]) -> Maker:
    """Instances of an emitted class."""
    return lambda case, values: Subject(layer_class, case, values)
