"""Sums in float32: what the emitted code loses, measured beside float64, and which of them are warned of.

The table of docs/lints.md has the figures; a sum that is not warned of keeps four of seven digits, even of equal terms.
"""

import numpy as np
import pytest
from findings import codes, compiled, found

from layerdsl.caffe import standin
from layerdsl.pipeline import python_module

THREE_DIGITS = 1e3 * 2.0**-24  # what is left of 2**-24, the rounding of one number, when three digits are lost

#: Sums of `n` terms: the layer, and the shapes of its bottoms.
SUMS = {
    "sum over the last axis": ("layer A(x: [C, N]) -> y: [C]:\n    y = sum(x, over=N)\n", "4n"),
    "sum over the first axis": ("layer A(x: [N, C]) -> y: [C]:\n    y = sum(x, over=N)\n", "n4"),
    "sum of a function": ("layer A(x: [N, C]) -> y: [C]:\n    y = sum(exp(x), over=N)\n", "n4"),
    "mean of all": ("layer A(x: [N, C]) -> y: []:\n    y = mean(x)\n", "n4"),
    "norm": ("layer A(x: [C, N]) -> y: [C]:\n    y = norm(x, over=N)\n", "4n"),
    "var": ("layer A(x: [N, C]) -> y: [C]:\n    y = var(x * index(N), over=N)\n", "n4"),
    "dot of rows": ("layer A(x: [C, N], w: [N]) -> y: [C]:\n    y = dot(x, w, over=N)\n", "4n n"),
    "dot of all": ("layer A(x: [N, C], w: [N, C]) -> y: []:\n    y = dot(x, w)\n", "n4 n4"),
    "product of matrices": ("layer A(x: [C, N], w: [D, N]) -> y: [C, D]:\n    y = dot(x, w, over=N)\n", "4n 5n"),
    "distances": ("layer A(x: [C, N], w: [D, N]) -> y: [C, D]:\n    y = sum((x - 2 * w)**2, over=N)\n", "4n 5n"),
    "cumsum": ("layer A(x: [N, C]) -> y: [N, C]:\n    y = cumsum(x, over=N)\n", "n4"),
    "sum_by": ("layer A(x: [N, C]) -> y: [K, C]:\n    y = sum_by(x, index(N) % 2, K=2)\n", "n4"),
    "softmax over the last axis": (
        "layer A(x: [C, N]) -> y: [C, N]:\n    y = softmax(x * index(N) / N, over=N)\n",
        "4n",
    ),
    "count": ("layer A(x: [N, C]) -> y: [C]:\n    y = count(x > 0.05, over=N)\n", "n4"),
}

#: Sums that are carried: these are warned of.
CARRIED = {
    "scan": """\
layer A(x: [T={n}, N=4]) -> y: [N]:
    scan T:
        carry s: [N] = 0
        next s = s + x
    y = s[T=-1]
""",
    "for": """\
layer A(x: [T={n}, N=4]) -> y: [N]:
    hyper k: int = {n}
    a = x[T=0]
    for i in range(k):
        carry y = 0 * a
        next y = y + a
""",
}


def shapes(written: str, n: int) -> list[tuple[int, ...]]:
    return [tuple(n if letter == "n" else int(letter) for letter in one) for one in written.split()]


def loss(text: str, bottoms: list[np.ndarray], tmp_path) -> float:
    """The largest relative difference between the emitted code in float32 and in float64."""
    path = tmp_path / "a.py"
    path.write_text(python_module(compiled(text).layers), encoding="utf-8")
    layer = standin.load_file(str(path)).A
    single, double = standin.SingleLayer(layer, bottoms), standin.SingleLayer(layer, bottoms, dtype=np.float64)
    single.forward()
    double.forward()
    exact = double.top[0].data
    return float(np.max(np.abs(single.top[0].data - exact) / np.abs(exact)))


@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.7])
@pytest.mark.parametrize("name", SUMS)
def test_a_sum_of_equal_terms_keeps_four_digits(name, value, tmp_path):
    text, written = SUMS[name]
    bottoms = [np.full(shape, value, np.float32) for shape in shapes(written, 100_000)]
    assert loss(text, bottoms, tmp_path) < THREE_DIGITS
    assert "LD805" not in codes(text)


@pytest.mark.parametrize("name", CARRIED)
def test_what_is_carried_does_not_and_is_warned_of(name, tmp_path):
    text = CARRIED[name].format(n=10_000)
    lost = [loss(text, [np.full((10_000, 4), value, np.float32)], tmp_path) for value in (0.1, 0.7)]
    assert max(lost) > THREE_DIGITS
    assert codes(text) == ["LD805"]
    assert codes(CARRIED[name].format(n=1000)) == []


SOFTMAX = "layer A(x: [T={n}, C]) -> y: [T, C]:\n    y = softmax(x * (index(T) % 7), over=T)\n"


def test_a_softmax_over_an_axis_that_is_not_the_last(tmp_path):
    bottoms = [np.full((100_000, 4), 0.1, np.float32)]
    assert loss(SOFTMAX.format(n=100_000), bottoms, tmp_path) > THREE_DIGITS
    assert codes(SOFTMAX.format(n=100_000)) == ["LD805"]
    assert codes(SOFTMAX.format(n=1000)) == []
    turned = SOFTMAX.replace("T={n}, C", "C, T={n}").replace("[T, C]", "[C, T]").format(n=100_000)
    assert loss(turned, [bottoms[0].T], tmp_path) < THREE_DIGITS
    assert codes(turned) == []


STATE = "layer A(x: [N, C], label: index(K) [N]) -> y: [N, C]:\n    hyper K: int = 3\n    state s: [{}] = 0\n"

UPDATES = {
    "s + mean(x, over=N)": ("C", ["LD805"]),
    "s - mean(x, over=N)": ("C", ["LD805"]),
    "mean(x, over=N) + stop_gradient(s)": ("C", ["LD805"]),
    "s + 0.1": ("", ["LD805"]),
    "s + mean(x, over=N) if train else s": ("C", ["LD805"]),
    "where(max(x, over=N) > 0, s + mean(x, over=N), s)": ("C", ["LD805"]),
    "0.9 * s + 0.1 * mean(x, over=N)": ("C", []),
    "s + 0.1 * (mean(x, over=N) - s)": ("C", []),
    "max(s, mean(x, over=N))": ("C", []),
    "min(s + 1e-5, 1)": ("", []),
    "where(max(x, over=N) > 0, s + mean(x, over=N), 0)": ("C", []),
    "mean(x, over=N)": ("C", []),
    "s + 1": ("", []),
    "s + N": ("", []),
    "s + count(x > 0, over=N)": ("C", []),
    "s + count_by(label, K)": ("K", []),
    "s + sum(where(x > 0, 1, 0), over=N)": ("C", []),
    "s + sum(float(label == index(K)), over=N)": ("K", []),
}


@pytest.mark.parametrize("update", UPDATES)
def test_a_state_that_grows(update):
    axes, expected = UPDATES[update]
    text = STATE.format(axes) + f"    y = x + mean(s) + 0 * count(label == 0)\n    update s = {update}\n"
    assert codes(text) == expected


def test_what_is_said():
    text = (
        STATE.format("C")
        + "    y = x + s + 0 * count(label == 0)\n    if train:\n        update s = s + mean(x, over=N)\n"
    )
    (each,) = found(text)
    assert each.message == "state `s` is added up in float32, batch after batch"
    assert each.span.text == "s + mean(x, over=N)"
