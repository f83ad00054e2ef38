"""Values joined whose number the net gives: a program for each number that a `require` allows."""

import numpy as np
import pytest
from layers import faults
from running import run, slopes, start

X = np.arange(24.0).reshape(2, 3, 4) + 0.5

POWERS = """
layer A(x: [N, C, H]) -> y: [N, K]:
    hyper n: int = 2
    hyper on: bool = true
    hyper by: "one" | "two" = "one"
    require 1 <= n <= 4
    part = concat(rename(x[H=i] if by == "one" else max(x, over=H) * (i + 1), C=K) for i in range(n), over=K)
    y = part**2 if on else part
"""


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("more", ["", ", on: false", ", by: two", ", by: two, on: false"])
def test_each_number_has_what_it_joins(n, more):
    ran = run(POWERS, {"y": np.arange(2.0 * n * 3).reshape(2, 3 * n)}, x=X, param_str=f"n: {n}{more}")
    rounds = [X.max(2) * (i + 1) if "two" in more else X[:, :, i] for i in range(n)]
    wanted = np.concatenate(rounds, axis=1)
    np.testing.assert_allclose(ran.value("y"), wanted if "false" in more else wanted**2)
    diffs = {"y": np.arange(2.0 * n * 3).reshape(2, 3 * n)}
    np.testing.assert_allclose(ran.diff("x"), slopes(ran, "x", diffs), rtol=1e-5, atol=1e-6)


def test_nothing_is_computed_for_rounds_that_are_not_there():
    ran = start(POWERS, x=X, param_str="n: 1, on: false")
    sizes = [np.size(value) for value in vars(ran.net.layer).values() if isinstance(value, np.ndarray)]
    assert sum(sizes) <= X.size


def test_a_net_that_gives_too_many_is_refused():
    for n in (0, 5):
        with pytest.raises(ValueError, match=rf"requires 1 <= n <= 4, n is {n}"):
            start(POWERS, x=X, param_str=f"n: {n}")


@pytest.mark.parametrize(
    ("bounds", "source", "wanted"),
    [
        ("require n > 0 and n < 4", "range(n)", [0, 1]),
        ("require n >= 1\n    require 3 >= n", "range(n)", [0, 1]),
        ("require 0 <= n <= 2", "range(n + 1)", [0, 1, 2]),
        ("require 1 <= n <= 3", "range(1, n + 1)", [1, 2]),
        ("require 2 <= n <= 3", "range(n, 0, -1)", [2, 1]),
        ("require n == 2", "range(n)", [0, 1]),
        ("require 1 <= n <= 3", "range(0, 2 * n, 2)", [0, 2]),
    ],
)
def test_what_a_requirement_says_of_the_number(bounds, source, wanted):
    text = f"layer A(x: [N, C, H]) -> y: [N, C, K]:\n    hyper n: int = 2\n    {bounds}\n"
    ran = run(f"{text}    y = stack(x[H=i] for i in {source}, K)\n", x=X)
    np.testing.assert_allclose(ran.value("y"), X[:, :, wanted])


def test_the_number_may_stand_in_sizes_and_in_powers():
    text = """
def pooled(x: [N, T], n):
    part = T // n
    bins = window(x, P = T by K=part, stride=part)
    return rename(max(bins, over=K)[P=:n], P=B)

layer A(x: [N, T]) -> y: [N, B]:
    hyper levels: int
    require 1 <= levels <= 3
    require T % 4 == 0
    y = concat(pooled(x, 2**i) for i in range(levels), over=B)
"""
    x = np.random.RandomState(0).randn(2, 8)
    wanted = [x.reshape(2, n, -1).max(2) for n in (1, 2, 4)]
    for levels in (1, 2, 3):
        ran = run(text, x=x, param_str=f"levels: {levels}")
        np.testing.assert_allclose(ran.value("y"), np.concatenate(wanted[:levels], axis=1))
        np.testing.assert_allclose(ran.diff("x"), slopes(ran, "x"), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("given", ["n=3", "n=m", 'n=m, by="one"'])
def test_inside_another_layer(given):
    inner = POWERS.replace("layer A", "layer Powers")
    text = f"{inner}layer A(x: [N, C, H]) -> y: [N]:\n    hyper m: int = 3\n    y = sum(Powers(x, {given}), over=K)\n"
    ran = run(text, x=X)
    np.testing.assert_allclose(ran.value("y"), (X[:, :, :3] ** 2).sum((1, 2)))
    np.testing.assert_allclose(ran.diff("x"), slopes(ran, "x"), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("bounds", "source", "said"),
    [
        ("", "range(n)", "`require 1 <= n <= 5` before it says what a net may give"),
        ("require n > 0", "range(n)", "`require 1 <= n <= 5` before it says what a net may give"),
        ("require n < 4 or n < 5", "range(n)", "`require 1 <= n <= 5` before it says what a net may give"),
        ("require 0 <= n <= 3", "range(n)", "there may be no round where `n` is 0"),
        ("require 1 <= n <= 20", "range(n)", "`n` up to 20 makes 210 rounds in all, no more than 64"),
        ("require 1 <= n <= 3", "range(n * m)", "`range(n * m)` depends on more than one hyper-parameter"),
        ("require 1 <= n <= 3", "range(n * C)", "`range(n * C)` depends on more than one hyper-parameter"),
    ],
)
def test_numbers_that_are_not_known(bounds, source, said):
    head = "layer A(x: [N, C]) -> y: [N, K]:\n    hyper n: int = 2\n    hyper m: int = 2\n"
    found = faults(f"{head}    {bounds or 'require m > 0'}\n    y = concat(rename(x, C=K) for i in {source}, over=K)\n")
    assert ("LD210", said) in [(each.code, each.help) for each in found]
