"""What a check has found out about one blob of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layerdsl.check.case import Case

Kind = Literal["slope", "forward", "backward", "manners", "by hand", "infinite", "second"]


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with `blob`: at `place` the layer has `got` where `wanted` is right.

    kind: the gradient is not the slope; the emitted forward or backward is not what the formulas say; the second
    derivative is not the slope of the gradient; Caffe's manners are not kept (`said` has the words then); the gradient
    was given by hand and is not the slope; or a formula on the way has an infinite slope at this point, so that there
    is no gradient.
    """

    kind: Kind
    case: Case
    blob: str
    said: str = ""
    place: tuple[int, ...] = ()
    got: float = 0.0
    wanted: float = 0.0
    hint: str = ""


@dataclass(frozen=True)
class Tally:
    """How many entries of a blob were measured or lie on kinks, the largest relative error, and the first fault.

    exact: how many of those measured were so by the complex step, the others by differences.
    """

    measured: int = 0
    kinks: int = 0
    worst: float = 0.0
    finding: Finding | None = None
    exact: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.measured + other.measured,
            self.kinks + other.kinks,
            max(self.worst, other.worst),
            self.finding or other.finding,
            self.exact + other.exact,
        )
