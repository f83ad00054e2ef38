"""How many axes a bottom has: in positions, sizes and requirements."""

import numpy as np
import pytest
from layers import codes, faults
from running import run

X = np.arange(6.0).reshape(2, 3)


def test_a_position_counts_from_behind_the_last_axis():
    text = "layer A(x: [*A, *B at axis if axis >= 0 else axis + 1 + ndim(x)]) -> y: [*A, 1, *B]:\n"
    text += "    hyper axis: int = -1\n    y = 2 * x\n"
    assert run(text, x=X).value("y").shape == (2, 3, 1)
    assert run(text, x=X, param_str="axis: -2").value("y").shape == (2, 1, 3)
    assert run(text, x=X, param_str="axis: 0").value("y").shape == (1, 2, 3)


def test_a_bottom_may_be_asked_for_that_stands_behind():
    text = "layer A(x: [*A, *S at 1, *B at 1 + ndim(s)], s: [*S]) -> y: [*A, *B]:\n    y = sum(s * x, over=S)\n"
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    assert run(text, x=x, s=np.arange(3.0)).value("y").shape == (2, 2, 2)
    assert run(text, x=x, s=np.ones((3, 2))).value("y").tolist() == x.sum((1, 2)).tolist()


def test_in_a_formula_and_in_a_requirement_it_is_what_this_batch_has():
    text = "layer A(x: [N, *S]) -> y: [N]:\n    require ndim(x) < 3\n    y = sum(x, over=S) * ndim(x)\n"
    ran = run(text, x=X)
    assert ran.value("y").tolist() == (2 * X.sum(1)).tolist()
    ran.net.forward([np.ones(3)])
    assert ran.value("y").tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match=r"requires ndim\(x\) < 3"):
        ran.net.forward([np.ones((2, 2, 2))])


def test_a_layer_that_is_used_inside_counts_those_of_its_value():
    inner = "layer Last(x: [*A, *S at ndim(x) - 1]) -> y: [*A, *S]:\n    y = 2 * x / ndim(x)\n"
    assert run(f"{inner}layer A(x: [N, C]) -> y: [N, C]:\n    y = Last(x)\n", x=X).value("y").tolist() == X.tolist()
    assert codes(f"{inner}layer A(x: [N, *S]) -> y: [N, *S]:\n    y = Last(x)\n") == ["LD210:1"]


def test_a_parameter_can_not_depend_on_it():
    text = "layer A(x: [N, *S]) -> y: [N, *S]:\n    if ndim(x) > 2:\n        param w: [] = 1\n        y = w * x\n"
    assert codes(f"{text}    else:\n        y = x\n") == ["LD309:3"]


@pytest.mark.parametrize(
    ("formula", "code", "said"),
    [
        ("ndim(k)", "LD303", "`ndim` counts the axes of a bottom"),
        ("ndim(x + 1)", "LD303", "`ndim` counts the axes of a bottom"),
        ("ndim(y)", "LD303", "`ndim` counts the axes of a bottom"),
        ("ndim(s)", "LD306", "`s` may be absent"),
    ],
)
def test_what_has_no_number_of_axes(formula, code, said):
    text = f"layer A(x: [N, *S], s: [N]?) -> y: [N, *S]:\n    hyper k: int = 1\n    y = x * {formula}\n"
    (found,) = faults(text)
    assert (found.code, found.message) == (code, said)
