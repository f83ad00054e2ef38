"""Small matrices; those that are singular have NaN, as in what is emitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from layerdsl.graph import Node
from layerdsl.graph.attributes import axis_of
from layerdsl.operators.world import Array, Named, Rule, World


def _matrix(function: Callable[[Array], Any], square: bool = False) -> Rule:
    """`function` is given matrices as the last two axes; its result has these again, or none of them."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        rows, columns = axis_of(node, "rows").name, axis_of(node, "columns").name
        lead = tuple(name for name in args[0].names if name not in (rows, columns))
        found = _or_nan(function, args[0].over((*lead, rows, columns)))
        return Named((*lead, rows, columns) if square else lead, found)

    return rule


def _or_nan(function: Callable[..., Any], *stacks: Array) -> Array:
    """What the function gives for stacks of matrices; where it has no result for some, each is tried alone."""
    try:
        return np.asarray(function(*stacks))
    except np.linalg.LinAlgError:
        pass
    lead = np.broadcast_shapes(*(stack.shape[:-2] for stack in stacks))
    if not lead:
        return np.full(stacks[-1].shape, complex(np.nan, np.nan))
    full = [np.broadcast_to(stack, (*lead, *stack.shape[-2:])) for stack in stacks]
    return np.stack([_or_nan(function, *(stack[i] for stack in full)) for i in range(lead[0])])


def _det(z: Array) -> Array:
    return np.asarray(np.linalg.det(z))


def _logdet(z: Array) -> Array:
    """Up to a constant: the sign turns as the determinant moves."""
    sign = np.linalg.slogdet(z)[0]
    return np.asarray(1j * sign.imag / sign.real)


def _cofactors(z: Array) -> Array:
    size, found = z.shape[-1], np.empty(z.shape, np.complex128)
    for i, j in np.ndindex(size, size):
        found[..., i, j] = (-1) ** (i + j) * _det(np.delete(np.delete(z, i, axis=-2), j, axis=-1))
    return found


def _cholesky(z: Array) -> Array:
    """Without the conjugates of the usual one, which is not analytic."""
    z, found = (z + z.swapaxes(-1, -2)) / 2, np.zeros(z.shape, np.complex128)
    for j in range(z.shape[-1]):
        left = z[..., j:, j] - (found[..., j:, :j] * found[..., j : j + 1, :j]).sum(axis=-1)
        found[..., j:, j] = left / np.sqrt(left[..., :1])
    return found


def _solve(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (a, b), rows, columns = args, axis_of(node, "rows").name, axis_of(node, "columns").name
    lead = tuple(dict.fromkeys(name for x in (a, b) for name in x.names if name not in (rows, columns)))
    found = _or_nan(np.linalg.solve, a.over((*lead, rows, columns)), b.over((*lead, rows))[..., np.newaxis])
    return Named((*lead, columns), found[..., 0])


MATRICES: Final[Mapping[str, Rule]] = {
    "inverse": _matrix(lambda z: np.linalg.inv(z).swapaxes(-1, -2), square=True),
    "det": _matrix(_det),
    "logdet": _matrix(_logdet),
    "cofactors": _matrix(_cofactors, square=True),
    "cholesky": _matrix(_cholesky, square=True),
    "solve": _solve,
}
