"""Linear algebra on stacks of small matrices.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them. The last two axes of `a` are rows and columns. All is worked out in double precision and rounded once. A
matrix for which there is no result, as it is singular, not positive definite or not finite, gives NaN; the others of
its stack are not touched by that.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _by_matrix(function: Any, shape: Any, *stacks: Any) -> Any:
    """A stack of `function(*matrices)`, each of that shape, from stacks of matrices."""
    good = np.logical_and.reduce([np.isfinite(stack).all(axis=(-1, -2)) for stack in stacks])
    if good.all():
        try:
            return function(*stacks)
        except np.linalg.LinAlgError:
            pass
    found = np.empty((len(good),) + shape)
    for i in range(len(good)):
        try:
            found[i] = function(*[stack[i] for stack in stacks]) if good[i] else np.nan
        except np.linalg.LinAlgError:
            found[i] = np.nan
    return found


def _square(a: Any) -> Any:
    """Square matrices in double precision, one behind the other."""
    a = np.array(a, np.float64)
    return a.reshape((-1,) + a.shape[-2:])


def _turned(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _even(a: Any) -> Any:
    """The symmetric part."""
    return (a + _turned(a)) / 2


def _inverse(a: Any, out: Any) -> None:
    """out[..., i, j] = entry (j, i) of the inverse."""
    if out.size:
        a = _square(a)
        out[...] = _turned(_by_matrix(np.linalg.inv, a.shape[1:], a)).reshape(out.shape)


def _solve(a: Any, b: Any, columns: int, out: Any) -> None:
    """out[..., j, *]: what `a` times it is `b[..., i, *]`. columns: how many axes stand behind these."""
    if not out.size:
        return
    ndim = out.ndim - columns
    lead, rows, many = out.shape[: ndim - 1], out.shape[ndim - 1], int(np.prod(out.shape[ndim:], dtype=np.intp))
    a = np.array(np.broadcast_to(a, lead + (rows, rows)), np.float64).reshape(-1, rows, rows)
    b = np.array(np.broadcast_to(b, out.shape), np.float64).reshape(-1, rows, many)
    out[...] = _by_matrix(np.linalg.solve, (rows, many), a, b).reshape(out.shape)


def _det(a: Any, out: Any) -> None:
    """The determinant."""
    a = np.asarray(a)
    out[...] = np.linalg.det(_square(a)).reshape(out.shape) if a.size else 1


def _logdet(a: Any, out: Any) -> None:
    """The logarithm of the absolute value of the determinant."""
    a = np.asarray(a)
    out[...] = np.linalg.slogdet(_square(a))[1].reshape(out.shape) if a.size else 0


def _cofactors(a: Any, out: Any) -> None:
    """The derivative of the determinant to each entry, which singular matrices have as well."""
    if out.size:
        a = _square(a)
        out[...] = _by_matrix(_cofactors_of, a.shape[1:], a).reshape(out.shape)


def _cofactors_of(a: Any) -> Any:
    """By singular values: the product of all others takes the place of each."""
    u, s, v = np.linalg.svd(a)
    others = np.ones(s.shape)
    np.cumprod(s[..., :-1], axis=-1, out=others[..., 1:])
    others[..., :-1] *= np.cumprod(s[..., :0:-1], axis=-1)[..., ::-1]
    sign = np.linalg.det(u) * np.linalg.det(v)
    return sign[..., None, None] * np.matmul(u * others[..., None, :], v)


def _cholesky(a: Any, out: Any) -> None:
    """The lower triangular factor of the symmetric part."""
    if out.size:
        a = _even(_square(a))
        out[...] = _by_matrix(np.linalg.cholesky, a.shape[1:], a).reshape(out.shape)


def _eigenvalues(a: Any, out: Any) -> None:
    """Those of the symmetric part, from the smallest to the largest."""
    if out.size:
        a = _even(_square(a))
        out[...] = _by_matrix(np.linalg.eigvalsh, a.shape[1:2], a).reshape(out.shape)


def _eigenvectors(a: Any, out: Any) -> None:
    """out[..., :, k] belongs to the eigenvalue k of the symmetric part."""
    if out.size:
        a = _even(_square(a))
        out[...] = _by_matrix(_directed_eigenvectors, a.shape[1:], a).reshape(out.shape)


def _directed_eigenvectors(a: Any) -> Any:
    """Of the two directions of each that in which its largest entry, the first of about equal ones, is positive."""
    v = np.linalg.eigh(a)[1]
    size = np.absolute(v)
    first = np.argmax(size > 0.999 * size.max(axis=-2)[..., None, :], axis=-2)[..., None, :]
    largest = first == np.arange(a.shape[-1])[:, None]
    return v * np.sign((v * largest).sum(axis=-2))[..., None, :]
