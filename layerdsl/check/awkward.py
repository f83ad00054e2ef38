"""Property 9 for an emitted class: awkward values give numbers where the formulas do, in float32."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from layerdsl.check import values as ranges
from layerdsl.check.case import Array, Values
from layerdsl.check.probe.bench import Point, Tried
from layerdsl.check.probe.broken import Broken
from layerdsl.check.probe.precision import AWKWARD, INPUTS
from layerdsl.check.subject import quiet
from layerdsl.check.trial import SameDraws
from layerdsl.graph import Node
from layerdsl.operators.world import Terms

if TYPE_CHECKING:
    from layerdsl.check.probing import CaseBench

SMALLEST: Final = 1e-37
SQUARED: Final = frozenset(("norm", "hypot", "std"))  # roots of squares, which are smaller than they are
Fill = Callable[[tuple[int, ...], np.random.RandomState], Any]


def check_awkward(bench: CaseBench) -> None:
    """A row for all kinds of values; those for which some result has no value at all are named."""
    without = [words for words, make in AWKWARD if not _try(bench, words, make)]
    bench.findings.row(INPUTS + ("; out of range: " + ", ".join(without) if without else ""))


def _try(bench: CaseBench, words: str, make: Fill) -> bool:
    """Whether the formulas have values there; what the layer gives in their place is told where that is none."""
    values = _filled(bench, make)
    cotangents = {top.name: np.ones(bench.case.shape(top)) for top in bench.case.layer.tops}
    right = _by_formula(bench, values, cotangents)
    got = _emitted(bench, values, cotangents) if right is not None else None
    if right is None or got is None:
        return False
    for name, value in right.items():
        wrong = ~np.isfinite(got[name]) & np.isfinite(value)
        if wrong.any():
            place = tuple(int(i) for i in np.argwhere(wrong)[0])
            said = f"`{name}` is not finite for {words}, where its formula is"
            bench.findings.fault(said, name, place, got[name][place], value[place], ("emitted", "by the formula"))
    return all(np.isfinite(value).any() for value in right.values() if value.size)


def _filled(bench: CaseBench, make: Fill) -> dict[str, Array]:
    random = np.random.RandomState(11)
    values = ranges.draw(bench.case, bench.mode, random)
    free = [blob for blob in bench.case.layer.bottoms if not ranges.is_place(bench.case, blob, bench.mode)]
    return {**values, **{b.name: np.asarray(make(bench.case.shape(b), random), np.float64) for b in free}}


def _emitted(bench: CaseBench, values: Values, cotangents: Values) -> dict[str, Array] | None:
    """Tops and gradients in float32; None where the layer refuses the values, as a place that is not there."""
    layer = bench.case.layer
    point = Point([values[b.name] for b in layer.bottoms], [values[b.name] for b in layer.held])
    tried = Tried(bench, point, dtype=np.float32)
    try:
        got = {bench.name("top", j): top for j, top in enumerate(tried.tops())}
    except Broken as broken:
        if str(broken.error).startswith(layer.name):
            return None
        raise
    return got | {bench.name(*name): diff for name, diff in tried.gradients(list(cotangents.values())).items()}


def _by_formula(bench: CaseBench, values: Values, cotangents: Values) -> Mapping[str, Array] | None:
    """Tops and gradients by the formulas, NaN where they have no value in float32 as they are written.

    A matrix that has an inverse may have none once its entries are rounded. None where they can't be worked out at all,
    or where a value on the way is so small that float32 may lose it: `a / b` is `a * (1 / b)` in emitted code.
    """
    case, meaning = bench.case, bench.meaning
    world = replace(case.world(values, cotangents), draw=SameDraws(case.layer.order).of_node)
    found, lost = [], []

    def rounded(node: Node, data: Array, _: Terms) -> Array:
        least = SMALLEST**0.5 if node.op in SQUARED else SMALLEST
        lost.append(bool(((np.abs(data) < least) & (data != 0)).any()))
        return to_single(data)

    with quiet():
        try:
            for there in (world, replace(world, rounded=rounded)):
                found.append({**meaning.tops(case, there), **meaning.gradients(case, there)})
        except (LookupError, TypeError, ValueError, ArithmeticError):
            return None
    if any(lost):
        return None
    exact, narrow = found
    return {name: np.where(np.isfinite(narrow[name]), value, np.nan) for name, value in exact.items()}


def to_single(data: Array) -> Array:
    """The value as float32 would have it, in float64; the complex step keeps its second part."""
    wide, narrow = (complex, np.complex64) if np.iscomplexobj(data) else (float, np.float32)
    return np.asarray(np.asarray(data).astype(narrow).astype(wide))
