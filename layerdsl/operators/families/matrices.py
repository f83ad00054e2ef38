"""Linear algebra on small matrices, whose two axes are named: rows and columns.

The inverse of `a[N, M]` has the same axes: it takes what has an axis N to what has an axis M, so that
`dot(inverse(a, N, M), b, over=N)` is the `x[M]` for which `dot(a, x, over=M)` is `b`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axis_of
from layerdsl.operators.build import build, contract, number
from layerdsl.operators.kernel import Call, Kernel, Rule, register
from layerdsl.operators.types import Attrs, Typed, TypeRule, union, without
from layerdsl.operators.world import Array, Named, World

Axes = tuple[Axis, ...]


def _pair(node: Node) -> tuple[Axis, Axis]:
    """Rows and columns."""
    return axis_of(node, "rows"), axis_of(node, "columns")


def _names(node: Node) -> tuple[str, str]:
    rows, columns = _pair(node)
    return rows.name, columns.name


def _made(op: str, like: Node, *args: Node) -> Node:
    """An operator on the same matrix as another."""
    return build(op, *args, rows=like.attr("rows"), columns=like.attr("columns"))


def _renamed(x: Node, *pairs: tuple[Axis, Axis]) -> Node:
    return build("rename", x, axes=tuple((old.name, new) for old, new in pairs))


def _other(axis: Axis) -> Axis:
    """A second axis as long as one of the matrix."""
    return Axis(f"_{axis.name}", axis.size)


def _dot(a: Node, b: Node, *over: Axis) -> Node:
    return build("dot", a, b, over=tuple(axis.name for axis in over))


def _same(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return args[0].axes, "real"


def _no_matrix(*kept: str) -> TypeRule:
    """Without rows and columns, but for those named."""
    return lambda args, attrs: (
        (*without(args[0].axes, (attrs["rows"].name, attrs["columns"].name)), *(attrs[name] for name in kept)),
        "real",
    )


def _meaning(function: Callable[[Array], Any], *kept: str) -> Callable[[World, Node, tuple[Named, ...]], Named]:
    """`function` is given one matrix after the other; its result has the axes `kept`."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        (x,), pair = args, _names(node)
        lead = tuple(name for name in x.names if name not in pair)
        data = x.over((*lead, *pair))
        own = tuple(axis_of(node, name) for name in kept)
        found = np.empty((*data.shape[: len(lead)], *(axis.size.evaluate(world.sizes) for axis in own)))
        for place in np.ndindex(*data.shape[: len(lead)]):
            found[place] = _or_nan(function, data[place])
        return Named((*lead, *(axis.name for axis in own)), found)

    return rule


def _or_nan(function: Callable[..., Any], *matrices: Array) -> Any:
    if not all(np.isfinite(matrix).all() for matrix in matrices):
        return np.nan
    try:
        return function(*matrices)
    except np.linalg.LinAlgError:
        return np.nan


def _even(a: Array) -> Array:
    return np.asarray((a + a.T) / 2)


def _kernel(op: str, type_rule: TypeRule, meaning: Callable[[Array], Any], derivative: Rule, *kept: str) -> None:
    """An operator of one matrix."""
    register(
        op,
        Kernel(
            type=type_rule,
            reference=_meaning(meaning, *kept),
            call=lambda node: Call(
                f"_{op}", args=(_names(node),), out=tuple(axis_of(node, name).name for name in kept)
            ),
            derivative=(derivative,),
            whole=True,
        ),
    )


# -- determinants and inverses -----------------------------------------------------------------------------------------


def _inverse_back(g: Node, node: Node) -> Node:
    """-X G X, each turned over."""
    rows, columns = _pair(node)
    left, right = _renamed(node, (rows, _other(rows))), _renamed(node, (columns, _other(columns)))
    both = _dot(_dot(g, left, columns), right, rows)
    return build("neg", _renamed(both, (_other(rows), rows), (_other(columns), columns)))


def _cofactors_back(g: Node, node: Node) -> Node:
    """That of `det(a) * inverse(a)`, which they are: singular matrices have NaN here."""
    (a,) = node.args
    inverse = _made("inverse", node, a)
    direct = build("mul", _dot(g, inverse, *_pair(node)), node)
    return build("add", direct, _inverse_back(build("mul", g, _made("det", node, a)), inverse))


_kernel(
    "inverse", _same, lambda a: np.linalg.inv(a).T, _inverse_back, "rows", "columns"
)  # fmt: skip
_kernel("det", _no_matrix(), np.linalg.det, lambda g, n: build("mul", g, _made("cofactors", n, *n.args)))
_kernel(
    "logdet", _no_matrix(), lambda a: np.linalg.slogdet(a)[1],
    lambda g, n: build("mul", g, _made("inverse", n, *n.args)),
)  # fmt: skip


def _cofactors(a: Array) -> Array:
    """Each from the matrix without its row and column."""
    size = len(a)
    found = np.empty((size, size))
    for i, j in np.ndindex(size, size):
        found[i, j] = (-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, axis=0), j, axis=1))
    return found


