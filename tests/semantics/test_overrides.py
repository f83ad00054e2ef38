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
