"""Cases of other lengths: one with more than a thousand entries, and some in which no parameter has another shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from layerdsl.check import agreement
from layerdsl.check.case import Case, count
from layerdsl.check.meaning import Meaning
from layerdsl.check.report import diagnostic
from layerdsl.check.seeds import seeded
from layerdsl.check.sizes import longer
from layerdsl.check.trial import is_refusal, is_taken, suitable_mode, taken_mode, trial
from layerdsl.graph import walk
from layerdsl.source import Diagnostic

ENTRIES: Final = 1050  # what goes wrong once in a thousand times shows
FACTORS: Final = (2, 3, 4, 5, 6, 8, 10, 14, 20, 34, 60, 200, 600)
MOST_BATCHES: Final = 2
SEEDS: Final = tuple(range(1, 9))  # what a draw has made zero shows nothing: others are tried too


def faults_at_large(case: Case, layer_class: type[Any]) -> tuple[Diagnostic, ...]:
    """Where the emitted layer differs from its formulas on a shape of more than a thousand entries.

    That the formulas' own gradients are slopes is measured on small shapes, entry by entry.
    """
    large = _large(case)
    if large is None or not _accepts(large, layer_class):
        return ()
    random = seeded(f"large {case.layer.name}")
    mode = taken_mode(large, layer_class, random)
    if mode is None:
        return ()
    at = trial(large, Meaning(large.whole), layer_class, mode, random)
    if not is_taken(at):
        return ()
    for seed in SEEDS:
        found = tuple(diagnostic(finding, None) for finding in agreement.disagreements(at, seed))
        if found or not _draws(large):
            return found
    return ()


def _draws(case: Case) -> bool:
    return any(node.op == "draw" for node in walk(node for _, node in case.whole.outputs))


def _large(case: Case) -> Case | None:
    """The case with all axes so many times as long that the largest bottom has more than a thousand entries."""
    for factor in FACTORS:
        found = longer(case, dict.fromkeys(case.sizes, factor))
        if found is not None and max((count(found.shape(b)) for b in found.layer.bottoms), default=0) > ENTRIES:
            return found
    return None


def other_batches(case: Case, layer_class: type[Any]) -> tuple[Case, ...]:
    """The case with axes twice and three times as long on which no parameter or state depends.

    With them an instance can go on that has its parameters, as in a net whose batch or image changes.
    """
    if not case.layer.blobs:
        return ()
    return tuple(one for one in _candidates(case) if _accepts(one, layer_class))[:MOST_BATCHES]


def _candidates(case: Case) -> Iterator[Case]:
    shapes = [case.shape(blob) for blob in case.layer.blobs]
    for name in case.sizes:
        for factor in (2, 3):
            found = longer(case, {name: factor})
            if found is not None and [found.shape(blob) for blob in found.layer.blobs] == shapes:
                yield found


def _accepts(case: Case, layer_class: type[Any]) -> bool:
    """Whether the layer itself takes these sizes."""
    try:
        suitable_mode(case, layer_class, seeded(case.layer.name))
    except ValueError as error:
        if not is_refusal(error, case):
            raise
        return False
    return True
