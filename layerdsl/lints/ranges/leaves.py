"""Values that are made of no others: numbers, hyper-parameters, sizes, states, draws, constants from files."""

from __future__ import annotations

from typing import Final, cast

from layerdsl.graph import Node, Size
from layerdsl.graph.attributes import axis_of
from layerdsl.lints.ranges.interval import ANYTHING, TRUTH, Range, between, number
from layerdsl.lints.ranges.known import Known
from layerdsl.lints.ranges.rule import Rule, true_or_false


def _number(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    value = node.attr("value")
    return number(float(value)) if isinstance(value, (int, float)) else ANYTHING


def _hyper(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return TRUTH if node.kind == "bool" else known.hypers.get(str(node.attr("name")), ANYTHING)


def _size(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return known.size(cast(Size, node.attr("size")))


def _state(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return known.states.get(str(node.attr("name")), ANYTHING)


def _bottom(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return known.bottoms.get(str(node.attr("name")), ANYTHING)


def _coordinate(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(0, known.size(axis_of(node).size).high - 1)


def _draw(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    match node.attr("distribution"):
        case "bernoulli":
            return TRUTH
        case "uniform" | "randint":
            return args[0] | args[1]
    return ANYTHING


def _file(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    held = node.attr("numbers")
    values = getattr(held, "values", None)
    if values is None or not values.size:
        return ANYTHING
    return between(float(values.min()), float(values.max()), bool((values == 0).any()))


LEAVES: Final[dict[str, Rule]] = {
    "number": _number,
    "hyper": _hyper,
    "size": _size,
    "list": _hyper,
    "blob": _state,
    "bottom": _bottom,
    "coord": _coordinate,
    "draw": _draw,
    "file": _file,
    **dict.fromkeys(["isnone", "absent", "phase"], true_or_false),
}
