"""The check of one layer: every gradient, on several shapes, in both phases, with every choice of hyper-parameters."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layerdsl.check import agreement, manners
from layerdsl.check.case import AnyBlob, Case, Hyper, text_of_shape
from layerdsl.check.culprit import culprit
from layerdsl.check.finding import Finding, Tally
from layerdsl.check.gradients import slopes
from layerdsl.check.meaning import Meaning
from layerdsl.check.report import diagnostic
from layerdsl.check.settings import bases, variants
from layerdsl.check.sizes import cases
from layerdsl.check.table import Row
from layerdsl.check.trial import Trial, has_parts, suitable_mode, trial
from layerdsl.graph import LayerGraph, Node, walk
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer

SHAPES = 5  # for the defaults; other choices of hyper-parameters are tried on fewer
FEWER = 2


@dataclass(frozen=True)
class LayerResult:
    """The rows of a layer and what is wrong with it."""

    rows: tuple[Row, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class _Outcome:
    """What came of one case: tallies by blob, and findings with the place to blame."""

    case: Case
    tallies: Mapping[str, Tally]
    diagnostics: tuple[Diagnostic, ...]


def check_layer(compiled: CompiledLayer, layer_class: type[Any], known: Mapping[str, Hyper]) -> LayerResult:
    """Checks a layer in the form of its emitted class; `known` are hyper-parameters that an example gives."""
    layer = compiled.graph
    random = _seeded(layer.name)
    tried = _cases(layer, known, layer_class, random)
    if not tried:
        return LayerResult(
            (Row(layer.name, "", "", (), 0, None, "not checked"),), (_no_shape(layer, layer_class, known, random),)
        )
    meaning = Meaning(layer)
    names = _differentiated(meaning)
    outcomes = [_outcome(case, meaning, layer_class, names) for case in tried]
    found = [each for outcome in outcomes for each in outcome.diagnostics]
    return LayerResult(_rows(layer, names, outcomes), _first_of_each(found))


def _differentiated(meaning: Meaning) -> tuple[str, ...]:
    program = meaning.program
    return tuple(name for name, _ in (*program.bottom_diffs, *program.blob_diffs))


def _cases(
    layer: LayerGraph, known: Mapping[str, Hyper], layer_class: type[Any], random: np.random.RandomState
) -> list[Case]:
    """The cases to try: sizes that hold for the first hyper-parameters that allow any, then the other choices."""
    for base in bases(layer, known):
        first = _accepted(cases(layer, base, SHAPES, random), layer_class, random)
        if first:
            others = [case for given in variants(layer, base)[1:] for case in cases(layer, given, FEWER, random)]
            return _in_phases(layer, [*first, *_accepted(others, layer_class, random)])
    return []


def _accepted(tried: Sequence[Case], layer_class: type[Any], random: np.random.RandomState) -> list[Case]:
    """The cases that the emitted layer itself accepts."""
    return [case for case in tried if _refusal(case, layer_class, random) is None]


def _refusal(case: Case, layer_class: type[Any], random: np.random.RandomState) -> str | None:
    try:
        suitable_mode(case, layer_class, random)
    except ValueError as error:
        if not str(error).startswith(case.layer.name):  # every message of the layer's own begins with its name
            raise
        return str(error)
    return None


def _in_phases(layer: LayerGraph, tried: Sequence[Case]) -> list[Case]:
    """Every case in every phase; of a layer that does the same in both, the first one alone in TEST."""
    phases = {"TRAIN": (True,), "TEST": (False,), None: (True, False)}[layer.phase]
    asks = any(node.op == "phase" for node in walk(_outputs(layer)))
    return [
        replace(case, train=train) for train in phases for case in (tried if asks or train == phases[0] else tried[:1])
    ]


def _outputs(layer: LayerGraph) -> list[Node]:
    conditions = [requirement.condition for requirement in layer.requirements]
    return [*conditions, *(node for _, node in (*layer.outputs, *layer.updates, *layer.overrides))]


def _seeded(text: str) -> np.random.RandomState:
    """Random numbers that are the same on every machine and do not depend on what else is checked."""
    return np.random.RandomState(zlib.crc32(text.encode()))


def _outcome(case: Case, meaning: Meaning, layer_class: type[Any], names: Sequence[str]) -> _Outcome:
    random = _seeded(f"{case.layer.name} {case.param_str} {sorted(case.sizes.items())} {case.phase}")
    mode = suitable_mode(case, layer_class, random)
    if mode is None:
        return _Outcome(case, {}, ())

    def again() -> Trial:
        return trial(case, meaning, layer_class, mode, random)

    first = again()
    tallies = slopes(first, again, names, random)
    found = [tally.finding for tally in tallies.values() if tally.finding is not None]
    blamed = {finding.blob for finding in found}
    found += [each for each in agreement.disagreements(first) if each.blob not in blamed]
    found += [] if found or not has_parts(layer_class) else agreement.disagreements(replace(first, parts=True))
    found += manners.faults(first)
    return _Outcome(case, tallies, tuple(_explained(finding, first) for finding in found))


def _explained(finding: Finding, at: Trial) -> Diagnostic:
    overrides = dict(at.meaning.layer.overrides)
    if finding.blob in overrides:
        return diagnostic(finding, overrides[finding.blob].origin.span)
    return diagnostic(finding, culprit(at, finding.blob) if finding.kind in ("slope", "backward") else None)


def _first_of_each(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What shows on every shape is said once."""
    by_message: dict[str, Diagnostic] = {}
    for each in found:
        by_message.setdefault(each.message, each)
    return tuple(by_message.values())


