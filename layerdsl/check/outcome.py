"""Everything that is held against each other for one case of a layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layerdsl.check import agreement, manners
from layerdsl.check.case import Case
from layerdsl.check.concrete import base
from layerdsl.check.culprit import culprit, singular
from layerdsl.check.finding import Finding, Tally
from layerdsl.check.gradients import slopes
from layerdsl.check.meaning import Meaning
from layerdsl.check.report import diagnostic
from layerdsl.check.seeds import seeded
from layerdsl.check.trial import Trial, has_parts, is_taken, taken_mode, trial
from layerdsl.check.values import MODES
from layerdsl.gradient.by_hand import by_hand
from layerdsl.source import Diagnostic


@dataclass(frozen=True)
class Outcome:
    """What came of one case: a tally for every gradient that could be measured, what is wrong, and how it is said."""

    case: Case
    tallies: Mapping[str, Tally]
    findings: tuple[Finding, ...]
    diagnostics: tuple[Diagnostic, ...]


def outcome(case: Case, meaning: Meaning, layer_class: type[Any], names: Sequence[str]) -> Outcome:
    """Checks one case; `names` are the blobs that have a gradient."""
    random = seeded(f"{case.layer.name} {case.param_str} {sorted(case.sizes.items())} {case.phase}")
    mode = taken_mode(case, layer_class, random)
    if mode is None:
        return _never_finite(case, meaning, layer_class, random)

    first = trial(case, meaning, layer_class, mode, random)
    if not is_taken(first):
        return Outcome(case, {}, (), ())

    def again() -> Trial:
        other = trial(case, meaning, layer_class, mode, random)
        return other if is_taken(other) else first

    tallies = slopes(first, again, case.names(names), random)
    found = [tally.finding for tally in tallies.values() if tally.finding is not None]
    found += _others(first, {finding.blob for finding in found})
    found = [_seen_again(finding, first) for finding in found]
    return Outcome(case, _by_base(tallies), tuple(found), tuple(_explained(finding, first) for finding in found))


def _by_base(tallies: Mapping[str, Tally]) -> dict[str, Tally]:
    """Those of several blobs of one name together."""
    found: dict[str, Tally] = {}
    for name, tally in tallies.items():
        found[base(name)] = found.get(base(name), Tally()) + tally
    return found


def _others(first: Trial, blamed: set[str]) -> Iterator[Finding]:
    """What slopes do not show; of a gradient that is known to be wrong nothing more is said."""
    found = [each for each in agreement.disagreements(first) if each.blob not in blamed]
    if not found and not blamed and has_parts(first.layer_class):
        found = list(agreement.disagreements(replace(first, parts=True)))
    yield from found
    yield from manners.faults(first)


def _never_finite(case: Case, meaning: Meaning, layer_class: type[Any], random: np.random.RandomState) -> Outcome:
    """No values give finite results: a fault where the formulas do have some."""
    for mode in MODES:
        there = trial(case, meaning, layer_class, mode, random)
        forward = agreement.disagreements(there) if is_taken(there) else ()
        found = [each for each in forward if each.kind == "forward"]
        if found:
            return Outcome(case, {}, tuple(found), tuple(_explained(finding, there) for finding in found))
    return Outcome(case, {}, (), ())


def _seen_again(finding: Finding, at: Trial) -> Finding:
    """What is no number because a formula has an infinite slope at the point that was chosen is no fault of ours."""
    if finding.kind not in ("slope", "backward") or np.isfinite(finding.got):
        return finding
    return replace(finding, kind="infinite") if singular(at, base(finding.blob)) is not None else finding


def _explained(finding: Finding, at: Trial) -> Diagnostic:
    if finding.kind == "infinite" and (node := singular(at, base(finding.blob))) is not None:
        return diagnostic(finding, node.origin.span)
    given = by_hand(at.meaning.layer)
    if base(finding.blob) in given:
        return diagnostic(finding, given[base(finding.blob)])
    return diagnostic(finding, culprit(at, base(finding.blob)) if finding.kind in ("slope", "backward") else None)
