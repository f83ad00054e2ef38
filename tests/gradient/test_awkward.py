"""Derivatives where they are easily wrong: zeros, negative bases, repeated places, axes of size 1, several tops."""

import numpy as np
import pytest
from layers import layer
from running import run, slopes, start

INF = np.inf


def ran(formula, x, bottoms="x: [N, C]", top="y: [N]", **given):
    return run(f"layer A({bottoms}) -> {top}:\n    y = {formula}\n", x=x, **given)


def test_products_with_zeros():
    """Without a zero, with one, with two: the product of all the others."""
    x = [[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 0.0, 4.0]]
    found = ran("prod(x, over=C)", x)
    assert found.value("y").tolist() == [24, 0, 0]
    assert found.diff("x").tolist() == [[12, 8, 6], [0, 8, 0], [0, 0, 0]]


def test_products_over_everything():
    found = ran("prod(x)", [[2.0, 3.0], [0.0, 5.0]], top="y: []")
    assert found.diff("x").tolist() == [[0, 0], [30, 0]]


def test_powers_at_0():
    found = run(
        "layer A(x: [N], p: [N]) -> y: [N]:\n    y = x**p\n", x=[0.0, 0.0, 0.0, 2.0, -2.0], p=[2.0, 1.0, 3.5, -1.0, 2.0]
    )
    np.testing.assert_allclose(found.value("y"), [0, 0, 0, 0.5, 4])
    np.testing.assert_allclose(found.diff("x"), [0, 1, 0, -0.25, -4])
    np.testing.assert_allclose(found.diff("p")[:4], [0, 0, 0, 0.5 * np.log(2)])


@pytest.mark.parametrize(
    ("power", "value", "slope"),
    [
        ("2", [4, 0, 9], [-4, 0, 6]),
        ("2.0", [4, 0, 9], [-4, 0, 6]),
        ("3", [-8, 0, 27], [12, 0, 27]),
        ("4", [16, 0, 81], [-32, 0, 108]),
        ("5", [-32, 0, 243], [80, 0, 405]),
        ("1", [-2, 0, 3], [1, 1, 1]),
        ("0", [1, 1, 1], [0, 0, 0]),
        ("-1", [-0.5, INF, 1 / 3], [-0.25, -INF, -1 / 9]),
        ("-2", [0.25, INF, 1 / 9], [0.25, -INF, -2 / 27]),
        ("(1 + 1)", [4, 0, 9], [-4, 0, 6]),
        ("N", [-8, 0, 27], [12, 0, 27]),
    ],
)
def test_whole_powers_of_negative_values_and_0(power, value, slope):
    found = ran(f"x**{power}", [-2.0, 0.0, 3.0], "x: [N]")
    np.testing.assert_allclose(found.value("y"), value)
    np.testing.assert_allclose(found.diff("x"), slope)


def test_the_square_root_at_0_is_as_steep_as_it_is():
    """Nothing is discarded here, so nothing is hidden."""
    found = ran("sqrt(x)", [0.0, 4.0], "x: [N]")
    assert found.diff("x").tolist() == [INF, 0.25]


def test_the_angle_at_the_origin():
    found = run(
        "layer A(x: [N], w: [N]) -> y: [N]:\n    y = where(w == 0, 0, atan2(x, w))\n", x=[0.0, 1.0], w=[0.0, 1.0]
    )
    assert found.diff("x").tolist() == [0, pytest.approx(0.5, rel=1e-15)]
    assert found.diff("w").tolist() == [0, pytest.approx(-0.5, rel=1e-15)]


def test_remainders_of_negative_values():
    """As Python has them: of the sign of the divisor."""
    found = run(
        "layer A(x: [N], w: [N]) -> y: [N]:\n    y = x % w\n", x=[-5.5, 5.5, -5.5, 5.5], w=[2.0, 2.0, -2.0, -2.0]
    )
    assert found.value("y").tolist() == [0.5, 1.5, -1.5, -0.5]
    assert found.diff("x").tolist() == [1, 1, 1, 1]
    assert found.diff("w").tolist() == [3, -2, -2, 3]


def test_max_and_min_of_infinities():
    x = [[-INF, 1.0, INF], [-INF, -INF, -INF]]
    assert ran("max(x, over=C)", x).diff("x").tolist() == [[0, 0, 1], [1, 0, 0]]
    assert ran("min(x, over=C)", x).diff("x").tolist() == [[1, 0, 0], [1, 0, 0]]


def test_one_place_picked_often_gets_all_of_it():
    text = "layer A(x: [C], label: index(C) [N]) -> y: [N]:\n    y = x[C=label]**2\n"
    found = run(text, {"y": [1, 10, 100, 1000]}, x=[1.0, 2.0, 3.0], label=[1, 1, 0, 1])
    assert found.diff("x").tolist() == [200, 1011 * 4, 0]


def test_a_place_picked_for_each_of_several_axes():
    text = "layer A(x: [N, C], label: index(C) [N, S]) -> y: [N, S]:\n    y = x[C=label]\n"
    found = run(text, {"y": [[1, 2, 4], [8, 16, 32]]}, x=np.zeros((2, 2)), label=[[0, 1, 0], [1, 1, 1]])
    assert found.diff("x").tolist() == [[5, 2], [0, 56]]


def test_a_place_known_when_written():
    found = ran("x[C=1] * 3 - x[C=-1]", [[1.0, 2.0, 3.0]])
    assert found.value("y").tolist() == [3]
    assert found.diff("x").tolist() == [[0, 3, -1]]


