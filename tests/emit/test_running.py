"""How emitted classes run: in place, without allocating, in float32."""

import gc
import re
import tracemalloc

import numpy as np
import pytest
from layers import emitted
from running import start

from layerdsl.caffe.standin import SingleLayer

# -- in place ----------------------------------------------------------------------------------------------------------

IN_PLACE = [
    "x",
    "2 * x",
    "max(x, 0)",
    "x**2",
    "exp(x)",
    "tanh(x) * x",
    "x - mean(x, over=N)",
    "x / norm(x, over=C)",
    "softmax(x, over=C)",
    "where(x > 0, x, w * x)",
    "x * w + w",
    "x[C=0] + x",
    "x * sum(x * w, over=C)",
    "x if train else 2 * x",
    "max(x, over=C) - x",
    "clip(x, -0.5, 0.5)",
    "x * 0 + w",
    "stop_gradient(x)",
]


@pytest.mark.parametrize("formula", IN_PLACE)
def test_in_place_is_the_same_as_not_in_place(formula):
    text = f"layer A(x: [N, C]) -> y: [N, C]:\n    param w: [C] = constant(1.5)\n    y = {formula}\n"
    made, x = emitted(text), np.random.RandomState(3).uniform(-1, 1, (4, 3))
    apart, shared = SingleLayer(made, [x], dtype=float), SingleLayer(made, [x], in_place={0: 0}, dtype=float)
    for step in range(2):
        diff = np.random.RandomState(step).uniform(-1, 1, (4, 3))
        for net in (apart, shared):
            net.blobs[0].diff[...] = 0
            net.forward([x + step])
        np.testing.assert_array_equal(shared.top[0].data, apart.top[0].data)
        for net in (apart, shared):
            net.backward(top_diffs=[diff])
        np.testing.assert_allclose(shared.bottom[0].diff, apart.bottom[0].diff, rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(shared.blobs[0].diff, apart.blobs[0].diff, rtol=1e-13, atol=1e-14)


def test_a_later_layer_may_overwrite_the_top_before_the_backward():
    """As an in-place ReLU does: the backward does not read the top's data."""
    for formula in ("exp(x)", "tanh(x)", "softmax(x, over=C)", "sigmoid(x)", "sqrt(abs(x) + 1)", "x / norm(x, over=C)"):
        runs = [
            start(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula}\n", x=[[0.3, -2.0]]).forward() for _ in "ab"
        ]
        runs[1]["y"].data[...] = np.nan
        np.testing.assert_array_equal(*[run.backward().diff("x") for run in runs])


# -- no allocation -----------------------------------------------------------------------------------------------------

BIG = "x: [N, C, S], w: [C], l: index(C) [N, S]"
FORMULAS = [
    ("[N, C, S]", "x * w + 1"),
    ("[N, C, S]", "tanh(x) * sigmoid(x) + exp(x) * log(x**2 + 1)"),
    ("[N, C, S]", "max(x, 0) + w * min(x, 0)"),
    ("[N, C, S]", "where(x > w, x, x * 0.1)"),
    ("[N, C, S]", "softmax(x, over=C) * x"),
    ("[N, C, S]", "log_softmax(x, over=S)"),
    ("[N, C, S]", "(x - mean(x, over=[N, S])) / (std(x, over=[N, S]) + 1)"),
    ("[N, C, S]", "clip(x, -0.5, 0.5) * abs(x)"),
    ("[N, C, S]", "x / (norm(x, over=C) + 1)"),
    ("[N, C, S]", "where(x > 0.3 and not x > 0.8 or x < 0, x, w)"),
    ("[N, C, S]", "softplus(x) - log_sigmoid(x)"),
    ("[N, C, S]", "abs(x)**1.7 + sign(x) + floor(x)"),
    ("[N, C, S - 1]", "x[S=1:] - x[S=:-1]"),
    ("[N, S]", "max(x, over=C) + min(x * w, over=C)"),
    ("[N, S]", "prod(x, over=C) + logsumexp(x, over=C)"),
    ("[N, S]", "x[C=l] - x[C=0]"),
    ("[N, S]", "-log(softmax(x, over=C))[C=l]"),
    ("[N, S]", "dot(x, w, over=C)"),
    ("[N, M=N]", "dot(x, rename(x, N=M), over=[C, S])"),
    ("[C]", "sum(x, over=[N, S]) + count(x > 0, over=[N, S])"),
    ("[]", "mean(x**2) + sum(where(l == 1, 1, 0)) + max(x)"),
    ("[N]", "float(any(x > 1, over=[C, S]))"),
    # these through NumPy's own buffers, some kilobytes however large the blobs are
    ("[N, C, S]", "sort(x, over=C) + cumsum(x, over=S) + cummax(x, over=C)"),
    ("[N, C, S]", "sort(x, over=S) * rank(x, over=C) + cumprod(x, over=C)"),
    ("[N, C]", "sum(top_k(x, K=3, over=S, last=true), over=K) + median(x, over=S)"),
    ("[C, K=C]", "sum_by(x, l, K=C) + mean_by(x, l, K=C)"),
    ("[N, C]", "count_by(l, C, over=S) + sum_by(max(x, over=C), l, C, over=S)"),
    ("[N, S]", "w[C=l] * sum(x, over=C)"),
]


@pytest.mark.parametrize(("top", "formula"), FORMULAS, ids=[formula for _, formula in FORMULAS])
def test_nothing_is_allocated_after_the_first_call(top, formula):
    random = np.random.RandomState(4)
    shape = (2, 7, 20_000)
    given = {"x": random.uniform(-1, 1, shape), "w": random.rand(7), "l": random.randint(0, 7, (2, 20_000))}
    ran = start(f"layer A({BIG}) -> y: {top}:\n    y = {formula}\n", dtype=np.float32, **given)
    ran.forward().backward()
    limit = 20_000 if re.search("sort|top_k|_by", formula) else 8000
    assert growth(lambda: ran.net.layer.forward(ran.net.bottom, ran.net.top)) < limit
    assert growth(lambda: ran.net.layer.backward(ran.net.top, [True] * 3, ran.net.bottom)) < limit


def growth(call):
    """How many bytes more than before were in use at some moment of a call."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


# -- float32 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("top", "formula"), FORMULAS, ids=[formula for _, formula in FORMULAS])
def test_float32_stays_float32(top, formula):
    """No array of an axis's size is float64, but for the sums that are added up in it."""
    random = np.random.RandomState(4)
    given = {"x": random.uniform(-1, 1, (40, 7, 50)), "w": random.rand(7), "l": random.randint(0, 7, (40, 50))}
    text = f"layer A({BIG}) -> y: {top}:\n    y = {formula}\n"
    exact = start(text, **given).forward()
    diff = random.uniform(-1, 1, exact.value("y").shape)
    exact.backward(y=diff)
    ran = start(text, dtype=np.float32, **given).forward().backward(y=diff)
    scale = np.abs(exact.value("y")).max()
    np.testing.assert_allclose(ran.value("y"), exact.value("y"), rtol=1e-4, atol=1e-5 * scale)
    slope = np.abs(exact.diff("x")).max()
    np.testing.assert_allclose(ran.diff("x"), exact.diff("x"), rtol=1e-3, atol=1e-5 * slope)
    wide = {name: array.shape for name, array in arrays(ran.net.layer).items() if array.dtype == np.float64}
    assert all(np.prod(shape) <= 40 * 50 or shape == (16384,) for shape in wide.values()), wide


def arrays(layer):
    """Every array that a layer holds, by its attribute."""
    found = {}
    for name, value in vars(layer).items():
        for i, part in enumerate(value if isinstance(value, (list, tuple)) else [value]):
            for j, piece in enumerate(part if isinstance(part, (list, tuple)) else [part]):
                if isinstance(piece, np.ndarray):
                    found[f"{name}.{i}.{j}"] = piece
    return found


# -- blobs that Caffe can't make ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("M", [0, -2, 2_000_000_000, 99_999_999_999])
def test_a_blob_that_caffe_can_t_make_is_named(M):
    """Caffe holds at most 2 ** 31 - 1 entries, and says of a larger size no more than that a conversion failed."""
    layer = emitted(
        "layer A(x: [N, K]) -> y: [N, M]:\n    hyper M: int\n    param w: [M, K] = constant(1)\n"
        "    y = dot(x, w, over=K)\n"
    )
    with pytest.raises(ValueError, match=rf"blob `w` \[M, K\] would have shape \({M}, 3\)$"):
        SingleLayer(layer, [np.ones((2, 3))], param_str=f"M: {M}")
