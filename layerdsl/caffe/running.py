"""What an emitted layer does along an axis from place to place.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _cumsum(x: Any, out: Any) -> None:
    """out[..., i] = the sum of x[..., :i + 1]."""
    np.add.accumulate(x, axis=-1, out=out)


def _cumsum_back(x: Any, out: Any) -> None:
    """out[..., i] = the sum of x[..., i:]."""
    np.add.accumulate(x[..., ::-1], axis=-1, out=out[..., ::-1])
