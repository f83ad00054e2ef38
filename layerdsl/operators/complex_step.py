"""Formulas on complex numbers: the imaginary part of a result is how fast it moves, exact to the last digits.

A value x + i h v, with an h whose square is nothing, becomes f(x) + i h f'(x) v under any analytic f: no two nearby
values are subtracted, so that nothing cancels (Squire and Trapp, 1998). Operators are analytic, or made of branches
that are; which branch it is the real parts say, as they do where nothing moves. What operators give on complex numbers
stands in `moving`; slopes through others (eigenvectors) are measured by differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from layerdsl.graph import Node, walk
from layerdsl.operators.body import body_of
from layerdsl.operators.build import build
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.moving.arrays import ARRAYS
from layerdsl.operators.moving.elements import ELEMENTS
from layerdsl.operators.moving.matrices import MATRICES
from layerdsl.operators.moving.reductions import REDUCTIONS
from layerdsl.operators.moving.step import STEP, is_moved, speed
from layerdsl.operators.world import Named, Rule, World, by_element

Plain = Callable[[Node, tuple[Named, ...]], Named]  # what a node gives for real arguments

RULES: Final[Mapping[str, Rule]] = {**REDUCTIONS, **ARRAYS, **MATRICES}

# Their plain meaning is that on complex numbers too.
AS_IT_IS: Final = frozenset(
    "sum mean dot pairs spread expand store store_each rename pick scatter slice at put parts select concat window "
    "cumprod scan result use top held variable rows".split()
)

# Nothing is derived through these: steps, what is meant to hold still, and places.
STILL: Final = frozenset("sign floor ceil round trunc floordiv stop extern draw window_best".split())

# Linear operators that are no kernels, or are linear in more of their arguments but for a constant.
LINEAR: Final[Mapping[str, tuple[int, ...]]] = {"unslice": (0,), "unat": (0,), "conv": (0, 1), "conv_weights": (0, 1)}


def analytic(world: World, node: Node, args: tuple[Named, ...], plain: Plain) -> Named:
    """The value of a node some of whose arguments move; LookupError where it can't be told."""
    real = tuple(_real(arg) for arg in args)
    if node.op in STILL or node.kind != "real":
        return plain(node, real)
    if node.op in AS_IT_IS:
        return plain(node, args)
    if node.op in ELEMENTS or node.op in RULES:
        there = by_element(ELEMENTS[node.op], args) if node.op in ELEMENTS else RULES[node.op](world, node, args)
        return _with_real_part(there, plain(node, real))
    return _by_parts(node, args, real, plain)


def _real(value: Named) -> Named:
    return replace(value, data=value.data.real) if is_moved(value) else value


def _with_real_part(there: Named, real: Named) -> Named:
    """The real part is that of the plain meaning, to the last bit, so that branches are the same ones."""
    data = real.over(there.names) + 1j * there.data.imag
    return Named(there.names, data)


def _by_parts(node: Node, args: tuple[Named, ...], real: tuple[Named, ...], plain: Plain) -> Named:
    """Of an operator that is linear in each argument which moves: one argument after the other."""
    result = plain(node, real)
    data = result.data.astype(np.complex128)
    still = _without_constant(node)
    for i in (i for i, arg in enumerate(args) if is_moved(arg)):
        if i not in linear(node):
            raise LookupError(f"{node.op} on complex numbers")
        speeds = Named(args[i].names, speed(args[i]))
        data = data + 1j * STEP * plain(still, (*real[:i], speeds, *real[i + 1 :])).over(result.names)
    return Named(result.names, data)


def linear(node: Node) -> tuple[int, ...]:
    """The arguments in which an operator is linear, but for a constant that `_without_constant` takes away."""
    return LINEAR.get(node.op) or (KERNELS[node.op].linear if node.op in KERNELS else ())


def _without_constant(node: Node) -> Node:
    """A convolution whose frame holds another number than 0 adds something that does not move."""
    if node.op not in ("conv", "conv_weights"):
        return node
    return build(node.op, *node.args, **{**dict(node.attrs), "outside": 0.0})


def hinders(outputs: Iterable[Node], leaf: Node) -> Node | None:
    """The first operator on the way from a leaf that can't be evaluated on complex numbers, if there is one."""
    reached = {leaf}
    for node in walk(outputs):
        through = [i for i, arg in enumerate(node.args) if arg in reached]
        if not through or node.op in STILL or (node.kind != "real"):
            continue
        if not _allows(node, through):
            return node
        reached.add(node)
    return None


def _allows(node: Node, through: Iterable[int]) -> bool:
    if node.op == "scan":
        body = body_of(node)
        inside = [one for one in walk((*body.nexts, *body.outputs)) if one.args and one.kind == "real"]
        return all(one.op in STILL or _allows(one, range(len(one.args))) for one in inside)
    known = node.op in ELEMENTS or node.op in RULES or node.op in AS_IT_IS
    return known or set(through) <= set(linear(node))
