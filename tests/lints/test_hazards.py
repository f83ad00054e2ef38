"""Which formulas are warned of as dividing by 0, overflowing or having no slope, and which of their likes are not."""

import pytest
from findings import codes, formula, found

WARNED = {
    # divisions
    "1 / x": "LD802",
    "x / y": "LD802",
    "x / (x - y)": "LD802",
    "x / sum(mask)": "LD802",
    "x / count(mask > 0, over=C)": "LD802",
    "x / norm(x, over=C)": "LD802",
    "x / std(x, over=C)": "LD802",
    "x / (max(x, over=C) - min(x, over=C))": "LD802",
    "x / relu(y)": "LD802",
    "x / exp(-abs(y))": "LD802",
    "x / (1 - sigmoid(y)**2)": "LD802",
    "x // y": "LD802",
    "x % y": "LD802",
    "x**-2": "LD802",
    "x / where(y > 0, y, x)": "LD802",
    "where(y > 0, x, 1 / y)": "LD802",
    "x / where(y > 0, sum(y, over=C) + 1, 1)": "LD802",
    "x / where(y > 0, y - 1, 1)": "LD802",
    # logarithms
    "log(x)": "LD802",
    "log(sum(softmax(x, over=C) * mask, over=C))": "LD802",
    "log(1 - tanh(x)**2)": "LD802",
    "log(clip(x, 0, 1))": "LD802",
    "log(1 - clip(x, 1e-10, 1 - 1e-10))": "LD802",  # in float32, 1 - 1e-10 is 1
    "log(abs(x) + 1e-50)": "LD802",  # and 1e-50 is 0
    "log(x**2)": "LD802",
    "log1p(x)": "LD802",
    # exponentials
    "exp(x)": "LD801",
    "exp(x**2)": "LD801",
    "exp(sum(x, over=C))": "LD801",
    "exp(dot(x, w, over=C))": "LD801",
    "expm1(abs(x))": "LD801",
    "2**x": "LD801",
    "cosh(x)": "LD801",
    # roots, powers and arcs
    "sqrt(x)": "LD803",
    "sqrt(abs(x))": "LD803",
    "sqrt(sum(abs(x), over=C))": "LD803",
    "sqrt(var(x, over=C) * mean(y**2, over=C))": "LD803",
    "abs(x)**0.5": "LD803",
    "x**1.5": "LD803",
    "arccos(x)": "LD803",
    "arccos(clip(x, -1, 1))": "LD803",
    "arctanh(tanh(x))": "LD803",
    "cbrt(x)": "LD803",
    "where(x >= 0, sqrt(x), 0)": "LD803",
    "where(abs(x) <= 1, arcsin(x), 0)": "LD803",
    "where(x**2 <= 1, arctanh(x), 0)": "LD803",
    "where(x < 2, log(2 - y), 0)": "LD802",
    # what loses its digits
    "mean(x**2, over=C) - mean(x, over=C)**2": "LD804",
    "sum(x**2, over=C) / C - (sum(x, over=C) / C)**2": "LD804",
    "sum(x**2, over=C) + sum(y**2, over=C) - 2 * dot(x, y, over=C)": "LD804",
    "1 - cos(x)": "LD804",
    "mean(x * y, over=C) - mean(x, over=C) * mean(y, over=C)": "LD804",
    "dot(x, y, over=C) / C - mean(y, over=C) * mean(x, over=C)": "LD804",
    "(sum(x**2, over=C) - sum(x, over=C)**2 / C) / (C + 1)": "LD804",
    "-mean(x, over=C)**2 + mean(x * x, over=C)": "LD804",
    "mean(mask * x**2, over=C) - mean(mask * x, over=C)**2": "LD804",
    "mean(where(mask > 0, x**2, 0), over=C) - mean(where(mask > 0, x, 0), over=C)**2": "LD804",
    "dot(x**2, w, over=C) - dot(x, w, over=C)**2": "LD804",
    "mean(window(x**2, C by K=3, pad=1), over=K) - mean(window(x, C by K=3, pad=1), over=K)**2": "LD804",
    "mean(window(x * y, C by K=3, pad=1, outside=none), over=K)"
    " - mean(window(x, C by K=3, pad=1, outside=none), over=K)"
    " * mean(window(y, C by K=3, pad=1, outside=none), over=K)": "LD804",
    "cumsum(x, over=C)[C=-1] - cumsum(x, over=C)": "LD804",
}

