"""With which cases a layer is tried: hyper-parameters, sizes and phases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Final

import numpy as np

from layerdsl.check.case import Case, Hyper
from layerdsl.check.samples import Samples, known, sampled
from layerdsl.check.searching import goes_together, searched
from layerdsl.check.seeds import seeded
from layerdsl.check.settings import bases, variants
from layerdsl.check.sizes import cases
from layerdsl.check.trial import is_refusal, suitable_mode
from layerdsl.graph import LayerGraph, Node
from layerdsl.operators.body import walk_deep

SHAPES: Final = 5  # for the defaults; other choices of hyper-parameters are tried on fewer
FEWER: Final = 2


def chosen(layer: LayerGraph, layer_class: type[Any], samples: Samples = ()) -> list[Case]:
    """The cases to try: sizes that hold for the first hyper-parameters that allow any, the other choices, and those of
    the examples."""
    random = seeded(layer.name)
    shown = _accepted(list(islice(sampled(layer, samples), FEWER)), layer_class, seeded(f"examples {layer.name}"))
    for start in _starts(layer, samples, bool(shown), random):
        first = _accepted(cases(layer, start, SHAPES, random), layer_class, random)
        if first:
            others = [case for given in variants(layer, start)[1:] for case in cases(layer, given, FEWER, random)]
            found = [*first, *_accepted(others, layer_class, random)]
            return _in_phases(layer, [*found, *(case for case in shown if case not in found)])
    return _in_phases(layer, shown)


def _starts(
    layer: LayerGraph, samples: Samples, enough: bool, random: np.random.RandomState
) -> Iterator[Mapping[str, Hyper]]:
    """Hyper-parameters to begin with: usual ones, and where there is nothing else to go by those that are searched."""
    usual = list(bases(layer, known(samples)))
    possible = (start for start in usual if goes_together(layer, start))
    return possible if enough else chain(possible, searched(layer, usual[0], random))


def refusals(layer: LayerGraph, layer_class: type[Any], samples: Samples = ()) -> tuple[str, ...]:
    """What the layer itself says of cases that seemed to go."""
    random = seeded(layer.name)
    found = (
        _refusal(case, layer_class, random)
        for start in bases(layer, known(samples))
        for case in cases(layer, start, 1, random)
    )
    return tuple(filter(None, found))


def _accepted(tried: Sequence[Case], layer_class: type[Any], random: np.random.RandomState) -> list[Case]:
    """The cases that the emitted layer itself accepts."""
    return [case for case in tried if _refusal(case, layer_class, random) is None]


def _refusal(case: Case, layer_class: type[Any], random: np.random.RandomState) -> str | None:
    try:
        suitable_mode(case, layer_class, random)
    except ValueError as error:
        if not is_refusal(error, case):
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
