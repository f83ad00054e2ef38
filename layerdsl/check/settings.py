"""Values of hyper-parameters to try a layer with: the defaults, what is required, and every choice once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Final

from layerdsl.check.case import Hyper
from layerdsl.graph import HyperDecl, LayerGraph

Given = dict[str, Hyper]

INTS: Final = (3, 2, 1, 4, 6)
FLOATS: Final = (0.5, 1.5, 2.0, 0.25)
LENGTHS: Final = (3, 2, 1, 4)
MOST_BASES, MOST_VARIANTS = 60, 8


def bases(layer: LayerGraph, known: Mapping[str, Hyper]) -> Iterator[Given]:
    """Values for what has no default, one way after the other; `known` is what an example gives."""
    required = [hyper for hyper in layer.hypers if hyper.required]
    ways = [_candidates(hyper, known) for hyper in required]
    for values in islice(product(*ways), MOST_BASES):
        yield {hyper.name: value for hyper, value in zip(required, values, strict=True)}


def _candidates(hyper: HyperDecl, known: Mapping[str, Hyper]) -> tuple[Hyper, ...]:
    first = (known[hyper.name],) if hyper.name in known else ()
    return tuple(dict.fromkeys([*first, *_values(hyper)]))


def _values(hyper: HyperDecl) -> Sequence[Hyper]:
    if hyper.kind == "list":
        entries = _of_kind(hyper.element)
        return [(entries * length)[:length] for length in LENGTHS]
    if hyper.kind == "file":
        return ("numbers.npy", "others.npy")  # made up, where they are not there
    return hyper.choices or ("word",) if hyper.kind == "word" else _of_kind(hyper.kind)


def _of_kind(kind: str) -> tuple[float | int | bool, ...]:
    return {"int": INTS, "bool": (True, False)}.get(kind, FLOATS)


def variants(layer: LayerGraph, base: Mapping[str, Hyper]) -> list[Mapping[str, Hyper]]:
    """`base` as it is, and with every switch, word and absent value once the other way."""
    found: list[Mapping[str, Hyper]] = [base]
    for hyper in layer.hypers:
        current = base.get(hyper.name, hyper.default)
        found += [{**base, hyper.name: value} for value in _others(hyper, current)]
    return found[:MOST_VARIANTS]


def _others(hyper: HyperDecl, current: object) -> Sequence[Hyper]:
    if hyper.kind == "bool":
        return (not current,)
    if hyper.kind == "word" and hyper.choices:
        return [choice for choice in hyper.choices if choice != current]
    if hyper.optional:
        return _values(hyper)[1:2] if current is None else (None,)
    return ()