QUIET = [
    "x / (1 + abs(y))",
    "x / (1 + label)",
    "x / (y**2 + 1e-6)",
    "x / max(sum(mask), 1)",
    "x / max(count(mask > 0, over=C), 1)",
    "x / max(norm(x, over=C), 1e-10)",
    "x / sqrt(var(x, over=C) + 1e-5)",
    "(x - min(x, over=C)) / (max(x, over=C) - min(x, over=C) + 1e-5)",
    "where(y != 0, x / y, 0)",
    "where(y > 0, x / y, 0)",
    "where(mask > 0 and y > 0, x / y, 0)",
    "where(not (y <= 0), log(y), 0)",
    "where(abs(y) > 0, x / y, 0)",
    "x / where(y > 0, y, 1)",
    "x / where(y > 0, y + 1, 1)",
    "x / where(y > 1, 2 * (y - 1), 1)",
    "log(where(y > 0, y + 1, 0.5))",
    "where(y > 1, log(y - 1), 0)",
    "where(x > 0, sqrt(x), 0)",
    "where(abs(x) < 1, arcsin(x), 0)",
    "where(x**2 < 1, arctanh(x), 0)",
    "where(1 - x > 0, log(1 - x), 0)",
    "where(x + 1 > 0, log(x + 1), 0)",
    "where(-x > 0, log(-x), 0)",
    "where(x > 0.5, sqrt(x - 0.5), 0)",
    "where(x != 1, 1 / (x - 1), 0)",
    "where(abs(x) < 50, exp(x), 0)",
    "x / C",
    "x / (index(C) + 1)",
    "x / sum(softmax(y, over=C) + 1e-6, over=C)",
    "log(softmax(x, over=C))",
    "log(sigmoid(x))",
    "log(1 + exp(x))",
    "log(1 - sigmoid(x))",
    "log(max(x, 1e-20))",
    "log(clip(x, 1e-7, 1))",
    "log(abs(x) + 1e-8)",
    "log(1 + abs(x))",
    "exp(-abs(x))",
    "exp(-x**2)",
    "exp(x - max(x, over=C))",
    "log(sum(exp(x - max(x, over=C)), over=C))",
    "exp(min(x, 20))",
    "exp(tanh(x))",
    "exp(log_softmax(x, over=C))",
    "exp(w)",
    "1 / (1 + exp(-x))",
    "exp(x) / sum(exp(x), over=C)",
    "sqrt(sum(x**2, over=C))",
    "sqrt(x**2 + 1e-6)",
    "sqrt(max(x, 0) + 1e-6)",
    "sqrt(abs(stop_gradient(x)))",
    "abs(x)**1.5",
    "x**3",
    "(1 - sigmoid(x))**2",
    "arccos(clip(x, -0.999, 0.999))",
    "norm(x, over=C)",
    "atan2(x, y)",
    "10000**(index(C) / C)",
    "sum((x - y)**2, over=C)",
    "var(x, over=C)",
    # differences of sums in which little cancels
    "sum(x, over=C)**2 - sum(x**2, over=C)",  # the sum of all other products
    "sum(x**2, over=C) - sum(x, over=C)**2",
    "mean(x**2, over=C) - mean(y, over=C)**2",
    "-mean(x**2, over=C) - mean(x, over=C)**2",
    "mean(x**2, over=C) - mean(x, over=N)**2",
    "mean((x - mean(x, over=C)) * y, over=C)",
    "x * y * y - x * y * (x * y)",
    "mean(x * y) - x * mean(y)",
    "cumsum(x, over=C) - x",
    "cumsum(x, over=C) - cumsum(y, over=C)",
]


@pytest.mark.parametrize("text", WARNED)
def test_warned(text):
    assert codes(formula(text)) == [WARNED[text]]


@pytest.mark.parametrize("text", QUIET)
def test_left_in_peace(text):
    assert codes(formula(text)) == []


@pytest.mark.parametrize(
    ("hyper", "text", "expected"),
    [
        ("hyper eps: float = 1e-5", "x / (y**2 + eps)", []),
        ("hyper eps: float = 0", "x / (y**2 + eps)", ["LD802"]),
        ("hyper eps: float", "x / (y**2 + eps)", ["LD802"]),
        ("hyper eps: float; require eps > 0", "x / (y**2 + eps)", []),
        ("hyper eps: float; require 0.5 < eps", "x / (y**2 + eps)", []),
        ("hyper p: float = 0.5", "x / p", []),  # wrong at once or never
        ("hyper p: float = 0", "x / p", []),
        ("hyper gamma: float = 2", "(1 - sigmoid(x))**gamma", []),
        ("hyper gamma: float = 0.5", "(1 - sigmoid(x))**gamma", ["LD803"]),
        ("hyper momentum: float = 0.9", "sqrt((1 - momentum) * var(x, over=C) + 1e-5)", []),
        ("hyper scale: float = 4", "exp(scale * sigmoid(x))", []),
        ("hyper n: int = 3; require n > 0", "x / (n + count(mask > 0, over=C))", []),
        ("hyper floor: float = 1e-3", "log(max(x, floor))", []),
    ],
)
def test_what_is_known_of_hyper_parameters(hyper, text, expected):
    assert codes(formula(*hyper.split("; "), text)) == expected


def test_states_are_what_their_updates_make_of_them():
    text = """\
layer A(x: [N, C]) -> y: [N, C]:
    hyper momentum: float = 0.9
    state spread: [C] = {}
    y = momentum * x / sqrt(spread + 1e-5)
    update spread = {}
"""
    kept = "momentum * spread + (1 - momentum) * var(x, over=N)"
    assert codes(text.format(1, kept)) == []
    assert codes(text.format(-1, kept)) == ["LD803"]
    assert codes(text.format(1, "spread - mean(x)**2")) == ["LD803", "LD805"]
    assert codes(text.format(1, "spread + mean(x)**2")) == ["LD805"]


