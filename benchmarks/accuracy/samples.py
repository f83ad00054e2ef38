"""The arguments for which functions are measured: all magnitudes, what nets have, and both sides of awkward places."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from benchmarks.accuracy.functions import Function

Array = Any
BITS = {np.float32: np.uint32, np.float64: np.uint64}


def sample(function: Function, kind: Any, count: int, seed: int = 0) -> list[Array]:
    """About `count` places in the domain of a function, one array for each argument, in a precision."""
    random = np.random.RandomState(seed)
    columns = (
        _pairs(function, kind, count, random)
        if len(function.arguments) > 1
        else [_single(function, kind, count, random)]
    )
    table = np.unique(np.array(columns, kind), axis=1)
    held = np.array([function.domain(*place) for place in table.T.tolist()])
    return list(table[:, held])


def _single(function: Function, kind: Any, count: int, random: Any) -> Array:
    quarter = count // 4
    places = np.concatenate([_near(place, kind, count // 16) for place in (0, *function.near)])
    return np.concatenate(
        [
            _magnitudes(kind, quarter, random),
            random.uniform(-4, 4, quarter).astype(kind),
            random.uniform(*_exponents(kind), quarter).astype(kind),
            random.uniform(0, 1, quarter).astype(kind),
            places,
            _ends(kind),
        ]
    )


def _pairs(function: Function, kind: Any, count: int, random: Any) -> list[Array]:
    """All magnitudes against each other, like magnitudes, close neighbours, and the ends of the range."""
    third = count // 3
    a = np.concatenate(
        [_magnitudes(kind, third, random), random.uniform(-9, 9, third), _magnitudes(kind, third, random)]
    )
    near = a[2 * third :] * random.uniform(0.99, 1.01, third)
    b = np.concatenate([_magnitudes(kind, third, random), random.uniform(-9, 9, third), near])
    ends = list(itertools.product(_ends(kind), repeat=2))
    columns = [[a.astype(kind), b.astype(kind)], np.array(ends, kind).T]
    for place in function.near:
        beside = _near(place, kind, count // 8)
        columns.append([beside, random.uniform(-100, 100, beside.size).astype(kind)])
    return list(np.concatenate(columns, axis=1))


def _magnitudes(kind: Any, count: int, random: Any) -> Array:
    """Finite numbers whose bits are drawn: each power of two is as likely, and each sixteenth number is denormal."""
    bits = np.frombuffer(random.bytes(count * np.dtype(kind).itemsize), BITS[kind])
    found = bits.view(kind).copy()
    denormal = (bits >> BITS[kind](np.finfo(kind).iexp + 1)).view(kind)
    rest = ~np.isfinite(found) | (np.arange(count) % 16 == 0)
    found[rest] = denormal[rest]
    return found


def _near(place: float, kind: Any, count: int) -> Array:
    """The neighbours of a place, and ever closer places on both of its sides."""
    steps = np.geomspace(np.finfo(kind).tiny, 1, count // 2, dtype=np.float64)
    at = kind(place)
    below, above = [at], [at]
    for _ in range(16):
        below.append(np.nextafter(below[-1], kind(-np.inf)))
        above.append(np.nextafter(above[-1], kind(np.inf)))
    return np.concatenate([below, above, (at + steps).astype(kind), (at - steps).astype(kind)])


def _exponents(kind: Any) -> tuple[float, float]:
    """Where an exponential neither is 0 nor overflows, and a little further."""
    return (-110.0, 95.0) if kind is np.float32 else (-760.0, 720.0)


def _ends(kind: Any) -> Array:
    facts = np.finfo(kind)
    positive = [0.0, np.nextafter(kind(0), kind(1)), facts.tiny, facts.eps, 1.0, facts.max]
    return np.array([sign * number for number in positive for sign in (1, -1)], kind)
