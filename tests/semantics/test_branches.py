"""What is checked at set-up for a formula counts where that formula is reached, and nowhere else."""

import numpy as np
import pytest
from layers import codes
from running import run

X = np.arange(8.0).reshape(2, 4)

BRANCHES = """\
layer A(x: [N, C]) -> y: [N, C]:
    hyper w: list[float] = [1, 2]
    hyper t: float? = none
    if t != none:
        y = x * t
    else:
        y = x * values(w, C)
"""
CHOICE = """\
layer A(x: [N, C]) -> y: [N, C]:
    hyper w: list[float] = [1, 2]
    hyper t: float? = none
    y = x * t if t != none else x * values(w, C)
"""


@pytest.mark.parametrize("text", [BRANCHES, CHOICE])
def test_sizes_of_a_branch_that_is_not_taken_need_not_agree(text):
    np.testing.assert_array_equal(run(text, x=X, param_str="t: 2").value("y"), 2 * X)


@pytest.mark.parametrize("text", [BRANCHES, CHOICE])
def test_those_of_the_branch_that_is_taken_have_to(text):
    with pytest.raises(ValueError, match=r"A \(test.layer:\d\): axis C has size C = 4 in one value and len\(w\) = 2"):
        run(text, x=X)
    np.testing.assert_array_equal(run(text, x=X, param_str="w: [1, 1, 1, 2]").value("y"), X * [1, 1, 1, 2])


CASES = """\
layer A(x: [N, C], z: [N, D]) -> y: [N, C]:
    hyper k: int = 1
    if k == 1:
        y = x
    elif k == 2 or k == 3:
        y = x + rename(z, D=C)
    else:
        y = x * C
"""


@pytest.mark.parametrize(("k", "agrees"), [(1, True), (2, False), (3, False), (4, True)])
def test_one_branch_of_three(k, agrees):
    given = {"x": X, "z": np.zeros((2, 3)), "param_str": f"k: {k}"}
    if agrees:
        run(CASES, **given)
    else:
        with pytest.raises(ValueError, match=r"axis C has size (C = 4 .* D = 3|D = 3 .* C = 4)"):
            run(CASES, **given)


REQUIRED = """\
def halved(x, k):
    require k % 2 == 0, "k has to be even"
    return x * (k // 2)

layer A(x: [N]) -> y: [N]:
    hyper k: int = 3
    hyper half: bool = true
    if half:
        y = halved(x, k)
    else:
        y = x * k
"""


def test_a_requirement_of_a_function_counts_where_the_function_is_called():
    np.testing.assert_array_equal(run(REQUIRED, x=X[0], param_str="half: false").value("y"), 3 * X[0])
    with pytest.raises(ValueError, match="k has to be even"):
        run(REQUIRED, x=X[0])


DIVIDED = """\
layer A(x: [N, C]) -> y: [N, C]:
    hyper k: int = 0
    require k == 0 or C % k == 0
    y = x if k == 0 else x * (C // k)
"""


@pytest.mark.parametrize(("k", "times"), [(0, 1), (1, 4), (2, 2), (4, 1)])
def test_a_division_that_is_not_reached_may_have_the_divisor_zero(k, times):
    np.testing.assert_array_equal(run(DIVIDED, x=X, param_str=f"k: {k}").value("y"), X * times)


def test_one_that_is_reached_may_not():
    with pytest.raises(ValueError, match=r"A \(test.layer:3\): requires C % k == 0|requires k == 0 or C % k == 0"):
        run(DIVIDED, x=X, param_str="k: 3")
    with pytest.raises(ValueError, match=r"A \(test.layer:3\): requires k != 0, k is 0"):
        run(DIVIDED.replace("k == 0 or ", "").replace("x if k == 0 else ", ""), x=X)


HALVES = """\
layer A(x: [N, H]) -> y: [N, P=H // 2 if half else H]:
    hyper half: bool = false
    if half:
        part = x[H=:H // 2]
    else:
        part = x**2
    y = rename(part, H=P)
"""
RENAMED = """\
layer A(x: [N, H]) -> y: [N, P=H // 2 if half else H]:
    hyper half: bool = false
    y = rename(x[H=:H // 2], H=P) if half else rename(x**2, H=P)
"""
UNNAMED = """\
layer A(x: [N, H]) -> y: [N, H // 2 if half else H]:
    hyper half: bool = false
    y = x[H=:H // 2] if half else x**2
"""


@pytest.mark.parametrize("text", [HALVES, RENAMED, UNNAMED])
def test_branches_may_give_an_axis_different_lengths(text):
    whole, part = (run(text, x=X, diffs={"y": 1}, param_str=f"half: {half}") for half in ("false", "true"))
    np.testing.assert_array_equal(whole.value("y"), X**2)
    np.testing.assert_array_equal(whole.diff("x"), 2 * X)
    np.testing.assert_array_equal(part.value("y"), X[:, :2])
    np.testing.assert_array_equal(part.diff("x"), np.repeat([[1, 1, 0, 0]], 2, axis=0))


def test_what_a_branch_gives_is_not_aligned_with_another_length():
    text = "layer A(x: [N, H]) -> y: [N, H]:\n    hyper half: bool = false\n    y = x * (x[H=:{}] if half else x)\n"
    np.testing.assert_array_equal(run(text.format("H // 2"), x=X).value("y"), X**2)
    with pytest.raises(ValueError, match=r"axis H has size H = 4 in one value and .* = 2 in the other"):
        run(text.format("H // 2"), x=X, param_str="half: true")
    assert codes(text.format("-1")) == ["LD202:3"]


def test_where_a_branch_is_known_to_be_taken_its_length_counts():
    text = """\
layer A(x: [N, H]) -> y: [N]:
    hyper short: bool = true
    part = x[H=1:] if short else x
    if short:
        z = part * x[H=:-1]
    else:
        z = part * x
    y = sum(z, over=H)
"""
    np.testing.assert_array_equal(run(text, x=X).value("y"), (X[:, 1:] * X[:, :-1]).sum(1))
    np.testing.assert_array_equal(run(text, x=X, param_str="short: false").value("y"), (X * X).sum(1))