def test_steps_of_a_scan_are_looked_at():
    text = """\
layer A(x: [T, N]) -> y: [T, N]:
    scan T:
        carry h: [N] = 1
        next h = {}
    y = h
"""
    assert codes(text.format("h / (h + x)")) == ["LD802"]
    assert codes(text.format("h / (h + x**2)")) == []  # it begins above 0, and stays there
    assert codes(text.format("x * h / (h + x**2)")) == ["LD802"]
    assert codes(text.format("log(1 + abs(h)) + x")) == []
    assert codes(text.format("exp(h + x)")) == ["LD801"]


def test_a_running_sum_of_few_loses_little():
    text = """\
layer A(x: [N, T{}]) -> y: [N, T{}]:
    c = cumsum(x, over=T)
    y = c[T=-1] - c
"""
    assert codes(text.format("", "")) == ["LD804"]
    assert codes(text.format("=100", "")) == []
    assert codes(text.format("=100000", "")) == ["LD804"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("where(x > 0, h + log(x), h)", []),
        ("where(h > 0, x * log(h), x)", []),
        ("where(h != x, x / (h - x), 0)", []),
        ("where(x > 1, sqrt(x - 1), h)", []),
        ("where(x > 0 and h > 0, log(x) / h, 0)", []),
        ("where(x > 0, log(x), 0) + where(h > 0, log(x), 0)", ["LD802"]),
        ("where(x > 0, sqrt(x - 1), h)", ["LD803"]),
        ("where(h > 0, log(x), h)", ["LD802"]),
    ],
)
def test_conditions_hold_in_steps_of_a_scan(step, expected):
    text = f"""\
layer A(x: [T, N]) -> y: [T, N]:
    scan T:
        carry h: [N] = 1
        next h = {step}
    y = h
"""
    assert codes(text) == expected


def test_what_is_said():
    (each,) = found(formula("far = x - y", "x / sum(far**2, over=C)"))
    assert each.message == "`sum(far**2, over=C)` can be 0, and divides"
    assert each.notes == ("`sum(far**2, over=C)` is 0 or more", "`far**2` is 0 or more", "`far` can be anything")
    assert each.span.text == "sum(far**2, over=C)"


def test_a_logarithm_that_was_made_another_is_told_of_as_written():
    (each,) = found(formula("p = sigmoid(x)", "log(1 - clip(p, 1e-10, 1 - 1e-10))"))
    assert each.message == "`1 - clip(p, 1e-10, 1 - 1e-10)` can be 0, and its logarithm is taken"
    assert each.notes[0] == "`1 - clip(p, 1e-10, 1 - 1e-10)` is from 0 to 1"
    assert each.span.text == "1 - clip(p, 1e-10, 1 - 1e-10)"


def test_the_path_goes_into_a_scan_by_the_names_of_the_user():
    text = """\
layer A(x: [T, N]) -> y: [N]:
    scan T:
        carry h: [N] = 1
        next h = h * x
    last = h[T=-1]
    y = 1 / last
"""
    (each,) = found(text)
    assert each.notes == ("`last` can be anything", "`h` can be anything", "`x` can be anything")


def test_the_path_goes_to_what_is_picked_from_not_to_the_index():
    (each,) = found(formula("p = softmax(x, over=C)[C=label]", "1 / p"))
    assert each.notes == ("`p` is from 0 to 1", "`softmax(x, over=C)` is from 0 to 1", "`x` can be anything")


def test_an_entry_of_what_has_been_said_is_not_said_again():
    each, other = found(formula("e = exp(x)", "log(e[C=label] / max(sum(e, over=C), 1))"))
    assert (each.code, each.span.text, other.code) == ("LD801", "exp(x)", "LD802")


def test_what_is_picked_is_told_of_where_the_operator_stands_and_allowed_there():
    lines = ("v = x / norm(x, over=C)", "exp(min(v[C=label], 1))")
    (each,) = found(formula(*lines))
    assert each.span.line == formula(*lines)[: formula(*lines).index("v = x")].count("\n") + 1
    assert codes(formula(f"{lines[0]}  # allow LD802: no row is all 0", lines[1])) == []


def test_nor_is_a_division_of_which_an_entry_is_picked():
    (each,) = found(formula("s = x / norm(x, over=C) / 0.1", "log(max(s[C=label], 1)) + s[C=label]"))
    assert each.span.text == "norm(x, over=C)"


def test_of_two_that_follow_from_each_other_the_first_is_said():
    assert codes(formula("log(1 / x)")) == ["LD802"]
    assert codes(formula("sqrt(x / y)")) == ["LD802"]


def test_what_a_built_in_function_divides_by_is_its_own_affair():
    text = "mean(window(x, C by K=3, pad=1, outside=none), over=K)"
    assert codes(formula(text)) == []
