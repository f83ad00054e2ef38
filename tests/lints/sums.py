"""What the emitted code loses in a sum, beside the same code in float64.

`python tests/lints/sums.py` measures it and writes the table of docs/lints.md.
"""

from __future__ import annotations

import pathlib
import re
import sys
import tempfile
from collections.abc import Callable

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from findings import compiled

from layerdsl.caffe import standin
from layerdsl.pipeline import python_module

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "lints.md"
BEGIN, END = "<!-- sums:begin -->", "<!-- sums:end -->"

#: Sums of `n` terms, by what the table calls them: the layer, and the shapes of its bottoms.
SUMS: dict[str, dict[str, tuple[str, str]]] = {
    "`sum`, `mean`, `var` over any axes, `cumsum`, `sum_by`, distances": {
        "sum over the last axis": ("layer A(x: [C, N]) -> y: [C]:\n    y = sum(x, over=N)\n", "4n"),
        "sum over the first axis": ("layer A(x: [N, C]) -> y: [C]:\n    y = sum(x, over=N)\n", "n4"),
        "sum of a function": ("layer A(x: [N, C]) -> y: [C]:\n    y = sum(exp(x), over=N)\n", "n4"),
        "mean of all": ("layer A(x: [N, C]) -> y: []:\n    y = mean(x)\n", "n4"),
        "var": ("layer A(x: [N, C]) -> y: [C]:\n    y = var(x * index(N), over=N)\n", "n4"),
        "distances": ("layer A(x: [C, N], w: [D, N]) -> y: [C, D]:\n    y = sum((x - 2 * w)**2, over=N)\n", "4n 5n"),
        "cumsum": ("layer A(x: [N, C]) -> y: [N, C]:\n    y = cumsum(x, over=N)\n", "n4"),
        "sum_by": ("layer A(x: [N, C]) -> y: [K, C]:\n    y = sum_by(x, index(N) % 2, K=2)\n", "n4"),
        "count": ("layer A(x: [N, C]) -> y: [C]:\n    y = count(x > 0, over=N)\n", "n4"),
    },
    "`softmax`, `logsumexp` over the last axis": {
        "softmax": ("layer A(x: [C, N]) -> y: [C, N]:\n    y = softmax(x * (index(N) % 7), over=N)\n", "4n"),
    },
    "`norm`, `dot` to one number or by rows (BLAS)": {
        "norm": ("layer A(x: [C, N]) -> y: [C]:\n    y = norm(x, over=N)\n", "4n"),
        "dot of rows": ("layer A(x: [C, N], w: [N]) -> y: [C]:\n    y = dot(x, w, over=N)\n", "4n n"),
        "dot of all": ("layer A(x: [N, C], w: [N, C]) -> y: []:\n    y = dot(x, w)\n", "n4 n4"),
    },
}

SCAN = """\
layer A(x: [N=%d, C]) -> y: [C]:
    scan N:
        carry s: [C] = 0
        next s = s + x
    y = s[N=-1]
"""
FOR = """\
layer A(x: [C]) -> y: [C]:
    hyper k: int = %d
    for i in range(k):
        carry y = 0 * x
        next y = y + x
"""

#: Sums of which three digits can be lost.
LOSSY: dict[str, dict[str, tuple[str, str]]] = {
    "products of matrices (BLAS)": {
        "by rows": ("layer A(x: [C, N], w: [D, N]) -> y: [C, D]:\n    y = dot(x, w, over=N)\n", "4n 5n"),
        "by columns": ("layer A(x: [N, C], w: [N, D]) -> y: [C, D]:\n    y = dot(x, w, over=N)\n", "n8 n8"),
    },
    "`softmax`, `logsumexp` over an axis behind which there are others": {
        "softmax": ("layer A(x: [N=%d, C]) -> y: [N, C]:\n    y = softmax(x * (index(N) %% 7), over=N)\n", "n4"),
    },
    "carried by a `scan`, or a state of `n` batches": {
        "scan": (SCAN, "n4"),
    },
    "carried by a `for` that adds one value again and again": {
        "for": (FOR, "4"),
    },
}

VALUES = (0.1, 1 / 3, 0.613, 0.7, 0.87)  # of terms that are all equal
COUNTS = (10_000, 100_000, 1_000_000)


def sized(text: str, n: int) -> str:
    """A layer with its number of terms, where that stands in it."""
    return text % n if "=%d" in text or "= %d" in text else text


def shapes(written: str, n: int) -> list[tuple[int, ...]]:
    """`"4n n"` for 100 terms: (4, 100) and (100,)."""
    return [tuple(n if letter == "n" else int(letter) for letter in one) for one in written.split()]


def loss(text: str, bottoms: list[np.ndarray]) -> float:
    """The largest relative difference between the emitted code in float32 and in float64."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a.py"
        path.write_text(python_module(compiled(text).layers), encoding="utf-8")
        layer = standin.load_file(str(path)).A
    single, double = standin.SingleLayer(layer, bottoms), standin.SingleLayer(layer, bottoms, dtype=np.float64)
    single.forward()
    double.forward()
    exact = double.top[0].data
    return float(np.max(np.abs(single.top[0].data - exact) / np.abs(exact)))


def equal(text: str, written: str, n: int) -> float:
    """The loss of terms that are all equal."""
    made = [[np.full(shape, value, np.float32) for shape in shapes(written, n)] for value in VALUES]
    return max(loss(sized(text, n), bottoms) for bottoms in made)


def drawn(text: str, written: str, n: int) -> float:
    """The loss of terms drawn from 0 to 1."""
    random = np.random.RandomState(0)
    return loss(sized(text, n), [random.uniform(0, 1, shape).astype(np.float32) for shape in shapes(written, n)])


def worst(rows: dict[str, tuple[str, str]], measure: Callable[[str, str, int], float], n: int) -> str:
    """The largest of the losses, as the table has it."""
    figure = max(measure(text, written, n) for text, written in rows.values())
    return re.sub(r"e-0?", "e-", f"{figure:.0e}")


def table() -> str:
    """The table of what is lost."""
    heads = [f"{kind}, {n:,}" if i == 0 else f"{n:,}" for kind in ("equal", "drawn") for i, n in enumerate(COUNTS)]
    lines = [f"| sum | {' | '.join(heads)} |", "| --- " * (len(heads) + 1) + "|"]
    for name, rows in {**SUMS, **LOSSY}.items():
        figures = [worst(rows, measure, n) for measure in (equal, drawn) for n in COUNTS]
        lines.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}", encoding="utf-8")
