"""`if` on the phase, on hyper-parameters and on sizes is decided at set-up; `where` decides on data."""

import numpy as np
import pytest
from layers import codes
from running import run, start

from layerdsl.caffe.standin import TEST, TRAIN

X = np.array([[-1.0, 2.0, 3.0], [4.0, -5.0, 6.0]])

BRANCHES = """
layer A(x: [N, C]) -> y: [N, C]:
    hyper mode: "a" | "b" | "c" = "a"
    hyper on: bool = false
    hyper k: int = 1
    if mode == "a":
        z = x
    elif mode == "b" and on:
        z = 2 * x
    elif mode != "c" or k > 3:
        z = 3 * x
    else:
        z = 4 * x
    y = z if not on else -z
"""


@pytest.mark.parametrize(
    ("param_str", "factor"),
    [
        ("", 1),
        ("'mode': 'a', 'on': True", -1),
        ("{'mode': 'b'}", 3),
        ('{"mode": "b", "on": true}', -2),
        ("mode: c", 4),
        ("mode: c, k: 4", 3),
        ("mode: c, k: 3, on: true", -4),
    ],
)
def test_branches_are_taken_by_hypers(param_str, factor):
    ran = run(BRANCHES, x=X, param_str=param_str)
    assert ran.value("y").tolist() == (factor * X).tolist()
    assert ran.diff("x").tolist() == np.full(X.shape, factor).tolist()


@pytest.mark.parametrize("phase", [TRAIN, TEST, "TRAIN", "TEST"])
def test_the_phase_decides(phase):
    """Some forks of Caffe give it as a word."""
    text = """
layer A(x: [N, C]) -> (y: [N, C], z: [N, C], p: [N]):
    if train:
        y = 2 * x
    else:
        y = 3 * x
    z = x if test else -x
    p = where(train and x[C=0] > 0, 1, 0)
"""
    ran = start(text, x=X, phase=phase).forward()
    training = phase in (TRAIN, "TRAIN")
    assert ran.value("y").tolist() == (X * (2 if training else 3)).tolist()
    assert ran.value("z").tolist() == (X * (-1 if training else 1)).tolist()
    assert ran.value("p").tolist() == [0, 1 if training else 0]


def test_the_size_of_an_axis_decides():
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    y = x * 2 if C > 2 else -x\n"
    ran = start(text, x=X).forward().backward()
    assert ran.value("y").tolist() == (2 * X).tolist()
    ran.net.forward([X[:, :2]])
    ran.backward()
    assert ran.value("y").tolist() == (-X[:, :2]).tolist()
    assert ran.diff("x").tolist() == [[-1, -1], [-1, -1]]


def test_only_the_branch_that_is_taken_has_to_fit():
    """A size that would be wrong, an index that would lie outside, in a branch that is not taken."""
    text = """
layer A(x: [N, C]) -> y: [N]:
    hyper weights: list[float]? = none
    if weights != none:
        y = dot(x, values(weights, C), over=C)
    else:
        y = sum(x, over=C)
"""
    assert run(text, x=X).value("y").tolist() == [4, 5]
    assert run(text, x=X, param_str="weights: [1, 0, 0]").value("y").tolist() == [-1, 4]
    with pytest.raises(ValueError, match=r"A.*weights.*2|A.*2.*weights"):
        run(text, x=X, param_str="weights: [1, 0]")


def test_a_branch_inside_a_branch():
    text = """
layer A(x: [N, C]) -> y: [N, C]:
    hyper k: int = 0
    if train:
        if k > 0:
            y = x * k
        else:
            y = x
    elif k > 0:
        y = -x * k
    else:
        y = -x
"""
    for phase, k, factor in ((TRAIN, 0, 1), (TRAIN, 2, 2), (TEST, 0, -1), (TEST, 2, -2)):
        ran = start(text, x=X, phase=phase, param_str=f"k: {k}").forward()
        assert ran.value("y").tolist() == (X * factor).tolist()


def test_what_a_name_stands_for_may_have_other_axes_in_each_branch():
    text = """
layer A(x: [N, C]) -> y: [N, C]:
    hyper whole: bool = false
    if whole:
        m = mean(x)
    else:
        m = mean(x, over=N)
    y = x - m
"""
    np.testing.assert_allclose(run(text, x=X).value("y"), X - X.mean(0))
    np.testing.assert_allclose(run(text, x=X, param_str="whole: true").value("y"), X - X.mean())


def test_names_of_a_branch_are_its_own():
    text = """
layer A(x: [N]) -> y: [N]:
    hyper k: bool = false
    if k:
        a = 2 * x
        y = a * a
    else:
        a = 3 * x
        b = a + 1
        y = b
"""
    assert run(text, x=[2.0]).value("y").tolist() == [7]
    assert run(text, x=[2.0], param_str="k: true").value("y").tolist() == [16]
    assert codes(text + "    z = b\n") == ["LD111:11"]


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("-1 < x <= 3", lambda x: (x > -1) & (x <= 3)),
        ("x > 0 and not x > 3", lambda x: (x > 0) & (x <= 3)),
        ("x < 0 or x > 3 and x < 5", lambda x: (x < 0) | ((x > 3) & (x < 5))),
        ("not (x < 0 or x == 6)", lambda x: ~((x < 0) | (x == 6))),
        ("(x > 0) == (x > 3)", lambda x: (x > 0) == (x > 3)),
        ("(x > 0) != (x > 3)", lambda x: (x > 0) != (x > 3)),
        ("isfinite(1 / (x - 2))", lambda x: x != 2),
        ("isnan(0 * x / (x - 2)) or isinf(x)", lambda x: 0 * x > 0),
        ("x % 2 == 0", lambda x: x % 2 == 0),
        ("any(x > 3, over=C) and x < 5", lambda x: (x > 3).any(1, keepdims=True) & (x < 5)),
        ("all(x > -2, over=C)", lambda x: (x > -2).all(1, keepdims=True) & (x == x)),
        ("count(x > 0, over=C) == 2", lambda x: ((x > 0).sum(1, keepdims=True) == 2) & (x == x)),
        ("argmax(x, over=C) == index(C)", lambda x: x.argmax(1)[:, None] == np.arange(3)),
    ],
)
def test_conditions_on_data(condition, held):
    ran = run(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = where({condition}, x * 2, -x)\n", x=X)
    with np.errstate(all="ignore"):
        chosen = np.broadcast_to(held(X), X.shape)
    np.testing.assert_array_equal(ran.value("y"), np.where(chosen, 2 * X, -X))
    np.testing.assert_array_equal(ran.diff("x"), np.where(chosen, 2, -1))


@pytest.mark.parametrize("formula", ["where(x > 0, x, 0)", "where(0 < x, x, 0.0)", "x * float(x > 0)", "max(x, 0)"])
def test_ways_to_say_the_same(formula):
    ran = run(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula}\n", x=X)
    np.testing.assert_array_equal(ran.value("y"), np.maximum(X, 0))
    np.testing.assert_array_equal(ran.diff("x"), X > 0)


@pytest.mark.parametrize(
    "formula", ["x > 1", "where(x > 1, true, false)", "not x <= 1", "x > 1 and true", "isfinite(x) and x > 1"]
)
def test_a_condition_as_a_top_is_0_or_1(formula):
    ran = run(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula}\n", x=X)
    assert ran.value("y").tolist() == (X > 1).astype(float).tolist()
    assert ran.diff("x").tolist() == (0 * X).tolist()
