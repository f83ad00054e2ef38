"""Choices made at set-up: they move outwards, in the order in which they were written, and join each other."""

import numpy as np
import pytest
from layers import layer
from running import run, start

from layerdsl.graph import Node
from layerdsl.operators.build import build, number
from layerdsl.operators.formula import formula_lines
from layerdsl.operators.rewrite import Rewriter
from layerdsl.passes.simplify import SIMPLER


def backward(text):
    program = layer(text).derived
    return formula_lines([(f"d({name})", node) for name, node in program.bottom_diffs], after=program.tops)


CASES = """
layer A(x: [N]) -> y: [N]:
    hyper k: int = 1
    if k == 0:
        y = x
    elif k == 1:
        y = 2 * x
    elif k == 2:
        y = sin(x)
    else:
        y = x / (k - 3)
"""


def test_the_backward_of_a_chain_of_cases_is_a_chain_of_cases():
    assert backward(CASES) == [
        "t1 = 2 * d(y) if k == 1 else d(y) * cos(x) if k == 2 else d(y) / (k - 3)",
        "d(x) = d(y) if k == 0 else t1",
    ]


@pytest.mark.parametrize(("k", "value", "slope"), [(0, 2, 1), (1, 4, 2), (2, np.sin(2), np.cos(2)), (5, 1, 0.5)])
def test_and_each_case_is_right(k, value, slope):
    ran = run(CASES, x=[2.0], param_str=f"k: {k}")
    np.testing.assert_allclose(ran.value("y"), [value])
    np.testing.assert_allclose(ran.diff("x"), [slope])


def test_nothing_is_computed_of_a_case_that_is_not_taken():
    """Five optional values, of which none is there: every formula that needs one would fail."""
    text = "layer A(x: [N]) -> y: [N]:\n"
    text += "".join(f"    hyper k{i}: float? = none\n" for i in range(5)) + "    a0 = x\n"
    for i in range(5):
        text += f"    a{i + 1} = a{i} if k{i} == none else exp(a{i} * k{i}) / min(a{i}, k{i} * 2) * max(k{i}, 1)\n"
    ran = run(text + "    y = a5\n", x=[3.0])
    assert (ran.value("y").tolist(), ran.diff("x").tolist()) == ([3], [1])
    ran = start(text + "    y = a5\n", x=[3.0], param_str="k3: 0.5").forward().backward()
    np.testing.assert_allclose(ran.value("y"), [np.exp(1.5)])


def test_sixty_cases():
    cases = "".join(f"    elif k == {i}:\n        y = x * {i}\n" for i in range(1, 60))
    head = "layer A(x: [N]) -> y: [N]:\n    hyper k: int = 59\n    if k == 0:\n        y = x\n"
    text = f"{head}{cases}    else:\n        y = -x\n"
    assert run(text, x=[2.0]).diff("x").tolist() == [59]


def test_rules_that_go_through_a_deep_graph_need_no_recursion():
    x: Node = build("bottom", name="x", axes=(), kind="real")
    deep = x
    for _ in range(5000):
        deep = build("mul", deep, build("blob", name="w", axes=()))
    (settled,) = Rewriter(SIMPLER)([build("mul", build("neg", deep), number(1.0))])
    assert settled.op == "neg"


@pytest.mark.parametrize(("phase", "size"), [(0, 4), (0, 1), (1, 4), (1, 1)])
def test_a_choice_that_makes_no_difference_inside_one_that_does(phase, size):
    """What is the same in both phases is written once, as what stands behind `else`."""
    text = """
layer A(x: [C], w: [K]) -> y: [C]:
    v = w if train else w
    u = exp(w) if C > 2 else w * 2
    y = x + sum(v) + sum(u)
"""
    ran = run(text, x=np.zeros(size), w=[1.0, 2.0], phase=phase)
    slope = np.exp([1, 2]) if size > 2 else np.array([2, 2])
    np.testing.assert_allclose(ran.diff("w"), size * (1 + slope))
