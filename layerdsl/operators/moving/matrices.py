"""Small matrices."""

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
        try:
            found = np.asarray(function(args[0].over((*lead, rows, columns))))
        except np.linalg.LinAlgError:
            raise LookupError(f"{node.op} of a singular matrix") from None
        return Named((*lead, rows, columns) if square else lead, found)

    return rule


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
    try:
        found = np.linalg.solve(a.over((*lead, rows, columns)), b.over((*lead, rows))[..., np.newaxis])[..., 0]
    except np.linalg.LinAlgError:
        raise LookupError("solve with a singular matrix") from None
    return Named((*lead, columns), np.asarray(found))


MATRICES: Final[Mapping[str, Rule]] = {
    "inverse": _matrix(lambda z: np.linalg.inv(z).swapaxes(-1, -2), square=True),
    "det": _matrix(_det),
    "logdet": _matrix(_logdet),
    "cofactors": _matrix(_cofactors, square=True),
    "cholesky": _matrix(_cholesky, square=True),
    "solve": _solve,
}
