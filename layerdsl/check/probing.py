"""The properties that Caffe asks of any layer, tried on an emitted class; what its formulas say is known here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from layerdsl.caffe import standin
from layerdsl.check import values as ranges
from layerdsl.check.agreement import spread
from layerdsl.check.awkward import check_awkward
from layerdsl.check.case import Array, Case
from layerdsl.check.concrete import base
from layerdsl.check.larger import other_batches
from layerdsl.check.meaning import Meaning
from layerdsl.check.probe.bench import Bench, Point, Tried
from layerdsl.check.probe.broken import Broken
from layerdsl.check.probe.findings import Findings
from layerdsl.check.probe.properties import NAMES, check
from layerdsl.check.probe.runs import OnStandin
from layerdsl.check.properties import PropertyRow, notes_of, rows_of
from layerdsl.check.report import REPORT
from layerdsl.check.seeds import current, seeded
from layerdsl.check.subject import quiet
from layerdsl.check.subject import seeded as seeded_all
from layerdsl.check.trial import SameDraws, is_refusal, taken_mode
from layerdsl.check.values import Mode
from layerdsl.emit.ends import memory_name
from layerdsl.gradient.by_hand import by_hand
from layerdsl.graph import Node, walk
from layerdsl.source import Diagnostic, Span

# Gradients are held against the formulas elsewhere, and what awkward inputs give is known from them.
TRIED: Final = tuple(name for name in NAMES if name not in ("gradient", "awkward inputs"))
Shapes = Sequence[Sequence[int]]

MOST_OTHERS: Final = 6
POINTS: Final = 10  # so many points are tried until one has values, and until the layer takes one:
TRIES: Final = 30
HALF: Final = 2.0**-24  # by how much, relatively, float32 rounds at most


def probe(cases: Sequence[Case], mode: Mode, layer_class: type[Any]) -> Findings:
    """Tries everything in the first of these cases; others of the same hyper-parameters are its other sizes.

    Nothing is found where the layer takes none of the values that are drawn.
    """
    alike = [case for case in (*cases, *other_batches(cases[0], layer_class)) if _alike(case, cases[0])]
    bench = CaseBench(alike, mode, Meaning(cases[0].whole), layer_class)
    with quiet(), seeded_all():
        if not bench.is_taken(bench.shapes()):
            return bench.findings
        found = check(bench, TRIED)
        if not any(fault["property"] == "set-up" for fault in found.faults):
            found.begin("awkward inputs")
            check_awkward(bench)
    return found


class CaseBench(Bench):
    """A bench whose points are those of cases."""

    def __init__(self, cases: Sequence[Case], mode: Mode, meaning: Meaning, layer_class: type[Any]) -> None:
        case = cases[0]
        layer = case.layer
        self.case, self.meaning, self.layer_class, self.mode = case, meaning, layer_class, mode
        self.cases = {tuple(each.shape(blob) for blob in layer.bottoms): each for each in reversed(cases)}
        self.taken: dict[tuple[tuple[tuple[int, ...], ...], int], Point] = {}
        derived = {name for name, _ in (*meaning.program.bottom_diffs, *layer.overrides)}
        super().__init__(
            OnStandin(standin, layer_class, case.param_str, memories=[memory_name(one.name) for one in layer.memories]),
            [{"shape": list(case.shape(blob)), "kind": "normal"} for blob in layer.bottoms],
            [base(blob.name) in derived for blob in layer.bottoms],
            len(layer.tops),
            {kind: [b.name for b in blobs] for kind, blobs in
             (("bottom", layer.bottoms), ("top", layer.tops), ("blob", layer.held))},
            current(),
        )  # fmt: skip
        self.strict_in_place = self.knows_formulas = True
        self.operations = sum(1 for _ in walk(node for _, node in _results(meaning)))
        given = by_hand(meaning.layer)
        self.by_hand = {blob.name for blob in case.inputs if base(blob.name) in given}

    def others(self) -> list[tuple[str, list[tuple[int, ...]]]]:
        """The sizes of the other cases, as far as values were found for them that the layer takes."""
        here = tuple(self.shapes())
        others = (shapes for shapes in self.cases if shapes != here)
        return [(_words(shapes), list(shapes)) for shapes in others if self.is_taken(shapes)][:MOST_OTHERS]

    def is_taken(self, shapes: Shapes) -> bool:
        """Whether the layer takes some values of these shapes, as places that are worked out of them."""
        self.point(shapes, np.random.RandomState(current()))
        return (_key(shapes), 0) in self.taken

    def point(self, shapes: Shapes | None = None, random: np.random.RandomState | None = None, phase: int = 0) -> Point:
        """A point of the case of these shapes, at which tops are finite where that can be had: else the last that the
        layer took."""
        key = _key(shapes or self.shapes())
        for attempt in range(TRIES):
            point = self._drawn(self.cases[key], random or self.random)
            finite = self._is_finite(point, phase)
            if finite is not None:
                self.taken[key, phase] = point
            if finite or (attempt >= POINTS and (key, phase) in self.taken):
                break
        return self.taken.get((key, phase)) or self.taken.get((key, 0), point)

    def _is_finite(self, point: Point, phase: int) -> bool | None:
        """Whether the layer makes numbers of the values of a point; None where it refuses them."""
        try:
            return all(np.isfinite(top).all() for top in Tried(self, point, phase).tops())
        except Broken as broken:
            refused = isinstance(broken.error, ValueError) and is_refusal(broken.error, self.case)
            return None if refused else True  # what breaks down otherwise is told where it is tried

    def _drawn(self, case: Case, random: np.random.RandomState) -> Point:
        values = ranges.draw(case, self.mode, random)
        single = {name: value.astype(np.float32).astype(np.float64) for name, value in values.items()}
        return _point(case, single)

    def own_rounding(self, point: Point, diffs: Sequence[Array]) -> dict[tuple[str, int], Array]:
        """How far results move when every value of the formulas is rounded to float32."""
        case = self.case
        names = [*self.names["bottom"], *self.names["blob"]]
        values = dict(zip(names, [*point.bottoms, *point.blobs], strict=True))
        tops = {
            top.name: np.broadcast_to(diff, case.shape(top)) for top, diff in zip(case.layer.tops, diffs, strict=True)
        }
        world = case.world(values, tops)
        world = replace(world, draw=SameDraws(case.layer.order).of_node)
        found = spread(case, self.meaning, world, HALF)
        places = {name: (kind, i) for kind, known in self.names.items() for i, name in enumerate(known)}
        return {places[name]: moved for name, moved in found.items()}

    def learn(self) -> None:
        """What a class has to be run for, formulas say."""
        layer = self.case.layer
        self.states = [i for i, blob in enumerate(layer.held) if blob.state]
        self.random_layer = any(node.op == "draw" for node in walk(node for _, node in _results(self.meaning)))
        self.random_layer = self.random_layer and self._draws()

    def _draws(self) -> bool:
        tried = Tried(self, self.point())
        first = tried.tops()
        outside = tried.draws.take()
        tried.draws.stir(1)
        try:
            other = tried.tops(restore=False, blobs=True)
        finally:
            tried.draws.put(outside)
        return not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def _alike(case: Case, other: Case) -> bool:
    """Whether one instance could run on both."""
    names = [[blob.name for blob in (*one.layer.bottoms, *one.layer.tops)] for one in (case, other)]
    return case.given == other.given and case.train == other.train and names[0] == names[1]


def _key(shapes: Shapes) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(one) for one in shapes)


def _words(shapes: Sequence[Sequence[int]]) -> str:
    return "x".join(map(str, shapes[0])) or "scalar" if shapes else "no bottoms"


def _point(case: Case, values: Mapping[str, Array]) -> Point:
    return Point([values[b.name] for b in case.layer.bottoms], [values[b.name] for b in case.layer.held])


def _results(meaning: Meaning) -> tuple[tuple[str, Node], ...]:
    program = meaning.program
    return (*meaning.tops_as_said, *program.bottom_diffs, *program.blob_diffs)


def properties_of(
    tried: Sequence[Case], layer_class: type[Any], span: Span
) -> tuple[tuple[PropertyRow, ...], tuple[tuple[str, Diagnostic], ...]]:
    """The rows of the first of these cases that has values, and what is wrong, with the property."""
    mode = taken_mode(tried[0], layer_class, seeded(tried[0].layer.name))
    if mode is None:
        return (), ()
    found = probe(tried, mode, layer_class)
    told = tuple((str(fault["property"]), _diagnostic(fault, tried[0].layer.name, span)) for fault in found.faults)
    return rows_of(found.rows), told


def _diagnostic(fault: Mapping[str, Any], layer: str, span: Span) -> Diagnostic:
    message = f"`{layer}`: {fault['said']}"
    advice = REPORT if fault["level"] == "error" else fault["help"]
    return Diagnostic("LD607", message, span, "", notes_of(fault), advice, fault["level"])
