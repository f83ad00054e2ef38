"""Every operator that has a derivative: value and derivative of the emitted class, in float64, at ordinary points."""

import math
import re

import numpy as np
import pytest
from layers import layer
from running import run, slopes

from layerdsl.graph import walk
from layerdsl.operators.derivatives import DERIVATIVES

RANDOM = np.random.RandomState(3)
X = np.array([[-1.7, -0.6, 0.4], [0.9, 1.3, 2.2]])
INSIDE = np.array([[-0.9, -0.35, -0.1], [0.15, 0.5, 0.8]])  # between -1 and 1
ABOVE = np.array([[0.07, 0.4, 0.9], [1.3, 2.6, 5.5]])  # above 0
BEYOND = ABOVE + 1.02  # above 1
DIFF = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])


def erf_slope(x):
    return 2 / math.sqrt(math.pi) * np.exp(-x * x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# The operator, its name in the language, where it is tried, what it is and what its derivative is.
UNARY = [
    ("neg", "-{}", X, np.negative, lambda x: -1 + 0 * x),
    ("abs", "abs({})", X, np.abs, np.sign),
    ("sqrt", "sqrt({})", ABOVE, np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    ("square", "{}**2", X, np.square, lambda x: 2 * x),
    ("exp", "exp({})", X, np.exp, np.exp),
    ("expm1", "expm1({})", X, np.expm1, np.exp),
    ("exp2", "exp2({})", X, np.exp2, lambda x: math.log(2) * 2**x),
    ("log", "log({})", ABOVE, np.log, lambda x: 1 / x),
    ("log1p", "log1p({})", INSIDE, np.log1p, lambda x: 1 / (1 + x)),
    ("log2", "log2({})", ABOVE, np.log2, lambda x: 1 / (x * math.log(2))),
    ("log10", "log10({})", ABOVE, np.log10, lambda x: 1 / (x * math.log(10))),
    ("sin", "sin({})", X, np.sin, np.cos),
    ("cos", "cos({})", X, np.cos, lambda x: -np.sin(x)),
    ("tan", "tan({})", INSIDE, np.tan, lambda x: 1 / np.cos(x) ** 2),
    ("arcsin", "arcsin({})", INSIDE, np.arcsin, lambda x: 1 / np.sqrt(1 - x * x)),
    ("arccos", "arccos({})", INSIDE, np.arccos, lambda x: -1 / np.sqrt(1 - x * x)),
    ("arctan", "arctan({})", X, np.arctan, lambda x: 1 / (1 + x * x)),
    ("sinh", "sinh({})", X, np.sinh, np.cosh),
    ("cosh", "cosh({})", X, np.cosh, np.sinh),
    ("tanh", "tanh({})", X, np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    ("arcsinh", "arcsinh({})", X, np.arcsinh, lambda x: 1 / np.sqrt(1 + x * x)),
    ("arccosh", "arccosh({})", BEYOND, np.arccosh, lambda x: 1 / np.sqrt(x * x - 1)),
    ("arctanh", "arctanh({})", INSIDE, np.arctanh, lambda x: 1 / (1 - x * x)),
    ("reciprocal", "reciprocal({})", X, np.reciprocal, lambda x: -1 / x**2),
    ("cbrt", "cbrt({})", X, np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2)),
    ("erf", "erf({})", X, np.vectorize(math.erf), erf_slope),
    ("erfc", "erfc({})", X, np.vectorize(math.erfc), lambda x: -erf_slope(x)),
    ("relu", "relu({})", X, lambda x: np.where(x > 0, x, 0), lambda x: (x > 0) * 1.0),
    ("sigmoid", "sigmoid({})", X, sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    ("softplus", "softplus({})", X, lambda x: np.logaddexp(0, x), sigmoid),
    ("logsigmoid", "log_sigmoid({})", X, lambda x: -np.logaddexp(0, -x), lambda x: sigmoid(-x)),
    ("real", "float({})", X, lambda x: x, lambda x: 1 + 0 * x),
    ("stop", "stop_gradient({}) + 0 * {}", X, lambda x: x, lambda x: 0 * x),
]


@pytest.mark.parametrize(("formula", "x", "value", "slope"), [row[1:] for row in UNARY], ids=[row[0] for row in UNARY])
def test_functions_of_one_value(formula, x, value, slope):
    ran = run(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula.replace('{}', 'x')}\n", {"y": DIFF}, x=x)
    np.testing.assert_allclose(ran.value("y"), value(x), rtol=1e-12, atol=2e-7 if "erf" in formula else 1e-14)
    np.testing.assert_allclose(ran.diff("x"), DIFF * slope(x), rtol=1e-9, atol=1e-12)


A, B = np.array([[-1.7, -0.6, 2.4], [0.9, 1.3, -2.2]]), np.array([0.7, -1.1, 1.6])

# The operator, its formula in a: [N, C] and b: [C], and the derivatives by both before b's is summed over N.
BINARY = [
    ("add", "a + b", lambda a, b: (1, 1)),
    ("sub", "a - b", lambda a, b: (1, -1)),
    ("mul", "a * b", lambda a, b: (b, a)),
    ("div", "a / b", lambda a, b: (1 / b, -a / b**2)),
    ("mod", "a % b", lambda a, b: (1, -(a // b))),
    ("maximum", "max(a, b)", lambda a, b: (a > b, a < b)),
    ("minimum", "min(a, b)", lambda a, b: (a < b, a > b)),
    ("arctan2", "atan2(a, b)", lambda a, b: (b / (a * a + b * b), -a / (a * a + b * b))),
    ("hypot", "hypot(a, b)", lambda a, b: (a / np.hypot(a, b), b / np.hypot(a, b))),
    ("where", "where(a > b, a * 2, b * 3)", lambda a, b: (2 * (a > b), 3 * (a <= b))),
    ("clip", "clip(a, b, b + 1)", lambda a, b: ((b < a) & (a < b + 1), (a < b) | (a > b + 1))),
    ("pow", "a**3.5", lambda a, b: (3.5 * a**2.5, 0)),
    ("select", "a * 5 if train else b", lambda a, b: (5, 0)),
]


@pytest.mark.parametrize(("formula", "both"), [row[1:] for row in BINARY], ids=[row[0] for row in BINARY])
def test_functions_of_two_values(formula, both):
    a = np.abs(A) if "**" in formula else A
    text = f"layer A(a: [N, C], b: [C]) -> y: [N, C]:\n    y = {formula} + 0 * a + 0 * b\n"
    text = re.sub(r" \+ 0 \* a \+ 0 \* b", "", text) if "b" in formula else text.replace(" + 0 * a", "")
    ran = run(text, {"y": DIFF}, a=a, b=B)
    by_a, by_b = both(a, B)
    np.testing.assert_allclose(ran.diff("a"), DIFF * by_a, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ran.diff("b"), np.sum(DIFF * by_b, axis=0), rtol=1e-12, atol=1e-14)


def test_power_by_its_exponent():
    a, b = np.abs(A), B
    ran = run("layer A(a: [N, C], b: [C]) -> y: [N, C]:\n    y = a**b\n", {"y": DIFF}, a=a, b=b)
    np.testing.assert_allclose(ran.value("y"), a**b)
    np.testing.assert_allclose(ran.diff("a"), DIFF * b * a ** (b - 1))
    np.testing.assert_allclose(ran.diff("b"), np.sum(DIFF * a**b * np.log(a), axis=0))


# Everything with axes, and what only comes with a derivative of a derivative: against finite differences.
# The operator that it is for, the bottoms, the axes of the top, the formula.
XW = "x: [N, C, H], w: [C, H]"
SHAPED = [
    ("sum", XW, "[N]", "sum(x * w, over=[C, H])"),
    ("mean", XW, "[C]", "mean(x * w, over=[N, H])"),
    ("max", XW, "[N, H]", "max(x * w, over=C)"),
    ("max", XW, "[N]", "max(x * w, over=[C, H])"),
    ("min", XW, "[]", "min(x * w)"),
    ("min", XW, "[H]", "min(x * w, over=[C, N])"),
    ("prod", XW, "[N]", "prod(x * w, over=[C, H])"),
    ("var", XW, "[N, C]", "var(x * w, over=H)"),
    ("std", XW, "[C]", "std(x * w, over=[H, N])"),
    ("norm", XW, "[N]", "norm(x * w, over=[C, H])"),
    ("logsumexp", XW, "[H]", "logsumexp(x * w, over=[N, C])"),
    ("softmax", XW, "[N, C, H]", "softmax(x, over=[C, H]) * w"),
    ("softmax", XW, "[N, C, H]", "softmax(w, over=C) * x"),
    ("logsoftmax", XW, "[N, C, H]", "log_softmax(x * w, over=C)"),
    ("dot", XW, "[N, C]", "dot(x, w, over=H)"),
    ("dot", XW, "[N, C, M]", "dot(x, rename(w, C=M), over=H)"),
    ("dot", XW, "[N, M, H]", "dot(x, rename(x, N=M), over=C)"),
    ("expand", "x: [N], w: [C]", "[N, C]", "x * 2 + sum(w)"),
    ("rename", XW, "[C, D, H]", "sum(rename(x, C=D) * w, over=N)"),
    ("pick", XW, "[N]", "x[C=argmax(w, over=C)][H=argmin(sum(x, over=[N, C]), over=H)]"),
    ("pick", XW, "[N, H]", "(x * w)[C=argmax(w, over=C)]"),
    ("slice", XW, "[N, C, H - 1]", "(x * w)[H=1:]"),
    ("slice", XW, "[N, C, (H + 1) // 2]", "x[H=::2] * w[H=::2]"),
    ("at", XW, "[N, C]", "x[H=-1] * w[H=0]"),
    ("gate", XW, "[N, C, H]", "grad(sum(where(x > w, sin(x) * w, x**2)), x)"),
    ("scatter", XW, "[N, C, H]", "grad(sum(max(x * w, over=C)**3), x)"),
    ("unslice", XW, "[N, C, H]", "grad(sum((x * w)[H=1:]**3), x)"),
    ("unat", XW, "[N, C, H]", "grad(sum((x * w)[H=1]**3), x)"),
    ("select", XW, "[N, C, H]", "grad(sum((x * w)**3 if H > 2 else x), x)"),
]
DATA = {
    "x: [N, C, H], w: [C, H]": {"x": RANDOM.uniform(-2, 2, (2, 3, 4)), "w": RANDOM.uniform(0.5, 2, (3, 4))},
    "x: [N], w: [C]": {"x": RANDOM.uniform(-2, 2, 2), "w": RANDOM.uniform(0.5, 2, 3)},
}


@pytest.mark.parametrize(("bottoms", "top", "formula"), [row[1:] for row in SHAPED], ids=[row[3] for row in SHAPED])
def test_operators_with_axes(bottoms, top, formula):
    text = f"layer A({bottoms}) -> y: {top}:\n    y = {formula}\n"
    first = run(text, **DATA[bottoms])
    diffs = {"y": np.random.RandomState(5).uniform(-1, 1, first.value("y").shape)}
    ran = run(text, diffs, **DATA[bottoms])
    for name in ("x", "w"):
        derived = ran.diff(name)
        np.testing.assert_allclose(derived, slopes(ran, name, diffs), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(("op", "bottoms", "top", "formula"), SHAPED, ids=[row[3] for row in SHAPED])
def test_each_row_is_about_its_operator(op, bottoms, top, formula):
    program = layer(f"layer A({bottoms}) -> y: {top}:\n    y = {formula}\n").derived
    assert op in {node.op for node in walk([*program.forward, *program.backward])} or op in ("softmax", "std", "norm")


LOWERED = {"parts", "pairs", "spread"}  # what other formulas become, after they have been differentiated


def test_every_operator_with_a_derivative_is_tried():
    tried = {row[0] for row in UNARY} | {row[0] for row in BINARY} | {row[0] for row in SHAPED}
    assert tried >= set(DERIVATIVES) - LOWERED
