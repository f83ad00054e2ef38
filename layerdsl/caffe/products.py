"""Products of matrices: of the rows of two, and those that are added to what is there.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _add_product(a: Any, b: Any, room: Any, out: Any) -> None:
    """Add the product of two matrices to `out`, by blocks of as many rows as the flat `room` has place for."""
    rows = max(len(room) // max(out.shape[1], 1), 1)
    times = np.matmul if len(b) > 1 else np.dot  # `dot` fills `out` with 0 first; `matmul` is slow for one row
    for i in range(0, len(out), rows):
        part = out[i : i + rows]
        product = room[: part.size].reshape(part.shape)
        times(a[i : i + rows], b, out=product)
        np.add(part, product, out=part)


def _rows_times_rows(a: Any, b: Any, room: Any, out: Any) -> None:
    """out = the products of all rows of `a` with all rows of `b`.

    Of few rows with many it is made the other way round, in the flat `room`: BLAS packs the smaller matrix then.
    """
    if 1 < len(a) <= 64 and b.size >= 16384:
        turned = room[: out.size].reshape(out.shape[::-1])
        np.dot(b, a.T, out=turned)
        np.copyto(out, turned.T)
    else:
        np.dot(a, b.T, out=out)
