"""`inverse(a, N, M)`: linear algebra on small matrices, whose rows and columns are named."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.operators.build import as_real, build
from layerdsl.semantics.builtin import Bound, Builder, Builtin, Parameter, argument
from layerdsl.semantics.expressions import align
from layerdsl.semantics.families.axes import free_of
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree

ROWS: Final = Parameter("rows")
COLUMNS: Final = Parameter("columns")


def _axis(scope: Scope, expr: tree.Call, given: tree.Argument, value: Node) -> Axis:
    """The axis of a matrix that an argument names."""
    if not isinstance(given.value, tree.Name):
        usage = f"`{expr.function}` takes the names of axes, as in `{_usage(expr.function)}`"
        raise fault("LD203", usage, given.span)
    axes = scope.axis_named(given.value)
    if len(axes) != 1 or axes[0].star:
        raise fault("LD206", f"`{given.value.value}` is a group of axes; a matrix has two single ones", given.span)
    held = {axis.name: axis for axis in value.axes}
    if axes[0].name not in held:
        there = f"its axes are `{scope.listed(value)}`"
        raise fault("LD203", f"axis `{given.value.value}` is not among the axes of this value", given.span, there)
    return held[axes[0].name]


def _matrix(scope: Scope, expr: tree.Call, bound: Bound) -> tuple[Node, Axis, Axis]:
    """A value and the two axes, of one length, along which it is a matrix."""
    a = as_real(argument(scope, bound, "a"))
    rows, columns = (_axis(scope, expr, bound[name][0], a) for name in ("rows", "columns"))
    if rows.name == columns.name:
        remedy = "`rename(x, N=M)` gives a value a second axis of one length"
        raise fault("LD207", "rows and columns of a matrix are two axes", bound["columns"][0].span, help=remedy)
    difference = (rows.size - columns.size).constant
    if difference:
        there = f"{rows.name} is {rows.size} long, {columns.name} {columns.size}"
        raise fault("LD202", f"`{expr.function}` takes square matrices", expr.span, there)
    scope.require_equal(rows.size, columns.size, columns.name, expr.span)
    return a, rows, columns


def _of_matrix(op: str) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        a, rows, columns = _matrix(scope, expr, bound)
        return build(op, a, rows=rows, columns=columns)

    return builder


def _trace(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    a, rows, columns = _matrix(scope, expr, bound)
    middle = build("eq", build("coord", axis=rows), build("coord", axis=columns))
    return build("sum", build("gate", middle, a), over=(rows.name, columns.name))


def _solve(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    a, rows, columns = _matrix(scope, expr, bound)
    b = as_real(argument(scope, bound, "b"))
    place = bound["b"][0].span
    if rows.name not in b.names:
        there = f"its axes are `{scope.listed(b)}`"
        raise fault("LD203", f"the right side lacks the axis `{rows.name}` of the equations", place, there)
    free_of(columns, b, place)
    align(scope, expr.span, a, b)
    return build("solve", a, b, rows=rows, columns=columns)


def _usage(name: str) -> str:
    return f"{name}(a, {'b, ' if name == 'solve' else ''}N, M)"


def _function(name: str, builder: Builder) -> tuple[str, Builtin]:
    right = (Parameter("b"),) if name == "solve" else ()
    return name, Builtin(_usage(name), (Parameter("a"), *right, ROWS, COLUMNS), builder)


MATRICES: Final = (
    *(_function(op, _of_matrix(op)) for op in "inverse det logdet cholesky eigenvalues eigenvectors".split()),
    _function("trace", _trace),
    _function("solve", _solve),
)