def _rows(layer: LayerGraph, names: Sequence[str], outcomes: Sequence[_Outcome]) -> tuple[Row, ...]:
    if not names:
        return (Row(layer.name, "nothing", _phases(outcomes), _shapes(layer, outcomes, ""), 0, None, _plain(outcomes)),)
    return tuple(_row(layer, name, outcomes) for name in names)


def _row(layer: LayerGraph, name: str, outcomes: Sequence[_Outcome]) -> Row:
    measured = [outcome for outcome in outcomes if name in outcome.tallies]
    tally = sum((outcome.tallies[name] for outcome in measured), Tally())
    error = tally.worst if tally.measured else None
    return Row(
        layer.name, name, _phases(measured), _shapes(layer, measured, name), tally.measured, error, _verdict(tally)
    )


def _verdict(tally: Tally) -> str:
    if tally.finding is not None:
        return "given by hand" if tally.finding.kind == "by hand" else "WRONG"
    if not tally.measured:
        return "not measurable"
    return f"ok, {tally.kinks} on kinks" if tally.kinks else "ok"


def _plain(outcomes: Sequence[_Outcome]) -> str:
    return "WRONG" if any(outcome.diagnostics for outcome in outcomes) else "ok"


def _phases(outcomes: Sequence[_Outcome]) -> str:
    return ", ".join(dict.fromkeys(outcome.case.phase for outcome in outcomes))


def _shapes(layer: LayerGraph, outcomes: Sequence[_Outcome], name: str) -> tuple[str, ...]:
    blobs: tuple[AnyBlob, ...] = (*layer.bottoms, *layer.blobs)
    shown = [blob for blob in blobs if blob.name == name] or blobs[:1]
    shapes = [text_of_shape(outcome.case.shape(blob)) for outcome in outcomes for blob in shown]
    return tuple(dict.fromkeys(shapes))


def _no_shape(
    layer: LayerGraph, layer_class: type[Any], known: Mapping[str, Hyper], random: np.random.RandomState
) -> Diagnostic:
    """Why there is nothing to try the layer with."""
    message = f"`{layer.name}` was not checked: no sizes were found that it accepts"
    refusals = [
        refusal
        for base in bases(layer, known)
        for case in cases(layer, base, 1, random)
        if (refusal := _refusal(case, layer_class, random))
    ]
    advice = "an `example` that runs the layer shows which hyper-parameters go together; `--set name=value` gives them"
    return Diagnostic("LD603", message, layer.span, notes=tuple(refusals[:1]), help=advice, level="warning")
