"""Shapes to try a layer with: unlike ones, with sizes 1 and primes, that hold what the layer demands of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from layerdsl.caffe.shapes import _placed
from layerdsl.check.case import Case, Hyper, count, names_in_sizes
from layerdsl.graph import Axis, Blob, Equality, Extent, LayerGraph, Node, Size, Symbol
from layerdsl.graph.size import of
from layerdsl.operators.body import walk_deep
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import World

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
MOST_ENTRIES = 4000  # of one blob: the check is slow for more


def cases(layer: LayerGraph, given: Mapping[str, Hyper], wanted: int, random: np.random.RandomState) -> list[Case]:
    """At most `wanted` cases in TRAIN, whose sizes are all different; none where no sizes are found that hold."""
    found: dict[object, Case] = {}
    demands = _Demands.of(layer)
    for case in _candidates(layer, given, wanted, random):
        if demands.hold(case):
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
    return found if _Demands.of(case.whole).hold(found) else None


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


def _solved(case: Case) -> Case:
    """The case with sizes that follow from others set to what they have to be, as in `A = 9 * H * W`."""
    sizes = dict(case.sizes)
    free = {of(Symbol(name)): name for name in sizes if name not in case.groups}
    for equality in case.layer.equalities:
        if not _is_reached(equality, case):
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
        found |= {name: found[names[0]] for name in names[1:]}
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


def _stand_there(blob: Blob, case: Case) -> bool:
    """Whether every group has the axes that the stated positions give it."""
    if not any(blob.begins):
        return True
    numbers = [one and one[0].evaluate(case.numbers) for one in blob.begins]
    begins = [(number,) if one and one[1] else number for one, number in zip(blob.begins, numbers, strict=True)]
    axes = [("*" if one.star else "") + (one.axis.name if one.axis else str(one.size)) for one in blob.extents]
    several = sum(one.star for one in blob.extents) > 1
    known = {f"*{name}": (group, "") for name, group in case.groups.items()} if several else {}
    groups = [case.groups[one.axis.name] for one in blob.extents if one.star and one.axis is not None]
    alone = {axis: size for axis, size in known.items() if _has_group_alone(case, axis[1:])}
    found = _placed(list(case.shape(blob)), axes, begins, alone)
    return found is not None and [one for one in found if isinstance(one, tuple)] == groups


def _can_be_opened(blob: Blob, case: Case) -> bool:
    """Whether no group has more axes than formulas see."""
    groups = [(case.groups[one.axis.name], one.opened) for one in blob.extents if one.opened and one.axis is not None]
    return all(len(group) <= len(axes) for group, axes in groups)


def _has_group_alone(case: Case, name: str) -> bool:
    """Whether a bottom has this group of axes and no other."""
    groups = [[one.axis.name for one in blob.extents if one.star and one.axis] for blob in case.layer.bottoms]
    return [name] in groups


@dataclass(frozen=True)
class _Demands:
    """What a layer demands of the sizes of its axes."""

    layer: LayerGraph
    sizes: tuple[Size, ...]  # of all its values: none may be below 1
    selections: tuple[Node, ...]  # which have to stay inside

    @staticmethod
    def of(layer: LayerGraph) -> _Demands:
        nodes = list(walk_deep(node for _, node in (*layer.outputs, *layer.updates, *layer.overrides)))
        sizes = dict.fromkeys(axis.size for node in nodes for axis in node.axes)
        return _Demands(layer, tuple(sizes), tuple(node for node in nodes if node.op in ("at", "slice")))

    def hold(self, case: Case) -> bool:
        """Whether the layer can have the sizes of this case."""
        numbers = case.numbers
        try:
            return self._are_there(case, numbers) and all(self._hold_in(case, train) for train in (True, False))
        except (AssertionError, KeyError, ValueError, ZeroDivisionError):  # a size that is no number, such as `H // 0`
            return False

    def _hold_in(self, case: Case, train: bool) -> bool:
        """What is demanded in a phase, with these hyper-parameters: the same sizes are tried in both."""
        world = World(case.numbers, case.hypers, train)
        reached = [e for e in self.layer.equalities if all(_is_true(one, world) for one in e.given)]
        equal = all(e.left.evaluate(world.sizes) == e.right.evaluate(world.sizes) for e in reached)
        return equal and all(_is_true(requirement.condition, world) for requirement in self.layer.requirements)

    def _are_there(self, case: Case, numbers: Numbers) -> bool:
        if not all(_stand_there(blob, case) and _can_be_opened(blob, case) for blob in case.layer.bottoms):
            return False
        if any(size.evaluate(numbers) < 1 for size in self.sizes):
            return False
        shapes = [case.shape(blob) for blob in (*case.inputs, *case.layer.tops)]
        small = all(0 < count(shape) <= MOST_ENTRIES for shape in shapes)
        return small and all(_stays_inside(node, numbers) for node in self.selections)


def _is_reached(equality: Equality, case: Case) -> bool:
    """Whether the formula that needs two sizes to agree is there in one of the phases."""
    worlds = [World(case.numbers, case.hypers, train) for train in (True, False)] if equality.given else []
    return not equality.given or any(all(_is_true(one, world) for one in equality.given) for world in worlds)


def _is_true(condition: Node, world: World) -> bool:
    return bool(evaluate([condition], world)[0].data)


def _stays_inside(node: Node, numbers: Numbers) -> bool:
    """Whether what `x[H=3]` and `x[H=1:4]` name is there."""
    axis = node.attr("axis" if node.op == "at" else "whole")
    first = node.attr("index" if node.op == "at" else "start")
    assert isinstance(axis, Axis)
    assert isinstance(first, Size)
    start = first.evaluate(numbers)
    last = start + (_reach(node, numbers) if node.op == "slice" else 0)
    return start >= 0 and last < axis.size.evaluate(numbers)


def _reach(node: Node, numbers: Numbers) -> int:
    """How far the last place of a slice lies behind its first."""
    short, step = node.attr("axis"), node.attr("step")
    assert isinstance(short, Axis)
    assert isinstance(step, int)
    return (short.size.evaluate(numbers) - 1) * step
