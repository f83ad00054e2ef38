"""What an operator costs in NumPy, in nanoseconds per element on one core: only the order of magnitude matters.

The figures decide what the backward computes again instead of keeping: a value that is kept is written once and
read once, about 0.4 ns per element where it does not fit the cache.
"""

from __future__ import annotations

from typing import Final

KEEPING: Final = 0.45

CHEAP: Final = 0.12

COSTS: Final[dict[str, float]] = {
    "div": 0.2,
    "reciprocal": 0.2,
    "maximum": 0.2,
    "minimum": 0.2,
    "where": 0.4,
    "gate": 0.25,
    "sqrt": 0.35,
    "sign": 0.5,
    "exp": 0.5,
    "log": 0.5,
    "real": 0.2,
    "bottoms": 0.2,
}

DEAR: Final = 2.0  # every operator that is not listed and not among the plain ones

PLAIN: Final = frozenset(
    "add sub mul neg abs square floor round ceil trunc lt le gt ge eq ne and or xor not select coord".split()
)

VIEWS: Final = frozenset({"rename", "slice", "at", "expand", "result", "split", "joined", "flip", "seen"})


def cost(op: str) -> float:
    """Nanoseconds per element."""
    if op in VIEWS:
        return 0.0
    return CHEAP if op in PLAIN else COSTS.get(op, DEAR)
