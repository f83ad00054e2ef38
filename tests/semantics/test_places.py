"""Places and stretches of an axis whose size only a net knows: they have to lie inside, or the message says why not."""

import numpy as np
import pytest
from layers import layer
from running import run

X = np.arange(10.0).reshape(2, 5)
TEXT = "layer A(x: [N, H]) -> y: [N]:\n    hyper k: int = 2\n    y = {}\n"


def required(selection):
    graph = layer(TEXT.format(f"{selection} + 0 * k" if selection.endswith("]") else selection)).graph
    return [each.written.split(" for ")[0] for each in graph.requirements]


# What is selected, and what set-up has to check of it.
PLACES = {
    "x[H=0]": [],
    "x[H=-1]": [],
    "x[H=H-1]": [],
    "x[H=H//2]": [],
    "x[H=(H-1)//2]": [],
    "x[H=2]": ["2 < H"],
    "x[H=-2]": ["0 <= H - 2"],
    "x[H=k]": ["0 <= k", "k < H"],
    "x[H=N]": ["N < H"],
    "sum(x[H=1:], over=H)": ["1 < H"],
    "sum(x[H=:-1], over=H)": ["0 < H - 1"],
    "sum(x[H=::2], over=H)": [],
    "sum(x[H=:3], over=H)": ["3 <= H"],
    "sum(x[H=H//2:], over=H)": [],
    "sum(x[H=:H//2], over=H)": ["0 < H // 2"],
    "sum(x[H=1:k], over=H)": ["1 < k", "k <= H"],
    "x[H=k] * x[H=k]": ["0 <= k", "k < H"],
    "x[H=k] if train else x[H=1]": ["0 <= k", "k < H", "1 < H"],
}


@pytest.mark.parametrize("selection", PLACES)
def test_what_is_checked(selection):
    assert required(selection) == PLACES[selection]


@pytest.mark.parametrize(
    ("formula", "param_str", "words"),
    [
        ("x[H=k]", "k: 5", r"A \(test.layer:3\): requires k < H for `\[H=k\]`, k is 5, H is 5"),
        ("x[H=k]", "k: -1", r"requires 0 <= k for `\[H=k\]`, k is -1"),
        ("x[H=7] + k", "", r"requires 7 < H for `\[H=7\]`, H is 5"),
        ("sum(x[H=k:], over=H)", "k: 5", r"requires k < H for `\[H=k:\]`, k is 5, H is 5"),
        ("sum(x[H=:k], over=H)", "k: 6", r"requires k <= H for `\[H=:k\]`, k is 6, H is 5"),
        ("max(x[H=k:3], over=H)", "k: 3", r"requires k < 3 for `\[H=k:3\]`, k is 3"),
    ],
)
def test_what_lies_outside_is_refused_at_set_up(formula, param_str, words):
    with pytest.raises(ValueError, match=words):
        run(TEXT.format(formula), x=X, param_str=param_str)


def test_it_is_checked_where_it_is_reached():
    text = TEXT.format("x[H=k] if k < H else x[H=0]")
    np.testing.assert_array_equal(run(text, x=X, param_str="k: 9").value("y"), X[:, 0])
    np.testing.assert_array_equal(run(text, x=X, param_str="k: 4").value("y"), X[:, 4])
