"""Sizes that repeat in the lines of a plan are worked out once, under names: those of their axes, else `size`.

Lines are written twice: first to see which sizes they have, then with the names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from layerdsl.emit.names import Names
from layerdsl.emit.shortened import is_safe
from layerdsl.graph import LayerGraph, Node, Size, Symbol, walk, writing
from layerdsl.graph import size as sizes
from layerdsl.operators.families.windows import Along
from layerdsl.plan.layer import Phase, Plan
from layerdsl.plan.storage import steps_of

#: So many characters have to be saved.
WORTH: Final = 100

Text = Callable[[Size], str]


@dataclass(frozen=True)
class Naming:
    """How sizes get names: `wanted` are those of axes, `text` writes a size, `free` makes a name that is free, and
    `may` tells whether a size can be worked out ahead of the lines."""

    wanted: Mapping[Size, str]
    text: Text
    free: Callable[[str], str]
    may: Callable[[Size], bool]


def naming(layer: LayerGraph, plan: Plan, phase: Phase, text: Text, names: Names) -> Naming:
    """The names for the lines of one phase; what only some nets need is not worked out for others."""
    choices = any(step.given for item in phase.items for step in steps_of(item))
    return Naming(_names_of_axes(plan), text, names.new, lambda size: not choices or is_safe(layer, size))


def with_names(naming: Naming, lines: Callable[[list[str]], list[str]]) -> list[str]:
    """Lines with names for the sizes that repeat in them.

    `lines` writes the lines, twice, the second time with those that work the sizes out.
    """
    with writing.counted() as written:
        first = lines([])
    names: dict[Size, str] = {}
    worked_out: list[str] = []
    for size in repeated(written, naming):
        with writing.named_here(names):
            formula = naming.text(size)
        names[size] = naming.free(naming.wanted.get(size, "size"))
        worked_out.append(f"{names[size]} = {formula}")
    if not names:
        return first
    with writing.named_here(names):
        return lines(worked_out)


def repeated(written: Counter[Size], naming: Naming) -> list[Size]:
    """Of the sizes that are written, so many times each, those that are worth a name; the inner ones first."""
    inside = {size for whole in written for size in _inner(whole)}
    long = {size for size in inside if not _is_plain(size) and not writing.has_name(size) and naming.may(size)}
    lengths = {size: (len(text := naming.text(size)), text) for size in long}
    ranked = sorted(long, key=lengths.__getitem__)
    made_of = {size: [one for part in _parts(size) for one in _uses(part, long)] for size in long}
    uses = Counter(one for inner in made_of.values() for one in inner)
    for whole, times in written.items():
        for size in _uses(whole, long):
            uses[size] += times
    while few := next((one for one in ranked if (uses[one] - 1) * (lengths[one][0] - 1) < WORTH), None):
        ranked.remove(few)
        for size in ranked:
            made_of[size] = [two for one in made_of[size] for two in (made_of[few] if one == few else (one,))]
        for one in made_of[few]:
            uses[one] += uses[few] - 1  # it stands in every place of the other, no longer in its definition
    return ranked


def _is_plain(size: Size) -> bool:
    """Whether a size is a number, a name or a plain product of names."""
    return len(size.terms) < 2 and all(isinstance(atom, Symbol) for monomial, _ in size.terms for atom in monomial)


def _inner(size: Size) -> Iterator[Size]:
    """A size and those that it is made of, as far as these are written."""
    yield size
    for part in _parts(size):
        yield from _inner(part)


def _uses(size: Size, named: Iterable[Size]) -> Iterator[Size]:
    """The named sizes that stand in another, where those are written by their names."""
    if size in named:
        yield size
        return
    for part in _parts(size):
        yield from _uses(part, named)


def _parts(size: Size) -> Iterable[Size]:
    """The sizes that are written in another one."""
    return () if writing.has_name(size) else sizes.parts(size)


def _names_of_axes(plan: Plan) -> dict[Size, str]:
    """Names for the sizes of a plan: those of the axes that have them."""
    found: dict[Size, str] = {}
    for node in walk((*plan.program.forward, *plan.program.backward)):
        for name, size in _axes(node):
            if name.isidentifier() and name[0].isupper():
                found.setdefault(size, name)
    return found


def _axes(node: Node) -> Iterator[tuple[str, Size]]:
    yield from ((axis.name.replace(".", "_"), axis.size) for axis in node.axes)
    for _, value in node.attrs:
        for one in value if isinstance(value, tuple) else ():
            if isinstance(one, Along):
                yield from ((axis.name, axis.size) for axis in (one.axis, one.place, one.offset))
