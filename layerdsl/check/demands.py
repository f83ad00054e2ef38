"""What a layer demands of the sizes of its axes, and which of it a case breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from layerdsl.caffe.shapes import _placed
from layerdsl.check.case import Case, count
from layerdsl.graph import Axis, Blob, Equality, LayerGraph, Node, Size
from layerdsl.graph.size import Pair
from layerdsl.operators.body import walk_deep
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import World

Numbers = Mapping[str, int]
MOST_ENTRIES: Final = 4000  # of one blob: the check is slow for more
LONGEST: Final = 256  # of an axis


@dataclass(frozen=True)
class Demands:
    """What a layer demands of the sizes of its axes."""

    layer: LayerGraph
    sizes: tuple[Size, ...]  # of all its values: none may be below 1
    selections: tuple[Node, ...]  # which have to stay inside
    numbers: frozenset[int]  # that are written in them

    @staticmethod
    def of(layer: LayerGraph) -> Demands:
        """What a layer asks of sizes and hyper-parameters."""
        nodes = list(walk_deep(node for _, node in (*layer.outputs, *layer.updates, *layer.overrides)))
        sizes = dict.fromkeys(axis.size for node in nodes for axis in node.axes)
        conditions = walk_deep(requirement.condition for requirement in layer.requirements)
        written = [node.attr("value") for node in conditions if node.op == "number"]
        written += [number for size in _spoken_of(layer) for number in _coefficients(size)]
        numbers = frozenset(abs(int(one)) for one in written if isinstance(one, (int, float)) and one == int(one))
        return Demands(layer, tuple(sizes), tuple(node for node in nodes if node.op in ("at", "slice")), numbers)

    def broken(self, case: Case) -> set[str]:
        """The names of the sizes on which the first demand that does not hold depends."""
        numbers = case.numbers
        for demand, holds in self._one_by_one(case):
            with suppress(AssertionError, KeyError, ValueError, ZeroDivisionError):
                if holds():
                    continue
            return {symbol.name for size in demand for symbol in size.symbols()}
        return {symbol.name for size in self.sizes if size.evaluate(numbers) > LONGEST for symbol in size.symbols()}

    def _one_by_one(self, case: Case) -> Iterator[tuple[list[Size], Callable[[], bool]]]:
        """Every demand: the sizes it speaks of, and whether it holds."""
        worlds = [World(case.numbers, case.hypers, train) for train in (True, False)]
        for e in self.layer.equalities:
            if is_reached(e, case):
                yield [e.left, e.right], partial(_agree, e, case.numbers)
        for requirement in self.layer.requirements:
            condition = requirement.condition
            yield _sizes_in(condition), lambda condition=condition: all(_is_true(condition, one) for one in worlds)  # type: ignore[misc]
        for size in self.sizes:
            yield [size], lambda size=size: size.evaluate(case.numbers) >= 1  # type: ignore[misc]
        for node in self.selections:
            yield [axis.size for axis in node.args[0].axes], partial(_stays_inside, node, case.numbers)

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


def _agree(equality: Equality, numbers: Numbers) -> bool:
    return equality.left.evaluate(numbers) == equality.right.evaluate(numbers)


def _spoken_of(layer: LayerGraph) -> list[Size]:
    """The sizes that demands are made of."""
    equal = [size for e in layer.equalities for size in (e.left, e.right)]
    return [*equal, *(size for requirement in layer.requirements for size in _sizes_in(requirement.condition))]


def _sizes_in(condition: Node) -> list[Size]:
    return [cast(Size, node.attr("size")) for node in walk_deep([condition]) if node.op == "size"]


def _coefficients(size: Size) -> Iterator[int]:
    """The numbers in a size: `CH // 5` has 5."""
    for monomial, number in size.terms:
        yield number
        for atom in monomial:
            if isinstance(atom, Pair):
                yield from (*_coefficients(atom.left), *_coefficients(atom.right))


def is_reached(equality: Equality, case: Case) -> bool:
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
