from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST: float
INPUTS: str
AWKWARD: tuple[tuple[str, Callable[[tuple[int, ...], np.random.RandomState], Any]], ...]
