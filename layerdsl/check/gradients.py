"""The emitted backward held against slopes, entry by entry.

Slopes are those of the formulas by the complex step. Where an operator does not allow it, or an entry lies on a kink,
they are differences: of the emitted forward, or of the formulas where something is meant to hold still.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from layerdsl.check.agreement import ALLOWED, allowed, rounding
from layerdsl.check.case import Values
from layerdsl.check.concrete import base
from layerdsl.check.exact import ExactSlopes
from layerdsl.check.finding import Finding, Kind, Tally
from layerdsl.check.probe.pattern import ratio_text, spread
from layerdsl.check.slopes import STEPS, Function, has_kink, nearby, slope
from layerdsl.check.subject import Subject
from layerdsl.check.trial import SameDraws, Trial
from layerdsl.gradient.by_hand import by_hand

GOAL, TOLERANCE = 1e-9, 1e-6  # of the relative error: what is good at once, and what is good at all
MOST_ENTRIES = 48  # of one blob at one point; of more, as many are drawn
SMOOTH = 1e-4  # by how much, relatively, the last extrapolation may change a slope that means something
EXACT = 1e-12  # what a complex step has to reach, but for what rounding does
CONDITIONED = 1e-6  # by how much of a slope rounding may change it, for it to mean something
FEW, MANY = 4, 64  # how often values are moved to see what rounding may do: more often before anybody is blamed
KINK = 1e-2  # how far the slopes on both sides have to be apart

Place = tuple[int, ...]


def slopes(
    first: Trial, again: Callable[[], Trial], names: Sequence[str], random: np.random.RandomState
) -> dict[str, Tally]:
    """A tally for every blob named. Entries that lie on a kink at the first point are tried at others (`again`)."""
    waiting = {name: _places(first.values[name].shape, random) for name in names}
    tallies = {name: Tally() for name in names}
    for attempt in range(4):
        trial = first if attempt == 0 else again()
        point = _Point(trial)
        for name in [name for name in names if waiting[name]]:
            tally, waiting[name] = point.measure(name, waiting[name])
            tallies[name] += tally
        if not any(waiting.values()):
            break
    return {name: tallies[name] + Tally(kinks=len(waiting[name])) for name in names}


def _places(shape: tuple[int, ...], random: np.random.RandomState) -> list[Place]:
    places = list(np.ndindex(*shape))
    if len(places) <= MOST_ENTRIES:
        return places
    return [places[i] for i in np.sort(random.permutation(len(places))[:MOST_ENTRIES])]


class _Point:
    """The emitted layer at one point, with its gradients."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.subject: Subject = trial.subject()
        self.subject.replace_random(SameDraws(trial.case.layer.order))  # the formulas have the same draws
        self.gradients = self.subject.gradients(trial.cotangents)
        self.size = _absolute_total(self.subject.forward(), trial.cotangents)
        self.world = trial.world()

    def measure(self, name: str, places: Sequence[Place]) -> tuple[Tally, list[Place]]:
        """The tally of these entries, and those of them that have no slope here."""
        gradient = self.gradients[name]
        usual = 1e-3 * float(np.max(np.abs(gradient), initial=0.0))
        exact = self._exact(name)
        tally, left = Tally(), list[Place]()
        for place in places:
            found = self._entry(name, place, float(gradient[place]), usual, exact)
            if found is None:
                left.append(place)
            else:
                tally += found
                if found.finding is not None:
                    return tally + Tally(finding=None), []
        return tally, left

    @cached_property
    def allowed(self) -> Values:
        """How far rounding may take the gradients; nothing more than the complex step says, where that is unknown."""
        return {name: np.nan_to_num(value, nan=0.0) for name, value in allowed(self.trial, self.world).items()}

    def _exact(self, name: str) -> ExactSlopes | None:
        """The slopes by the complex step, where the operators allow it."""
        case, meaning = self.trial.case, self.trial.meaning
        tops = zip(meaning.layer.tops, meaning.expanded, strict=False)
        there = [(top.name, node) for top, node in tops if case.each(top)]
        weights = self.world.cotangents
        try:
            return ExactSlopes(case, self.world, tuple((n, weights[top].over(n.names)) for top, n in there), name)
        except LookupError:
            return None

    def _entry(self, name: str, place: Place, got: float, usual: float, exact: ExactSlopes | None) -> Tally | None:
        """One entry; None where the function has a kink there."""
        true = exact.at(place) if exact is not None else np.nan
        if exact is None or not np.isfinite([got, true]).all():
            return self._by_differences(name, place, got, usual)
        scale = max(abs(got), abs(true), usual, 1e-5 * self.size, 1e-6)
        error = abs(got - true) / scale
        if error <= EXACT:
            return Tally(1, worst=error, exact=1)
        last = np.finfo(np.float64).eps * self.size  # the last digit of what all entries make together
        for times in (FEW, MANY):
            lost = float(self.allowed[name][place]) + ALLOWED * exact.rounding(place, rounding(), times) + last
            if abs(got - true) <= lost:
                return Tally(1, worst=error, exact=1) if lost <= CONDITIONED * scale else None
        found = self._by_differences(name, place, got, usual)
        if found is None or found.finding is not None or error > TOLERANCE or self._is_by_hand(name):
            return found
        return Tally(1, 0, error, self._finding(name, place, got, true), exact=1)

    def _by_differences(self, name: str, place: Place, got: float, usual: float) -> Tally | None:
        """One entry; None where the function has a kink there."""
        function = self._objective(name, place)
        tries = list[tuple[float, float, float]]()
        for step in STEPS:
            wanted = slope(function, step)
            scale = np.nanmax([abs(got), abs(wanted.value), usual, 1e-5 * self.size, 1e-6])
            error = abs(got - wanted.value) / scale
            if error <= GOAL:
                return Tally(1, worst=error)
            tries.append((wanted.error / scale, error, wanted.value))
        if min(error for _, error, _ in tries) <= TOLERANCE:
            return Tally(1, worst=min(error for _, error, _ in tries))
        roughness, error, value = min(tries)
        if not roughness <= SMOOTH or abs(got - nearby(function)) <= KINK * scale or has_kink(function, KINK * scale):
            return None
        return Tally(1, 0, error, self._finding(name, place, got, value))

    def _objective(self, name: str, place: Place) -> Function:
        if self.trial.meaning.holds_still:
            return self.trial.meaning.objective(self.trial.case, self.world, name, place)
        return self.subject.objective(self.trial.cotangents, name, place)

    def _is_by_hand(self, name: str) -> bool:
        return base(name) in by_hand(self.trial.case.layer)

    def _finding(self, name: str, place: Place, got: float, wanted: float) -> Finding:
        given = self._is_by_hand(name)
        kind: Kind = "by hand" if given else "slope"
        return Finding(kind, self.trial.case, name, "", place, got, wanted, "" if given else self._ratio(name))

    def _ratio(self, name: str) -> str:
        """What is to be seen where every entry is wrong by the same factor."""
        gradient = self.gradients[name]
        some = spread(gradient.shape)
        true = np.array([slope(self._objective(name, place), STEPS[0]).value for place in some])
        mine = np.array([gradient[place] for place in some])
        return ratio_text(mine, true)


def _absolute_total(tops: Values, cotangents: Values) -> float:
    return float(sum(np.abs(tops[name] * diff).sum() for name, diff in cotangents.items()))
