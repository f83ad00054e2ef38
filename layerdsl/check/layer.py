"""The check of one layer: every gradient, on several shapes, in both phases, with every choice of hyper-parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layerdsl.check.choice import chosen, refusals
from layerdsl.check.concrete import base
from layerdsl.check.larger import faults_at_large
from layerdsl.check.meaning import Meaning
from layerdsl.check.outcome import Outcome, outcome
from layerdsl.check.probing import properties_of
from layerdsl.check.properties import PropertyRow
from layerdsl.check.rows import rows, second_rows
from layerdsl.check.samples import Samples
from layerdsl.check.second import second_order
from layerdsl.check.table import Row
from layerdsl.graph import LayerGraph
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


@dataclass(frozen=True)
class LayerResult:
    """The rows of a layer, what is wrong with it, and for a message the layer and row that it belongs to."""

    rows: tuple[Row, ...]
    diagnostics: tuple[Diagnostic, ...]
    properties: tuple[PropertyRow, ...] = ()
    shown_in: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def check_layer(
    compiled: CompiledLayer, layer_class: type[Any], samples: Samples = (), second: bool = False
) -> LayerResult:
    """Checks a layer in the form of its emitted class; `samples` are what examples show of it, and `second` asks for
    second derivatives too."""
    layer = compiled.graph
    tried = chosen(layer, layer_class, samples)
    if not tried:
        why = "no sizes and values were found that it accepts"
        unchecked = _unchecked(layer, why, refusals(layer, layer_class, samples)[:1])
        return LayerResult((Row(layer.name, "", "", (), 0, None, "not checked"),), (unchecked,))
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


def _differentiated(meaning: Meaning) -> tuple[str, ...]:
    program = meaning.program
    return tuple(name for name, _ in (*program.bottom_diffs, *program.blob_diffs))


def _first_of_each(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What shows on every shape is said once."""
    by_message: dict[str, Diagnostic] = {}
    for each in found:
        by_message.setdefault(each.message, each)
    return tuple(by_message.values())


def _unchecked(layer: LayerGraph, why: str, notes: tuple[str, ...]) -> Diagnostic:
    message = f"`{layer.name}` was not checked: {why}"
    return Diagnostic("LD603", message, layer.span, notes=notes, help=_advice(layer), level="warning")


def _advice(layer: LayerGraph) -> str:
    """What the user can do where nothing goes that is tried."""
    if layer.hypers:
        return "an `example` that runs the layer shows what hyper-parameters go together; `--set name=value` gives them"
    if any(blob.qualifier for blob in layer.bottoms):
        return "an `example` gives it values of your own: what it makes of them is checked, its gradients are not"
    return ""
