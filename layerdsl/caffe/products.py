"""Products of matrices that are added to what is there.

Written for Python 2.7 and NumPy 1.11 as well: the source of this function goes into the emitted file when a layer needs
it.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _add_product(a: Any, b: Any, room: Any, out: Any) -> None:
    """Add the product of two matrices to `out`, by blocks of as many rows as the flat `room` has place for."""
    rows = max(len(room) // max(out.shape[1], 1), 1)
    times = np.matmul if len(b) > 1 else np.dot  # `dot` fills what it writes with 0 first; `matmul` is slow where K is 1
    for i in range(0, len(out), rows):
        part = out[i : i + rows]
        product = room[: part.size].reshape(part.shape)
        times(a[i : i + rows], b, out=product)
        np.add(part, product, out=part)
