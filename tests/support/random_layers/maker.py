"""A program on its way: its blobs, the values that its lines have named, and how the next line is chosen."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

SINGLE = ("N", "C", "H", "K")
GROUPS = ("S", "U")
AXES = (*SINGLE, "S")
MOST_AXES, MOST_ENTRIES, MANY_ENTRIES = 4, 200, 5000
WHOLE = {"k": 2, "m": 2}  # hyper-parameters that stand in sizes, with their defaults


@dataclass(frozen=True)
class Value:
    """A name with its axes, each with its size as it is written (`H - 1` behind a slice).

    of: of an index the axis in which it is a place.
    """

    name: str
    axes: Mapping[str, str]
    kind: str = "real"
    of: str = ""


@dataclass
class Maker:
    """What has been said so far. `sizes` has the lengths of the axes of blobs, and the whole hyper-parameters."""

    draw: Callable[[Any], Any]
    sizes: dict[str, int]
    values: list[Value] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    params: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)  # hyper-parameters, functions and layers
    new: int = 0
    size_of_list: int = 0
    groups: dict[str, tuple[int, ...]] = field(default_factory=dict)
    several: Value | None = None  # any number of bottoms
    most_entries: int = MOST_ENTRIES

    def pick(self, items: Iterable[Any]) -> Any:
        """One of these; the first ones are the simplest."""
        return self.draw(st.sampled_from(list(items)))

    def maybe(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.draw(st.integers(0, one_in - 1)) == one_in - 1

    def value(self, fits: Callable[[Value], bool] = lambda value: True, kind: str = "real") -> Value | None:
        """A value made before, a later one more often."""
        fitting = [value for value in self.values if value.kind == kind and fits(value)]
        return self.pick(fitting + 3 * fitting[-3:]) if fitting else None

    def formula(self, table: str) -> str:
        """One of the formulas of a table."""
        return self.pick(re.split(r" \| |\n", table.strip()))

    def pair(self) -> tuple[Value, Value]:
        """Two values whose axes meet."""
        a = self.value()
        return a, self.value(lambda b: self.meet(a, b))

    def meet(self, *values: Value) -> bool:
        """Whether the axes of values agree, and are not too many together."""
        axes = union(*values)
        return axes is not None and self.fits(axes)

    def fits(self, axes: Mapping[str, str]) -> bool:
        """Whether a value with these axes is small enough."""
        return len(axes) <= MOST_AXES and self.entries(axes) <= self.most_entries

    def entries(self, axes: Mapping[str, str]) -> int:
        """How many entries a value with these axes has."""
        return math.prod(self.length(size) for size in axes.values())

    def length(self, size: str) -> int:
        """What a size comes to."""
        return eval(size, {"min": min, "max": max}, dict(self.sizes))  # of our own making

    def add(self, formula: str, axes: Mapping[str, str], kind: str = "real", of: str = "") -> None:
        """One line more, if what it gives is not too large."""
        if self.fits(axes):
            name = f"v{len(self.lines)}"
            self.lines.append(f"{name} = {formula}")
            self.values.append(Value(name, dict(axes), kind, of))

    def add_block(self, lines: Iterable[str], axes: Mapping[str, str], kind: str = "real") -> None:
        """One line more that is several; `{}` in them is the name that they give a value."""
        if self.fits(axes):
            name = f"v{len(self.lines)}"
            self.lines.append("\n    ".join(lines).replace("{}", name))
            self.values.append(Value(name, dict(axes), kind))

    def fresh(self, letter: str) -> str:
        """A name that no axis has."""
        self.new += 1
        return f"{letter}{self.new}"

    def some(self, axes: Iterable[str], least: int = 1, most: int = 3) -> list[str]:
        """Some of the axes."""
        return self.draw(st.lists(st.sampled_from(list(axes)), min_size=least, max_size=most, unique=True))

    def with_axis(self, least: int = 1, most: int = 99, pure: bool = False) -> tuple[Value, str] | None:
        """A value, and an axis of it that has a name for itself and such a length; a pure one is as a blob has it."""

        def fitting(value: Value) -> list[str]:
            lengths = {axis: self.length(size) for axis, size in value.axes.items()}
            own = [axis for axis in single(value) if not pure or value.axes[axis] == axis]
            return [axis for axis in own if least <= lengths[axis] <= most]

        value = self.value(lambda value: bool(fitting(value)))
        return None if value is None else (value, self.pick(fitting(value)))

    def param(self, axes: Mapping[str, str], kind: str = "param", rest: str = "0.5") -> str:
        """A learned blob more, or a state."""
        name = f"w{len(self.params)}"
        self.params.append(f"{kind} {name}: {listed(axes)} = {rest}")
        return name

    def pure_axes(self) -> list[str]:
        """The axes that blobs have, but for groups."""
        return [axis for axis in self.sizes if axis in SINGLE]


def single(value: Value) -> list[str]:
    """The axes of a value that are not groups."""
    return [axis for axis in value.axes if axis not in GROUPS]


def union(*values: Value) -> dict[str, str] | None:
    """The axes of all; None where one has two lengths."""
    axes: dict[str, str] = {}
    for value in values:
        for name, size in value.axes.items():
            if axes.setdefault(name, size) != size:
                return None
    return axes


def without(axes: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The axes but for these."""
    left_out = set(names)
    return {name: size for name, size in axes.items() if name not in left_out}


def declared(axis: str, size: str) -> str:
    """An axis as it stands in a declaration."""
    return f"*{axis}" if axis in GROUPS else axis if size == axis else f"{axis}={size}"


def listed(axes: Mapping[str, str]) -> str:
    """All axes as they stand in a declaration."""
    return "[" + ", ".join(declared(axis, size) for axis, size in axes.items()) + "]"


def mentioned(formula: str, *values: Value) -> dict[str, str]:
    """The axes of those values that a formula names."""
    return union(*(value for value in values if re.search(rf"\b{value.name}\b", formula))) or {}
