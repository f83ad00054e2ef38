"""What the reference promises of every derived backward, one test for each promise."""

import numpy as np
import pytest
from running import run, start

INF = np.inf
TINY = 1e-34  # what float32 can hardly tell from 0


def slope(formula, x, bottoms="x: [N]", top="y: [N]", **given):
    """The value of `y = formula` and the gradient of its sum by `x`."""
    ran = run(f"layer A({bottoms}) -> {top}:\n    y = {formula}\n", x=x, **given)
    return ran.value("y").tolist(), ran.diff("x").tolist()


# -- Caffe's conventions at kinks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula", ["relu(x)", "max(x, 0)", "max(0, x)", "max(x, 0 * x)", "clip(x, 0, inf) * float(x > 0)"]
)
def test_the_slope_of_relu_at_0_is_0(formula):
    assert slope(formula, [-1.0, 0.0, 2.0]) == ([0, 0, 2], [0, 0, 1])


def test_the_slope_of_a_leaky_relu_at_0_is_that_of_its_left_side():
    """As Caffe's ReLU with `negative_slope` and PReLU have it: `(x > 0) + slope * (x <= 0)`."""
    assert slope("max(x, 0) + 0.25 * min(x, 0)", [-2.0, 0.0, 2.0]) == ([-0.5, 0, 2], [0.25, 0.25, 1])


def test_the_slope_of_the_absolute_value_at_0_is_0():
    assert slope("abs(x)", [-3.0, 0.0, 2.0]) == ([3, 0, 2], [-1, 0, 1])
    assert slope("sqrt(x**2)", [-3.0, 0.0, 2.0]) == ([3, 0, 2], [-1, 0, 1])


def test_max_over_an_axis_sends_its_gradient_to_the_first_of_equals():
    x = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, 1.0, 4.0]]
    wanted = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert slope("max(x, over=C)", x, "x: [N, C]") == ([3, 2, 4], wanted)
    assert slope("-min(-x, over=C)", x, "x: [N, C]") == ([3, 2, 4], wanted)


def test_max_over_several_axes_sends_it_to_the_first_in_the_order_of_memory():
    x = [[[0.0, 1.0], [5.0, 0.0]], [[5.0, 0.0], [5.0, 5.0]]]
    wanted = [[[0, 0], [1, 0]], [[0, 0], [0, 0]]]
    assert slope("max(x)", x, "x: [N, C, H]", "y: []") == (5, wanted)
    per_image = [[[0, 0], [1, 0]], [[1, 0], [0, 0]]]
    assert slope("max(x, over=[H, C])", x, "x: [N, C, H]", "y: [N]") == ([5, 5], per_image)


def test_ties_of_two_values_send_all_of_it_to_one():
    """Never half to each: the sum of both gradients is 1."""
    for formula in ("max(x, w)", "min(x, w)"):
        ran = run(f"layer A(x: [N], w: [N]) -> y: [N]:\n    y = {formula}\n", x=[1.0, 2.0], w=[1.0, 2.0])
        assert sorted([ran.diff("x")[0], ran.diff("w")[0]]) == [0, 1]
        assert (ran.diff("x") + ran.diff("w")).tolist() == [1, 1]


def test_clip_lets_its_edges_pass():
    assert slope("clip(x, -1, 1)", [-2.0, -1.0, 0.0, 1.0, 2.0]) == ([-1, -1, 0, 1, 1], [0, 1, 1, 1, 0])


def test_sign_floor_and_comparisons_have_no_slope():
    for formula in ("sign(x)", "floor(x)", "round(x)", "float(x > 0)", "x // 1", "trunc(x)", "ceil(x)"):
        assert slope(formula, [-1.5, 0.0, 2.5])[1] == [0, 0, 0]


