"""The derivative of the derivative: what `grad(...)` in a formula comes to, once the layer itself is derived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from layerdsl.check.agreement import ALLOWED, rounding
from layerdsl.check.case import Array, Case
from layerdsl.check.exact import ExactSlopes, leaf_of
from layerdsl.check.finding import Finding, Tally
from layerdsl.check.gradients import EXACT
from layerdsl.check.meaning import Meaning
from layerdsl.check.outcome import Outcome
from layerdsl.check.report import diagnostic
from layerdsl.check.seeds import seeded
from layerdsl.check.trial import Trial, is_taken, taken_mode, trial
from layerdsl.gradient.by_hand import by_hand
from layerdsl.gradient.engine import derive
from layerdsl.graph import Node
from layerdsl.operators.build import build, number
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import Named, World

CASES: Final = 3
MOST_ENTRIES: Final = 24


def second_order(cases: Sequence[Case], meaning: Meaning, layer_class: type[Any]) -> tuple[Outcome, ...]:
    """For some of the cases: the derivative of all gradients together, along a direction, held against its slope."""
    if by_hand(meaning.layer):  # what is given by hand is no derivative of anything
        return ()
    found = (_outcome(case, meaning, layer_class) for case in cases[:CASES])
    return tuple(each for each in found if each is not None)


def _outcome(case: Case, meaning: Meaning, layer_class: type[Any]) -> Outcome | None:
    random = seeded(f"second {case.layer.name} {sorted(case.sizes.items())}")
    mode = taken_mode(case, layer_class, random)
    if mode is None:
        return None
    at = trial(case, meaning, layer_class, mode, random)
    if not is_taken(at):
        return None
    names = [name for name, _ in _gradients(meaning)]
    tallies = {name: _tally(at, name, random) for name in names if _is_used(at, name)}
    findings = tuple(tally.finding for tally in tallies.values() if tally.finding is not None)
    return Outcome(case, tallies, findings, tuple(diagnostic(one, None) for one in findings))


def _gradients(meaning: Meaning) -> tuple[tuple[str, Node], ...]:
    return (*meaning.program.bottom_diffs, *meaning.program.blob_diffs)


def _is_used(at: Trial, name: str) -> bool:
    """Whether some gradient depends on the blob: else the layer is linear in it, and there is nothing to check."""
    try:
        leaf_of([node for _, node in _gradients(at.meaning)], name)
    except LookupError:
        return False
    return True


def _tally(at: Trial, name: str, random: np.random.RandomState) -> Tally:
    """The derivative to the entries of one blob, of which there may be several under that name."""
    world = at.world()
    gradients = [node for _, node in _gradients(at.meaning)]
    directions = [build("cotangent", name=f"direction {i}", axes=node.axes) for i, node in enumerate(gradients)]
    world = replace(world, cotangents={**world.cotangents, **_drawn(directions, world, random)})
    total = _sum_of_products(gradients, directions)
    weights = [
        world.cotangents[str(d.attr("name"))].over(node.names) for d, node in zip(directions, gradients, strict=True)
    ]
    found = Tally()
    for one in at.case.names([name]):
        try:
            exact = ExactSlopes(at.case, world, tuple(zip(gradients, weights, strict=True)), one)
            derived = derive(total, leaf_of(gradients, name), number(1.0))
        except LookupError:  # an operator that is not analytic
            continue
        found += _measured(at, world, derived, exact, one, random)
    return found


def _drawn(directions: Sequence[Node], world: World, random: np.random.RandomState) -> dict[str, Named]:
    sizes = [[axis.size.evaluate(world.sizes) for axis in node.axes] for node in directions]
    pairs = zip(directions, sizes, strict=True)
    return {str(node.attr("name")): Named(node.names, random.uniform(-1, 1, shape)) for node, shape in pairs}


def _sum_of_products(gradients: Sequence[Node], directions: Sequence[Node]) -> Node:
    products = [build("mul", g, v) for g, v in zip(gradients, directions, strict=True)]
    sums = [build("sum", one, over=one.names) if one.names else one for one in products]
    total = sums[0]
    for one in sums[1:]:
        total = build("add", total, one)
    return total


def _measured(
    at: Trial, world: World, derived: Node, exact: ExactSlopes, name: str, random: np.random.RandomState
) -> Tally:
    """Some entries of one blob."""
    right = at.case.split(exact.blob, _values(derived, world, exact))[name]
    usual = max(1e-3 * float(np.max(np.abs(right), initial=0.0)), 1e-6)
    places = list(np.ndindex(*right.shape))
    drawn = np.sort(random.permutation(len(places))[:MOST_ENTRIES])
    found = Tally()
    for place in (places[i] for i in drawn):
        slope, value = exact.at(place), float(right[place])
        if not np.isfinite([slope, value]).all():
            found += Tally(kinks=1)
            continue
        error = abs(slope - value) / max(abs(slope), abs(value), usual)
        if error > EXACT and abs(slope - value) > ALLOWED * _rounding(exact, derived, place, world):
            finding = Finding("second", at.case, name, "", place, value, slope)
            return found + Tally(1, worst=error, finding=finding, exact=1)
        found += Tally(1, worst=error, exact=1)
    return found


def _values(derived: Node, world: World, exact: ExactSlopes) -> Array:
    names = [axis.name for axis in exact.blob.axes]
    sizes = [axis.size.evaluate(world.sizes) for axis in exact.blob.axes]
    return np.asarray(np.broadcast_to(evaluate([derived], world)[0].over(names), sizes), np.float64)


def _rounding(exact: ExactSlopes, derived: Node, place: tuple[int, ...], world: World) -> float:
    """How far rounding takes either of the two."""
    moved = replace(world, rounded=rounding())
    here = _values(derived, world, exact)
    spread = max(float(np.max(np.abs(_values(derived, moved, exact) - here))) for _ in range(4))
    return spread + exact.rounding(place, rounding())
