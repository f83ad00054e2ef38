"""An index may lie outside its axis where the value that it picks is discarded, and nowhere else: random programs."""

import operator
import random

import numpy as np
import pytest
from running import run

T, N, C = 3, 4, 3

#: Leaves by their text: what they are of the values of a step, or of a whole blob.
PICKS = {
    "x[C=label]": lambda v: picked(v, v["x"]),
    "(x * u)[C=label]": lambda v: picked(v, v["x"] * v["u"]),
    "p": lambda v: picked(v, v["x"]),
}
PICKS_OF_STEP = {
    **PICKS,
    "(x * h)[C=label]": lambda v: picked(v, v["x"] * v["h"][..., None]),
    "q": lambda v: picked(v, v["x"] + v["h"][..., None]),
}
OTHERS = {"a": lambda v: v["a"], "b": lambda v: v["b"], "0.5": lambda v: 0.5}
OTHERS_OF_STEP = {**OTHERS, "h": lambda v: v["h"]}
TESTS = {
    "a > 0": lambda v: v["a"] > 0,
    "b > 0": lambda v: v["b"] > 0,
    "a + b > 0": lambda v: v["a"] + v["b"] > 0,
    "not (a > 0)": lambda v: ~(v["a"] > 0),
}
TESTS_OF_STEP = {**TESTS, "h > 0": lambda v: v["h"] > 0, "h < 0.3": lambda v: v["h"] < 0.3}
INSIDE = "0 <= label and label < C", lambda v: is_inside(v)
SIGNS = {"+": operator.add, "*": operator.mul, "and": operator.and_, "or": operator.or_}


def is_inside(values):
    return (values["label"] >= 0) & (values["label"] < C)


def picked(values, array):
    """What an index picks; NaN where there is nothing."""
    places = np.clip(values["label"], 0, C - 1).astype(int)
    return np.where(is_inside(values), np.take_along_axis(array, places[..., None], -1)[..., 0], np.nan)


def joined(one, sign, other):
    return f"({one[0]} {sign} {other[0]})", lambda v: SIGNS[sign](one[1](v), other[1](v))


class Formulas:
    """Formulas at random, each with its meaning; where `sure`, picks stand where the label lies inside alone."""

    def __init__(self, draw, sure, in_step):
        self.draw, self.sure = draw, sure
        self.tests, self.picks, self.others = (
            (TESTS_OF_STEP, PICKS_OF_STEP, OTHERS_OF_STEP) if in_step else (TESTS, PICKS, OTHERS)
        )

    def leaf(self, table):
        return self.draw.choice(list(table.items()))

    def test(self):
        one = self.leaf(self.tests)
        return joined(one, self.draw.choice(["and", "or"]), self.leaf(self.tests)) if self.draw.random() < 0.5 else one

    def guard(self):
        return (
            joined(INSIDE, "and", self.test())
            if self.sure and self.draw.random() < 0.7
            else INSIDE
            if self.sure
            else self.test()
        )

    def formula(self, depth, free=False):
        """`free`: what lies outside is discarded already."""
        if depth == 0:
            return self.leaf(self.picks if free else self.others)
        kind = self.draw.choice(["where", "where", "+", "*"])
        one, other = self.formula(depth - 1, free or kind == "where"), self.formula(depth - 1, free)
        if kind != "where":
            return joined(one, kind, other)
        test = self.test() if free else self.guard()
        return f"where({test[0]}, {one[0]}, {other[0]})", lambda v: np.where(test[1](v), one[1](v), other[1](v))


HEAD = "layer A(x: [T, N, C], label: index [T, N], a: const [T, N], b: const [T, N], u: const [C]) -> y: [T, N]:"


def program(seed, in_scan, sure):
    """The text, and what it means."""
    draw = random.Random(seed)
    y = Formulas(draw, sure, False).formula(3)
    lines = [HEAD, "    p = x[C=label]"]
    if not in_scan:
        return "\n".join([*lines, f"    y = {y[0]}", ""]), y[1]
    g = Formulas(draw, sure, True).formula(3)
    lines += ["    scan T:", "        carry h: [N] = 0.1", "        q = (x + h)[C=label]"]
    lines += [f"        next h = tanh(0.5 * h + 0.3 * {g[0]})", f"    y = h + {y[0]}", ""]

    def meaning(values):
        h = [np.full(N, 0.1)]
        for t in range(T):
            now = {name: array if name == "u" else array[t] for name, array in values.items()}
            h.append(np.tanh(0.5 * h[-1] + 0.3 * g[1]({**now, "h": h[-1]})))
        return np.array(h[1:]) + y[1](values)

    return "\n".join(lines), meaning


