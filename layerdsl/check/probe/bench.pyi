from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layerdsl.check.probe.draws import Draws
from layerdsl.check.probe.findings import Findings
from layerdsl.check.probe.runs import OnStandin

Array = NDArray[np.float64]
Name = tuple[str, int]
Shapes = Sequence[Sequence[int]]

class Point:
    bottoms: list[Array]
    blobs: list[Array]
    def __init__(self, bottoms: list[Array], blobs: list[Array]) -> None: ...

class Bench:
    host: OnStandin
    findings: Findings
    random: np.random.RandomState
    states: list[int]
    drifts: bool
    random_layer: bool
    strict_in_place: bool
    knows_formulas: bool
    operations: int
    by_hand: Collection[str]
    names: Mapping[str, Sequence[str]]
    def __init__(
        self,
        host: OnStandin,
        specs: Sequence[Mapping[str, Any]],
        wanted: Sequence[bool] | None = None,
        tops: int | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
        seed: int = 0,
    ) -> None: ...
    def name(self, kind: str, number: int) -> str: ...
    def shapes(self) -> list[tuple[int, ...]]: ...
    def others(self) -> list[tuple[str, list[tuple[int, ...]]]]: ...
    def own_rounding(self, point: Point, diffs: Sequence[Array]) -> dict[Name, Array]: ...
    def run(
        self,
        arrays: Sequence[Array],
        phase: int = 0,
        wanted: Sequence[bool] | None = None,
        in_place: Mapping[int, int] = ...,
        dtype: Any = None,
    ) -> Any: ...
    def learn(self) -> None: ...
    def point(
        self, shapes: Shapes | None = None, random: np.random.RandomState | None = None, phase: int = 0
    ) -> Point: ...

class Tried:
    run: Any
    draws: Draws
    def __init__(
        self,
        bench: Bench,
        point: Point,
        phase: int = 0,
        wanted: Sequence[bool] | None = None,
        in_place: Mapping[int, int] = ...,
        dtype: Any = None,
        keep: bool = True,
    ) -> None: ...
    def tops(self, restore: bool = True, blobs: bool = False) -> list[Array]: ...
    def gradients(
        self, cotangents: Sequence[Array], wanted: Sequence[bool] | None = None, mark: float = ...
    ) -> dict[Name, Array]: ...
