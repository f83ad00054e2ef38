"""A value on its way in a direction, and how fast it moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from layerdsl.operators.world import Array, Named

STEP: Final = 2.0**-100


def is_moved(value: Named) -> bool:
    """Whether a value is complex."""
    return value.data.dtype.kind == "c"


def moved(value: Named, direction: Array) -> Named:
    """The value on its way in a direction."""
    return replace(value, data=value.data + 1j * STEP * direction)


def speed(value: Named) -> Array:
    """How fast a value moves."""
    return np.asarray(np.imag(value.data) / STEP)
