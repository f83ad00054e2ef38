"""What is measured of functions of arrays: formulas with their exact values and gradients, in mpmath's numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

Array = Any  # of mpmath's numbers, but for those that are drawn
Draw = Callable[[Any], tuple[Array, ...]]

mp.mp.dps = 50


@dataclass(frozen=True)
class Whole:
    """A formula of `x` (and `w`), which data it gets, and its exact value and gradients from the diff `g` of the top.

    blobs: the bottoms as declared, and the top. draw: their values, from a generator.
    exact: `exact(g, x, w)` is the value and a gradient for each bottom, or for the first ones.
    terms: for sums of terms of either sign, the sum of their magnitudes, whose last place is the unit.
    """

    formula: str
    blobs: str
    draw: Draw
    exact: Callable[..., tuple[Array, ...]]
    library: str = ""
    terms: Callable[..., tuple[Array, ...]] | None = None
    why: str = ""

    def top(self, x: Array, w: Array | None = None) -> tuple[int, ...]:
        """The shape of the top, by what is declared of it."""
        sizes = {}
        for array, axes in zip((x, w), re.findall(r"\[(.*?)\]", self.blobs), strict=False):
            names = [name.strip().partition("=")[0] for name in axes.split(",")]
            sizes.update(zip(names, np.shape(array), strict=False))
        top = re.findall(r"\[(.*?)\]", self.blobs)[-1]
        return tuple(_size(size.strip(), sizes) for size in top.split(",") if size)


def _size(written: str, sizes: dict[str, int]) -> int:
    """A sum of names and numbers."""
    found, sign = 0, 1
    for word in written.split():
        if word in "+-":
            sign = 1 if word == "+" else -1
        else:
            found += sign * (int(word) if word.isdigit() else sizes[word])
    return found


def each(function: Callable[..., Any]) -> Callable[..., Array]:
    """A function of mpmath for arrays."""
    return np.frompyfunc(function, 1, 1)


exp, log, sqrt = each(mp.exp), each(mp.log), each(mp.sqrt)


def rows(shape: tuple[int, ...], low: float, high: float) -> Draw:
    """One array of uniform draws."""
    return lambda random: (random.uniform(low, high, shape),)


def normal(*shapes: tuple[int, ...], mean: float = 0.0, scale: float = 1.0) -> Draw:
    """Arrays of normal draws."""
    return lambda random: tuple(random.normal(mean, scale, shape) for shape in shapes)


def along(values: Array) -> Array:
    """A sum along the last axis, which stays."""
    return values.sum(-1, keepdims=True)


def centred(x: Array) -> Array:
    """Less the mean along the last axis."""
    return x - along(x) / x.shape[-1]


def plain_sum(g: Array, x: Array) -> tuple[Array, ...]:
    """`sum(x, over=C)`."""
    return x.sum(-1), g[:, None] + 0 * x


def mean(g: Array, x: Array) -> tuple[Array, ...]:
    """`mean(x, over=C)`."""
    return x.sum(-1) / x.shape[-1], g[:, None] / x.shape[-1] + 0 * x


def var(g: Array, x: Array) -> tuple[Array, ...]:
    """`var(x, over=C)`."""
    d = centred(x)
    return (d * d).sum(-1) / x.shape[-1], 2 * g[:, None] * d / x.shape[-1]


def std(g: Array, x: Array) -> tuple[Array, ...]:
    """`std(x, over=C)`."""
    value = sqrt(var(g, x)[0])
    return value, g[:, None] * centred(x) / x.shape[-1] / value[:, None]


def norm(g: Array, x: Array) -> tuple[Array, ...]:
    """`norm(x, over=C)`."""
    value = sqrt((x * x).sum(-1))
    return value, g[:, None] * x / value[:, None]


def prod(g: Array, x: Array) -> tuple[Array, ...]:
    """`prod(x, over=C)`."""
    value = x.prod(-1)
    return value, g[:, None] * value[:, None] / x


def softmax_of(x: Array) -> Array:
    """Along the last axis."""
    e = exp(x)
    return e / along(e)


def softmax(g: Array, x: Array) -> tuple[Array, ...]:
    """`softmax(x, over=C)`."""
    y = softmax_of(x)
    return y, y * (g - along(g * y))


def softmax_terms(g: Array, x: Array) -> tuple[Array, ...]:
    """What the gradient is a difference of."""
    y = softmax_of(x)
    return y, y * (abs(g) + along(abs(g) * y))


def log_softmax(g: Array, x: Array) -> tuple[Array, ...]:
    """`log_softmax(x, over=C)`."""
    return x - log(along(exp(x))), g - softmax_of(x) * along(g)


def logsumexp(g: Array, x: Array) -> tuple[Array, ...]:
    """`logsumexp(x, over=C)`."""
    return log(exp(x).sum(-1)), g[:, None] * softmax_of(x)


def cross_entropy(g: Array, x: Array, label: Array) -> tuple[Array, ...]:
    """`mean(cross_entropy(x, label))`."""
    place = np.arange(len(x)), label.astype(int)
    y = softmax_of(x)
    hit = np.zeros(x.shape, object)
    hit[place] = 1
    return np.array(-log(y[place]).sum() / len(x), object), g * (y - hit) / len(x)


def labelled(random: Any) -> tuple[Array, ...]:
    """Scores and labels."""
    return random.normal(0, 4, (16, 100)), random.randint(0, 100, 16).astype(float)


def cumsum(g: Array, x: Array) -> tuple[Array, ...]:
    """`cumsum(x, over=C)`."""
    return np.cumsum(x, -1), np.cumsum(g[:, ::-1], -1)[:, ::-1]


def cumprod(g: Array, x: Array) -> tuple[Array, ...]:
    """`cumprod(x, over=C)`."""
    y = np.cumprod(x, -1)
    return y, np.cumsum((g * y)[:, ::-1], -1)[:, ::-1] / x


def dot(g: Array, x: Array, w: Array) -> tuple[Array, ...]:
    """`dot(x, w, over=C)` of `[N, C]` and `[K, C]`."""
    return x.dot(w.T), g.dot(w), g.T.dot(x)


def convolution(g: Array, x: Array, w: Array) -> tuple[Array, ...]:
    """A product with windows of `[N, C, H]`, in `[F, C, K]`."""
    size, width = w.shape[2], g.shape[2]
    value, dx, dw = 0 * g, 0 * x, 0 * w
    for k in range(size):
        part = x[:, :, k : k + width]
        value = value + np.einsum("nch,fc->nfh", part, w[:, :, k])
        dx[:, :, k : k + width] = dx[:, :, k : k + width] + np.einsum("nfh,fc->nch", g, w[:, :, k])
        dw[:, :, k] = np.einsum("nfh,nch->fc", g, part)
    return value, dx, dw


def window_sum(g: Array, x: Array) -> tuple[Array, ...]:
    """The mean of the five around each."""
    value, dx = 0 * g, 0 * x
    for k in range(5):
        value = value + x[:, k : k + g.shape[1]] / mp.mpf(5)
        dx[:, k : k + g.shape[1]] = dx[:, k : k + g.shape[1]] + g / mp.mpf(5)
    return value, dx


def layer_norm(g: Array, x: Array) -> tuple[Array, ...]:
    """`layer_norm(x, eps=0.25)`."""
    d, s = centred(x), sqrt(var(g[:, 0], x)[0] + mp.mpf("0.25"))[:, None]
    return d / s, (g - along(g) / x.shape[1]) / s - d * along(g * d) / x.shape[1] / s**3


def distances(g: Array, x: Array, w: Array) -> tuple[Array, ...]:
    """Of the rows of two matrices."""
    d = x[:, None] - w[None]
    y = sqrt((d * d).sum(-1))
    slope = (g / y)[:, :, None] * d
    return y, slope.sum(1), -slope.sum(0)


def magnitudes(function: Callable[..., tuple[Array, ...]]) -> Callable[..., tuple[Array, ...]]:
    """The same sums of the magnitudes of all that goes into them."""
    return lambda *arrays: function(*(abs(array) for array in arrays))


def matrices(random: Any) -> tuple[Array, ...]:
    """Some small matrices that are far from singular."""
    return (random.normal(0, 1, (8, 6, 6)) + 4 * np.eye(6),)


def definite(random: Any) -> tuple[Array, ...]:
    """Symmetric ones, positive definite."""
    half = random.normal(0, 1, (8, 6, 6))
    return (half @ half.transpose(0, 2, 1) + np.eye(6),)


def matrix_and_right_side(random: Any) -> tuple[Array, ...]:
    """And the right sides of systems."""
    return (*matrices(random), random.normal(0, 1, (8, 6, 3)))


def inverted(a: Array) -> Array:
    """The inverse of each matrix."""
    return np.array([mp.inverse(mp.matrix(one.tolist())).tolist() for one in a], object)


def turned(a: Array) -> Array:
    """Each matrix turned over."""
    return a.transpose(0, 2, 1)


def inverse(g: Array, a: Array) -> tuple[Array, ...]:
    """`inverse(x, N, M)`: summed over N it undoes the matrix, so it stands turned over in `[N, M]`."""
    back = turned(inverted(a))
    return back, -(back @ turned(g) @ back)


def det(g: Array, a: Array) -> tuple[Array, ...]:
    """`det(x, N, M)`."""
    value = np.array([mp.det(mp.matrix(one.tolist())) for one in a], object)
    return value, (g * value)[:, None, None] * turned(inverted(a))


def logdet(g: Array, a: Array) -> tuple[Array, ...]:
    """`logdet(x, N, M)`."""
    return log(abs(det(g, a)[0])), g[:, None, None] * turned(inverted(a))


def solve(g: Array, a: Array, b: Array) -> tuple[Array, ...]:
    """`solve(x, w, N, M)`."""
    back = inverted(a)
    y = back @ b
    db = turned(back) @ g
    return y, -(db @ turned(y)), db


def cholesky(g: Array, a: Array) -> tuple[Array, ...]:
    """`cholesky(x, N, M)`, whose gradient is symmetric."""
    lower = np.array(
        [mp.cholesky((mp.matrix(one.tolist()) + mp.matrix(one.T.tolist())) / 2).tolist() for one in a], object
    )
    half = turned(lower) @ (g * np.tril(np.ones(g.shape[1:])))
    half = half * np.tril(np.ones(half.shape[1:])) * (1 - np.eye(half.shape[1]) / 2)
    back = inverted(lower)
    whole = turned(back) @ half @ back
    return lower, (whole + turned(whole)) / 2


def eigenvalues(g: Array, a: Array) -> tuple[Array, ...]:
    """`eigenvalues(x, N, M)`."""
    pairs = [mp.eigsy((mp.matrix(one.tolist()) + mp.matrix(one.T.tolist())) / 2) for one in a]
    values = np.array([list(one[0]) for one in pairs], object)
    vectors = np.array([one[1].tolist() for one in pairs], object)
    return values, (vectors * g[:, None, :]) @ turned(vectors)


FAR = (
    "Here the values are spread by 1 around 1,000. Their mean is rounded to the last place of 1,000, and the "
    "differences from it are no better."
)
MIXED = "Terms of either sign: the unit is one of the sum of their magnitudes."
LONG, WIDE = (4, 5000), (8, 500)
ROW, KEPT, ONE = "(x: [N, C]) -> y: [N]", "(x: [N, C]) -> y: [N, C]", "(x: [N, C], w: index(C) [N]) -> y: []"
SQUARE = "(x: [B, N, M=N]) -> y: "

WHOLE = (
    Whole("sum(x, over=C)", ROW, rows(LONG, 0, 1), plain_sum),
    Whole("mean(x, over=C)", ROW, rows(LONG, 0, 1), mean),
    Whole("sum(x, over=C) * 1", ROW, normal(LONG), plain_sum, terms=magnitudes(plain_sum), why=MIXED),
    Whole("var(x, over=C)", ROW, normal(WIDE, mean=3), var),
    Whole("std(x, over=C)", ROW, normal(WIDE, mean=3), std),
    Whole("norm(x, over=C)", ROW, normal(WIDE), norm),
    Whole("prod(x, over=C)", ROW, rows((16, 40), 0.5, 2), prod),
    Whole("logsumexp(x, over=C)", ROW, normal(WIDE, scale=4), logsumexp),
    Whole("softmax(x, over=C)", KEPT, normal(WIDE, scale=4), softmax, terms=softmax_terms),
    Whole("log_softmax(x, over=C)", KEPT, normal(WIDE, scale=4), log_softmax),
    Whole("mean(cross_entropy(x, w))", ONE, labelled, cross_entropy, "losses"),
    Whole("cumsum(x, over=C)", KEPT, rows(WIDE, 0, 1), cumsum, terms=magnitudes(cumsum)),
    Whole("cumprod(x, over=C)", KEPT, rows((16, 40), 0.5, 2), cumprod, terms=magnitudes(cumprod)),
    Whole("dot(x, w, over=C)", "(x: [N, C], w: [K, C]) -> y: [N, K]", normal((8, 1000), (4, 1000)), dot,
          terms=magnitudes(dot)),
    Whole("dot(window(x, H by K), w, over=[C, K])", "(x: [N, C, H], w: [F, C, K]) -> y: [N, F, H - K + 1]",
          normal((2, 8, 60), (6, 8, 5)), convolution, terms=magnitudes(convolution)),
    Whole("mean(window(x, C by K=5), over=K)", "(x: [N, C]) -> y: [N, C - 4]", normal((8, 300)), window_sum,
          terms=magnitudes(window_sum)),
    Whole("layer_norm(x, eps=0.25)", KEPT, normal(WIDE, mean=1), layer_norm, "normalise"),
    Whole("layer_norm(x + 0, eps=0.25)", KEPT, normal(WIDE, mean=1000), layer_norm, "normalise", why=FAR),
    Whole("norm(x - w, over=C)", "(x: [N, C], w: [K, C]) -> y: [N, K]", normal((20, 64), (20, 64)), distances),
    Whole("det(x, N, M)", SQUARE + "[B]", matrices, det),
    Whole("logdet(x, N, M)", SQUARE + "[B]", matrices, logdet),
    Whole("inverse(x, N, M)", SQUARE + "[B, N, M]", matrices, inverse),
    Whole("solve(x, w, N, M)", "(x: [B, N, M=N], w: [B, N, K]) -> y: [B, M, K]", matrix_and_right_side, solve),
    Whole("cholesky(x, N, M)", SQUARE + "[B, N, M]", definite, cholesky),
    Whole("eigenvalues(x, N, M)", SQUARE + "[B, M]", definite, eigenvalues),
)  # fmt: skip
