"""What a rule is: from the ranges of the arguments of an operator to that of its value; and those that many share."""

from __future__ import annotations

from collections.abc import Callable

from layerdsl.graph import Node
from layerdsl.lints.ranges import interval as r
from layerdsl.lints.ranges.interval import EVERYTHING, TRUTH, Range, number
from layerdsl.lints.ranges.known import Known

Rule = Callable[[Known, Node, tuple[Range, ...]], Range]


def same(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """What moves or repeats its first argument."""
    return args[0]


def joined(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """What is one of its arguments."""
    return r.join(args)


def with_zero(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return args[0] | number(0)


def true_or_false(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return TRUTH


def undefined(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return EVERYTHING
