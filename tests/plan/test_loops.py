"""Loops over parts: however a loop is cut, the values are the same."""

import re

import numpy as np
import pytest
from layers import emitted

from layerdsl.caffe.standin import SingleLayer

# Each has been wrong in some way while loops of several parts were not tried, or might well be.
FORMULAS = [
    ("[]", "max(v + x) + 0.3 * mean(x)"),
    ("[]", "min(x * v, over=[N, C, S]) * sum(x)"),
    ("[]", "prod(v + x / 9) + norm(x)"),
    ("[]", "logsumexp(x - v) + float(any(x > v)) + count(x > v)"),
    ("[C]", "max(x + w, over=[N, S]) + sum(x, over=[N, S])"),
    ("[N]", "max(x + w, over=[C, S]) * min(x, over=[C, S])"),
    ("[N, S]", "max(x * w, over=C) + sum(x * w, over=C)"),
    ("[N, C, S]", "x / sum(exp(x), over=S) + max(x, over=C)"),
    ("[N, C, S]", "softmax(x * w, over=[C, S]) - mean(x, over=N)"),
    ("[N, C, S - 1]", "(x * w)[S=1:] - (x * w)[S=:-1] * sum(x)"),
    ("[N, C, (S + 1) // 2]", "x[S=::2] + mean(x[S=1:], over=S)"),
    ("[N, S]", "x[C=i] * sum(x, over=C) + (x * w)[C=0]"),
    ("[N, M=N]", "dot(x * w, rename(x, N=M), over=[C, S]) + sum(x, over=[C, S])"),
    ("[N, C, S]", "where(x > mean(x), x, sum(where(x > w, x, 0), over=S))"),
    ("[C]", "var(x, over=[N, S]) + dot(x, x, over=[N, S])"),
    ("[N, C, S]", "x * index(S) + index(N) - w"),
    ("[N, C, S]", "sum(abs(x - window(x * w, S by K=3, pad=1)), over=K)"),
    ("[N, K, S]", "max(tanh(w * window(x, C by K=3, pad=1) - x), over=C)"),
    ("[N, C, T=2 * S + 1]", "fold(tanh(window(x, S by K=3, pad=1) - w), T = S by K, stride=2)"),
]


@pytest.mark.parametrize(("top", "formula"), FORMULAS, ids=[formula for _, formula in FORMULAS])
def test_the_same_in_any_number_of_parts(top, formula):
    scaled = re.sub(r"\bx\b", "q", formula)
    text = f"""
layer A(x: [N, C, S], v: [], w: [C], i: index(C) [N, S]) -> y: {top}:
    param p: [C, S] = constant(1.5)
    q = x * p
    y = {scaled}
"""
    random = np.random.RandomState(8)
    bottoms = [random.uniform(-1, 1, (3, 4, 7)), 0.3, random.rand(4), random.randint(0, 4, (3, 7))]
    whole, parts = (SingleLayer(emitted(text, in_parts=cut), bottoms, dtype=float) for cut in (False, True))
    for net in (whole, parts):
        net.forward()
        net.top[0].diff[...] = np.random.RandomState(1).uniform(-1, 1, net.top[0].data.shape)
        net.backward()
    assert text_has_loops(text)
    np.testing.assert_allclose(parts.top[0].data, whole.top[0].data, rtol=1e-12)
    for i in range(3):
        np.testing.assert_allclose(parts.bottom[i].diff, whole.bottom[i].diff, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(parts.blobs[0].diff, whole.blobs[0].diff, rtol=1e-10, atol=1e-13)


def text_has_loops(text):
    made = emitted(text, in_parts=True)
    net = SingleLayer(made, [np.zeros((3, 4, 7)), 0, np.zeros(4), np.zeros((3, 7))])
    parts = [value for name, value in vars(net.layer).items() if "_parts" in name]
    return any(len(each) > 1 for each in parts)
