"""Rounds, each on its own where their number is known, along an axis where the net gives it; and several results."""

import numpy as np
import pytest
from layers import codes, faults, layer
from running import run, slopes, start

X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])


def y(body, top="[N, C]", bottoms="x: [N, C]", hypers="", functions="", **given):
    text = f"{functions}\nlayer A({bottoms}) -> y: {top}:\n    require C == 3\n{hypers}    {body}\n"
    return run(text, **{"x": X, **given})


SUMS = [
    ("y = sum(x[C=i] * (i + 1) for i in range(3))", X @ [1, 2, 3]),
    ("y = sum(x[C=i] for i in range(1, 3))", X[:, 1] + X[:, 2]),
    ("y = sum(x[C=i] * i for i in range(2, -1, -2))", 2 * X[:, 2]),
    ("y = mean(x[C=i] for i in [0, 2])", (X[:, 0] + X[:, 2]) / 2),
    ("y = prod(x[C=i] + k for i in range(3))", (X + 2).prod(1)),
    ("y = max(x[C=i] * i for i in range(3))", (X * [0, 1, 2]).max(1)),
    ("y = min(x[C=i] for i in range(3))", X.min(1)),
    ("y = float(any(x[C=i] > 4 for i in range(3)))", (X > 4).any(1)),
    ("y = float(all(x[C=i] > -3 for i in range(3)))", (X > -3).all(1)),
    ("y = count(x[C=i] > 2 for i in range(3))", (X > 2).sum(1)),
    ("y = sum(sum(x[C=i] * x[C=j] for j in range(i, 3)) for i in range(3))", None),
    ("y = sum(sum(x, over=C) * p for p in [0.5, k, C])", X.sum(1) * 5.5),
    ("y = concat(x[C=i:i + 1] for i in [2, 1], over=C)[C=0]", X[:, 2]),
    ("y = stack(x[C=i] for i in range(3), K)[K=1]", X[:, 1]),
    ("y = sum(x[C=0] * i + k for i in range(k))", X[:, 0] + 4),
    ("y = sum(2 for i in range(k, k + 3)) + 0 * x[C=0]", np.array([6.0, 6.0])),
    ("y = max(x[C=0] * i for i in range(-1, k))", np.abs(X[:, 0])),
    ("y = prod(x[C=0] + i for i in range(k, 0, -1))", (X[:, 0] + 1) * (X[:, 0] + 2)),
    ("y = count(x[C=0] > i + 0.5 for i in range(k))", np.array([1.0, 2.0])),
    ("y = sum(x[C=0] * w for w in weights)", 6 * X[:, 0]),
    ("y = max(x[C=0] - w for w in weights)", X[:, 0] - 1),
    ("y = mean(x[C=0] for w in weights)", X[:, 0]),
]


@pytest.mark.parametrize(("body", "wanted"), SUMS, ids=[body for body, _ in SUMS])
def test_several_values_for_one_function(body, wanted):
    hypers = "    hyper k: int = 2\n    hyper weights: list[float] = [1, 2, 3]\n"
    ran = y(body, "[N]", hypers=hypers)
    if wanted is None:
        wanted = sum(X[:, i] * X[:, j] for i in range(3) for j in range(i, 3))
    np.testing.assert_allclose(ran.value("y"), wanted)
    np.testing.assert_allclose(ran.diff("x"), slopes(ran, "x"), rtol=1e-6, atol=1e-8)


def test_the_net_gives_the_number_of_rounds():
    text = "layer A(x: [N]) -> y: [N]:\n    hyper k: int\n    y = sum(x**i for i in range(k))\n"
    for k in (1, 2, 5):
        wanted = sum(np.array([0.5, 2.0]) ** i for i in range(k))
        np.testing.assert_allclose(run(text, x=[0.5, 2.0], param_str=f"k: {k}").value("y"), wanted)
    with pytest.raises(ValueError, match=r"range\(k\)"):
        start(text, x=[0.5, 2.0], param_str="k: 0")


def test_rounds_of_several_loops_may_have_one_name():
    body = "y = sum(x * i for i in range(k)) + prod(x + i for i in range(k)) + max(x - i for i in range(2))"
    np.testing.assert_allclose(y(body, hypers="    hyper k: int = 2\n").value("y"), X + X * (X + 1) + X)


def newton(a, steps):
    found = a
    for _ in range(steps):
        found = (found + a / found) / 2
    return found


@pytest.mark.parametrize("count", ["3", "k"])
def test_a_value_that_is_worked_on_again_and_again(count):
    text = f"""layer A(x: [N]) -> y: [N]:
    hyper k: int = 3
    require k > 0
    a = 1 + x**2
    for i in range({count}):
        carry y = a
        next y = (y + a / y) / 2
"""
    x = np.array([0.5, -2.0])
    ran = run(text, x=x)
    np.testing.assert_allclose(ran.value("y"), newton(1 + x**2, 3))
    np.testing.assert_allclose(ran.diff("x"), slopes(ran, "x"), rtol=1e-6)


@pytest.mark.parametrize("count", ["4", "k"])
def test_all_that_is_carried_moves_at_once_and_other_names_are_those_of_a_round(count):
    text = f"""layer A(x: [N]) -> (a: [N], b: [N]):
    hyper k: int = 4
    require k > 0
    for i in range({count}):
        carry a = x
        carry b: [N] = 1
        c = a + b
        if i == 1 or k > 100:
            next b = a * i
        else:
            next b = a
        next a = c
"""
    ran = run(text.replace("i == 1 or ", "" if count == "k" else "i == 1 or "), x=[2.0, 3.0])
    a, b = np.array([2.0, 3.0]), np.ones(2)
    for _ in range(4):
        a, b = a + b, a
    np.testing.assert_allclose(ran.value("a"), a)
    np.testing.assert_allclose(ran.value("b"), b)


