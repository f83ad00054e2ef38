"""The check of one layer: every gradient, on several shapes, in both phases, with every choice of hyper-parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from layerdsl.check.case import Case, Hyper
from layerdsl.check.concrete import base
from layerdsl.check.larger import faults_at_large
from layerdsl.check.meaning import Meaning
from layerdsl.check.outcome import Outcome, outcome
from layerdsl.check.probing import properties_of
from layerdsl.check.properties import PropertyRow
from layerdsl.check.rows import rows, second_rows
from layerdsl.check.second import second_order
from layerdsl.check.seeds import seeded
from layerdsl.check.settings import bases, variants
from layerdsl.check.sizes import cases
from layerdsl.check.table import Row
from layerdsl.check.trial import suitable_mode
from layerdsl.graph import LayerGraph, Node
from layerdsl.operators.body import walk_deep
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer

SHAPES = 5  # for the defaults; other choices of hyper-parameters are tried on fewer
FEWER = 2


@dataclass(frozen=True)
class LayerResult:
    """The rows of a layer, what is wrong with it, and for a message the layer and row that it belongs to."""

    rows: tuple[Row, ...]
    diagnostics: tuple[Diagnostic, ...]
    properties: tuple[PropertyRow, ...] = ()
    shown_in: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def check_layer(
    compiled: CompiledLayer, layer_class: type[Any], known: Mapping[str, Hyper], second: bool = False
) -> LayerResult:
    """Checks a layer in the form of its emitted class; `known` are hyper-parameters that an example gives, and
    `second` asks for second derivatives too."""
    layer = compiled.graph
    random = seeded(layer.name)
    tried = _cases(layer, known, layer_class, random)
    if not tried:
        return LayerResult(
            (Row(layer.name, "", "", (), 0, None, "not checked"),), (_no_shape(layer, layer_class, known, random),)
        )
    meaning = Meaning(layer)
    names = _differentiated(meaning)
    outcomes = [outcome(case, meaning, layer_class, names) for case in tried]
    found = [each for one in outcomes for each in one.diagnostics]
    if names and not found and not any(one.tallies for one in outcomes):
        found.append(_unchecked(layer, "no values were found for which its tops are finite", ()))
    properties, broken = properties_of(tried, layer_class, layer.span)
    if not any(each.level == "error" for each in found):  # else they would say the same again
        found += [*(each for _, each in broken), *faults_at_large(tried[0], layer_class)]
    more = second_order(tried, meaning, layer_class) if second else ()
    found += [each for one in more for each in one.diagnostics]
    shown_in = {each.message: (layer.name, name) for name, each in (*broken, *_by_gradient(outcomes))}
    told = (*rows(layer, names, outcomes), *second_rows(layer, more))
    return LayerResult(told, _first_of_each(found), properties, shown_in)


def _by_gradient(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, Diagnostic]]:
    """The diagnostics of the outcomes with the gradients that they speak of."""
    for one in outcomes:
        for finding, each in zip(one.findings, one.diagnostics, strict=True):
            yield f"gradient of {base(finding.blob)}", each


def cases_of(
    layer: LayerGraph, layer_class: type[Any], known: Mapping[str, Hyper] = MappingProxyType({})
) -> list[Case]:
    """The cases with which a layer is tried."""
    return _cases(layer, known, layer_class, seeded(layer.name))


def _differentiated(meaning: Meaning) -> tuple[str, ...]:
    program = meaning.program
    return tuple(name for name, _ in (*program.bottom_diffs, *program.blob_diffs))


def _cases(
    layer: LayerGraph, known: Mapping[str, Hyper], layer_class: type[Any], random: np.random.RandomState
) -> list[Case]:
    """The cases to try: sizes that hold for the first hyper-parameters that allow any, then the other choices."""
    for start in bases(layer, known):
        first = _accepted(cases(layer, start, SHAPES, random), layer_class, random)
        if first:
            others = [case for given in variants(layer, start)[1:] for case in cases(layer, given, FEWER, random)]
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
    asks = any(node.op == "phase" for node in walk_deep(_outputs(layer)))
    return [
        replace(case, train=train) for train in phases for case in (tried if asks or train == phases[0] else tried[:1])
    ]


def _outputs(layer: LayerGraph) -> list[Node]:
    conditions = [requirement.condition for requirement in layer.requirements]
    return [*conditions, *(node for _, node in (*layer.outputs, *layer.updates, *layer.overrides))]


def _first_of_each(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What shows on every shape is said once."""
    by_message: dict[str, Diagnostic] = {}
    for each in found:
        by_message.setdefault(each.message, each)
    return tuple(by_message.values())


def _no_shape(
    layer: LayerGraph, layer_class: type[Any], known: Mapping[str, Hyper], random: np.random.RandomState
) -> Diagnostic:
    """Why there is nothing to try the layer with."""
    refusals = [
        refusal
        for start in bases(layer, known)
        for case in cases(layer, start, 1, random)
        if (refusal := _refusal(case, layer_class, random))
    ]
    return _unchecked(layer, "no sizes were found that it accepts", tuple(refusals[:1]))


def _unchecked(layer: LayerGraph, why: str, notes: tuple[str, ...]) -> Diagnostic:
    advice = "an `example` that runs the layer shows which hyper-parameters go together; `--set name=value` gives them"
    message = f"`{layer.name}` was not checked: {why}"
    return Diagnostic("LD603", message, layer.span, notes=notes, help=advice if layer.hypers else "", level="warning")
