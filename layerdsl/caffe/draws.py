"""Random draws where whole words of the generator will do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def _chance(random: Any, chance: float, out: Any) -> None:
    """Fill `out` with conditions that are true with this chance, to a part in 2**40; not a number is never.

    A draw takes a byte, an eighth of what a number in double precision takes, and one more word of the generator where
    that byte does not decide.
    """
    limit = 0 if math.isnan(chance) else math.ceil(min(max(chance, 0.0), 1.0) * 2.0**40)
    out[...] = limit == 2**40
    if 0 < limit < 2**40:
        for part in _stretches(out):
            _draw_part(random, limit // 2**32, limit % 2**32, part)


def _stretches(out: Any) -> Any:
    """The parts of an array that are drawn at a time; one that has gaps is drawn in one go."""
    flat = out.reshape(-1) if out.flags.c_contiguous else out
    return [flat[a : a + 65536] for a in range(0, len(flat), 65536)] if flat.ndim == 1 else [out]


def _draw_part(random: Any, first: int, rest: int, out: Any) -> None:
    """Conditions that are true where a byte is below `first`, or is that and the next word below `rest`."""
    drawn = random.randint(0, 256, out.shape, dtype=np.uint8)
    np.less(drawn, np.uint8(first), out=out)
    if rest:
        edge = np.nonzero(drawn == first)
        out[edge] = random.randint(0, 4294967296, len(edge[0]), dtype=np.uint32) < rest
