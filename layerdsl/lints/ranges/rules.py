"""What every operator makes of the ranges of its arguments.

An operator of which nothing can be said stands in `UNKNOWN`; the tests see to it that none is forgotten.
"""

from __future__ import annotations

from typing import Final

from layerdsl.lints.ranges.along import ALONG
from layerdsl.lints.ranges.arithmetic import ARITHMETIC
from layerdsl.lints.ranges.elements import ELEMENTS
from layerdsl.lints.ranges.leaves import LEAVES
from layerdsl.lints.ranges.reductions import REDUCTIONS
from layerdsl.lints.ranges.rule import Rule

RULES: Final[dict[str, Rule]] = {**LEAVES, **ELEMENTS, **ARITHMETIC, **REDUCTIONS, **ALONG}

#: Operators of which nothing is said: leaves that a net fills, and products whose numbers may have any sign.
UNKNOWN: Final = frozenset(
    """
    bottoms cotangent cotangents derived of_shape grad spread extern use scan result bundle objective
    carried step inner inside joint bordered seen overlaid inside_border conv conv_bias conv_back conv_weights
    window_extreme window_best
    """.split()
)
