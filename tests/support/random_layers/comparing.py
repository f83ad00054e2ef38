"""When two results are the same but for rounding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from layerdsl.graph import Node
from layerdsl.operators.world import Terms

TOLERANCE = 1e-7
ROUNDED = 2e-16  # by how much, relatively, every value on the way is moved to see what rounding may do
ALLOWED = 50  # times what a result moves then
WORLDS = 6  # moved in so many ways


def first_difference(got: np.ndarray, wanted: np.ndarray) -> tuple[int, ...] | None:
    """The first entry that differs by more than usual rounding; where nothing finite is wanted, anything will do."""
    usual = 1e-3 * np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0.0)
    with np.errstate(invalid="ignore"):
        near = np.abs(got - wanted) <= TOLERANCE * np.maximum(np.maximum(np.abs(wanted), usual), 1e-6)
    wrong = ~(near | (got == wanted) | ~np.isfinite(wanted))
    return tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else None


def moving(random: np.random.RandomState, size: float = ROUNDED) -> Callable[[Node, np.ndarray, Terms], np.ndarray]:
    """Moves every number by as much as rounding may, up or down or not at all."""
    return lambda node, data, terms: data * (1 + size * random.randint(-1, 2, data.shape))


def farther(spread: np.ndarray, moved: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How far a result has moved at most, once it has moved to here as well."""
    with np.errstate(invalid="ignore"):
        return np.maximum(spread, np.nan_to_num(np.abs(moved - wanted), nan=np.inf))
