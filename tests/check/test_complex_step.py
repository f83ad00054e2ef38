"""The complex step: exact on every branch, refused where an operator is not analytic, and what it sees."""

import numpy as np
import pytest
from formulas import sources

from layerdsl.check.table import COMPLEX_STEP
from layerdsl.gradient import engine
from layerdsl.gradient.engine import derive
from layerdsl.graph import Axis
from layerdsl.graph.size import axis, whole
from layerdsl.operators import derivatives
from layerdsl.operators.build import build, number
from layerdsl.operators.complex_step import AS_IT_IS, LINEAR, RULES, STILL, hinders
from layerdsl.operators.derivatives import WITHOUT_DERIVATIVE, rule
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.moving.elements import ELEMENTS
from layerdsl.operators.moving.step import moved, speed
from layerdsl.operators.reference import REFERENCE, evaluate
from layerdsl.operators.types import TYPES
from layerdsl.operators.world import Named, World

N = Axis("N", axis("N"))
X, Y = (build("bottom", name=name, axes=(N,), kind="real") for name in "xy")
BELOW_ONE = ("arcsin", "arccos", "arctanh", "log1p_unit")
ABOVE_ONE = ("arccosh", "log", "log2", "log10", "sqrt", "log1p")
OF_TWO = "add sub mul div pow mod maximum minimum arctan2 hypot".split()
POINTS = np.array([-2.5, -0.7, -0.1, 0.2, 0.9, 3.1, 30.0])


def slope_of(node, x, y):
    world = World(sizes={"N": len(x)}, blobs={"x": Named(("N",), x), "y": Named(("N",), y)})
    (value,) = evaluate([node], world, {X: moved(Named(("N",), x), np.ones(len(x)))})
    right = derive(build("sum", node, over=("N",)), X, number(1.0))
    return speed(value), evaluate([right], world)[0].over(("N",))


@pytest.mark.parametrize("op", sorted(op for op in ELEMENTS if rule(op, 0) is not None and op not in ("gate", "where")))
def test_every_function_on_all_of_its_branches(op):
    x = {True: np.array([0.1, 0.3, 0.9]), False: POINTS}[op in BELOW_ONE]
    x = np.array([1.1, 2.0, 25.0]) if op in ABOVE_ONE else x
    for y in (np.full(x.shape, 2.0), np.full(x.shape, -1.7)):
        args = [X, Y, number(0.5)][: 3 if op == "clip" else 2 if op in OF_TWO else 1]
        got, wanted = slope_of(build(op, *args), x, y)
        known = np.isfinite(wanted)
        assert known.any()
        assert np.allclose(got[known], wanted[known], rtol=1e-13, atol=1e-13)


def test_both_parts_of_a_softplus_are_those_of_one_side():
    """At 0 they meet."""
    got, _ = slope_of(build("softplus", X), np.zeros(1), np.ones(1))
    assert got == 0.5


@pytest.mark.parametrize(
    "name", ["sum(over=C)", "max(over=S)", "prod(over=[N, C])", "var(over=C)", "derivative", "pick"]
)
def test_a_formula_is_exact(check, name):
    (row, *_) = check(sources()[name]).rows
    assert row.how == COMPLEX_STEP
    assert row.error < 1e-12


def test_eigenvectors_are_measured_by_differences(check):
    formula = "sum(eigenvectors(x + rename(x, D=E, E=D), D, E)**2 * index(E), over=E)"
    (row,) = check(f"layer L(x: [N, D, E=D]) -> y: [N, D]:\n    y = {formula}\n").rows
    assert row.how == "differences"


def test_a_singular_matrix_has_no_slope_and_harms_no_other():
    rows, columns = Axis("C", whole(2)), Axis("D", whole(2))
    matrices = build("bottom", name="m", axes=(N, rows, columns), kind="real")
    stack = np.array([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [2.0, 4.0]]])
    world = World(sizes={"N": 2}, blobs={"m": Named(("N", "C", "D"), stack)})
    inverse = build("inverse", matrices, rows=rows, columns=columns)
    solved = build("solve", matrices, build("sum", matrices, over=("D",)), rows=rows, columns=columns)
    only_the_first = np.stack([np.ones((2, 2)), np.zeros((2, 2))])
    for node in (inverse, solved):
        (value,) = evaluate([node], world, {matrices: moved(world.blobs["m"], only_the_first)})
        assert np.isfinite(speed(value)[0]).all()
        assert np.isnan(speed(value)[1]).all()


def test_a_matrix_that_is_singular_at_some_sizes_is_no_fault(check):
    """A covariance of fewer samples than it has rows: what rounding makes of it has no inverse, now and then."""
    formula = "sqrt(dot(d, rename(solve(covariance, d, D, E), E=D), over=D))"
    lines = ["c = concat(a, rename(b, N=M), R=[N, M])", "e = c - mean(c, over=R)", "d = a - b",
             "covariance = dot(e, rename(e, D=E), over=R) / (2 * N - 1)", f"y = {formula}"]  # fmt: skip
    result = check("layer Mahalanobis(a: [N, D], b: [N, D]) -> y: [N]:\n    " + "\n    ".join(lines) + "\n")
    assert result.ok
    assert all(row.entries > 20 for row in result.rows)


def test_what_hinders_is_told():
    matrix = build("bottom", name="m", axes=(N, Axis("M", axis("N"))), kind="real")
    values = build("eigenvalues", matrix, rows=N, columns=Axis("M", axis("N")))
    assert hinders([build("exp", values)], matrix).op == "eigenvalues"
    assert hinders([build("exp", X)], X) is None


def test_a_derivative_that_is_off_by_a_billionth_is_wrong(check, monkeypatch):
    """Differences can't see it."""
    right = derivatives.DERIVATIVES["tanh"]
    wrong = (lambda g, node: build("mul", right[0](g, node), number(1 + 1e-9)),)
    monkeypatch.setitem(derivatives.DERIVATIVES, "tanh", wrong)
    engine._primitive.cache_clear()
    try:
        (found,) = check("layer L(x: [N, C]) -> y: [N, C]:\n    y = tanh(x)\n").diagnostics
    finally:
        engine._primitive.cache_clear()
    assert "is not the slope of the formula" in found.message


def test_every_name_is_an_operator():
    assert set(ELEMENTS) <= set(TYPES)


def test_all_operators_with_a_derivative_but_these_are_known():
    """A new operator gets a meaning on complex numbers, or is named here and in docs/check.md."""
    known = {*ELEMENTS, *RULES, *AS_IT_IS, *STILL, *LINEAR, *(op for op, kernel in KERNELS.items() if kernel.linear)}
    derived = {op for op in REFERENCE - known if _has_rule(op)}
    assert derived == {"eigenvalues", "eigenvectors", "objective"}


def _has_rule(op):
    return op not in WITHOUT_DERIVATIVE and rule(op, 0) is not None
