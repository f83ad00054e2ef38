"""Long sizes get names of their own: `P` in place of `(H + 2 * pad - KH) // stride + 1`, worked out once.

What depends on hyper-parameters alone is worked out by `setup()` and kept as `self._kh`; the rest by `reshape()`, which
keeps it beside the sizes of the bottoms' axes. Names are those of axes, and those that formulas give to sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Final

from layerdsl.graph import LayerGraph, Size
from layerdsl.graph.size import Atom, Choice, Symbol

LONG: Final = 16  # more characters than this are not read as easily as a name

#: How other attributes of a layer begin.
OTHERS: Final = re.compile(
    r"t\d|sum|forward|backward|index|zero|one|limit|sizes|shapes|random|measure|has_|ndim_|\w+_(parts|count)"
)


@dataclass(frozen=True)
class Shortened:
    """The sizes that have a name: an attribute from `setup()` on, or a local variable from `reshape()` on."""

    kept: Mapping[Size, str]
    local: Mapping[Size, str]

    @property
    def all(self) -> Mapping[Size, str]:
        """Both."""
        return {**self.kept, **self.local}


def shortened(layer: LayerGraph, taken: Iterable[str]) -> Shortened:
    """The long sizes of a layer; `taken` are names of other local variables."""
    optional = {hyper.name for hyper in layer.hypers if hyper.optional}
    known, attributes = set(taken), set[str]()
    kept: dict[Size, str] = {}
    local: dict[Size, str] = {}
    for name, size, sure in _named(layer):
        if size in kept or size in local or len(str(size)) <= LONG or not _is_there(size, optional):
            continue
        if any(symbol.kind == "axis" for symbol in size.symbols()):
            if sure or not _divides(size):
                local[size] = _free(name, known)
        elif not _divides(size):
            wanted = f"{name}_size" if OTHERS.match(name) else name
            kept[size] = f"self._{_free(wanted, attributes)}"
    return Shortened(kept, local)


def _named(layer: LayerGraph) -> Iterator[tuple[str, Size, bool]]:
    """Sizes by name: those that formulas name, then those of axes; and whether `reshape()` works them out anyway."""
    yield from ((name, size, False) for name, size in layer.sizes)
    tops = [blob.extents for blob in layer.tops if not blob.optional]
    blobs = [blob.extents for blob in layer.blobs if not blob.given]
    for extent in chain(*tops, *blobs):
        for axis in (*extent.opened, *extent.within):
            yield axis.name.replace(".", "_"), axis.size, True
        if extent.axis is not None and not extent.opened:
            yield extent.axis.name, extent.size, True


def is_safe(layer: LayerGraph, size: Size) -> bool:
    """Whether a size can be worked out whatever is chosen, also where nobody asks for it."""
    return _is_there(size, {hyper.name for hyper in layer.hypers if hyper.optional}) and not _divides(size)


def _is_there(size: Size, optional: set[str]) -> bool:
    """Whether a size has a value whatever is absent: what may be none stands only where a choice has asked for it."""
    return not any(symbol.name in optional or re.search(r"[(\[]", symbol.name) for symbol in unasked(size))


def unasked(size: Size) -> Iterator[Symbol]:
    """The names that a size has whatever is chosen."""
    for atom in _atoms(size):
        if isinstance(atom, Symbol):
            yield atom
        elif not isinstance(atom, Choice):
            yield from (*unasked(atom.left), *unasked(atom.right))


def _divides(size: Size) -> bool:
    """Whether something is divided by what `setup()` may not have looked at."""
    return any(_atom_divides(atom) for atom in _atoms(size))


def _atom_divides(atom: Atom) -> bool:
    if isinstance(atom, Symbol):
        return False
    if isinstance(atom, Choice):
        return _divides(atom.yes) or _divides(atom.no)
    return (atom.op in ("//", "%") and atom.right.constant is None) or _divides(atom.left) or _divides(atom.right)


def _atoms(size: Size) -> list[Atom]:
    return [atom for monomial, _ in size.terms for atom in monomial]


def _free(name: str, taken: set[str]) -> str:
    """A name that is free, which it is no longer."""
    plain = name if name.isidentifier() else "size"
    found = next(one for one in chain((plain,), (f"{plain}{i}" for i in count(2))) if one not in taken)
    taken.add(found)
    return found