# -- what `where` discards ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "x", "wanted"),
    [
        ("where(x > 0, sqrt(x), 0)", [-1.0, 0.0, 4.0], [0, 0, 0.25]),
        ("where(x > 0, log(x), x)", [-1.0, 0.0, 4.0], [1, 1, 0.25]),
        ("where(x != 0, 1 / x, 0)", [0.0, 2.0], [0, -0.25]),
        ("where(x > 0, x**0.3, 0)", [0.0, 1.0], [0, 0.3]),
        ("where(x < 1, log(1 - x), 0)", [1.0, 2.0, 0.0], [0, 0, -1]),
        ("where(x > 0, log(sqrt(x) * x) * 2, 0)", [0.0, 1.0], [0, 3]),
        ("where(x == 0, 1, sin(x) / x)", [0.0], [0]),
        ("where(x > 1, 0, arcsin(x) + arctanh(x))", [2.0, 1.5, 0.0], [0, 0, 2]),
        ("where(x < 800, exp(x), 0)", [1000.0, 0.0], [0, 1]),
        ("sum(where(x > 0, log(x), 0)) * x**0", [-1.0, 1.0], [0, 2]),
        ("where(x > 0, where(x > 1, sqrt(x - 1), 1 / x), 0)", [0.0, 1.0, 2.0], [0, -1, 0.5]),
        ("where(x > 0, 2, 3) * x", [1.0, -1.0], [2, 3]),
        ("max(where(x > 0, log(x), -inf)) + 0 * x", [0.0, 1.0], [0, 2]),
    ],
)
def test_a_discarded_value_sends_nothing_back(formula, x, wanted):
    """Nobody has to write the double `where`, also where the discarded derivative is infinite or NaN."""
    value, found = slope(formula, x)
    assert np.isfinite(value).all()
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("formula", ["log(x)", "1 / x", "sqrt(x)", "x / x", "x**-0.5"])
def test_a_value_discarded_all_along_an_axis_of_the_mask_sends_nothing_back(formula):
    """The mask has an axis more than the value: what is let through is added up along it, and may be nothing at all."""
    text = f"layer A(x: [N], m: const [N, C]) -> y: [N, C]:\n    y = where(m > 0, {formula} * 2, 0)\n"
    ran = run(text, x=[0.0, 1.0, 1.0], m=[[0, 0], [0, 1], [1, 1]])
    one = run(text.replace(", 0)", ", 0) + 0 * x"), x=[1.0], m=[[1, 0]]).diff("x")[0]
    np.testing.assert_allclose(ran.diff("x"), [0, one, 2 * one])


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("where(x > 0, log(x), 0) + where(x > 1, 2 * log(x), 0)", [0, 0, 1, 0.75]),
        ("where(x > 0, sqrt(x), 0) - where(x > 1, 2 * sqrt(x), 0)", [0, 0, 0.5, -0.25]),
        ("where(x > 0, 1 / (x * x), 0) + where(x > 1, 1 / (x * x), 0)", [0, 0, -2, -0.0625]),
        ("where(x > 0, x * log(x), 0) + where(x > 1, x * log(x), 0)", [0, 0, 1, 2 + 2 * np.log(4)]),
        ("where(x > 0, log(x)**2, 0) + where(x > 1, log(x), 0)", [0, 0, 0, np.log(4) / 2 + 0.25]),
        ("sum(where(m > 0, m * log(x), 0), over=C)", [0, 0, 2, 0.75]),
        ("sum(where(m > 0, m * log(x), 0) + where(m > 1, log(x), 0), over=C)", [0, 0, 3, 1]),
    ],
)
def test_a_value_that_several_masks_discard_sends_nothing_back(formula, wanted):
    """Neither the sum of two masked values nor a sum over an axis of the mask is a mask any more."""
    text = f"layer A(x: [N], m: const [N, C]) -> y: [N]:\n    y = {formula} + 0 * m[C=0]\n"
    ran = run(text, x=[0.0, -1.0, 1.0, 4.0], m=[[0, 0], [-1, 0], [0, 2], [1, 2]])
    np.testing.assert_allclose(ran.diff("x"), wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ("where(x > 0, h + log(x), h)", [[0, 2, 0.5], [0, 0, 0.25]]),
        ("where(m > 0, h + sqrt(x), h)", [[0, 0, 0.5], [0, 0, 0.25]]),
        ("where(h > 100, h / x, h)", [[0, 0, 0], [0, 0, 0]]),
        ("h + where(x > 0, log(x), 0) + where(x > 1, log(x), 0)", [[0, 2, 1], [0, 0, 0.5]]),
        ("where(m > 0, h + w * log(x), h)", [[0, 0, 1.5], [0, 0, 0.75]]),
        ("where(m > 0, h * (1 + 0 / x), h)", [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_what_is_discarded_in_the_steps_of_a_scan_sends_nothing_back(step, wanted):
    """Its logarithm may have been taken outside, for all steps at once."""
    text = f"""\
layer A(x: [T, N], m: const [T, N], w: [N]) -> y: [T, N]:
    scan T:
        carry h: [N] = 1
        next h = {step}
    y = h + 0 * (m + w)
"""
    ran = run(text, x=[[0.0, 1.0, 4.0], [0.0, 0.0, 4.0]], m=[[0, 0, 1], [0, 0, 1]], w=[1.0, 2.0, 3.0])
    np.testing.assert_allclose(ran.diff("x"), wanted, rtol=1e-12)
    assert np.isfinite(ran.diff("w")).all()


def test_what_is_discarded_in_all_rounds_sends_nothing_back():
    text = "layer A(x: [N]) -> y: [N]:\n    hyper k: int = 3\n    for i in range(k):\n        carry y = x\n"
    text += "        next y = where(x > 0, y + log(x), y)\n"
    np.testing.assert_allclose(run(text, x=[-1.0, 0.0, 4.0]).diff("x"), [1, 1, 1.75])


@pytest.mark.parametrize("formula", ["log(x)", "sqrt(x)", "1 / x", "x**0.3", "x * log(x)", "(1 - x)**2 * log(x)"])
def test_what_is_not_picked_gets_nothing(formula):
    """Also where its slope is infinite: probabilities of classes that are not the label's may be 0."""
    text = f"layer A(x: [N, C], label: index(C) [N]) -> y: [N]:\n    y = ({formula})[C=label]\n"
    ran = run(text, x=[[0.0, 0.5, 0.0], [0.25, 0.0, 0.75]], label=[1, 2])
    one = run(text, x=[[0.5], [0.75]], label=[0, 0]).diff("x")
    np.testing.assert_allclose(ran.diff("x"), [[0, one[0, 0], 0], [0, 0, one[1, 0]]], rtol=1e-12)


def test_a_discarded_blob_may_hold_anything():
    text = "layer A(x: [N], m: const [N]) -> y: [N]:\n    y = where(m > 0, x**2 / m, 0)\n"
    ran = run(text, x=[np.nan, INF, 3.0], m=[0.0, -1.0, 2.0])
    assert ran.value("y").tolist() == [0, 0, 4.5]
    assert ran.diff("x").tolist() == [0, 0, 3]


def test_a_cotangent_that_is_not_finite_does_not_pass_a_mask():
    ran = run(
        "layer A(x: [N]) -> y: [N]:\n    y = where(x > 0, x * 3, 0)\n", {"y": [INF, np.nan, 1]}, x=[-1.0, -2.0, 1.0]
    )
    assert ran.diff("x").tolist() == [0, 0, 3]


# -- stable formulas ---------------------------------------------------------------------------------------------------

HUGE = [-1e4, -800.0, 0.0, 800.0, 1e4]


@pytest.mark.parametrize(
    ("formula", "value", "wanted"),
    [
        ("log(sigmoid(x))", [-1e4, -800, -np.log(2), 0, 0], [1, 1, 0.5, 0, 0]),
        ("log(1 + exp(x))", [0, 0, np.log(2), 800, 1e4], [0, 0, 0.5, 1, 1]),
        ("log(exp(x) + 1)", [0, 0, np.log(2), 800, 1e4], [0, 0, 0.5, 1, 1]),
        ("log1p(exp(-x))", [1e4, 800, np.log(2), 0, 0], [-1, -1, -0.5, 0, 0]),
        ("softplus(x)", [0, 0, np.log(2), 800, 1e4], [0, 0, 0.5, 1, 1]),
        ("log(1 - sigmoid(x))", [0, 0, -np.log(2), -800, -1e4], [0, 0, -0.5, -1, -1]),
        ("1 - sigmoid(x)", [1, 1, 0.5, 0, 0], [0, 0, -0.25, 0, 0]),
        ("x / (1 + exp(-x))", [0, 0, 0, 800, 1e4], [0, 0, 0.5, 1, 1]),
        ("1 / (1 + exp(-x))", [0, 0, 0.5, 1, 1], [0, 0, 0.25, 0, 0]),
        ("log(exp(x))", HUGE, [1] * 5),
        ("sqrt(x**2)", np.abs(HUGE), [-1, -1, 0, 1, 1]),
        ("tanh(x)", [-1, -1, 0, 1, 1], [0, 0, 1, 0, 0]),
    ],
)
def test_formulas_that_would_overflow_are_made_stable(formula, value, wanted):
    found, grad = slope(formula, HUGE)
    np.testing.assert_allclose(found, value, rtol=1e-12, atol=TINY)
    np.testing.assert_allclose(grad, wanted, rtol=1e-12, atol=TINY)


@pytest.mark.parametrize(
    "formula", ["log(softmax(x, over=C))", "log_softmax(x, over=C)", "log(exp(x) / sum(exp(x), over=C))"]
)
def test_the_logarithm_of_a_softmax(formula):
    x = [[1e4, 0.0, -1e4], [800.0, 800.0, -5.0]]
    ran = run(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula}\n", {"y": [[0, 0, 1], [0, 1, 0]]}, x=x)
    np.testing.assert_allclose(ran.value("y"), [[0, -1e4, -2e4], [-np.log(2), -np.log(2), -805 - np.log(2)]])
    np.testing.assert_allclose(ran.diff("x"), [[-1, 0, 1], [-0.5, 0.5, 0]], atol=TINY)


@pytest.mark.parametrize("formula", ["logsumexp(x, over=C)", "log(sum(exp(x), over=C))"])
def test_the_logarithm_of_a_sum_of_exponentials(formula):
    x = [[1e4, 0.0, -1e4], [800.0, 800.0, -5.0], [-1e4, -1e4, -1e4]]
    value, grad = slope(formula, x, "x: [N, C]")
    np.testing.assert_allclose(value, [1e4, 800 + np.log(2), -1e4 + np.log(3)])
    np.testing.assert_allclose(grad, [[1, 0, 0], [0.5, 0.5, 0], [1 / 3] * 3], atol=TINY)


def test_softmax_of_huge_values():
    value, grad = slope("softmax(x, over=C)[C=0]", [[1e30, 0.0], [-1e30, 0.0]], "x: [N, C]")
    assert (value, grad) == ([1, 0], [[0, 0], [0, 0]])


def test_softmax_of_values_that_are_shut_out():
    """Scores of minus infinity, as masks of attention have them, weigh nothing and get nothing."""
    ran = run(
        "layer A(x: [N, C]) -> y: [N, C]:\n    y = softmax(x, over=C)\n", {"y": [[1, 0, 0]]}, x=[[1.0, 1.0, -INF]]
    )
    np.testing.assert_allclose(ran.value("y"), [[0.5, 0.5, 0]])
    np.testing.assert_allclose(ran.diff("x"), [[0.25, -0.25, 0]])


def test_small_differences_survive():
    """`exp(x) - 1` and `log(1 + x)` keep what 1 would swallow."""
    x = [1e-20, -3e-18]
    np.testing.assert_allclose(slope("exp(x) - 1", x)[0], x, rtol=1e-12)
    np.testing.assert_allclose(slope("log(1 + x)", x)[0], x, rtol=1e-12)
    np.testing.assert_allclose(slope("log(1 - x)", x)[0], np.negative(x), rtol=1e-12)


@pytest.mark.parametrize("formula", ["norm(x, over=C)", "sqrt(sum(x**2, over=C))", "sqrt(sum(x * x, over=C))"])
def test_the_norm_has_the_slope_0_at_zero(formula):
    value, grad = slope(formula, [[0.0, 0.0], [3.0, 4.0]], "x: [N, C]")
    assert value == [0, 5]
    np.testing.assert_allclose(grad, [[0, 0], [0.6, 0.8]], rtol=1e-12)


def test_so_have_the_deviation_of_equals_and_the_hypotenuse():
    assert slope("std(x, over=C)", [[2.0, 2.0], [1.0, 3.0]], "x: [N, C]") == ([0, 1], [[0, 0], [-0.5, 0.5]])
    assert slope("sqrt(mean(x**2, over=C))", [[0.0, 0.0]], "x: [N, C]") == ([0], [[0, 0]])
    assert slope("hypot(x, 0 * x)", [0.0, 2.0]) == ([0, 2], [0, 1])


# -- float32, and sums ------------------------------------------------------------------------------------------------


def test_a_mean_over_ten_million_values_is_right():
    """In float32, one after the other, it would stop growing at 16777216."""
    ran = start(
        "layer A(x: [N]) -> y: []:\n    y = mean(x)\n", dtype=np.float32, x=np.full(10_000_019, 0.1, np.float32)
    )
    assert ran.forward().value("y") == pytest.approx(0.1, rel=1e-7)
    ran.net.bottom[0].data[...] = 1 / np.arange(1, 10_000_020)
    assert ran.forward().value("y") == pytest.approx(np.sum(1 / np.arange(1.0, 10_000_020)) / 10_000_019, rel=1e-7)


@pytest.mark.parametrize(
    "formula", ["mean(x, over=N)", "sum(x, over=N) / N", "dot(x, x**0, over=N) / N", "sum(x * x**0 / N, over=N)"]
)
def test_sums_over_one_axis_are_right_too(formula):
    ran = start(
        f"layer A(x: [N, C]) -> y: [C]:\n    y = {formula}\n", dtype=np.float32, x=np.full((3_000_000, 2), 0.1, "f")
    )
    np.testing.assert_allclose(ran.forward().value("y"), 0.1, rtol=3e-7)


def test_the_variance_of_values_far_from_0_is_right():
    x = np.float32(1e4) + np.random.RandomState(2).uniform(-1, 1, (3, 100_000)).astype("f")
    ran = start("layer A(x: [N, C]) -> y: [N]:\n    y = var(x, over=C)\n", dtype=np.float32, x=x).forward()
    np.testing.assert_allclose(ran.value("y"), np.var(x.astype(float), axis=1), rtol=1e-5)


@pytest.mark.parametrize(
    "formula",
    ["-log(softmax(x, over=C)[C=0])", "-log(p[C=0])", "-log(rename(p, N=M)[C=0][M=0])"],
    ids=["direct", "named", "renamed"],
)
def test_the_logarithm_of_a_picked_softmax(formula):
    """The pick may stand before the logarithm: far apart scores cost what they are apart."""
    text = f"layer A(x: [N, C]) -> y: []:\n    p = softmax(x, over=C)\n    y = sum({formula}) + 0 * mean(p)\n"
    ran = run(text, x=[[0.0, 200.0, 1.0]])
    assert ran.value("y").tolist() == 200
    np.testing.assert_allclose(ran.diff("x"), [[-1, 1, 0]], atol=1e-6)
