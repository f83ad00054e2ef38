"""Every function of the language on the oldest NumPy, on Caffe's own and on the newest: the same values."""

import json
import pathlib

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

STEPS = pathlib.Path(__file__).resolve().parent / "harness" / "standin_steps.py"

SQUARE = "(dot(x, rename(x, C=K), over=S) + 3 * float(index(C) == rename(index(C), C=K)))"

# What `y` is, by its axes, with `x: [N, C, S]` between -0.9 and 0.9, `w: [C]` between 0.5 and 2, `i: index(C) [N, S]`.
FORMULAS = {
    "[N, C, S]": """
        -x | abs(x) | sign(x) | sqrt(x + 1) | x**2 | exp(x) | expm1(x) | log(x + 1) | log1p(x) | log2(x + 1)
        log10(x + 1) | exp2(x) | sin(x) | cos(x) | tan(x) | arcsin(x) | arccos(x) | arctan(x) | sinh(x)
        cosh(x) | tanh(x) | arcsinh(x) | arccosh(x + 2) | arctanh(x) | floor(x * 3) | ceil(x * 3)
        trunc(x * 3) | round(x * 3) | reciprocal(x + 1) | cbrt(x) | erf(x * 2) | erfc(x * 4) | relu(x) | sigmoid(x * 9)
        softplus(x * 9) | log_sigmoid(x * 9) | x + w | x - w | x * w | x / w | (x + 1)**w | x**3
        (x + 1)**0.5 | x // w | x % w | max(x, w - 1) | min(x, w - 1) | max(x, 0) | clip(x, -0.5, 0.3)
        atan2(x, w) | hypot(x, w) | where(x > 0.1, x, w)
        where(x > 0.1 and not x > 0.5 or x < -0.5, log(x + 0.9), 0) | float(0.1 < x <= 0.5)
        where(isfinite(log(x)), 1, 0) | where(isnan(log(x)) or isinf(log(x)), 1, x) | softmax(x, over=C)
        log_softmax(x, over=S) | softmin(x, over=[C, S]) | x if train else w | x + index(C) - N
        x - mean(x, over=[N, S]) | x * sum(x * w, over=C) | stop_gradient(x) * x | grad(sum(x**3), x)
        sort(x, over=C) * index(C) | sort(x, over=S, reverse=true) * x | x * rank(x, over=N) | x + argsort(x, over=C)
        cumsum(x, over=C) | cumsum(x, over=S, reverse=true) | cumprod(x, over=C) | cummax(x, over=S) * x
        cummin(x, over=N, reverse=true) | x * median(x, over=[C, S])
        x * (C // 2) | x / norm(x, over=C) | (x - mean(x)) / std(x) | max(x, over=C) - x | w | 0 * x + 1
    """,
    "[N, S]": """
        sum(x, over=C) | mean(x, over=C) | max(x, over=C) | min(x, over=C) | prod(x, over=C)
        var(x, over=C) | std(x, over=C) | norm(x, over=C) | logsumexp(x, over=C) | float(any(x > 0, over=C))
        float(all(x > 0, over=C)) | count(x > 0, over=C) | argmax(x, over=C) + 0 * x[C=0]
        argmin(x, over=C) + 0 * x[C=0] | dot(x, w, over=C) | x[C=i] | x[C=0] - x[C=-1]
        -log(softmax(x, over=C))[C=i] | where(i == 1, x[C=i], 0) | i * w[C=i] | max(x * w, over=C)**2
        x[C=0] * sum(top_k(x, K=3, over=C), over=K) | x[C=0] + argtop_k(x, K=1, over=C, last=true)[K=0]
        x[C=0] * float(present(i, C, over=S)[C=0]) | sum(w * one_hot(i, C) * x, over=C)
    """,
    "[N, C, S - 1]": "x[S=1:] - x[S=:-1] | x[S=1:] * w",
    "[N, C, (S + 1) // 2]": "x[S=::2] * 2",
    "[N, M=N]": "dot(x, rename(x, N=M), over=[C, S]) | sqrt(sum((x - rename(x, N=M))**2, over=[C, S]) + 1)",
    "[C, K=C]": "sum_by(x, i, K=C) | mean_by(x * w, i, K=C)",
    "[N, C]": "count_by(i, C, over=S) * w | sum_by(x[C=0], i, C, over=S) | median(x, over=S)",
    "[N, P, Q]": """
        max(window(x, P = C by J=4, Q = S by K=5), over=[J, K])
        sum(window(x, P = C by J=4, Q = S by K=5), over=[J, K])
        min(window(x, P = C by J=4, Q = S by K=7, pad=[0, 1]), over=[J, K])
    """,
    "[N, C, R]": """
        max(window(x, R = S by K=3), over=K) | min(window(x, R = S by K=3), over=K) * w
        sum(window(x, R = S by K=5, pad=1, outside=0), over=K)
    """,
    "[C]": "sum(x, over=[N, S]) | max(x, over=[N, S]) | prod(x, over=[N, S]) * w | count(x > 0, over=[S, N]) + w",
    "[N, C, K=C]": f"""
        inverse({SQUARE}, C, K) | cholesky({SQUARE}, C, K) | eigenvectors({SQUARE}, C, K) * w
        solve({SQUARE}, x, C, K)[S=0] * w
    """,
    "[N]": f"""
        det({SQUARE}, C, K) | logdet({SQUARE}, C, K) | trace({SQUARE}, C, K)
        sum(eigenvalues({SQUARE}, C, K)**3, over=K)
        sum(where(nms(x[S=:4], x[S=4], over=C, plus=2), x[S=5], 0), over=C)
    """,
    "[]": "mean(x**2) | max(x) | min(x) | norm(x) | sum(where(i == 2, 1, 0)) + 0 * sum(x) | logsumexp(x)",
}
CASES = [
    (top, formula.strip())
    for top, table in FORMULAS.items()
    for line in table.strip().splitlines()
    for formula in line.split("|")
]
SHAPE = {"N": 3, "C": 4, "S": 6, "M": 3, "S - 1": 5, "(S + 1) // 2": 3, "K": 4, "P": 1, "Q": 2, "R": 4}


