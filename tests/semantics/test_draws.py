"""Random draws: fresh in each forward, the same in its backward, from the distribution that they name."""

import numpy as np
import pytest
from layers import codes
from running import start


def drawn(formula, shape=(2000,), top="[N]", axes="N", **given):
    text = f"layer A(x: [{axes}]) -> y: {top}:\n    y = {formula} + 0 * x\n"
    return start(text, x=np.zeros(shape), **given)


@pytest.mark.parametrize(
    ("formula", "mean", "std", "low", "high"),
    [
        ("uniform(0, 1, each=N)", 0.5, 12**-0.5, 0, 1),
        ("uniform(-2, 4, each=N)", 1, 6 * 12**-0.5, -2, 4),
        ("normal(0, 1, each=N)", 0, 1, -6, 6),
        ("normal(3, 0.1, each=N)", 3, 0.1, 2, 4),
        ("float(bernoulli(0.25, each=N))", 0.25, 0.1875**0.5, 0, 1),
        ("randint(0, 4, each=N)", 1.5, 1.25**0.5, 0, 3),
        ("randint(-3, 1, each=N)", -1.5, 1.25**0.5, -3, 0),
    ],
)
def test_distributions(formula, mean, std, low, high):
    np.random.seed(1)
    y = drawn(formula, shape=(20_000,)).forward().value("y")
    assert y.mean() == pytest.approx(mean, abs=5 * std / 20_000**0.5)
    assert y.std() == pytest.approx(std, rel=0.05)
    assert low <= y.min() <= y.max() <= high
    if "randint" in formula:
        assert sorted(set(y)) == list(range(low, high + 1))


def test_a_draw_is_fresh_in_each_forward():
    ran = drawn("uniform(0, 1, each=N)")
    first = ran.forward().value("y")
    assert (ran.forward().value("y") != first).all()


def test_a_draw_is_one_number_unless_it_says_for_each_of_what():
    for each, count in (("", 1), (", each=N", 4), (", each=C", 3), (", each=[N, C]", 12), (", each=[C, N]", 12)):
        y = drawn(f"uniform(0, 1{each})", shape=(4, 3), top="[N, C]", axes="N, C").forward().value("y")
        assert len(np.unique(y)) == count
        if each == ", each=N":
            assert (y == y[:, :1]).all()
        if each == ", each=C":
            assert (y == y[:1]).all()


def test_for_each_of_a_group():
    y = drawn("uniform(0, 1, each=S)", shape=(4, 3, 2), top="[N, *S]", axes="N, *S").forward().value("y")
    assert len(np.unique(y)) == 6
    assert (y == y[:1]).all()


def test_the_backward_has_the_draw_of_its_forward():
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    y = where(bernoulli(0.5, each=[N, C]), x * 2, 0)\n"
    ran = start(text, x=np.ones((40, 50)))
    for _ in range(3):
        ran.forward().backward()
        np.testing.assert_array_equal(ran.diff("x"), ran.value("y"))
    ran.backward()
    np.testing.assert_array_equal(ran.diff("x"), ran.value("y"))


def test_parameters_of_a_draw_may_be_data_hypers_and_sizes():
    text = """
layer A(x: [N, C]) -> (a: [N, C], b: [N, C], c: [N]):
    hyper low: float = 5
    a = uniform(x, x + 0.5, each=[N, C])
    b = normal(low, 0 * x, each=N)
    c = randint(N, N + C, each=N)
"""
    ran = start(text, x=np.arange(12.0).reshape(4, 3)).forward()
    x = ran.value("x")
    assert ((x <= ran.value("a")) & (ran.value("a") <= x + 0.5)).all()
    assert (ran.value("b") == 5).all()
    assert set(ran.value("c")) <= {4, 5, 6}


def test_noise_lets_the_gradient_through():
    """What a draw is scaled with has a derivative in the formula; the draw itself has none."""
    text = "layer A(x: [N], s: [N]) -> y: [N]:\n    y = x + s * normal(0, 1, each=N)\n"
    ran = start(text, x=np.zeros(5), s=np.full(5, 2.0)).forward().backward()
    np.testing.assert_array_equal(ran.diff("x"), np.ones(5))
    np.testing.assert_allclose(ran.diff("s"), ran.value("y") / 2)


def test_the_same_seed_gives_the_same_net():
    """`np.random.seed` before the net is built decides, as with everything else of NumPy's in a layer."""
    seen = []
    for _ in range(2):
        np.random.seed(7)
        seen.append(drawn("normal(0, 1, each=N)").forward().value("y"))
    np.testing.assert_array_equal(*seen)


def test_two_draws_in_a_formula_are_two():
    y = drawn("uniform(0, 1, each=N) - uniform(0, 1, each=N)").forward().value("y")
    assert (y != 0).all()


def test_one_draw_with_a_name_is_one():
    text = "layer A(x: [N]) -> y: [N]:\n    u = uniform(0, 1, each=N)\n    y = u - u + 0 * x\n"
    assert (start(text, x=np.zeros(9)).forward().value("y") == 0).all()


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("uniform(0, 1, each=Q)", ["LD201:2"]),
        ("uniform(0)", ["LD104:2"]),
        ("uniform(0, 1, size=3)", ["LD104:2"]),
        ("uniform(0, 1, each=2)", ["LD203:2"]),
        ("bernoulli(0.5) + 1", ["LD301:2"]),
    ],
)
def test_faults(formula, wanted):
    assert codes(f"layer A(x: [N]) -> y: [N]:\n    y = x * {formula}\n") == wanted
