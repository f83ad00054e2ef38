"""The properties that Caffe asks of any layer, tried on an emitted class; what its formulas say is known here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from layerdsl.caffe import standin
from layerdsl.check import values as ranges
from layerdsl.check.agreement import spread
from layerdsl.check.case import Array, Case
from layerdsl.check.larger import other_batches
from layerdsl.check.meaning import Meaning
from layerdsl.check.probe.bench import Bench, Point, Tried
from layerdsl.check.probe.broken import Broken
from layerdsl.check.probe.findings import Findings
from layerdsl.check.probe.precision import AWKWARD, INPUTS, LARGEST
from layerdsl.check.probe.properties import NAMES, check
from layerdsl.check.probe.runs import OnStandin
from layerdsl.check.properties import PropertyRow, notes_of, rows_of
from layerdsl.check.report import REPORT
from layerdsl.check.seeds import current, seeded
from layerdsl.check.subject import quiet
from layerdsl.check.subject import seeded as seeded_all
from layerdsl.check.trial import SameDraws, suitable_mode
from layerdsl.check.values import Mode
from layerdsl.emit.ends import memory_name
from layerdsl.gradient.by_hand import by_hand
from layerdsl.graph import Node, walk
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import Named, World
from layerdsl.source import Diagnostic, Span

# Gradients are held against the formulas elsewhere, and what awkward inputs give is known from them.
TRIED: Final = tuple(name for name in NAMES if name not in ("gradient", "awkward inputs"))
Shapes = Sequence[Sequence[int]]

# Operators whose result may hang on the last digits of their arguments.
CONDITIONED: Final = frozenset("inverse solve logdet cholesky eigenvalues eigenvectors".split())
SMALLEST: Final = 1e-37
MOST_OTHERS: Final = 6
HALF: Final = 2.0**-24  # by how much, relatively, float32 rounds at most


def probe(cases: Sequence[Case], mode: Mode, layer_class: type[Any]) -> Findings:
    """Tries everything in the first of these cases; others of the same hyper-parameters are its other sizes."""
    alike = [case for case in (*cases, *other_batches(cases[0], layer_class)) if _alike(case, cases[0])]
    bench = CaseBench(alike, mode, Meaning(cases[0].whole), layer_class)
    with quiet(), seeded_all():
        found = check(bench, TRIED)
        if not any(fault["property"] == "set-up" for fault in found.faults):
            found.begin("awkward inputs")
            _check_awkward(bench)
    return found


class _Memory:
    """A state that is no blob, as one: it is known where it is kept."""

    def __init__(self, layer: Any, name: str) -> None:
        self.layer, self.attribute = layer, memory_name(name)
        self.diff = np.zeros(self.shape)

    @property
    def data(self) -> Array:
        """The array, which `reshape()` may make anew."""
        data: Array = getattr(self.layer, self.attribute)
        return data

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return self.data.shape


class _WithMemories(OnStandin):
    """Makes runs whose blobs include the states that are none."""

    def __init__(self, host: Any, layer_class: type[Any], param_str: str, memories: Sequence[str]) -> None:
        super().__init__(host, layer_class, param_str)
        self.memories = memories

    def run(self, arrays: Sequence[Array], settings: Any) -> Any:
        """A new instance."""
        made = super().run(arrays, settings)
        if self.memories:
            made.__class__ = _remembering(made.__class__)
            made.memories = [_Memory(made.layer, name) for name in self.memories]
        return made


def _remembering(kind: type[Any]) -> type[Any]:
    """The class of a run with the memories behind its blobs."""
    return type(kind.__name__, (kind,), {"blobs": property(lambda self: [*self.net.blobs, *self.memories])})


class CaseBench(Bench):
    """A bench whose points are those of cases."""

    def __init__(self, cases: Sequence[Case], mode: Mode, meaning: Meaning, layer_class: type[Any]) -> None:
        case = cases[0]
        layer = case.layer
        self.case, self.meaning, self.layer_class, self.mode = case, meaning, layer_class, mode
        self.cases = {tuple(each.shape(blob) for blob in layer.bottoms): each for each in reversed(cases)}
        derived = {name for name, _ in (*meaning.program.bottom_diffs, *layer.overrides)}
        super().__init__(
            _WithMemories(standin, layer_class, case.param_str, [one.name for one in layer.memories]),
            [{"shape": list(case.shape(blob)), "kind": "normal"} for blob in layer.bottoms],
            [blob.name in derived for blob in layer.bottoms],
            len(layer.tops),
            {kind: [b.name for b in blobs] for kind, blobs in
             (("bottom", layer.bottoms), ("top", layer.tops), ("blob", layer.held))},
            current(),
        )  # fmt: skip
        self.strict_in_place = self.knows_formulas = True
        self.operations = sum(1 for _ in walk(node for _, node in _results(meaning)))
        self.by_hand = set(by_hand(layer))

    def others(self) -> list[tuple[str, list[tuple[int, ...]]]]:
        """The sizes of the other cases."""
        here = tuple(self.shapes())
        return [(_words(shapes), list(shapes)) for shapes in self.cases if shapes != here][:MOST_OTHERS]

    def point(self, shapes: Shapes | None = None, random: np.random.RandomState | None = None, phase: int = 0) -> Point:
        """A point of the case of these shapes, at which tops are finite where that can be had."""
        case = self.cases[tuple(tuple(one) for one in shapes or self.shapes())]
        point = self._drawn(case, random or self.random)
        for _ in range(3):
            if all(np.isfinite(top).all() for top in Tried(self, point, phase).tops()):
                break
            point = self._drawn(case, random or self.random)
        return point

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


def _words(shapes: Sequence[Sequence[int]]) -> str:
    return "x".join(map(str, shapes[0])) or "scalar" if shapes else "no bottoms"


def _point(case: Case, values: Mapping[str, Array]) -> Point:
    return Point([values[b.name] for b in case.layer.bottoms], [values[b.name] for b in case.layer.held])


def _results(meaning: Meaning) -> tuple[tuple[str, Node], ...]:
    program = meaning.program
    return (*meaning.tops_as_said, *program.bottom_diffs, *program.blob_diffs)


def _check_awkward(bench: CaseBench) -> None:
    """In float32 everything is finite for which the formulas stay in its range all the way."""
    without = [words for words, make in AWKWARD if not _awkward(bench, words, make)]
    bench.findings.row(INPUTS + ("; out of range: " + ", ".join(without) if without else ""))


def _awkward(bench: CaseBench, words: str, make: Any) -> bool:
    """Whether the formulas have values there; what the layer makes of them is told where it is none."""
    values = _filled(bench, make)
    cotangents = {top.name: np.ones(bench.case.shape(top)) for top in bench.case.layer.tops}
    right = _by_formula(bench, values, cotangents)
    if right is None:
        return False
    tried = Tried(bench, _point(bench.case, values), dtype=np.float32)
    try:
        got = {bench.name("top", j): top for j, top in enumerate(tried.tops())}
    except Broken as broken:
        if str(broken.error).startswith(bench.case.layer.name):  # it refuses them, as a place that is not there
            return False
        raise
    diffs = tried.gradients(list(cotangents.values()))
    got |= {bench.name(*name): diff for name, diff in diffs.items()}
    for name, value in right.items():
        wrong = ~np.isfinite(got[name]) & np.isfinite(value)
        if wrong.any():
            place = tuple(int(i) for i in np.argwhere(wrong)[0])
            said = f"`{name}` is not finite for {words}, where its formula is"
            bench.findings.fault(said, name, place, got[name][place], value[place], ("emitted", "by the formula"))
    return all(np.isfinite(value).all() for value in right.values())


def _filled(bench: CaseBench, make: Any) -> dict[str, Array]:
    random = np.random.RandomState(11)
    values = ranges.draw(bench.case, bench.mode, random)
    free = [blob for blob in bench.case.layer.bottoms if not ranges.is_place(bench.case, blob)]
    return {**values, **{b.name: np.asarray(make(bench.case.shape(b), random), np.float64) for b in free}}


def _by_formula(bench: CaseBench, values: dict[str, Array], cotangents: dict[str, Array]) -> dict[str, Array] | None:
    """Tops and gradients by the formulas; None where some value on the way is out of the range of float32.

    A matrix that has an inverse may have none once its entries are rounded: then float32 has no result.
    """
    world = replace(bench.case.world(values, cotangents), draw=SameDraws(bench.case.layer.order).of_node)
    with quiet():
        try:
            nodes = [node for _, node in _results(bench.meaning)]
            known: dict[Node, Named] = {}
            for node in walk(nodes):
                known[node] = evaluate([node], world, known)[0]
            if not all(_in_range(value.data) for value in known.values()):
                return None
            if any(node.op in CONDITIONED for node in known) and not _survive_rounding(nodes, world):
                return None
            return {**bench.meaning.tops(bench.case, world), **bench.meaning.gradients(bench.case, world)}
        except (LookupError, TypeError, ValueError, ArithmeticError):
            return None


def _survive_rounding(nodes: Sequence[Node], world: World) -> bool:
    """Whether the values are finite if each on the way is rounded to float32."""
    known: dict[Node, Named] = {}
    for node in walk(nodes):
        value = evaluate([node], world, known)[0]
        single = np.asarray(value.data).dtype.kind == "f"
        known[node] = replace(value, data=value.data.astype(np.float32).astype(np.float64)) if single else value
    return all(np.isfinite(known[node].data).all() for node in nodes)


def _in_range(data: Any) -> bool:
    sizes = np.abs(np.asarray(data, np.float64))
    return bool(((sizes == 0) | ((sizes > SMALLEST) & (sizes < LARGEST))).all())


def properties_of(
    tried: Sequence[Case], layer_class: type[Any], span: Span
) -> tuple[tuple[PropertyRow, ...], tuple[Diagnostic, ...]]:
    """The rows of the first of these cases that has values, and what is wrong."""
    mode = suitable_mode(tried[0], layer_class, seeded(tried[0].layer.name))
    if mode is None:
        return (), ()
    found = probe(tried, mode, layer_class)
    return rows_of(found.rows), tuple(_diagnostic(fault, tried[0].layer.name, span) for fault in found.faults)


def _diagnostic(fault: Mapping[str, Any], layer: str, span: Span) -> Diagnostic:
    message = f"`{layer}`: {fault['said']}"
    advice = REPORT if fault["level"] == "error" else fault["help"]
    return Diagnostic("LD607", message, span, "", notes_of(fault), advice, fault["level"])
