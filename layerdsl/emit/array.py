"""The text of an array: a name, and in one pair of brackets what is taken of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Index = tuple[tuple[str, str], ...]  # for each axis of the base its name, "" where it is gone, and what is taken of it


@dataclass(frozen=True)
class Array:
    """An array and the names of its axes; `cut` where it is the part of a loop already.

    index: what is taken along each axis of `base`, where that is not all of it. Brackets that say nothing about an axis
    that is cut already are joined: `x[:, 1:][n]` is `x[n, 1:]`.
    """

    base: str
    axes: tuple[str, ...]
    cut: bool = False
    index: Index = ()

    @property
    def text(self) -> str:
        """The array as an expression."""
        return indexed(self.base, [taken for _, taken in self.index])

    def renamed(self, names: Sequence[str]) -> Array:
        """The same array, its axes called otherwise."""
        new = dict(zip(self.axes, names, strict=True))
        index = tuple((new.get(name, name), taken) for name, taken in self.index)
        return replace(self, axes=tuple(names), index=index)

    def stretch(self, axis: str, taken: str) -> Array:
        """A slice along an axis; an array that is the same all along it has no such axis."""
        return self._with(axis, axis, taken) if axis in self.axes else self

    def place(self, axis: str, taken: str) -> Array:
        """One place along an axis, which is gone."""
        if axis not in self.axes:
            return self
        rest = tuple(name for name in self.axes if name != axis)
        return replace(self._with(axis, "", taken), axes=rest)

    def _with(self, axis: str, name: str, taken: str) -> Array:
        known: Index = self.index or tuple((one, ":") for one in self.axes)
        base = self.base
        if dict(known)[axis] != ":":
            base, known = self.text, tuple((one, ":") for one in self.axes)
        index = tuple((name, taken) if one == axis else (one, place) for one, place in known)
        return replace(self, base=base, index=index)

    def lined_up(self, wanted: Sequence[str], parts: Sequence[str]) -> str:
        """The array with its axes in another order, `None` for one that it lacks, and of each axis a part."""
        held = [name for name in wanted if name in self.axes]
        if held != list(self.axes):
            turn = ", ".join(str(self.axes.index(name)) for name in held)
            return indexed(self.text + (".T" if len(held) == 2 else f".transpose({turn})"), parts)
        own = dict(self.index)
        if any(":" not in (own.get(name, ":"), part) for name, part in zip(wanted, parts, strict=True)):
            return indexed(self.text, parts)
        return indexed(self.base, self._joined(zip(wanted, parts, strict=True)))

    def _joined(self, parts: Iterable[tuple[str, str]]) -> list[str]:
        """In one pair of brackets what is taken, and what a loop or a broadcast takes of that."""
        rest, found = list(self.index), list[str]()
        for name, part in parts:
            while name in self.axes and rest and rest[0][0] != name:
                found.append(rest.pop(0)[1])
            mine = rest.pop(0)[1] if name in self.axes and rest else ":"
            found.append(part if mine == ":" else mine)
        return found + [taken for _, taken in rest]


def indexed(text: str, places: Sequence[str]) -> str:
    """`text[places]` without what goes without saying."""
    said = list(places)
    while said and said[0] == "None":
        said.pop(0)
    while said and said[-1] == ":":
        said.pop()
    return f"{text}[{', '.join(said)}]" if said else text


def reshaped(text: str, shape: str) -> str:
    """An array with another shape: of `x.reshape(2, 3)` that of `x` itself."""
    while text.endswith(")") and (start := _opening(text)) > 0 and text[:start].endswith(".reshape"):
        text = text[:start].removesuffix(".reshape")
    return f"{text}.reshape({shape})"


def _opening(text: str) -> int:
    """Where the bracket opens that closes at the end of a text."""
    depth = 0
    for i in range(len(text) - 1, -1, -1):
        depth += (text[i] == ")") - (text[i] == "(")
        if depth == 0:
            return i
    return -1
