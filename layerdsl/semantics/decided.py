"""Conditions that are known while compiling: in a function or layer that is used, an argument may be written out."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from layerdsl.graph import Node
from layerdsl.operators.build import as_size

RELATIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {"lt": lt, "le": le, "gt": gt, "ge": ge, "eq": eq, "ne": ne}


def outcome(test: Node) -> bool | None:
    """Whether a condition of the set-up holds; None where that is known to the net alone."""
    if test.op == "number":
        return bool(test.attr("value")) if test.kind == "bool" else None
    if test.op == "not":
        inner = outcome(test.args[0])
        return None if inner is None else not inner
    if test.op in ("and", "or"):
        return _connected(test)
    return _related(test) if test.op in RELATIONS else None


def _connected(test: Node) -> bool | None:
    """`and` is false where one side is, whatever the other; `or` true."""
    sides = [outcome(arg) for arg in test.args]
    settling = test.op == "or"
    if settling in sides:
        return settling
    return None if None in sides else not settling


def _related(test: Node) -> bool | None:
    left, right = (literal(arg) for arg in test.args)
    if left is None or right is None:
        return _of_sizes(test)
    return bool(RELATIONS[test.op](left, right))


def _of_sizes(test: Node) -> bool | None:
    """Sizes whose difference is a number compare by it: `C + 1 > C`."""
    left, right = (as_size(arg) for arg in test.args)
    difference = None if left is None or right is None else (left - right).constant
    return None if difference is None else bool(RELATIONS[test.op](difference, 0))


def literal(node: Node) -> float | str | bool | None:
    """The number or word that a value is, where it is written out."""
    if node.op == "neg":
        inner = literal(node.args[0])
        return -inner if isinstance(inner, (int, float)) else None
    return node.attr("value") if node.op == "number" else None  # type: ignore[return-value]
