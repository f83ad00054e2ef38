"""The parts of loops, which `reshape()` makes: the slices of each, and its temporaries cut to their size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Final

from layerdsl.emit.frame import Frame
from layerdsl.emit.lines import unpacked
from layerdsl.emit.phase import Cut, PhaseText
from layerdsl.emit.sizes import tuple_text
from layerdsl.graph import Size
from layerdsl.graph import size as sizes
from layerdsl.plan.storage import Part

Measure = Callable[[Size], str]  # a size as an expression

#: The types of arrays; `dtype` and `bits` are local variables of `reshape()`.
DTYPES: Final = {"real": "dtype", "bool": "np.bool_", "int": "np.intp", "bits": "bits", "double": "np.float64"}


@dataclass
class Rooms:
    """The flat arrays of which loops cut their temporaries, by how they are made; loops use them in turn.

    `slices` are the names of the slices of all loops: that of an axis `T1` is `t1`, which Python 2 keeps after a loop.
    """

    slices: frozenset[str]
    names: dict[str, list[str]] = field(default_factory=dict)

    def take(self, wanted: str, expression: str, used: list[str]) -> list[str]:
        """The line that makes one that this loop does not use yet, if there is none; its name is put to those used."""
        known = self.names.setdefault(expression, [])
        free = [name for name in known if name not in used]
        if free:
            used.append(free[0])
            return []
        others = self.slices | {name for names in self.names.values() for name in names}
        name = next(one for one in chain([wanted], (f"{wanted}_{i}" for i in count(2))) if one not in others)
        known.append(name)
        used.append(name)
        return [f"{name} = {expression}"]


def slices(cut: Cut, text: PhaseText) -> list[str]:
    """The names of the slices of a loop."""
    return [text.names(("slice", axis.name), "") for axis in cut.axes]


def cut_lines(frame: Frame, text: PhaseText, measure: Measure, rooms: Rooms) -> list[str]:
    """The parts of the loops of one phase."""
    return [line for cut in text.cuts for line in _lines(frame, text, cut, measure, rooms)]


def _lines(frame: Frame, text: PhaseText, cut: Cut, measure: Measure, rooms: Rooms) -> list[str]:
    """The parts of one loop: as slices alone, or each with its temporaries."""
    frame.support.add("_parts")
    parts = _parts_text(cut, measure)
    if not cut.parts:
        return [f"self._{cut.attribute} = {parts}"]
    frame.support.add("_cut")
    names = slices(cut, text)
    lines: list[str] = []
    used: list[str] = []
    for part in cut.parts:
        lines += rooms.take(text.refs.part_names(part), _flat(text, cut, part, measure), used)
    shaped = [_shaped(name, cut, part, names, measure) for name, part in zip(used, cut.parts, strict=True)]
    return [
        *lines,
        f"self._{cut.attribute} = [",
        f"    ({', '.join([*names, *shaped])})",
        f"    for {unpacked(names)} in {parts}",
        "]",
    ]


def _parts_text(cut: Cut, measure: Measure) -> str:
    """The slices of all parts."""
    inner = measure(sizes.product([axis.size for axis in cut.inner]))
    lengths = tuple_text([measure(axis.size) for axis in cut.axes])
    return f"_parts({lengths}, {inner}{', ' + tuple_text(list(map(str, cut.added))) if cut.added else ''})"


def _flat(text: PhaseText, cut: Cut, part: Part, measure: Measure) -> str:
    """The flat array of which a temporary is cut; one that holds a number is filled with it once and for all."""
    size, dtype = _length(cut, part, measure), DTYPES[part.dtype]
    if part.fill is None:
        return f"np.empty({size}, {dtype})"
    return f"np.full({size}, {text.refs.scalar(part.fill)}, {dtype})"


def _shaped(name: str, cut: Cut, part: Part, names: list[str], measure: Measure) -> str:
    """A temporary with the shape that it has in one part of the loop."""
    by_name = dict(zip([axis.name for axis in cut.axes], names, strict=True))
    return f"_cut({', '.join([name, *(by_name.get(axis.name) or measure(axis.size) for axis in part.axes)])})"


def _length(cut: Cut, part: Part, measure: Measure) -> str:
    """How many elements a temporary of a loop may have: as `_parts` cuts, or what can't be cut."""
    every = {axis.name for axis in part.axes}
    inner = sizes.product([axis.size for axis in cut.inner if axis.name in every])
    total = measure(sizes.product([axis.size for axis in part.axes]))
    if not cut.inner:
        return f"min(262144, {total})"
    if inner == sizes.ONE:
        return f"min(524288, {total})"
    least = measure(inner) if measure(inner).isidentifier() else f"({measure(inner)})"
    return f"min(max(524288, 8192 * {least}), {total})"
