"""Exact values as two doubles, and how far a result is from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

from benchmarks.accuracy.functions import Exact

Array = Any


@dataclass(frozen=True)
class Wanted:
    """An exact array as the sum of two doubles; `least` is the magnitude whose last place is the least unit."""

    high: Array
    low: Array
    least: float = 0.0


def place_by_place(function: Exact, arguments: list[Array], least: float = 0.0) -> Wanted:
    """What a function of mpmath's numbers is worth at each place."""
    columns = [[mp.mpf(number) for number in column.tolist()] for column in arguments]
    return as_doubles(np.array([function(*place) for place in zip(*columns, strict=True)], object), least)


def as_doubles(values: Array, least: float = 0.0) -> Wanted:
    """An array of mpmath's numbers."""
    flat = values.ravel().tolist()
    high = [float(value) for value in flat]
    low = [float(value - mp.mpf(top)) if np.isfinite(top) else 0.0 for value, top in zip(flat, high, strict=True)]
    return Wanted(np.array(high).reshape(values.shape), np.array(low).reshape(values.shape), least)


def units(found: Array, wanted: Wanted) -> Array:
    """Errors in units in the last place of the exact value, in the precision of what was found.

    Below the smallest normal number, that number is the unit: such a result may be 0. Where the exact value is finite
    when it is rounded, a result that is infinite or no number is infinitely wrong; where it is infinite, so has to
    be the result.
    """
    kind, facts = found.dtype.type, np.finfo(found.dtype)
    with np.errstate(all="ignore"):
        rounded = wanted.high.astype(kind)
        size = np.clip(np.abs(rounded), kind(wanted.least), facts.max)
        unit = np.where(size < facts.tiny, facts.tiny, np.spacing(size)).astype(np.float64)
        error = np.abs((found.astype(np.float64) - wanted.high) - wanted.low) / unit
        same = (found == rounded) & ~np.isfinite(rounded)
    error = np.where(np.isfinite(found) & np.isfinite(rounded), error, np.inf)
    return np.where(same, 0.0, error)
