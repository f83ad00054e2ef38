"""Shapes to try a layer with: unlike ones, with sizes 1 and primes, that hold what the layer demands of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

import numpy as np

from layerdsl.check.case import Case, Hyper, count, names_in_sizes
from layerdsl.check.demands import LONGEST, Demands, is_reached
from layerdsl.graph import Axis, Extent, LayerGraph, Symbol
from layerdsl.graph.size import of

Numbers = Mapping[str, int]
Groups = Mapping[str, tuple[int, ...]]

# Sizes for the axes of a layer in their order, and for its groups; what is longer than a row goes round.
ROWS: Final[tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]] = (
    ((2, 3, 5, 4), (3,)),
    ((1,), ()),
    ((3, 1, 2, 7), (2, 3)),
    ((1, 4, 3, 2), (1, 2)),
    ((5, 2, 1, 3), ()),
)
DRAWN: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9)  # where none of the rows will do
GROUPS: Final[tuple[tuple[int, ...], ...]] = ((), (2,), (3,), (2, 2), (1, 3))
TRIES = 1000
BEGINNINGS, STEPS = 4, 150
MOST_SEARCHED = 3  # sizes that are hard to find are so again


def cases(layer: LayerGraph, given: Mapping[str, Hyper], wanted: int, random: np.random.RandomState) -> list[Case]:
    """At most `wanted` cases in TRAIN, whose sizes are all different; none where no sizes are found that hold."""
    demands = Demands.of(layer)
    found = _unlike(filter(demands.hold, _candidates(layer, given, wanted, random)), wanted)
    return found or _unlike(_searched(layer, given, demands, random), min(wanted, MOST_SEARCHED))


def _unlike(tried: Iterable[Case], wanted: int) -> list[Case]:
    """The first of these that have different sizes."""
    found: dict[object, Case] = {}
    for case in tried:
        there = (tuple(case.counts.items()), case.present)
        found.setdefault((tuple(case.sizes.items()), tuple(case.groups.items()), there), case)
        if len(found) == wanted:
            break
    return list(found.values())


def longer(case: Case, factors: Mapping[str, int]) -> Case | None:
    """The case with these axes so many times as long; None where the layer can't have such sizes."""
    grown = {name: [size * factors.get(name, 1) for size in group[-1:]] for name, group in case.groups.items()}
    groups = {name: (*group[:-1], *grown[name]) for name, group in case.groups.items()}
    sizes = {
        name: count(groups[name]) if name in groups else size * factors.get(name, 1)
        for name, size in case.sizes.items()
    }
    found = _solved(replace(case, sizes=sizes, groups=groups))
    return found if Demands.of(case.whole).hold(found) else None


def own_axes(layer: LayerGraph) -> tuple[Axis, ...]:
    """The axes whose sizes the bottoms define."""
    extents = [extent for blob in layer.bottoms for extent in blob.extents if not extent.computed]
    return tuple({extent.axis.name: extent.axis for extent in extents if extent.axis is not None}.values())


def _candidates(
    layer: LayerGraph, given: Mapping[str, Hyper], wanted: int, random: np.random.RandomState
) -> Iterator[Case]:
    axes = own_axes(layer)
    for number, (row, group) in enumerate(ROWS[: wanted + 1]):
        sizes = [row[i % len(row)] for i in range(len(axes))]
        yield _solved(_case(layer, given, axes, sizes, [group for _ in axes], number))
    hypers = names_in_sizes({**{hyper.name: hyper.default for hyper in layer.hypers}, **given})
    drawn = (*DRAWN, *(size for size in hypers.values() if 0 < size <= 64 and size not in DRAWN))
    for number in range(TRIES if axes else 0):
        sizes = [drawn[i] for i in random.randint(0, len(drawn), len(axes))]
        groups = [GROUPS[i] for i in random.randint(0, len(GROUPS), len(axes))]
        yield _solved(_case(layer, given, axes, sizes, groups, number))


def _searched(
    layer: LayerGraph, given: Mapping[str, Hyper], demands: Demands, random: np.random.RandomState
) -> Iterator[Case]:
    """From several beginnings: as long as something is not as demanded, an axis that it speaks of gets another size."""
    for case in beginnings(layer, given, len(ROWS) * BEGINNINGS):
        for _ in range(STEPS):
            if demands.hold(case):
                yield case
                break
            case = stepped(case, demands, random)


def beginnings(layer: LayerGraph, given: Mapping[str, Hyper], wanted: int) -> Iterator[Case]:
    """Cases to search from, which may hold or not."""
    axes = own_axes(layer)
    for number in range(wanted if axes else 0):
        row, group = ROWS[number % len(ROWS)]
        sizes = [row[i % len(row)] for i in range(len(axes))]
        yield _solved(_case(layer, given, axes, sizes, [group for _ in axes], number))


