"""Sums in float32: what the emitted code loses, measured beside float64, and which of them are warned of.

The table of docs/lints.md has the figures; a sum that is not warned of keeps four of seven digits, even of equal terms.
"""

import numpy as np
import pytest
from findings import codes, found
from sums import LOSSY, SUMS, VALUES, loss, shapes, sized

THREE_DIGITS = 1e3 * 2.0**-24  # what is left of 2**-24, the rounding of one number, when three digits are lost
KEPT = {name: one for rows in SUMS.values() for name, one in rows.items()}
LOST = {name: one for rows in LOSSY.values() for name, one in rows.items() if "by" not in name}


def of_equal(text: str, written: str, n: int) -> float:
    made = [[np.full(shape, value, np.float32) for shape in shapes(written, n)] for value in VALUES[:3]]
    return max(loss(sized(text, n), bottoms) for bottoms in made)


@pytest.mark.parametrize("name", KEPT)
def test_a_sum_of_equal_terms_keeps_four_digits(name):
    assert of_equal(*KEPT[name], 100_000) < THREE_DIGITS
    assert "LD805" not in codes(KEPT[name][0])


@pytest.mark.parametrize("name", LOST)
def test_one_that_does_not_is_warned_of(name):
    n = 100_000 if name == "softmax" else 10_000
    assert of_equal(*LOST[name], n) > THREE_DIGITS
    assert codes(sized(LOST[name][0], n)) == ["LD805"]
    assert codes(sized(LOST[name][0], 1000)) == []


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


COSINE = """\
layer A({}, label: index(M) [N]) -> loss: []:
    hyper M: int = 10000
    param weight: [{}] = xavier()
    loss = -mean(log_softmax(dot(x, weight / max(norm(weight, over=K), 1e-6), over=K), over=M)[M=label])
"""


@pytest.mark.parametrize("declared", [("x: [N, K]", "M, K"), ("x: [N, K]", "K, M")])
def test_a_softmax_over_what_lies_last_in_memory_is_added_in_pairs_however_the_formula_names_it(declared):
    assert codes(COSINE.format(*declared)) == []


def test_a_softmax_over_what_does_not_is_warned_of():
    text = "layer A(x: [N, M=10000, S]) -> y: [N, M, S]:\n    y = softmax(x * index(M) / M, over=M)\n"
    (each,) = found(text)
    assert (each.code, each.span.text) == ("LD805", "y = softmax(x * index(M) / M, over=M)")
