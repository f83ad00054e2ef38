"""A backward of one's own: `gradient x = ...` in place of what would be derived."""

import numpy as np
import pytest
from layers import codes
from running import run, start

from layerdsl.pipeline import compile_source
from layerdsl.source import Source

X = np.array([[1.0, -2.0], [3.0, 0.5]])


def test_a_gradient_takes_the_place_of_the_derived_one():
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    hyper k: float = 2\n    y = x**2\n    gradient x = -k * d(y)\n"
    ran = run(text, {"y": X}, x=X)
    assert ran.value("y").tolist() == (X**2).tolist()
    assert ran.diff("x").tolist() == (-2 * X).tolist()


def test_the_others_are_derived_as_ever():
    text = """
layer A(x: [N, C], z: [N, C]) -> y: [N, C]:
    param w: [C] = 3
    y = x * z * w
    gradient x = d(y)
"""
    ran = run(text, x=X, z=2 * X)
    assert ran.diff("x").tolist() == np.ones((2, 2)).tolist()
    np.testing.assert_allclose(ran.diff("z"), 3 * X)
    np.testing.assert_allclose(ran.diff("w"), (2 * X * X).sum(0))


def test_straight_through():
    """A step whose gradient is let pass as if it were none."""
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    y = float(x > 0)\n    gradient x = where(abs(x) <= 1, d(y), 0)\n"
    ran = run(text, {"y": [[1, 2], [3, 4]]}, x=X)
    assert ran.value("y").tolist() == [[1, 0], [1, 1]]
    assert ran.diff("x").tolist() == [[1, 0], [0, 4]]


def test_it_may_use_values_of_the_forward_and_several_tops():
    text = """
layer A(x: [N, C]) -> (y: [N, C], z: [N]):
    e = exp(x)
    y = e
    z = sum(e, over=C)
    gradient x = d(y) * e + d(z)
"""
    ran = run(text, {"y": X, "z": [10, 20]}, x=X)
    np.testing.assert_allclose(ran.diff("x"), X * np.exp(X) + [[10], [20]])


def test_a_gradient_with_fewer_axes_is_the_same_along_the_others():
    text = "layer A(x: [N, C]) -> y: [N]:\n    y = sum(x, over=C)\n    gradient x = d(y) / C\n"
    assert run(text, {"y": [1, 2]}, x=X).diff("x").tolist() == [[0.5, 0.5], [1, 1]]


def test_a_parameter_may_have_one_and_it_adds_up_like_others():
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    param w: [C] = 3\n    y = x * w\n    gradient w = sum(d(y), over=N)\n"
    ran = run(text, x=X)
    assert ran.diff("w").tolist() == [2, 2]
    ran.net.backward()
    assert ran.diff("w").tolist() == [4, 4]


def test_a_gradient_of_nothing():
    text = "layer A(x: [N, C], w: [C]) -> y: [N, C]:\n    y = x * w\n    gradient x = 0\n"
    ran = run(text, x=X, w=[1.0, 2.0])
    assert ran.diff("x").tolist() == np.zeros((2, 2)).tolist()
    np.testing.assert_allclose(ran.diff("w"), X.sum(0))


def test_the_draw_of_the_forward_may_be_used():
    text = """
layer A(x: [N, C]) -> y: [N, C]:
    keep = bernoulli(0.5, each=[N, C])
    y = where(keep, x, 0)
    gradient x = where(keep, 7 * d(y), 0)
"""
    ran = start(text, x=np.ones((30, 30))).forward().backward()
    np.testing.assert_array_equal(ran.diff("x"), 7 * ran.value("y"))


def test_of_a_loss():
    text = "layer A(x: [N, C]) -> loss: []:\n    loss = mean(x)\n    gradient x = sign(x) * d(loss)\n"
    assert run(text, {"loss": 3}, x=X).diff("x").tolist() == (3 * np.sign(X)).tolist()


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("gradient z = d(y)", ["LD401:3"]),
        ("gradient y = d(y)", ["LD401:3"]),
        ("gradient x = d(x)", ["LD403:3"]),
        ("gradient x = d(z)", ["LD403:3"]),
        ("gradient x = rename(d(y), N=M)", ["LD404:3"]),
        ("gradient x = d(y) > 0", ["LD301:3"]),
        ("gradient x = d(y) * normal(0, 1)", ["LD309:3"]),
        ("gradient c = d(y)", ["LD401:3"]),
        ("gradient i = d(y)", ["LD401:3"]),
        ("z = d(y)", ["LD403:3"]),
        ("gradient x = d(y)\n    gradient x = d(y)", ["LD102:4"]),
        ("z = grad(y, x)", ["LD404:3"]),
        ("z = grad(sum(y), i)", ["LD402:3"]),
    ],
)
def test_faults(line, wanted):
    text = f"layer A(x: [N], c: const [N], i: index [N]) -> y: [N]:\n    y = x * c * i\n    {line}\n"
    assert codes(text) == wanted


