"""Functions of order and of labels: what they mean, and what is refused when it is written, set up or run."""

import numpy as np
import pytest
from layers import codes, emitted
from running import run, start

from layerdsl.caffe.standin import SingleLayer

HEAD = "layer A(x: [N, C, *S], a: [N, C], l: index(C) [N], r: [N], w: [K=5]) -> y: []:\n"
LAYER = HEAD + "    hyper k: int = 2\n    hyper q: float = 0.5\n    y = sum({})\n"

REFUSED = {
    "LD104": """
        sort(x) | sort(a, over=[N, C]) | sort(a, C) | sort(a, over=C, reverse=1) | sort(a, over=C, last=0) | sort(5)
        sort(a, over=C, descending=true) | top_k(a, over=C) | top_k(a, K=2, J=3, over=C) | argtop_k(a, J=3)
        sum_by(a, l) | sum_by(l) | cumsum(a) | cumprod(a, over=[N, C]) | rank(x) | one_hot(l)
    """,
    "LD109": "sort(a, axis=1) | topk(a, 5) | scatter_add(a, l) | bincount(l) | onehot(l)",
    "LD201": "top_k(a, q, over=C) | top_k(a, Z, over=C) | present(l, Q)",
    "LD203": "sort(a, over=H) | top_k(a, 3, over=C) | median(a, over=H) | sum_by(a, l, K, over=C) | sum_by(a, l, 5)",
    "LD206": "top_k(w, J=6) | top_k(a, J=0, over=C) | sum_by(a, l, S) | top_k(a, S, over=C)",
    "LD207": "top_k(a, C, over=C) | top_k(a, N, over=C) | sum_by(a, l, C) | one_hot(l, N)",
    "LD210": "top_k(a, J=q, over=C) | mean_by(a, l, J=q)",
    "LD301": "sort(a > 0, over=C) | median(a > 1) | cummax(a > 0, over=C)",
    "LD307": "sum_by(a, r, K) | count_by(l > 0, K) | one_hot(r, K)",
}
CASES = [(code, formula.strip()) for code, text in REFUSED.items() for formula in text.replace("\n", "|").split("|")]


@pytest.mark.parametrize(("code", "formula"), [case for case in CASES if case[1]])
def test_refused(code, formula):
    assert codes(LAYER.format(formula)) == [f"{code}:4"]


def y(formula, top, bottoms="x: [N, C]", hypers="", **given):
    return run(f"layer A({bottoms}) -> y: {top}:\n{hypers}    y = {formula}\n", **given).value("y").tolist()


X = [[3.0, 1.0, 3.0, 2.0], [0.0, -1.0, 5.0, -1.0]]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sort(x, over=C)", [[1, 2, 3, 3], [-1, -1, 0, 5]]),
        ("sort(x, over=C, reverse=true)", [[3, 3, 2, 1], [5, 0, -1, -1]]),
        ("argsort(x, over=C)", [[1, 3, 0, 2], [1, 3, 0, 2]]),
        ("argsort(x, over=C, last=true)", [[1, 3, 2, 0], [3, 1, 0, 2]]),
        ("argsort(x, over=C, reverse=true)", [[0, 2, 3, 1], [2, 0, 1, 3]]),
        ("argsort(x, over=C, reverse=true, last=true)", [[2, 0, 3, 1], [2, 0, 3, 1]]),
        ("rank(x, over=C)", [[2, 0, 3, 1], [2, 0, 3, 1]]),
        ("rank(x, over=N)", [[1, 1, 0, 1], [0, 0, 1, 0]]),
        ("cumsum(x, over=C, reverse=true)", [[9, 6, 5, 2], [3, 3, 4, -1]]),
        ("cumprod(x, over=C)", [[3, 3, 9, 18], [0, 0, 0, 0]]),
        ("cummax(x, over=C)", [[3, 3, 3, 3], [0, 0, 5, 5]]),
        ("cummin(x, over=C, reverse=true)", [[1, 1, 2, 2], [-1, -1, -1, -1]]),
        # values that are known without looking at any
        ("sort(0 * x + 2, over=C) + 0 * x", [[2] * 4] * 2),
        ("sort(index(C) - 2 + 0 * x, over=C, reverse=true)", [[1, 0, -1, -2]] * 2),
        ("rank(0 * x, over=C) + 0 * x", [[0, 1, 2, 3]] * 2),
        ("cumsum(0 * x + 1, over=C)", [[1, 2, 3, 4]] * 2),
        ("cumprod(0 * x + 2, over=C, reverse=true)", [[16, 8, 4, 2]] * 2),
        ("cummax(0 * x - 1, over=C)", [[-1] * 4] * 2),
        ("median(0 * x + 3, over=C) + 0 * x", [[3] * 4] * 2),
    ],
)
def test_what_stays_as_long(formula, expected):
    assert y(formula, "[N, C]", x=X) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("top_k(x, K=2, over=C)", [[3, 3], [5, 0]]),
        ("argtop_k(x, K=2, over=C)", [[0, 2], [2, 0]]),
        ("argtop_k(x, K=2, over=C, last=true)", [[2, 0], [2, 0]]),
        ("top_k(x, K=2, over=C, reverse=true)", [[1, 2], [-1, -1]]),
        ("argtop_k(x, K=2, over=C, reverse=true)", [[1, 3], [1, 3]]),
    ],
)
def test_the_largest_few(formula, expected):
    assert y(formula, "[N, K=2]", x=X) == expected