_kernel("cofactors", _same, _cofactors, _cofactors_back, "rows", "columns")


# -- solving -----------------------------------------------------------------------------------------------------------


def _columns(node: Node) -> Axes:
    """The axes of the right side that the matrix lacks: it is taken apart once for all of them."""
    a, b = node.args
    return without(b.axes, a.names)


def _solved(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    (a, b), rows, columns = args, attrs["rows"], attrs["columns"]
    return (*without(union(a.axes, b.axes), (rows.name, columns.name)), columns), "real"


def _solve(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (a, b), (rows, columns) = args, _names(node)
    lead = tuple(dict.fromkeys(name for x in (a, b) for name in x.names if name not in (rows, columns)))
    matrices, right = a.over((*lead, rows, columns)), b.over((*lead, rows))
    shape = np.broadcast_shapes(matrices.shape[:-2], right.shape[:-1])
    matrices = np.broadcast_to(matrices, (*shape, *matrices.shape[-2:]))
    right = np.broadcast_to(right, (*shape, right.shape[-1]))
    found = np.empty((*shape, matrices.shape[-1]))
    for place in np.ndindex(*shape):
        found[place] = _or_nan(np.linalg.solve, matrices[place], right[place])
    return Named((*lead, columns), found)


def _solve_call(node: Node) -> Call:
    (rows, columns), others = _names(node), tuple(axis.name for axis in _columns(node))
    return Call(
        "_solve", args=((rows, columns), (rows, *others)), out=(columns, *others), extra=(len(others),)
    )  # fmt: skip


def _right(g: Node, node: Node) -> Node:
    """The cotangent of the right side: the solution for the matrix turned over."""
    rows, columns = _pair(node)
    return build("solve", node.args[0], g, rows=columns, columns=rows)


register(
    "solve",
    Kernel(
        type=_solved,
        reference=_solve,
        call=_solve_call,
        derivative=(lambda g, n: build("neg", contract(_right(g, n), n, n.args[0].axes)), _right),
        linear=(1,),
    ),
)


# -- symmetric matrices ------------------------------------------------------------------------------------------------


def _symmetric(x: Node, rows: Axis, columns: Axis) -> Node:
    """The mean of a matrix and the same turned over."""
    return build("mul", build("add", x, _renamed(x, (rows, columns), (columns, rows))), number(0.5))


def _coord(axis: Axis) -> Node:
    return build("coord", axis=axis)


def _cholesky_back(g: Node, node: Node) -> Node:
    """The symmetric part of solve(L', P) times the inverse of L, where P is the lower half of L' G (Murray, 2016)."""
    rows, columns = _pair(node)
    row, column = _other(rows), _other(columns)
    both = _dot(node, _renamed(g, (columns, column)), rows)
    lower = build("gate", build("gt", _coord(columns), _coord(column)), both)
    middle = build("gate", build("eq", _coord(columns), _coord(column)), both)
    half = build("add", lower, build("mul", middle, number(0.5)))
    left = build("solve", node, half, rows=columns, columns=rows)
    factor = _renamed(node, (rows, row), (columns, column))
    result = build("solve", factor, left, rows=column, columns=row)
    return _symmetric(_renamed(result, (row, columns)), rows, columns)


_kernel("cholesky", _same, lambda a: np.linalg.cholesky(_even(a)), _cholesky_back, "rows", "columns")


def _eigenvalues_back(g: Node, node: Node) -> Node:
    rows, columns = _pair(node)
    vectors = _made("eigenvectors", node, *node.args)
    result = _dot(build("mul", g, vectors), _renamed(vectors, (rows, _other(rows))), columns)
    return _renamed(result, (_other(rows), columns))


def _eigenvectors_back(g: Node, node: Node) -> Node:
    """Each turns towards the others, the faster the nearer their eigenvalues; not towards those of equal ones."""
    rows, columns = _pair(node)
    row, column = _other(rows), _other(columns)
    values = _made("eigenvalues", node, *node.args)
    apart = build("sub", _renamed(values, (columns, column)), values)
    equal = build("eq", apart, number(0.0))
    towards = build("div", _dot(node, _renamed(g, (columns, column)), rows), build("where", equal, number(1.0), apart))
    turns = build("gate", build("not", equal), towards)
    left = _dot(node, turns, columns)
    result = _dot(left, _renamed(node, (rows, row), (columns, column)), column)
    return _symmetric(_renamed(result, (row, columns)), rows, columns)


def _directed(a: Array) -> Array:
    """The eigenvectors, each with its largest entry, the first of about equal ones, positive."""
    vectors = np.linalg.eigh(_even(a))[1]
    for vector in vectors.T:
        size = np.abs(vector)
        vector *= np.sign(vector[np.argmax(size > 0.999 * size.max())])
    return np.asarray(vectors)


_kernel(
    "eigenvalues", _no_matrix("columns"), lambda a: np.linalg.eigvalsh(_even(a)), _eigenvalues_back, "columns"
)  # fmt: skip
_kernel("eigenvectors", _same, _directed, _eigenvectors_back, "rows", "columns")
