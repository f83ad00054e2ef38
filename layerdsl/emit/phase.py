"""The body of `forward` or `backward`: steps and loops under their conditions, each group below its formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import groupby

from layerdsl.emit.emitter import Emitter
from layerdsl.emit.lines import all_of, indented, under, unpacked
from layerdsl.emit.names import Names
from layerdsl.emit.operators import statements
from layerdsl.emit.refs import Refs
from layerdsl.emit.scan import inner_refs, scan_lines, turns
from layerdsl.graph import Axis, Node
from layerdsl.graph import size as sizes
from layerdsl.plan.layer import Phase
from layerdsl.plan.schedule import Loop, Step, space
from layerdsl.plan.storage import Part, steps_of


@dataclass(frozen=True)
class Cut:
    """A loop's parts, which `reshape()` makes: the axes cut, what is whole in each part, and the temporaries.

    `added` are the numbers of the axes over which it adds up, where these are not the last.
    """

    attribute: str
    axes: tuple[Axis, ...]
    inner: tuple[Axis, ...]
    parts: tuple[Part, ...]
    added: tuple[int, ...]


@dataclass
class PhaseText:
    """What the text of one phase is made with, and what it asks of `reshape()`."""

    phase: Phase
    refs: Refs
    emitter: Emitter
    names: Names
    condition: Callable[[Step], tuple[str, ...]]
    comment: Callable[[Node], str]
    prefix: str
    cuts: list[Cut] = field(default_factory=list)
    said: str = ""
    looks: dict[str, str] = field(default_factory=dict, init=False)  # views that an item reads, by their expressions

    def __post_init__(self) -> None:
        self.refs.looks = self._look

    def body(self) -> list[str]:
        """The lines, without indentation of their own."""
        lines: list[str] = []
        numbered = list(enumerate(self.phase.items))
        for condition, items in groupby(numbered, key=lambda pair: self._item_condition(steps_of(pair[1]))):
            block: list[str] = []
            for number, item in items:
                self.refs.item = number
                lines_of_item = (
                    self._loop(item, number, condition) if isinstance(item, Loop) else self._steps([item], condition)
                )
                block += [*self._made_looks(), *lines_of_item]
            lines += under(all_of(condition), block)
            self.said = self.said if not condition else ""
        return lines

    def _look(self, expression: str) -> str:
        """The variable for a view, which is made ahead of the item that reads it."""
        self.emitter.support.add("_windows")
        return self.looks.setdefault(expression, self.names(("look", expression), "windows"))

    def _made_looks(self) -> list[str]:
        """The lines that make the views of one item."""
        lines = [f"{name} = {expression}" for expression, name in self.looks.items()]
        self.looks.clear()
        return lines

    def _item_condition(self, steps: tuple[Step, ...]) -> tuple[str, ...]:
        """The conditions that all steps of an item share."""
        first, *rest = [self.condition(step) for step in steps]
        return tuple(one for one in first if all(one in other for other in rest))

    def _steps(self, steps: Iterable[Step], outer: tuple[str, ...]) -> list[str]:
        lines: list[str] = []
        for condition, group in groupby(steps, key=lambda step: _without(self.condition(step), outer)):
            block: list[str] = []
            for step in group:
                written = self._step(step)
                if written:
                    block += [*self._comment(step.node), *written]
            lines += under(all_of(condition), block)
            self.said = self.said if not condition else ""
        return lines

    def _step(self, step: Step) -> list[str]:
        if step.node.op == "scan":
            return self._scan(step.node)
        lines = statements(self.emitter, step)
        if step.node in self.phase.storage.sums:
            total = self.refs.write(self.phase.storage.sums[step.node], step.node.axes)
            part = self.refs.write(self.phase.storage.partial[step.node], step.node.axes)
            lines.append(f"np.add({total}, {part}, out={total})")
        return lines

    def _scan(self, scan: Node) -> list[str]:
        """The loop of a scan, whose steps are written as those outside it."""
        loop = self.phase.storage.scans[scan]
        inner, views = inner_refs(self.refs, scan, loop, self.names)
        inner.turns = turns(scan, loop, self.names)
        emitter = replace(self.emitter, refs=inner)
        text = replace(self, phase=Phase(loop.steps, loop.storage), refs=inner, emitter=emitter, said="")
        self.said = ""
        return scan_lines(self.refs, inner, scan, loop, self.names, views, lambda refs: text.body())

    def _comment(self, node: Node) -> list[str]:
        text = self.comment(node)
        if not text or text == self.said:
            return []
        self.said = text
        return [f"# {text}"]

    def _loop(self, loop: Loop, number: int, outer: tuple[str, ...]) -> list[str]:
        parts = tuple(dict.fromkeys(self._parts_of(loop, number)))
        slices = {axis.name: self.names(("slice", axis.name), axis.name.lower()) for axis in loop.axes}
        numbers = [step.node for step in loop.steps if step.adds_up and not step.node.axes]
        totals = {node: self.names(node, node.origin.name or "total") for node in numbers}
        self.refs.slices, self.refs.totals = slices, totals
        self.refs.part_names = lambda part: self.names((part.dtype, part.axes, part.name, part.fill), part.name)
        self.said = ""
        body = self._steps(loop.steps, outer)
        self.refs.slices, self.refs.totals = {}, {}
        self.said = ""
        cut = Cut(f"{self.prefix}_parts{len(self.cuts) + 1}", loop.axes, self._inner(loop), parts, _added(loop))
        self.cuts.append(cut)
        variables = [*slices.values(), *map(self.refs.part_names, parts)]
        header = f"for {unpacked(variables)} in self._{cut.attribute}:"
        before, after = self._sums(loop, totals, outer)
        listed = " and ".join(axis.name for axis in loop.axes)
        comment = f"# {listed} in parts that fit the cache"
        return [*before, comment, header, *indented(body), *after]

    def _parts_of(self, loop: Loop, number: int) -> Iterator[Part]:
        for step in loop.steps:
            node = step.node
            for place in (self.refs.place(node), self.phase.storage.partial.get(node), *self.refs.scratch(node)):
                if isinstance(place, Part) and place.loop == number:
                    yield place

    @staticmethod
    def _inner(loop: Loop) -> tuple[Axis, ...]:
        """The axes that are whole in every part."""
        cut = {axis.name for axis in loop.axes}
        whole = [axis for step in loop.steps for axis in space(step.node) if axis.name not in cut]
        sizes_of = {axis.name: [one.size for one in whole if one.name == axis.name] for axis in whole}
        return tuple(Axis(name, reduce(sizes.Size.maximum, dict.fromkeys(found))) for name, found in sizes_of.items())

    def _sums(self, loop: Loop, totals: dict[Node, str], outer: tuple[str, ...]) -> tuple[list[str], list[str]]:
        """What is set to 0 before a loop that adds up, and where the sums go after it, if they are wanted at all."""
        before = [f"{self.refs.whole_place(step.node)}.fill(0)" for step in loop.steps if step.node.op == "overlaid"]
        after: list[tuple[tuple[str, ...], str]] = []
        for step in loop.steps:
            if not step.adds_up:
                continue
            target = self.refs.write(self.phase.storage.places[step.node], step.node.axes)
            if step.node in self.phase.storage.sums:
                total = self.refs.write(self.phase.storage.sums[step.node], step.node.axes)
                before.append(f"{total}.fill(0)")
            else:
                total = totals[step.node]
                before.append(f"{total} = 0.0")
            after.append((_without(self.condition(step), outer), f"np.copyto({target}, {total})"))
        groups = groupby(after, key=lambda one: one[0])
        return before, [line for test, group in groups for line in under(all_of(test), [line for _, line in group])]


def _added(loop: Loop) -> tuple[int, ...]:
    """The numbers of the axes over which a loop adds up to more than numbers, where the last one stays."""
    names = {name for step in loop.steps if step.node.axes for name in step.adds_up}
    return tuple(i for i, axis in enumerate(loop.axes) if axis.name in names and loop.axes[-1].name not in names)


def _without(condition: tuple[str, ...], outer: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in condition if one not in outer)
