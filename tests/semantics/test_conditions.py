"""Bottoms and tops that are there under a condition, and names that one branch alone gives."""

import numpy as np
import pytest
from layers import codes, faults, layer
from running import run, start

from layerdsl.emit.prototxt import snippet

X = np.arange(6.0).reshape(2, 3)
STATEFUL = """
layer A(x: [N, C], s: [N]?, h: [N, C] if stateful and depth > 1) -> (y: [N, C], z: [N, C] if stateful):
    hyper stateful: bool = false
    hyper depth: int = 2
    y = x * s if s != none else x
    if stateful and depth > 1:
        z = y * h
    elif stateful:
        z = 3 * y
"""


def test_optional_ones_are_counted_behind_those_of_conditions():
    there = {"param_str": "stateful: true"}
    assert run(STATEFUL, x=X, tops="y").value("y").tolist() == X.tolist()
    assert run(STATEFUL, x=X, h=X + 1, **there).value("z").tolist() == (X * (X + 1)).tolist()
    both = run(STATEFUL, x=X, s=np.array([2.0, 3.0]), h=X + 1, **there)
    assert both.value("z").tolist() == (X * [[2.0], [3.0]] * (X + 1)).tolist()
    assert both.diff("s").tolist() == ((X + 1) * X + X).sum(1).tolist()


@pytest.mark.parametrize(
    ("settings", "given", "said"),
    [
        ("stateful: true", {"x": X}, r"takes 1 to 3 bottoms \(x, s\?, h if stateful and depth > 1\)"),
        ("", {"x": X, "s": X[:, 0], "h": X}, "not 3 and"),
        ("stateful: true, depth: 1", {"x": X, "s": X[:, 0], "h": X}, "not 3 and"),
    ],
)
def test_a_wrong_number_of_bottoms_is_refused(settings, given, said):
    with pytest.raises(ValueError, match=said):
        run(STATEFUL, param_str=settings, tops="y", **given)


def test_what_can_not_be_a_condition():
    head = "layer A(x: [N], h: {} if {}) -> y: [N]:\n    hyper k: float = 1\n    hyper many: bool = true\n    y = x\n"
    assert codes(head.format("[N]?", "many")) == ["LD209:1"]
    assert codes(head.format("[N]", "train")) == ["LD309:1"]
    assert codes(head.format("[N]", "sqrt(k) > 2")) == ["LD309:1"]
    assert codes(head.format("[N]", "x > 2")) == ["LD101:1"]
    assert codes(head.format("[N]", "N > 2")) == ["LD101:1"]
    assert codes(head.format("[N]", "k")) == ["LD302:1"]
    assert codes("layer A(x: [N], *h: [N] if k) -> y: [N]:\n    hyper k: bool = true\n    y = x\n") == ["LD209:1"]


def test_a_formula_reads_it_where_the_condition_holds():
    text = """
layer A(x: [N], h: [N] if k > 2 and on) -> y: [N]:
    hyper k: int = 1
    hyper on: bool = true
    {}
"""
    assert codes(text.format("y = x + h")) == ["LD306:5"]
    assert codes(text.format("y = x + h if on else x")) == ["LD306:5"]
    assert codes(text.format("y = x + h if h != none else x")) == []
    assert codes(text.format("y = x + h if on and k > 2 else x")) == []
    assert codes(text.format("y = x if not on or not (k > 2) else x + h")) == []
    assert codes(text.format("y = x if not on else (x + h if k > 2 else x)")) == []


def test_words_exclude_each_other():
    text = """
layer A(x: [N], h: [N] if kind == "a", g: [N] if kind != "a") -> y: [N]:
    hyper kind: "a" | "b" | "c" = "a"
    {}
"""
    assert codes(text.format('y = x + h if kind == "a" else x + g')) == []
    assert codes(text.format('y = x + g if kind == "b" else x + g if kind == "c" else x + h')) == []
    assert codes(text.format('y = x + g if kind == "b" else x + h')) == ["LD306:4"]


def test_a_top_may_be_given_where_it_is_there():
    head = "layer A(x: [N]) -> (y: [N], z: [N] if on):\n    hyper on: bool = true\n"
    text = head + "    y = x\n    if {}:\n        z = 2 * x\n"
    assert codes(text.format("on")) == []
    assert codes(text.format("not on")) == ["LD111:4"]