def given(seed, low, high):
    draw = np.random.RandomState(seed)
    values = {name: draw.standard_normal((T, N)) for name in "ab"}
    return {
        **values,
        "x": draw.standard_normal((T, N, C)),
        "u": draw.standard_normal(C),
        "label": draw.randint(low, high, (T, N)),
    }


@pytest.mark.parametrize("in_scan", [False, True])
@pytest.mark.parametrize("seed", range(24))
def test_what_is_discarded_may_lie_outside(seed, in_scan):
    text, meaning = program(seed, in_scan, sure=True)
    values = given(seed, -2, C + 2)
    np.testing.assert_allclose(run(text, **values).value("y"), meaning(values), atol=1e-12, err_msg=text)


@pytest.mark.parametrize("in_scan", [False, True])
@pytest.mark.parametrize("seed", range(24))
def test_what_is_used_may_not(seed, in_scan):
    text, meaning = program(seed, in_scan, sure=False)
    values = given(seed, -1, C + 1)
    if np.isnan(meaning(values)).any():
        with pytest.raises(ValueError, match="the axis has places"):
            run(text, **values)
    inside = given(seed, 0, C)
    np.testing.assert_allclose(run(text, **inside).value("y"), meaning(inside), atol=1e-12, err_msg=text)


@pytest.mark.parametrize(
    "formula",
    [
        "where(a > 0, x[C=label] - mean(x[C=label], over=N), 0)",
        "where(a > 0, rename(x[C=label], N=M, M=N), 0)",
        "where(a > 0, cumsum(x[C=label], over=N), 0)",
        "where(a > 0, roll(x[C=label], N=1), 0)",
        "where(a > 0, softmax(x[C=label], over=N), 0)",
        "where(a > 0, (0 * x[C=label] + x[C=label][N=::-1]), 0)",
        "where(a[N=1:] > 0, x[C=label][N=:-1], 0)",
    ],
)
def test_what_another_place_makes_use_of_is_used(formula):
    text = (
        f"layer A(x: [M, N, C], label: index [M, N], a: const [M, N]) -> y: [M, K]:\n    y = rename({formula}, N=K)\n"
    )
    text = text.replace("[M, K]", "[M, K=N - 1]") if "1:]" in formula else text
    x, label = np.ones((3, 3, 4)), np.full((3, 3), 2)
    a = np.ones((3, 3))
    label[1, 0], a[1, 0] = 7, -1
    with pytest.raises(ValueError, match="holds 7, the axis has places"):
        run(text, x=x, label=label, a=a)


# Conditions that are made of the value which they let through: (formula, whether place 1 makes use of it).
OF_ITSELF = [
    ("where(where(a > 0, p, -1) > 0, p, 0)", False),
    ("where(where(a > 0, p, 1) > 0, p, 0)", True),
    ("where(where(a > 0, p, -1) > 0, q, 0) + where(where(a > 0, q, -1) > 0, p, 0)", False),
    ("where(where(a > 0, p, 1) > 0, q, 0) + where(where(a > 0, q, -1) > 0, p, 0)", True),
    ("where(where(where(a > 0, p, -1) > 0, q, -1) > 0, p + q, 0)", False),
    ("where(rank(where(a > 0, p, -1), over=N, reverse=true) < 2, p, 0)", False),
    ("where(rank(where(a > 0, p, 9), over=N, reverse=true) < 2, p, 0)", True),
    ("where(sum(where(a > 0, p, 0), over=N) < 3, p, 0)", False),
    ("where(sum(where(a > 0, p, 0), over=N) > 3, p, 0)", True),
]


@pytest.mark.parametrize(("formula", "is_used"), OF_ITSELF)
def test_a_condition_may_be_made_of_what_it_lets_through(formula, is_used):
    text = (
        "layer A(x: [N, C], z: [N, C], label: index [N], a: const [N]) -> y: [N]:\n"
        f"    p = x[C=label]\n    q = z[C=label]\n    y = {formula}\n"
    )
    x = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
    values = {"x": x, "z": x + 10, "label": [0, 3, 1], "a": [1, -1, 1]}
    if is_used:
        with pytest.raises(ValueError, match="holds 3, the axis has places 0 to 2"):
            run(text, **values)
        return
    picked = np.array([1.0, 0, 8])  # where place 1 is discarded, what it would pick does not matter
    p, q, a = picked, picked + 10, np.array([1, -1, 1])
    names = {"p": p, "q": q, "a": a, "where": np.where, "sum": lambda v, over: v.sum(), "N": 0, "true": True}
    names["rank"] = lambda v, over, reverse: np.argsort(np.argsort(-v))
    np.testing.assert_allclose(run(text, **values).value("y"), eval(formula, {}, names))
