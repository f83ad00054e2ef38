"""Whole hyper-parameters for which a layer has sizes, where none of the usual values go.

As under `require k == 2 * m + 13`, or with a default that Caffe has and no net can use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, cast

import numpy as np

from layerdsl.check.case import Case, Hyper, names_in_sizes
from layerdsl.check.demands import Demands
from layerdsl.check.sizes import beginnings, stepped
from layerdsl.graph import LayerGraph, Node, Size, Symbol
from layerdsl.graph.size import of
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import World

BEGINNINGS: Final = 5
STEPS: Final = 200
VALUES: Final = (3, 2, 1, 4, 5, 6, 7, 8)


def goes_together(layer: LayerGraph, given: Mapping[str, Hyper]) -> bool:
    """Whether hyper-parameters hold what is demanded of them alone, whatever the sizes are."""
    hypers = {**{hyper.name: hyper.default for hyper in layer.hypers}, **given}
    worlds = [World(names_in_sizes(hypers), hypers, train) for train in (True, False)]
    parts = [part for requirement in layer.requirements for part in _parts(requirement.condition)]
    return all(_may_hold(part, world) for part in parts for world in worlds)


def _may_hold(condition: Node, world: World) -> bool:
    try:
        return bool(evaluate([condition], world)[0].data)
    except (LookupError, TypeError, ValueError, ArithmeticError, AssertionError):  # it speaks of sizes, too
        return True


def _parts(condition: Node) -> Iterator[Node]:
    """The conditions that have to hold all."""
    if condition.op == "and":
        for part in condition.args:
            yield from _parts(part)
    else:
        yield condition


def searched(
    layer: LayerGraph, given: Mapping[str, Hyper], random: np.random.RandomState
) -> Iterator[Mapping[str, Hyper]]:
    """Hyper-parameters that go together, from those that have no default, then from all.

    As long as something is not as demanded, a size or hyper-parameter that it speaks of gets another value.
    """
    whole = [hyper for hyper in layer.hypers if hyper.kind == "int"]
    ways = ([hyper.name for hyper in whole if hyper.required], [hyper.name for hyper in whole])
    demands = Demands.of(layer)
    for free in filter(None, ways):
        for case in beginnings(layer, given, BEGINNINGS):
            found = _settled(case, frozenset(free), demands, random)
            if found is not None:
                yield found.given


def _settled(case: Case, free: frozenset[str], demands: Demands, random: np.random.RandomState) -> Case | None:
    """The first case on the way from this one that holds."""
    for _ in range(STEPS):
        if demands.hold(case):
            return case
        case = _other(case, free, demands, random)
    return None


def _other(case: Case, free: frozenset[str], demands: Demands, random: np.random.RandomState) -> Case:
    """The case with another value for something that the first demand that does not hold speaks of."""
    spoken_of = demands.broken(case)
    names = sorted(spoken_of & free)
    if not names or (spoken_of & set(case.sizes) and random.randint(2)):
        return stepped(case, demands, random)
    name = names[random.randint(len(names))]
    solved = _solution(case, name)
    drawn = (*VALUES, *sorted(number for number in demands.numbers if number))
    value = int(drawn[random.randint(len(drawn))]) if solved is None else solved
    return replace(case, given={**case.given, name: value})


def _solution(case: Case, name: str) -> int | None:
    """The value that a condition such as `k == 2 * m + 13` gives a hyper-parameter; None where there is no such."""
    for part in (part for requirement in case.whole.requirements for part in _parts(requirement.condition)):
        for one, other in _equal(part):
            if one == of(Symbol(name, "hyper")) and name not in {symbol.name for symbol in other.symbols()}:
                return other.evaluate(case.numbers)
    return None


def _equal(condition: Node) -> Iterator[tuple[Size, Size]]:
    """Both ways round the sizes that a condition says are equal."""
    if condition.op == "eq" and all(arg.op == "size" for arg in condition.args):
        left, right = (cast(Size, arg.attr("size")) for arg in condition.args)
        yield from ((left, right), (right, left))