def text():
    bottoms = "x: [N, C, S], w: [C], i: index(C) [N, S]"
    return "\n".join(
        f"layer L{number}({bottoms}) -> y: {top}:\n    y = {formula}\n" for number, (top, formula) in enumerate(CASES)
    )


def arrays():
    """The same inputs for all, and diffs of the shapes of their tops."""
    random = np.random.RandomState(9)
    x, w = random.uniform(-0.9, 0.9, (3, 4, 6)), random.uniform(0.5, 2, 4)
    bottoms = [x, w, random.randint(0, 4, (3, 6))]
    named = {f"L{n}.0.bottom{i}": array.astype("f") for n in range(len(CASES)) for i, array in enumerate(bottoms)}
    for number, (top, _) in enumerate(CASES):
        shape = [SHAPE[axis.split("=")[0]] for axis in top.strip("[]").split(", ") if axis]
        named[f"L{number}.0.top_diff0"] = random.uniform(-1, 1, shape).astype("f")
    return named


@pytest.fixture(scope="module")
def everywhere(on_both, run_on_python2):
    found = compile_source(Source("old.layer", text()))
    assert [each.message for each in found.diagnostics if each.level == "error"] == []
    module = python_module(found.layers)
    cases = {f"L{number}": {"module": "old", "layer": f"L{number}"} for number in range(len(CASES))}
    real, here = on_both({"old": module}, cases, arrays())
    files = {"old.py": module, "cases.json": json.dumps(cases)}
    return {"caffe": real, "python2": run_on_python2(STEPS, files=files, inputs=arrays()).arrays, "here": here}


@pytest.mark.parametrize("where", ["caffe", "python2"])
@pytest.mark.parametrize("number", range(len(CASES)), ids=[formula for _, formula in CASES])
def test_the_same_values(everywhere, number, where):
    for blob in ("top0.data", "bottom0.diff", "bottom1.diff", "bottom2.diff"):
        name = f"L{number}.0.{blob}"
        found, wanted = everywhere[where][name], everywhere["here"][name]
        assert found.dtype == np.float32
        scale = np.abs(wanted[np.isfinite(wanted)]).max(initial=1e-3)
        np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-6 * scale, err_msg=name)
