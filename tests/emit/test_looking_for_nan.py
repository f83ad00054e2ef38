"""`LAYERDSL_DEBUG=nan`: each step of the way bears the formula of its line, and what came in is said to be so."""

import re

import numpy as np
import pytest
from layers import layer

from layerdsl.caffe import standin
from layerdsl.pipeline import python_module


@pytest.fixture
def ways(monkeypatch, tmp_path):
    """`ways(text, bottoms, ...)`: for each of two forwards the way back, a formula and a value for each step."""
    monkeypatch.setenv("LAYERDSL_DEBUG", "nan")

    def run(text, bottoms, **options):
        made = layer(text)
        path = tmp_path / f"{made.name}.py"
        path.write_text(python_module([made]))
        net = standin.SingleLayer(getattr(standin.load_file(path), made.name), bottoms, **options)
        return [steps(message(net)) for _ in range(2)]

    return run


def message(net):
    with pytest.raises(FloatingPointError) as raised:
        net.forward()
    return str(raised.value)


def steps(text):
    """The lines of a message in threes: the formula, less its file and line, and what is said of the value."""
    lines = [line.strip() for line in text.split("\n")[1:]]
    formulas = [re.sub(r"^\S+:\d+  ", "", line) for line in lines[::3]]
    return list(zip(formulas, lines[2::3], strict=True))


X = np.ones((2, 3))
WRONG = np.array([[1, 2, 3], [4, np.nan, 6]])

LOSSES = """layer Losses(a: [N, S], b: [N, S]) -> (l1: [], l2: []):
    d = a - b
    l1 = mean(abs(d))
    l2 = mean(d**2)
"""


def test_the_end_of_a_sum_has_the_formula_of_the_sum(ways):
    for way in ways(LOSSES, [WRONG, X], tops=2):
        formulas = list(dict.fromkeys(formula for formula, _ in way))
        assert formulas == ["l1 = mean(abs(d))", "d = a - b", "it came in"]
        assert way[-1][1] == "`a` is nan at [1, 1]"


BRANCHES = """layer Branches(x: [N, K]) -> y: [N, K]:
    hyper act: "none" | "relu" | "tanh" = "none"
    h = 2 * x
    if act == "relu":
        y = relu(h)
    elif act == "tanh":
        y = tanh(h)
    else:
        y = h
"""


@pytest.mark.parametrize(("act", "last"), [("none", "h = 2 * x"), ("relu", "y = relu(h)"), ("tanh", "y = tanh(h)")])
def test_no_formula_of_another_branch_is_named(ways, act, last):
    for way in ways(BRANCHES, [WRONG], param_str=f"act: {act}"):
        assert (way[0][0], way[-1]) == (last, ("it came in", "`x` is nan at [1, 1]"))
        assert {formula for formula, _ in way} <= {last, "h = 2 * x", "it came in"}


SEVERAL = """layer Several(*xs: [N, C]) -> *ys: [N, C]:
    ys = exp(xs)
"""


@pytest.mark.parametrize("more", [0, 1])
def test_what_comes_in_at_any_number_of_bottoms_came_in(ways, more):
    for way in ways(SEVERAL, [X] * more + [WRONG], tops=1 + more):
        formula, said = way[-1]
        assert formula == "it came in"
        assert re.fullmatch(rf"`\w+` is nan at \[{more}, 1, 1\]", said)


SUM = """layer Sum(*xs: [N, C]) -> y: [N, C]:
    y = sum(xs, over=xs)
"""


def test_of_any_number_of_bottoms_it_is_said_which(ways):
    for way in ways(SUM, [X, X, WRONG]):
        (formula, said), *more = way
        assert (formula, more) == ("y = sum(xs, over=xs)", [])
        assert "`bottom[1].data` from 1.0 to 1.0, `bottom[2].data` from nan to nan" in said


HUGE = """layer Huge(x: [N, C]) -> (z: [], y: []):
    y = mean(exp(x))
    z = mean(x)
"""


def full_of_nan(shape, dtype):
    array = np.zeros(shape, dtype)
    array[...] = np.nan
    return array


def test_what_lies_in_new_memory_does_not_hide_what_is_written_there(ways, monkeypatch):
    """Buffers may hold NaN from the beginning; and the sum alone, in float64, is finite before it goes into one."""
    monkeypatch.setattr(np, "empty", full_of_nan)
    for way in ways(HUGE, [X * 88.7], tops=2):
        assert [formula for formula, _ in way] == ["y = mean(exp(x))"] * len(way)