def test_slices_that_overlap_add_up():
    found = ran("sum(x[C=1:] - x[C=:-1], over=C) + sum(x[C=::2], over=C)", [[1.0, 2.0, 4.0, 8.0]])
    assert found.value("y").tolist() == [7 + 5]
    assert found.diff("x").tolist() == [[0, 0, 1, 1]]


def test_one_value_used_in_many_ways():
    found = ran("x * x / (x + 1) - x", [3.0], "x: [N]")
    assert found.diff("x").tolist() == pytest.approx([(9 + 6) / 16 - 1])


def test_the_gradient_reaches_a_bottom_through_its_renamed_self():
    found = ran("sum(x * rename(x, N=M), over=M)", [1.0, 2.0, 4.0], "x: [N]")
    assert found.value("y").tolist() == [7, 14, 28]
    assert found.diff("x").tolist() == [14, 14, 14]


def test_nothing_flows_through_stop_gradient():
    found = ran("x * stop_gradient(x**2)", [3.0], "x: [N]")
    assert (found.value("y").tolist(), found.diff("x").tolist()) == ([27], [9])


def test_a_bottom_that_is_broadcast_gets_the_sum():
    text = "layer A(x: [N, C, S], w: [S, C], b: [], v: [C]) -> y: [C, N, S]:\n    y = x * w + b * v\n"
    random = np.random.RandomState(1)
    given = {"x": random.rand(2, 3, 4), "w": random.rand(4, 3), "b": random.rand(), "v": random.rand(3)}
    diffs = random.rand(3, 2, 4)
    found = run(text, {"y": diffs}, **given)
    np.testing.assert_allclose(found.diff("x"), np.einsum("cns,sc->ncs", diffs, given["w"]))
    np.testing.assert_allclose(found.diff("w"), np.einsum("cns,ncs->sc", diffs, given["x"]))
    np.testing.assert_allclose(found.diff("b"), np.einsum("cns,c->", diffs, given["v"]))
    np.testing.assert_allclose(found.diff("v"), diffs.sum((1, 2)) * given["b"])


ONES = [
    "softmax(x, over=C)",
    "x / norm(x, over=C)",
    "(x - mean(x, over=N)) / (std(x, over=N) + 1)",
    "max(x, over=C) * x",
    "x[C=0] + prod(x, over=N)",
    "logsumexp(x, over=[N, C]) * x",
    "dot(x, rename(x, C=D), over=N)[D=0] + x",
]


@pytest.mark.parametrize("formula", ONES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (3, 1)])
def test_axes_of_size_1(formula, shape):
    diffs = {"y": np.linspace(-1, 2, shape[0] * shape[1]).reshape(shape)}
    x = np.random.RandomState(4).uniform(0.5, 2, shape)
    found = run(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula}\n", diffs, x=x)
    derived = found.diff("x")
    np.testing.assert_allclose(derived, slopes(found, "x", diffs), rtol=1e-8, atol=1e-9)


def test_several_tops_add_up_and_unused_ones_count_for_nothing():
    text = "layer A(x: [N]) -> (a: [N], b: []):\n    a = x**2\n    b = sum(x) * 3\n"
    found = run(text, {"a": [1, 0], "b": 10}, x=[2.0, 5.0])
    assert found.diff("x").tolist() == [34, 30]
    assert run(text, {"a": [0, 0], "b": 10}, x=[2.0, 5.0]).diff("x").tolist() == [30, 30]


def test_the_diffs_of_blobs_are_added_to_those_of_bottoms_are_not():
    text = "layer A(x: [N]) -> y: [N]:\n    param w: [N] = 2\n    y = w * x\n"
    found = run(text, x=[3.0, 4.0])
    assert (found.diff("x").tolist(), found.diff("w").tolist()) == ([2, 2], [3, 4])
    found.net.backward()
    assert (found.diff("x").tolist(), found.diff("w").tolist()) == ([2, 2], [6, 8])


def test_what_propagate_down_leaves_out_is_left_alone():
    text = "layer A(x: [N], w: [N], label: const [N]) -> y: [N]:\n    param p: [N] = 1\n    y = x * w * label * p\n"
    found = start(text, x=[2.0], w=[3.0], label=[5.0]).forward()
    found.net.top[0].diff[...] = 1
    for wanted in ([True, True, True], [False, True, False], [True, False, False], [False, False, False]):
        for i in range(3):
            found.net.bottom[i].diff[...] = 77
        found["p"].diff[...] = 0
        found.net.backward(wanted)
        right = [15, 10, 0]
        for i in range(3):
            assert found.net.bottom[i].diff.tolist() == [right[i] if wanted[i] else 77]
        assert found["p"].diff.tolist() == [30]


def test_second_derivatives():
    """`grad(...)` in a formula is differentiated again; x**4 has 12 x**2, and its own derivative 24 x."""
    found = ran("grad(sum(grad(sum(x**4), x)), x)", [2.0, -1.0], "x: [N]")
    assert found.value("y").tolist() == [48, 12]
    assert found.diff("x").tolist() == [48, -24]


def test_where_a_derivative_never_reaches_nothing_is_computed():
    program = layer(
        "layer A(x: [N], label: const [N], i: index [N]) -> (y: [N], z: const []):\n"
        "    y = x * label * i\n    z = sum(exp(x))\n"
    ).derived  # fmt: skip
    assert [name for name, _ in program.bottom_diffs] == ["x"]
    assert "exp" not in {node.op for node in program.backward}
