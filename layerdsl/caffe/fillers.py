"""Caffe's seven fillers and the arguments that each takes: what a `param` may start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Union

# How many connections `xavier` and `msra` count: into an output, out of an input, or their mean.
VARIANCE_NORMS: Final = ("fan_in", "fan_out", "average")


@dataclass(frozen=True)
class Argument:
    """An argument of a filler: Caffe's name and default; `choices` are the words that a `word` can be."""

    name: str
    kind: Literal["float", "int", "word"]
    default: Union[float, int, str]
    choices: tuple[str, ...] = ()
    least: float | None = None  # Caffe ends the process below it


@dataclass(frozen=True)
class FillerFacts:
    """What a filler takes, in the order of Caffe's message, and how many axes (at least) its blob needs.

    `axes` counts the axes of the blob; `exactly` says that it may not have more, `square` that its last two are equal.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    axes: int = 0
    exactly: bool = False
    square: bool = False

    def argument(self, name: str) -> Argument | None:
        """The argument of this name, or None."""
        return next((each for each in self.arguments if each.name == name), None)


def _number(name: str, default: float, least: float | None = None) -> Argument:
    return Argument(name, "float", default, least=least)


_SPARSE: Final = Argument("sparse", "int", -1, least=-1)
_VARIANCE: Final = Argument("variance_norm", "word", "fan_in", VARIANCE_NORMS)

FILLERS: Final[dict[str, FillerFacts]] = {
    facts.name: facts
    for facts in (
        FillerFacts("constant", (_number("value", 0.0),)),
        FillerFacts("uniform", (_number("min", 0.0), _number("max", 1.0))),
        FillerFacts("gaussian", (_number("mean", 0.0), _number("std", 1.0, least=0.0), _SPARSE)),
        FillerFacts("positive_unitball", axes=1),
        FillerFacts("xavier", (_VARIANCE,), axes=1),
        FillerFacts("msra", (_VARIANCE,), axes=1),
        FillerFacts("bilinear", axes=4, exactly=True, square=True),
    )
}


def expected_value(argument: Argument, value: object) -> str:
    """What an argument has to be, where `value` is not that; else nothing.

    >>> expected_value(FILLERS["gaussian"].arguments[1], -1.0)
    'at least 0'
    """
    if argument.kind == "word":
        return "" if value in argument.choices else f"one of {', '.join(f'`{word}`' for word in argument.choices)}"
    if isinstance(value, bool) or not isinstance(value, int if argument.kind == "int" else (int, float)):
        return "a whole number" if argument.kind == "int" else "a number"
    return f"at least {argument.least:g}" if argument.least is not None and not value >= argument.least else ""


def expected_axes(facts: FillerFacts, count: int) -> str:
    """How many axes a filler needs, where `count` are not that; else nothing.

    >>> expected_axes(FILLERS["bilinear"], 3)
    'exactly 4 axes'
    """
    if count >= facts.axes and not (facts.exactly and count > facts.axes):
        return ""
    return f"{'exactly' if facts.exactly else 'at least'} {facts.axes} {'axis' if facts.axes == 1 else 'axes'}"