def stepped(case: Case, demands: Demands, random: np.random.RandomState) -> Case:
    """Another size for one of the axes on which the first demand that does not hold depends."""
    numbers = demands.numbers | set(case.numbers.values())
    spoken_of = sorted(demands.broken(case) & set(case.sizes))
    free = [name for name in spoken_of if name not in case.groups] or list(case.sizes)
    drawn = sorted({*DRAWN, *(a * b for a in numbers for b in (1, *numbers, 2, 3) if 0 < a * b <= LONGEST)})
    name = free[random.randint(len(free))]
    if name in case.groups:
        group = GROUPS[random.randint(len(GROUPS))]
        return _solved(replace(case, groups={**case.groups, name: group}, sizes={**case.sizes, name: count(group)}))
    return _solved(replace(case, sizes={**case.sizes, name: int(drawn[random.randint(len(drawn))])}))


def _solved(case: Case) -> Case:
    """The case with sizes that follow from others set to what they have to be, as in `A = 9 * H * W`."""
    sizes = dict(case.sizes)
    free = {of(Symbol(name)): name for name in sizes if name not in case.groups}
    for equality in case.layer.equalities:
        if not is_reached(equality, case):
            continue
        for known, wanted in ((equality.left, equality.right), (equality.right, equality.left)):
            if known in free and Symbol(free[known]) not in wanted.symbols():
                with suppress(AssertionError, KeyError, ZeroDivisionError):
                    sizes[free[known]] = wanted.evaluate({**case.numbers, **sizes})
                break
    return replace(case, sizes=sizes)


def _case(
    layer: LayerGraph,
    given: Mapping[str, Hyper],
    axes: Sequence[Axis],
    sizes: Sequence[int],
    groups: Sequence[tuple[int, ...]],
    number: int,
) -> Case:
    chosen = {axis.name: group for axis, group in zip(axes, groups, strict=True) if axis.star}
    present = _present(layer, number)
    for _ in range(2 if layer.ndims else 1):  # a position may depend on how many axes there are
        chosen |= _at_their_places(layer, chosen, Case(layer, given, {}, chosen, present=present).numbers)
    products = {name: count(group) for name, group in chosen.items()}
    own = {axis.name: products.get(axis.name, size) for axis, size in zip(axes, sizes, strict=True)}
    return Case(layer, given, own, chosen, counts=_counts(layer, number), present=present)


COUNTS: Final = (2, 3, 1, 2, 4)


def _counts(layer: LayerGraph, number: int) -> dict[str, int]:
    """How many blobs there are under the names of any number."""
    blobs = [blob for blob in (*layer.bottoms, *layer.tops) if blob.several is not None]
    found = {blob.name: COUNTS[(number + i) % len(COUNTS)] for i, blob in enumerate(blobs)}
    for equality in layer.equalities:  # as many tops as bottoms
        names = [name for name in found if of(Symbol(f"count({name})", "hyper")) in (equality.left, equality.right)]
        for name in names[1:]:
            found[name] = found[names[0]]
    return found


def _present(layer: LayerGraph, number: int) -> frozenset[str]:
    """The optional blobs that are there: all of them, none, or some of the first."""
    found: set[str] = set()
    for blobs in (layer.bottoms, layer.tops):
        names = [blob.name for blob in blobs if blob.optional and blob.given is None]
        found.update(names if number % 2 == 0 else names[: number // 2 % (len(names) + 1)])
    return frozenset(found)


def _at_their_places(layer: LayerGraph, groups: Groups, numbers: Numbers) -> dict[str, tuple[int, ...]]:
    """Groups of as many axes as the stated positions leave for them."""
    found: dict[str, tuple[int, ...]] = {}
    for blob in layer.bottoms:
        before = 0
        for i, stated in enumerate(blob.begins):
            if stated is not None:
                place, further = stated[0].evaluate(numbers), stated[1]
                to_the_end = place < 0 or (place == 0 and before > 0 and not further)
                stretch = blob.extents[i:] if to_the_end else blob.extents[before if further else 0 : i]
                _fill_group(stretch, 0 if further and place < 0 else abs(place), groups, found)
                before = i
    return found


def _fill_group(extents: Sequence[Extent], wanted: int, groups: Groups, found: dict[str, tuple[int, ...]]) -> None:
    """Lengthen or shorten the last group whose length is open, so that there are so many axes in all."""
    stars = [one.axis.name for one in extents if one.star and one.axis is not None]
    open_ = [name for name in stars if name not in found]
    if open_:
        others = (
            len(extents) - len(stars) + sum(len(found.get(name, groups[name])) for name in stars if name != open_[-1])
        )
        found[open_[-1]] = (groups[open_[-1]] + (2, 3, 1, 2))[: max(wanted - others, 0)]