def test_no_round_hands_on_what_it_started_from_and_shapes_may_change():
    none = "for i in range(0):\n        carry y = 2 * x\n        next y = y + 1"
    np.testing.assert_allclose(y(none).value("y"), 2 * X)
    cut = "for i in range(2):\n        carry a = x\n        next a = a[C=1:] + i\n    y = a[C=0]"
    np.testing.assert_allclose(y(cut, "[N]").value("y"), X[:, 2] + 1)


def test_a_loop_in_a_function_and_in_a_layer_that_is_used():
    functions = "def power(x, n):\n    for i in range(n):\n        carry p = 1\n        next p = p * x\n    return p\n"
    np.testing.assert_allclose(y("y = power(x, 3)", functions=functions).value("y"), X**3)
    inner = (
        "layer Power(x: [*S]) -> y: [*S]:\n    hyper n: int = 2\n    require n > 0\n    y = prod(x for i in range(n))\n"
    )
    np.testing.assert_allclose(y("y = Power(x, n=3)", functions=inner).value("y"), X**3)


def test_several_results():
    functions = (
        "def both(a, by=2):\n    low = min(a, 0)\n    return low, (a - low) * by\n\n"
        "def twice(a):\n    p, q = both(a)\n    return q, p\n"
    )
    ran = y("p, q = twice(x)\n    y = p + 10 * q", functions=functions)
    np.testing.assert_allclose(ran.value("y"), 2 * np.maximum(X, 0) + 10 * np.minimum(X, 0))
    tops = "layer A(x: [N]) -> (y: [N], z: [N]):\n    z, y = both(x, by=3)\n"
    ran = run(f"{functions}\n{tops}", x=[-1.0, 2.0])
    assert (ran.value("z").tolist(), ran.value("y").tolist()) == ([-1, 0], [0, 6])


WRONG = [
    ("y = sum(x[C=i] for i in 3)", "LD303", "range or a list"),
    ("y = sum(x[C=i] for i in range())", "LD104", "takes an end"),
    ("y = sum(x[C=i] for i in range(0, 2, 0))", "LD210", "other than 0"),
    ("y = sum(x[C=i] for i in range(0))", "LD104", "no round"),
    ("y = sum(x[C=i] for i in range(2), over=C)", "LD104", "no `over`"),
    ("y = exp(x[C=i] for i in range(2))", "LD104", "takes no `for`"),
    ("y = sum(x for x in range(2))", "LD108", "a bottom"),
    ("y = sum(x[C=i] for i in range(2)) + i", "LD101", "unknown name `i`"),
    ("y = any(x for i in range(2))", "LD302", "condition is needed"),
    ("y = sum(x > i for i in range(2))", "LD301", "number is needed"),
    ("y = concat(x for i in range(k), over=C)", "LD210", "how many values"),
    ("y = sum(x[C=i:] for i in range(k))", "LD210", "not known at set-up"),
    ("y = sum(x[C=i] for i in range(x))", "LD210", ""),
    ("for i in range(2):\n        a = x\n    y = x", "LD114", "nothing is carried"),
    ("for i in range(2):\n        carry y = x", "LD114", "never gets a next value"),
    ("for i in range(2):\n        carry y = x\n        next z = y", "LD114", "`z` is not carried"),
    (
        "for i in range(2):\n        carry y = x\n        next y = y\n        next y = y",
        "LD114",
        "has a next value already",
    ),
    (
        "for i in range(2):\n        carry y = x\n        if k > 0:\n            next y = y",
        "LD114",
        "in one branch only",
    ),
    ("for i in range(2):\n        carry y = x\n        next y = a\n        a = y", "LD101", "unknown name `a`"),
    ("for i in range(2):\n        carry y: [N] = x\n        next y = y", "LD204", "has no axis `C`"),
    ("for i in range(k):\n        carry y = sum(x, over=C)\n        next y = x", "LD204", "has no axis `C`"),
    (
        "for i in range(2):\n        carry y = x\n        param w: [C] = 0\n        next y = y",
        "LD011",
        "`param` in a for",
    ),
    ("next y = x", "LD011", "`next` in a layer"),
    ("y, z = x, x", "LD012", "one value is given to a name"),
    ("y, z = x", "LD104", "one value, not several"),
    ("y = two(x)", "LD104", "has 2 results"),
    ("y, z, w = two(x)", "LD104", "3 names for 2 results"),
    ("y, y = two(x)", "LD102", "given twice"),
    ("y = x for i in range(3)", "LD012", "a list is not made by `for`"),
]


@pytest.mark.parametrize(("body", "code", "words"), WRONG, ids=[body for body, _, _ in WRONG])
def test_misuse(body, code, words):
    text = "def two(a):\n    return a, -a\n\nlayer A(x: [N, C]) -> y: [N, C]:\n    hyper k: int = 2\n"
    found = faults(f"{text}    {body}\n")
    assert [each.code for each in found][:1] == [code], [each.message for each in found]
    assert words in found[0].message


def test_rounds_that_are_known_leave_no_loop_and_many_do_not_become_many_lines():
    few = layer("layer A(x: [N]) -> y: [N]:\n    y = sum(x**i for i in range(5))\n")
    assert "in range(5):" not in few.stage("python")
    many = layer(
        "layer A(x: [N]) -> y: [N]:\n    for i in range(1000):\n        carry y = x\n        next y = y / 2 + 1\n"
    )
    assert "for i in range(1000):" in many.stage("python")


def test_codes_have_places():
    assert codes("layer A(x: [N]) -> y: [N]:\n    for i in range(2):\n        carry y = x\n        next y = z\n") == [
        "LD101:4"
    ]
