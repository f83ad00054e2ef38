"""What is known before any formula: of hyper-parameters, sizes and states."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from layerdsl.graph import HyperDecl, LayerGraph, Size
from layerdsl.graph.bounds import is_natural, is_positive
from layerdsl.graph.size import Atom, Choice, Symbol
from layerdsl.lints.ranges.interval import (
    ANYTHING,
    INF,
    TRUTH,
    Range,
    at_least,
    between,
    join,
    larger,
    number,
    smaller,
)

LONGEST: Final = 2.0**31  # Caffe counts the entries of a blob in an int
TIMES: Final = 16  # what a net gives for a hyper-parameter is taken to be at most so many times its default, or so much

NATURAL: Final = at_least(0)
COUNT: Final = between(1, LONGEST)


@dataclass(frozen=True)
class Known:
    """The ranges of hyper-parameters (of a list that of its entries), of states and of bottoms, by name."""

    hypers: Mapping[str, Range] = field(default_factory=dict)
    states: Mapping[str, Range] = field(default_factory=dict)
    bottoms: Mapping[str, Range] = field(default_factory=dict)
    _sizes: dict[int, tuple[Size, Range]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def size(self, size: Size) -> Range:
        """What a size can be; each is worked out once."""
        found = self._sizes.get(id(size))
        if found is None:
            found = self._sizes[id(size)] = size, self._size(size)
        return found[1]

    def _size(self, size: Size) -> Range:
        total = between(0, 0)
        for monomial, count in size.terms:
            term = between(count, count)
            for atom in monomial:
                term = term * self._atom(atom)
            total = total + term
        if total.low >= 1:
            return total
        return total & (COUNT if is_positive(size) else NATURAL if is_natural(size) else ANYTHING)

    def _atom(self, atom: Atom) -> Range:
        if isinstance(atom, Symbol):
            return COUNT if atom.kind == "axis" else self.hypers.get(atom.name, ANYTHING)
        if isinstance(atom, Choice):
            return self.size(atom.yes) | self.size(atom.no)
        return PAIRS[atom.op](self.size(atom.left), self.size(atom.right))

    def entries(self, sizes: list[Size]) -> tuple[float, float]:
        """The least and the most entries that axes of these sizes have together; each has one at least."""
        least, most = 1.0, 1.0
        for size in sizes:
            known = self.size(size)
            least, most = least * max(known.low, 1.0), most * max(known.high, 1.0)
        return least, min(most, LONGEST)

    def with_hyper(self, name: str, value: Range) -> Known:
        """The same with another range for a hyper-parameter."""
        return replace(self, hypers={**self.hypers, name: value})


def quotient(a: Range, b: Range) -> Range:
    """`a // b`."""
    whole = a / b
    return between(whole.low - 1 if whole.low > -INF else -INF, whole.high, True, whole.infinite, whole.nan) & (
        NATURAL if a.low >= 0 and b.low >= 0 else ANYTHING if not whole.infinite else whole
    )


def remainder(a: Range, b: Range) -> Range:
    """`a % b`, which has the sign of `b`."""
    nan = a.nan or b.nan or b.zero or a.infinite
    return between(min(b.low, 0.0), max(b.high, 0.0), nan=nan)


PAIRS: Final[dict[str, Callable[[Range, Range], Range]]] = {
    "//": quotient,
    "%": remainder,
    "min": smaller,
    "max": larger,
}


def of_hyper(hyper: HyperDecl) -> Range:
    """A net is taken to give a number like the default: on the same side of 0 and of 1, and not far beyond.

    Nothing is known of one without a default, or whose default is 0.
    """
    if hyper.kind == "bool":
        return TRUTH
    default = hyper.default
    numbers = [float(one) for one in (default if isinstance(default, tuple) else (default,)) if _is_number(one)]
    known = [] if hyper.required or not all(map(math.isfinite, numbers)) else [_like(one) for one in numbers]
    return join(known)


def _like(default: float) -> Range:
    if default < 0:
        return -_like(-default)
    if default == 0:
        return ANYTHING
    most = TIMES * max(default, 1.0)
    return between(1.0 if default > 1 else 0.0, 1.0 if default < 1 else most, zero=False)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def of_layer(graph: LayerGraph) -> Known:
    """What the declarations of hyper-parameters and bottoms say; what is required comes on top (`known_of`).

    An `index(C)` bottom is from 0 on; labels to be ignored may be any number above, or lie where `where` discards them.
    """
    places = {blob.name: NATURAL for blob in graph.bottoms if blob.index_of}
    return Known({hyper.name: of_hyper(hyper) for hyper in graph.hypers}, bottoms=places)


def at_defaults(graph: LayerGraph) -> Known:
    """Hyper-parameters that are what their defaults are, and nothing else."""
    plain = {hyper.name: hyper.default for hyper in graph.hypers if _is_number(hyper.default)}
    return Known({name: number(float(value)) for name, value in plain.items() if isinstance(value, (int, float))})
