"""Bottoms, tops and learned blobs that are not always there: how many there are, and whether one is."""

from __future__ import annotations

from layerdsl.emit.names import attribute
from layerdsl.emit.scalars import scalar
from layerdsl.graph import Blob, LayerGraph, Learned, Symbol


def is_open(blobs: tuple[Blob, ...]) -> bool:
    """Whether the number of blobs is left to the net."""
    return any(blob.optional or blob.several for blob in blobs)


def count_test(side: str, blobs: tuple[Blob, ...]) -> str:
    """The condition under which the net gives a wrong number of blobs."""
    least = sum(not blob.optional for blob in blobs)
    if not is_open(blobs):
        return f"len({side}) != {least}"
    if blobs[-1].several:
        return f"len({side}) < {least}"
    return f"not {least} <= len({side}) <= {len(blobs)}"


def count_words(side: str, blobs: tuple[Blob, ...]) -> str:
    """`1 or 2 bottoms (x, s?)`."""
    least = sum(not blob.optional for blob in blobs)
    listed = ", ".join("*" * bool(blob.several) + blob.name + "?" * blob.optional for blob in blobs)
    if not is_open(blobs):
        number = str(least)
    elif blobs[-1].several:
        number = f"{least} or more"
    else:
        number = f"{least} or {len(blobs)}" if len(blobs) == least + 1 else f"{least} to {len(blobs)}"
    return f"{number} {side}{'' if number == '1' else 's'} ({listed})"


def presence_lines(layer: LayerGraph) -> list[str]:
    """The lines of `setup()` that note which blobs are there, and how many of those of one name."""
    lines: list[str] = []
    for side, blobs in (("bottom", layer.bottoms), ("top", layer.tops)):
        for number, blob in enumerate(blobs):
            if blob.optional:
                lines.append(f"self._has_{blob.name} = len({side}) > {number}")
            if blob.several:
                lines.append(f"self._{blob.name}_count = len({side}){f' - {number}' if number else ''}")
    return lines


def asked(layer: LayerGraph, number: int) -> str:
    """The condition that a gradient of a bottom is wanted."""
    blob = layer.bottoms[number]
    if blob.several:
        return f"any([propagate_down[_i] for _i in range({f'{number}, ' if number else ''}len(bottom))])"
    return f"self._has_{blob.name} and propagate_down[{number}]" if blob.optional else f"propagate_down[{number}]"


def condition(blob: Learned) -> str:
    """The condition under which a learned blob is there; nothing where it always is."""
    texts = [scalar(test, _hyper) for test in blob.given]
    return " and ".join(f"({text})" if len(texts) > 1 and " or " in text else text for text in texts)


def _hyper(symbol: Symbol) -> str:
    return f"self.{attribute(symbol.name)}"


def memory_name(name: str) -> str:
    """The attribute that holds a state which is no blob."""
    return f"_memory_{name}"


def blob_number(layer: LayerGraph, number: int) -> str:
    """The number of a learned blob in `self.blobs`: those before it count where they are there."""
    return _count(layer.blobs[:number])


def blob_count(layer: LayerGraph) -> str:
    """How many learned blobs there are."""
    return _count(layer.blobs)


def _count(blobs: tuple[Learned, ...]) -> str:
    sure = sum(not blob.given for blob in blobs)
    rest = [f"bool({condition(blob)})" for blob in blobs if blob.given]
    return " + ".join(([str(sure)] if sure or not rest else []) + rest)


def under(test: str, lines: list[str]) -> list[str]:
    """The lines where a condition holds; where there is none, as they are."""
    return [f"if {test}:", *(f"    {line}" for line in lines)] if test and lines else lines