def test_the_gradient_of_any_number_of_bottoms_under_a_condition():
    text = (
        "layer L(*xs: [N]) -> y: [N]:\n    hyper divide: bool = false\n    y = prod(xs, over=xs)\n"
        "    if divide:\n        gradient xs = d(y) * y / xs\n"
    )
    (layer,) = compile_source(Source("l.layer", text)).layers
    assert [name for name, _ in layer.graph.overrides] == ["xs"]


CELL = """
layer Cell(x: [N, D], h: [N, D]) -> (out: [N, D], aux: [N, D]):
    hyper clipped: bool = true
    param w: [D] = constant(0.5)
    z = tanh(w * x + h)
    out = z
    aux = z**2
    if clipped:
        gradient h = clip(d(out) + 2 * z * d(aux), -0.1, 0.1) * (1 - z**2)
    gradient w = sum(2 * d(out) * x * (1 - z**2), over=N)

"""
STEPPING = (
    CELL
    + """layer A(x: [T, N, D], first: [N, D]) -> (y: [T, N, D], z: [N]):
    hyper clipped: bool = true
    require T == 3
    scan T:
        carry h: [N, D] = first
        o, a = Cell(x * {}, h, clipped=clipped)
        next h = o + 0.5 * h
    y = h
    z = sum(a, over=[T, D])
"""
)
UNROLLED = """
layer Held(x: [N, D], h: [N, D], w: [D]) -> (out: [N, D], aux: [N, D]):
    hyper clipped: bool = true
    z = tanh(w * x + h)
    out = z
    aux = z**2
    if clipped:
        gradient h = clip(d(out) + 2 * z * d(aux), -0.1, 0.1) * (1 - z**2)
    gradient w = sum(2 * d(out) * x * (1 - z**2), over=N)

layer A(x: [T, N, D], first: [N, D]) -> (y: [T, N, D], z: [N]):
    hyper clipped: bool = true
    param w: [D] = constant(0.5)
    require T == 3
    o0, a0 = Held(x[T=0] * {}, first, w, clipped=clipped)
    h0 = o0 + 0.5 * first
    o1, a1 = Held(x[T=1] * {}, h0, w, clipped=clipped)
    h1 = o1 + 0.5 * h0
    o2, a2 = Held(x[T=2] * {}, h1, w, clipped=clipped)
    y = stack(h0, h1, o2 + 0.5 * h1, T)
    z = sum(a0 + a1 + a2, over=D)
"""


@pytest.mark.parametrize("factor", ["1", "first"])
@pytest.mark.parametrize("clipped", ["true", "false"])
def test_by_hand_in_the_steps_of_a_scan(factor, clipped):
    """The same as where every step is written out."""
    random = np.random.RandomState(1)
    given = {"x": random.randn(3, 2, 4), "first": random.randn(2, 4)}
    diffs = {"y": random.randn(3, 2, 4), "z": random.randn(2)}
    found, wanted = (
        run(text.replace("{}", factor), diffs=diffs, param_str=f"clipped: {clipped}", **given)
        for text in (STEPPING, UNROLLED)
    )
    np.testing.assert_allclose(found.value("y"), wanted.value("y"))
    for mine, theirs in (("x", "x"), ("first", "first"), ("cell.w", "w")):
        np.testing.assert_allclose(found.diff(mine), wanted.diff(theirs), rtol=1e-10, atol=1e-12, err_msg=mine)


STRAIGHT = """
layer Rounded(x: [*S]) -> y: [*S]:
    y = round(x)
    gradient x = d(y)

layer A(x: [T, L, N]) -> y: [T, L, N]:
    scan T:
        carry row: [L, N] = 0
        scan L:
            carry left: [N] = 0
            next left = Rounded(3 * x + row) + 0.5 * left
        next row = left
    y = row
"""


def test_by_hand_in_a_scan_within_a_scan():
    """As if nothing had been rounded."""
    x = np.random.RandomState(0).randn(2, 3, 4)
    found = run(STRAIGHT, diffs={"y": x}, x=x)
    wanted = run(STRAIGHT.replace("Rounded(3 * x + row)", "(3 * x + row)"), diffs={"y": x}, x=x)
    np.testing.assert_allclose(found.diff("x"), wanted.diff("x"))
    assert not np.allclose(found.value("y"), wanted.value("y"))


def test_a_formula_may_be_the_value_itself():
    """In each step, outside of steps, and where it does not look at what arrives."""
    inner = "layer Odd(x: [N]) -> y: [N]:\n    y = 3 * x\n    gradient x = {}\n\n"
    steps = "    scan T:\n        carry h: [N] = 0\n        z = Odd(x)\n        next h = h + z\n    y = h[T=-1]\n"
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    for formula, wanted in (("x", x), ("2", 2 + 0 * x), ("x**2", x**2)):
        ran = run(inner.format(formula) + "layer A(x: [T, N]) -> y: [N]:\n" + steps, x=x)
        np.testing.assert_array_equal(ran.diff("x"), wanted)
        ran = run(inner.format(formula) + "layer A(x: [N]) -> y: [N]:\n    y = Odd(x)\n", x=x[1])
        np.testing.assert_array_equal(ran.diff("x"), wanted[1])
