"""Bottoms, tops and learned blobs that are not always there: how many there are, and whether one is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layerdsl.emit.lines import all_of
from layerdsl.emit.names import attribute
from layerdsl.emit.scalars import scalar
from layerdsl.graph import Blob, LayerGraph, Learned, Symbol
from layerdsl.graph.known import Given, outcome
from layerdsl.operators.presence import implied


def is_open(blobs: tuple[Blob, ...]) -> bool:
    """Whether the number of blobs is left to the net."""
    return any(blob.optional or blob.several for blob in blobs)


def place_of(blobs: tuple[Blob, ...], number: int) -> str:
    """The number in the net of a bottom or top that is there: those declared before it count where they are."""
    sure = sum(not blob.optional or _comes_with(blob, blobs[number]) for blob in blobs[:number])
    return _summed(sure, [blob for blob in blobs[:number] if blob.optional and not _comes_with(blob, blobs[number])])


def title_of(blobs: tuple[Blob, ...], number: int) -> str:
    """A bottom in a message: ``bottom[1] `s` ``, or without its number where that depends on others."""
    place = place_of(blobs, number)
    return f"bottom{f'[{place}]' if place.isdigit() else ''} `{blobs[number].name}`"


def _comes_with(blob: Blob, other: Blob) -> bool:
    """Whether an optional blob is there wherever one is that is declared behind it."""
    if blob.given is None or other.given is None:
        return blob.given is None and other.optional and other.given is None
    return implied(blob.given, [other.given])


def _summed(sure: int, others: Sequence[Blob]) -> str:
    texts = [f"self._has_{blob.name}" for blob in others]
    return " + ".join([str(sure), *texts] if sure or not texts else texts)


def _count(blobs: tuple[Blob, ...], most: bool = False) -> str:
    """How many blobs there are at least, or at most, with those that depend on a condition."""
    sure = sum(not blob.optional or (most and blob.given is None) for blob in blobs)
    return _summed(sure, [blob for blob in blobs if blob.given is not None])


def count_test(side: str, blobs: tuple[Blob, ...]) -> str:
    """The condition under which the net gives a wrong number of blobs."""
    least = _count(blobs)
    if not any(blob.several or (blob.optional and blob.given is None) for blob in blobs):
        return f"len({side}) != {least}"
    if blobs[-1].several:
        return f"len({side}) < {least}"
    return f"not {least} <= len({side}) <= {_count(blobs, most=True)}"


def count_words(side: str, blobs: tuple[Blob, ...]) -> str:
    """`1 or 2 bottoms (x, s?)`."""
    least = sum(not blob.optional for blob in blobs)
    listed = ", ".join("*" * bool(blob.several) + blob.name + _mark(blob) for blob in blobs)
    if not is_open(blobs):
        number = str(least)
    elif blobs[-1].several:
        number = f"{least} or more"
    else:
        number = f"{least} or {len(blobs)}" if len(blobs) == least + 1 else f"{least} to {len(blobs)}"
    return f"{number} {side}{'' if number == '1' else 's'} ({listed})"


def _mark(blob: Blob) -> str:
    return f" if {' '.join(blob.under.split())}" if blob.given is not None else "?" * blob.optional


def depends(layer: LayerGraph) -> bool:
    """Whether hyper-parameters decide how many bottoms or tops there are."""
    return any(blob.given is not None for blob in (*layer.bottoms, *layer.tops))


def presence_lines(layer: LayerGraph) -> list[str]:
    """The lines of `setup()` that note which blobs are there, and how many of those of one name."""
    lines: list[str] = []
    for side, blobs in (("bottom", layer.bottoms), ("top", layer.tops)):
        for number, blob in enumerate(blobs):
            if blob.optional and blob.given is None:
                others = [one for one in blobs if one.given is not None]
                before = sum(one.given is None for one in blobs[:number])
                lines.append(f"self._has_{blob.name} = len({side}) > {_summed(before, others)}")
            if blob.several:
                place = place_of(blobs, number)
                minus = f"({place})" if " + " in place else place
                lines.append(f"self._{blob.name}_count = len({side}){f' - {minus}' if place != '0' else ''}")
    return lines


def condition_lines(layer: LayerGraph) -> list[str]:
    """The lines of `setup()` that note which blobs are there by a condition."""
    ends = [blob for blob in (*layer.bottoms, *layer.tops) if blob.given is not None]
    return [f"self._has_{blob.name} = {scalar(blob.given, _hyper)}" for blob in ends if blob.given is not None]


def asked(layer: LayerGraph, number: int) -> str:
    """The condition that a gradient of a bottom is wanted."""
    blob, place = layer.bottoms[number], place_of(layer.bottoms, number)
    if blob.several:
        return f"any([propagate_down[_i] for _i in range({f'{place}, ' if place != '0' else ''}len(bottom))])"
    return f"self._has_{blob.name} and propagate_down[{place}]" if blob.optional else f"propagate_down[{place}]"


def condition(blob: Learned) -> str:
    """The condition under which a learned blob is there; nothing where it always is."""
    return all_of([scalar(test, _hyper) for test in blob.given])


def _hyper(symbol: Symbol) -> str:
    return f"self.{attribute(symbol.name)}"


def memory_name(name: str) -> str:
    """The attribute that holds a state which is no blob."""
    return f"_memory_{name.replace('.', '_')}"


def blob_number(layer: LayerGraph, number: int, given: Iterable[Given] = ()) -> str:
    """The number in `self.blobs` of a learned blob that is there: those before it count where they are.

    `given` is what is known besides.
    """
    return _count_learned(layer.blobs[:number], [*given, *((test, True) for test in layer.blobs[number].given)])


def blob_count(layer: LayerGraph) -> str:
    """How many learned blobs there are."""
    return _count_learned(layer.blobs, [])


def _count_learned(blobs: tuple[Learned, ...], given: list[Given]) -> str:
    """How many of them there are: those that are known to be, one of each two that exclude each other, and the rest."""
    sure = sum(_is_there(blob, given) is True for blob in blobs)
    rest: list[Learned] = []
    for blob in blobs:
        if _is_there(blob, given) is None:
            other = next((one for one in rest if _is_opposite(one, blob)), None)
            sure += other is not None
            rest = [*rest, blob] if other is None else [one for one in rest if one is not other]
    counted = [f"bool({condition(blob)})" for blob in rest]
    return " + ".join(([str(sure)] if sure or not rest else []) + counted)


def _is_there(blob: Learned, given: list[Given]) -> bool | None:
    told = {outcome(given, test) for test in blob.given}
    return False if False in told else None if None in told else True


def _is_opposite(one: Learned, other: Learned) -> bool:
    """Whether always one of the two is there."""
    (test, *more), (wanted, *others) = one.given, other.given
    told = [outcome([(test, holds)], wanted) for holds in (True, False)]
    return not more and not others and told == [False, True]
