"""Random draws where whole words of the generator will do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def _chance(random: Any, chance: float, out: Any) -> None:
    """Fill `out` with conditions that are true with this chance, to a part in 2**32; not a number is never.

    A draw takes one word of the generator, half of what a number in double precision takes.
    """
    words = random.randint(0, 4294967296, out.shape, dtype=np.uint32)
    limit = 0 if math.isnan(chance) else math.ceil(min(max(chance, 0.0), 1.0) * 4294967296)
    if limit == 4294967296:
        out.fill(True)
    else:
        np.less(words, np.uint32(limit), out=out)