def test_medians():
    assert y("median(x, over=C)", "[N]", x=X) == [2.5, -0.5]
    assert y("median(x)", "[]", x=X) == 1.5
    assert y("median(x, over=N)", "[C]", x=X) == [1.5, 0, 4, 0.5]
    assert y("median(x, over=C)", "[N]", x=[[4.0, np.nan, 1.0]]) == [4]


def test_by_label():
    bottoms, given = "x: [N, C], l: index [N]", {"x": X, "l": [2, 0]}
    assert y("sum_by(x, l, K=3)", "[K=3, C]", bottoms, **given) == [X[1], [0, 0, 0, 0], X[0]]
    assert y("sum_by(x, l, K=3, over=N)", "[C, K=3]", bottoms, **given)[0] == [0, 0, 3]
    assert y("mean_by(x, 0 * l, K=2)", "[K=2, C]", bottoms, **given) == [[1.5, 0, 4, 0.5], [0, 0, 0, 0]]
    assert y("count_by(l, K=3)", "[K=3]", "l: index [N]", l=[2, 2]) == [0, 0, 2]
    assert y("sum_by(2, l, K=3)", "[K=3]", "l: index [N]", l=[2, 2]) == [0, 0, 4]
    assert y("sum_by(x, index(N) // 2, K=2)", "[K=2, C]", x=[[1.0], [2.0], [3.0]]) == [[3], [3]]
    assert y("present(l, K=3)", "[K=3]", "l: index [N]", l=[2, 255]) == [0, 0, 1]
    assert y("one_hot(l, K=3)", "[N, K=3]", "l: index [N]", l=[2, 255]) == [[0, 0, 1], [0, 0, 0]]


def test_the_new_axis_may_be_a_hyper_parameter_or_one_of_a_blob():
    assert y("top_k(x, k, over=C)", "[N, k]", hypers="    hyper k: int = 1\n", x=X) == [[3], [5]]
    bottoms = "l: index [N], other: [K]"
    assert y("count_by(l, K)", "[K]", bottoms, l=[1, 1], other=[0, 0]) == [0, 2]


def test_what_lies_outside_is_named_unless_it_brings_nothing():
    text = "layer A(x: [N], l: index [N]) -> y: [K=2]:\n    y = sum_by({}, l, K=2)\n"
    with pytest.raises(ValueError, match=r"A \(test.layer:2\): `l` along axis K holds 7, the axis has places 0 to 1"):
        run(text.format("x"), x=[1, 2], l=[0, 7])
    assert run(text.format("where(l < 2, x, 0)"), x=[1, 2], l=[0, 7]).value("y").tolist() == [1, 0]


def test_more_than_there_are():
    made = emitted("layer A(x: [N, C]) -> y: [N, K]:\n    hyper K: int\n    y = top_k(x, K, over=C)\n")
    for count in (0, 5):
        with pytest.raises(ValueError, match=rf"requires 1 <= K <= C, K is {count}, C is 4"):
            SingleLayer(made, [np.zeros((2, 4))], param_str=f"K: {count}")


@pytest.mark.parametrize("places", ["[M]", "[M, T]", "[T, M]"])
@pytest.mark.parametrize("bottom", ["[N, C]", "[C, N]", "[N, *S]", "[N, C, H]"])
def test_rows_picked_several_times_get_the_sum_of_their_diffs(bottom, places):
    """Whole rows by an index that has none of their axes."""
    random = np.random.RandomState(5)
    names = [name.strip("*") for name in bottom.strip("[]").split(", ")]
    x, index = (
        random.rand(*(3 if name == "N" else 4 for name in names)),
        random.randint(0, 3, (6, 5)[: len(places) // 3]),
    )
    top = "[" + ", ".join([places.strip("[]"), *(n for n in bottom.strip("[]").split(", ") if n != "N")]) + "]"
    ran = start(f"layer A(x: {bottom}, i: index(N) {places}) -> y: {top}:\n    y = x[N=i]**2\n", x=x, i=index)
    diff = random.rand(*index.shape, *(4 for _ in names[1:]))
    ran.forward().backward(y=diff)
    rows = np.moveaxis(x, names.index("N"), 0)
    np.testing.assert_allclose(ran.value("y"), rows[index] ** 2)
    expected = np.zeros(rows.shape)
    np.add.at(expected, index.reshape(-1), (diff * 2 * rows[index]).reshape(-1, *rows.shape[1:]))
    np.testing.assert_allclose(np.moveaxis(ran.diff("x"), names.index("N"), 0), expected)


def test_derivatives_of_derivatives():
    """Sums of powers have derivatives that do not depend on the order: each entry gets its own."""
    text = "layer A(x: [C]) -> loss: []:\n    loss = sum(grad(sum({}), x)**2)\n"
    x = np.array([0.5, -2.0, 1.5])
    for formula in ("sort(x)**3", "top_k(x, K=3)**3", "sum_by(x**3, index(C), K=3)", "x[C=argsort(rename(x, C=D))]**3"):
        ran = run(text.format(formula), x=x)
        np.testing.assert_allclose(ran.diff("x"), 2 * 3 * x**2 * 6 * x, err_msg=formula)