def test_a_name_of_one_branch_is_seen_under_the_same_condition():
    text = """
layer A(x: [N]) -> y: [N]:
    hyper k: int = 1
    if k > 1:
        a = 2 * x
    y = {}
"""
    assert run(text.format("a + 1 if k > 1 else x"), x=X[0], param_str="k: 2").value("y").tolist() == [1, 3, 5]
    assert run(text.format("a + 1 if k > 1 else x"), x=X[0]).value("y").tolist() == [0, 1, 2]
    assert codes(text.format("a + 1 if k > 0 else x")) == ["LD111:6"]
    assert codes(text.format("a + 1")) == ["LD111:6"]


def test_in_a_scan_such_a_name_is_the_value_of_the_step():
    text = """
layer A(x: [T, N]) -> y: [T, N]:
    hyper on: bool = true
    if on:
        a = 2 * x
    scan T:
        carry h: [N] = 0
        next h = h + (a if on else x)
    y = h
"""
    assert run(text, x=X).value("y").tolist() == (2 * X.cumsum(0)).tolist()
    assert run(text, x=X, param_str="on: false").value("y").tolist() == X.cumsum(0).tolist()


INNER = """
layer In(x: [N], h: [N] if on) -> (y: [N], z: [N] if on):
    hyper on: bool = false
    y = x + h if on else x
    z = 2 * y

layer A(x: [N], g: [N]) -> y: [N]:
    hyper on: bool = false
    {}
"""


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y = In(x, on=true)", "`In` lacks its bottom `h`"),
        ("y = In(x, h=g)", "`In` has no bottom `h` here"),
        ("y = In(x, on=on)", "`In` lacks its bottom `h`"),
        ("y = In(x).z", "`In` has no top `z`"),
        ("y = In(x, h=g, on=true)", "`In` has 2 tops, a formula needs one here"),
    ],
)
def test_a_layer_inside_has_what_its_condition_says(formula, said):
    found = faults(INNER.format(formula))
    assert [(one.code, one.message) for one in found] == [("LD104", said)]


def test_a_layer_inside_takes_what_its_condition_says():
    text = INNER.format("a, b = In(x, h=g, on=true)\n    y = a + b + In(x)")
    assert run(text, x=X[0], g=X[1]).value("y").tolist() == (3 * (X[0] + X[1]) + X[0]).tolist()


def test_no_top_takes_the_place_of_what_has_no_number_of_its_own():
    head = "layer A(x: [N], h: [N] if on, g: [N]) -> (y: [N], z: [N]):\n    hyper on: bool = false\n"
    text = head + "    y = x\n    z = 2 * g\n"
    with pytest.raises(ValueError, match="top\\[1\\] can't take the place of a bottom"):
        start(text, x=X[0], g=X[1], in_place=[(1, 1)])


def test_the_snippet_lists_what_is_there_by_default():
    text = snippet(layer(STATEFUL).wiring)
    assert '  # bottom: "h"  # [N, C], where stateful and depth > 1' in text
    assert '  # top: "z"  # [N, C], where stateful' in text


BY_HAND = """
layer In(x: [N], w: [N]) -> (y: [N], z: [N]):
    hyper turned: bool = true
    hyper factor: float = 3
    y = x**2
    z = w * x
    if turned and factor > 1:
        gradient x = -factor * d(y)
    elif turned:
        gradient x = d(z)
        gradient w = 7 * d(y)

layer A(x: [N], w: [N]) -> (y: [N], z: [N]):
    hyper on: bool = true
    hyper factor: float = 3
    y, z = In(x, w, turned=on, factor=factor)
"""


@pytest.mark.parametrize(
    ("settings", "of_x", "of_w"),
    [
        ("", [-3, -3, -3], X[0]),
        ("factor: 1", [1, 1, 1], [7, 7, 7]),
        ("on: false", 2 * X[0] + X[1], X[0]),
    ],
)
def test_a_gradient_by_hand_under_a_condition_of_a_layer_inside(settings, of_x, of_w):
    ran = run(BY_HAND, x=X[0], w=X[1], param_str=settings)
    np.testing.assert_allclose(ran.value("y"), X[0] ** 2)
    np.testing.assert_allclose(ran.diff("x"), of_x)
    np.testing.assert_allclose(ran.diff("w"), of_w)
