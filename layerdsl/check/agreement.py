"""The emitted layer held against what its formulas say: the same numbers, but for rounding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from layerdsl.check.case import Array, Case, Values
from layerdsl.check.compared import KEEPING
from layerdsl.check.finding import Finding, Kind
from layerdsl.check.meaning import Meaning
from layerdsl.check.trial import SameDraws, Trial
from layerdsl.graph import Node
from layerdsl.operators.world import Terms, World

TOLERANCE = 1e-7


def disagreements(trial: Trial, seed: int = SameDraws.seed) -> Iterator[Finding]:
    """Every top, state and gradient that is not what formulas and rules say, its first entry; `seed` is for draws."""
    subject = trial.subject()
    world = replace(trial.world(), draw=SameDraws(trial.case.layer.order, seed).of_node)
    subject.replace_random(SameDraws(seed=seed))
    case, meaning = trial.case, trial.meaning
    tops = subject.forward()
    yield from _compare(trial, world, "forward", tops, meaning.tops(case, world))
    yield from _compare(trial, world, "forward", subject.states(), meaning.states(case, world))
    gradients = subject.gradients(trial.cotangents)
    yield from _compare(trial, world, "backward", gradients, meaning.gradients(case, world))


def _compare(trial: Trial, world: World, kind: Kind, got: Values, wanted: Values) -> Iterator[Finding]:
    for name, right in wanted.items():
        wrong = differs(got[name], right)
        if wrong.any():
            wrong &= ~(np.abs(got[name] - right) <= allowed(trial, world)[name])
        if wrong.any():
            place = tuple(int(i) for i in np.argwhere(wrong)[0])
            yield Finding(kind, trial.case, name, "", place, float(got[name][place]), float(right[place]))


ROUNDED = 2e-16  # by how much, relatively, every value on the way is moved to see what rounding may do
ALLOWED = 50  # times what a result moves then
TIMES = 4
AS_IT_CAME = KEEPING | {"bottom"}  # whole numbers are exact there: labels that are compared with others
OF_SUMS = ("logsoftmax", "logsumexp", "softplus", "logsigmoid")


def rounding(size: float = ROUNDED) -> Callable[[Node, Array, Terms], Array]:
    """What moves values by so much of themselves, or of the terms that they are the sums of, one way or the other;
    logarithms of sums by that of the 1 in them."""
    random = np.random.RandomState(5)

    def moved(node: Node, data: Array, terms: Terms) -> Array:
        inside = size * random.randint(-1, 2, data.shape) if node.op in OF_SUMS else 0.0
        sizes = terms()
        sizes = np.where(np.isfinite(sizes), sizes, 0)  # infinity stays where it is
        if node.op in AS_IT_CAME:
            sizes = np.where(data == np.round(data), 0, sizes)
        return np.asarray(data + size * random.randint(-1, 2, data.shape) * sizes + inside)

    return moved


def allowed(trial: Trial, world: World) -> dict[str, Array]:
    """How far rounding may take the entries of every result: of terms that cancel it is all that is left."""
    return {name: ALLOWED * value for name, value in spread(trial.case, trial.meaning, world, ROUNDED).items()}


def spread(case: Case, meaning: Meaning, world: World, size: float) -> dict[str, Array]:
    """How far the entries of every result move when every value on the way is moved by so much of itself.

    NaN where that is not known, as the formulas give no number: of a root in a branch that is not taken, say, the
    slope has none.
    """
    there, moved = _everything(case, meaning, world), replace(world, rounded=rounding(size))
    found = {name: np.full(value.shape, np.nan) for name, value in there.items()}
    for _ in range(TIMES):
        for name, value in _everything(case, meaning, moved).items():
            found[name] = np.fmax(found[name], np.abs(value - there[name]))
    return found


def _everything(case: Case, meaning: Meaning, world: World) -> dict[str, Array]:
    return {**meaning.tops(case, world), **meaning.states(case, world), **meaning.gradients(case, world)}


def differs(got: Array, wanted: Array) -> NDArray[np.bool_]:
    """Which entries differ by more than rounding usually makes.

    Where the formula as it is written has no finite value, the layer may do better.
    """
    usual = 1e-3 * np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0.0)
    with np.errstate(invalid="ignore"):
        near = np.abs(got - wanted) <= TOLERANCE * np.maximum(np.maximum(np.abs(wanted), usual), 1e-6)
    return np.asarray(~(near | (got == wanted) | ~np.isfinite(wanted)))


def first_difference(got: Array, wanted: Array) -> tuple[int, ...] | None:
    """The first of these entries."""
    wrong = differs(got, wanted)
    return tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else None
