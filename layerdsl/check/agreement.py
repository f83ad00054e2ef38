"""The emitted layer held against what its formulas say: the same numbers, but for rounding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from layerdsl.check.case import Array, Values
from layerdsl.check.finding import Finding, Kind
from layerdsl.check.trial import SameDraws, Trial
from layerdsl.operators.world import World

TOLERANCE = 1e-7


def disagreements(trial: Trial, seed: int = SameDraws.seed) -> Iterator[Finding]:
    """Every top, state and gradient that is not what formulas and rules say, its first entry; `seed` is for draws."""
    subject = trial.subject()
    world = replace(trial.world(), draw=SameDraws(trial.case.layer.order, seed).of_node)
    subject.replace_random(SameDraws(seed=seed))
    case, meaning = trial.case, trial.meaning
    tops = subject.forward()
    yield from _compare(trial, "forward", tops, meaning.tops(case, world))
    yield from _compare(trial, "forward", subject.states(), meaning.states(case, world))
    gradients = subject.gradients(trial.cotangents)
    yield from _compare(trial, "backward", gradients, meaning.gradients(case, world))


def _compare(trial: Trial, kind: Kind, got: Values, wanted: Values) -> Iterator[Finding]:
    for name, right in wanted.items():
        place = first_difference(got[name], right)
        if place is not None and not abs(got[name][place] - right[place]) <= _rounding(trial, name)[place]:
            yield Finding(kind, trial.case, name, "", place, float(got[name][place]), float(right[place]))


ROUNDED = 2e-16  # by how much, relatively, every value on the way is moved to see what rounding may do
ALLOWED = 50  # times what a result moves then


def _rounding(trial: Trial, name: str) -> Array:
    """How far rounding may take the entries of a result: of terms that cancel it is all that is left."""
    world = trial.world()
    random = np.random.RandomState(5)
    there = _everything(trial, world)[name]
    spread = np.zeros(there.shape)
    for _ in range(4):
        moved = replace(world, rounded=lambda data: data * (1 + ROUNDED * random.randint(-1, 2, data.shape)))
        spread = np.maximum(spread, np.nan_to_num(np.abs(_everything(trial, moved)[name] - there), nan=0.0))
    return np.asarray(ALLOWED * spread)


def _everything(trial: Trial, world: World) -> dict[str, Array]:
    case, meaning = trial.case, trial.meaning
    return {**meaning.tops(case, world), **meaning.states(case, world), **meaning.gradients(case, world)}


def first_difference(got: Array, wanted: Array) -> tuple[int, ...] | None:
    """The first entry that differs by more than rounding.

    Where the formula as it is written has no finite value, the layer may do better.
    """
    usual = 1e-3 * np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0.0)
    with np.errstate(invalid="ignore"):
        near = np.abs(got - wanted) <= TOLERANCE * np.maximum(np.maximum(np.abs(wanted), usual), 1e-6)
    wrong = ~(near | (got == wanted) | ~np.isfinite(wanted))
    return tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else None
