"""One case or more for each function: a formula, its bottoms, and the same in PyTorch.

This file knows neither layerdsl nor PyTorch: `torch_values.py` hands the module in.
"""

import re
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

INF, NAN = np.inf, np.nan
SIZES = {"N": 2, "C": 3, "H": 4, "W": 5, "K": 3, "D": 4, "M": 2, "E": 3}
X, XW, A2 = "x: [N, C, H]", "x: [N, C, H], w: [C, H]", "a: [N], b: [N]"
AWKWARD = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -1.5, 5e-324, -1e-310, 1e-200, 1e200, 1.7e308, -1e308, INF, -INF, NAN]


@dataclass(frozen=True)
class Case:
    """`formula` of the bottoms in `blobs` gives `y: top`; `torch(t, **bottoms)` is the same with `t` for PyTorch.

    data: bottoms that are not drawn. low, high: between what the others are drawn. ones: whether the case holds as well
    where all axes have the size 1. sizes: other sizes than SIZES. before: lines before the formula.
    """

    name: str
    formula: str
    top: str
    torch: Any
    blobs: str = X
    data: dict = field(default_factory=dict)
    low: float = -2.0
    high: float = 2.0
    ones: bool = True
    sizes: dict = field(default_factory=dict)
    before: str = ""

    def layer(self):
        """The text of the layer."""
        lines = [*self.before.splitlines(), f"y = {self.formula}"]
        return f"layer A({self.blobs}) -> y: {self.top}:\n" + "".join(f"    {line}\n" for line in lines)

    def bottoms(self, ones=False):
        """The arrays of the bottoms by name, in double precision."""
        random = np.random.RandomState(zlib.crc32(self.formula.encode()) % 2**31)
        sizes = dict.fromkeys(SIZES, 1) if ones else SIZES | self.sizes
        return {
            name: np.asarray(
                self.data[name] if name in self.data else self._drawn(random, kind, axes, sizes), np.float64
            )
            for name, kind, axes in re.findall(r"(\w+): (\w*(?:\(\w+\))?) ?\[(.*?)\]", self.blobs)
        }

    def _drawn(self, random, kind, axes, sizes):
        shape = [self._size(axis.strip(), sizes) for axis in axes.split(",") if axis]
        if kind.startswith("index"):
            return random.randint(0, sizes[kind[6:-1]], shape)
        return random.uniform(self.low, self.high, shape)

    @staticmethod
    def _size(axis, sizes):
        """Of `N`, `M=N`, `K=3` or `1`."""
        size = axis.rpartition("=")[2]
        return int(size) if size.isdigit() else sizes[size]


def alone(name, torch, formula="", **given):
    """A function of one value, over the awkward places."""
    return Case(name, formula or f"{name}(x)", "[N]", torch, "x: [N]", {"x": AWKWARD}, ones=False, **given)


def both(name, torch, formula, places=AWKWARD, **given):
    """A function of two values, each awkward place with each."""
    a, b = (grid.ravel() for grid in np.meshgrid(places, places))
    return Case(name, formula, "[N]", torch, A2, {"a": a, "b": b}, ones=False, **given)


def answers(name, torch, formula=""):
    """A condition of one value, as 1 and 0."""
    return Case(
        name, f"float({formula or name + '(x)'})", "const [N]", torch, "x: const [N]", {"x": AWKWARD}, ones=False
    )


SMALL = [0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 1e-310, 1e300, INF, -INF, NAN]

SINGLE = [
    *(
        alone(name, lambda t, x, name=name: getattr(t, name)(x))
        for name in (
            "abs sign sqrt square exp expm1 log log1p log2 log10 exp2 sin cos tan arcsin arccos arctan sinh cosh tanh "
            "arcsinh arccosh arctanh reciprocal erf erfc relu sigmoid"
        ).split()
    ),
    Case("cbrt", "cbrt(x)", "[N]", lambda t, x: t.sign(x) * t.abs(x) ** (1 / 3), "x: [N]",
         {"x": [1.0, -1.0, 8.0, -27.0, 1e-200, 1e200]}, ones=False),
    alone("softplus", lambda t, x: t.logaddexp(x, t.zeros_like(x))),
    alone("log_sigmoid", lambda t, x: t.nn.functional.logsigmoid(x)),
    alone("float", lambda t, x: 1 * x),
    alone("stop_gradient", lambda t, x: x.detach() * x, "stop_gradient(x) * x"),
    *(
        Case(name, f"{name}(x)", "const [N]", lambda t, x, name=name: getattr(t, name)(x), "x: const [N]",
             {"x": AWKWARD}, ones=False)
        for name in "floor ceil round trunc".split()
    ),
    *(answers(name, lambda t, x, name=name: getattr(t, name)(x)) for name in "isnan isinf isfinite".split()),
    both("atan2", lambda t, a, b: t.atan2(a, b), "atan2(a, b)"),
    both("hypot", lambda t, a, b: t.hypot(a, b), "hypot(a, b)"),
    both("pow", lambda t, a, b: t.pow(a, b), "pow(a, b)", SMALL),
    both("max", lambda t, a, b: t.maximum(a, b), "max(a, b)", SMALL),
    both("min", lambda t, a, b: t.minimum(a, b), "min(a, b)", SMALL),
    both("clip", lambda t, a, b: t.clamp(a, b, b + 1), "clip(a, b, b + 1)", SMALL),
    both("where", lambda t, a, b: t.where(a > b, a * 2, b * 3), "where(a > b, a * 2, b * 3)", SMALL),
    both("+", lambda t, a, b: a + b, "a + b"),
    both("-", lambda t, a, b: a - b, "a - b"),
    both("*", lambda t, a, b: a * b, "a * b"),
    both("/", lambda t, a, b: a / b, "a / b"),
    both("//", lambda t, a, b: t.floor_divide(a, b).detach() + 0 * a + 0 * b, "a // b", [1.0, -1.0, 2.5, -0.5]),
    both("%", lambda t, a, b: t.remainder(a, b), "a % b", [1.0, -1.0, 2.5, -0.5, 7.25]),
    *(
        alone("**", lambda t, x, p=p: x**p, f"x**{p}")
        for p in ("2", "3", "0.5", "-1", "-2", "1.5", "0", "1", "4", "5")
        for p in [float(p) if "." in p else int(p)]
    ),
]  # fmt: skip

SPREAD = "(dot(x, rename(x, C=K), over=H) + 3 * float(index(C) == rename(index(C), C=K)))"


def spread(t, x):
    """Matrices `[N, C, K]`, symmetric and positive definite."""
    return t.einsum("nch,nkh->nck", x, x) + 3 * t.eye(x.shape[1], dtype=x.dtype)


def straight(t, vectors):
    """Each vector so that its largest entry is positive."""
    place = vectors.abs().argmax(-2, keepdim=True)
    return vectors * t.sign(t.gather(vectors, -2, place))


def sums_by(t, x, label, size):
    """`[C, K]` from `[N, C]`."""
    return t.zeros(x.shape[1], size, dtype=x.dtype).index_add(1, label.long(), x.transpose(0, 1))


def windows(t, x):
    """`[N, C, P, Q, 2, 3]` of a padded picture, with a stride of 2 along the rows."""
    return t.nn.functional.pad(x, (1, 1, 1, 1)).unfold(2, 2, 2).unfold(3, 3, 1)


def sampled(t, x, r, c, **given):
    """Places counted from 0, as PyTorch counts them from -1 to 1."""
    h, w = x.shape[2] - 1, x.shape[3] - 1
    grid = t.stack([2 * c / w - 1, 2 * r / h - 1], -1)
    return t.nn.functional.grid_sample(x, grid, align_corners=True, **given)


def counted(t, label, size):
    """How often there is each label."""
    return t.bincount(label.long().ravel(), minlength=size).double()


OVER = [
    Case("sum", "sum(x * w, over=[C, H])", "[N]", lambda t, x, w: (x * w).sum((1, 2)), XW),
    Case("mean", "mean(x * w, over=[N, H])", "[C]", lambda t, x, w: (x * w).mean((0, 2)), XW),
    Case("prod", "prod(x, over=C)", "[N, H]", lambda t, x: x.prod(1)),
    Case("prod", "prod(x, over=H)", "[N, C]", lambda t, x: x.prod(2), ones=False,
         data={"x": [[[1, 0, 2, 3], [0, 0, 2, 3], [1, -2, 3, 4]]] * 2}),
    Case("var", "var(x, over=[C, H])", "[N]", lambda t, x: x.var((1, 2), correction=0)),
    Case("std", "std(x, over=H)", "[N, C]", lambda t, x: x.std(2, correction=0), ones=False),
    Case("norm", "norm(x, over=C)", "[N, H]", lambda t, x: t.linalg.vector_norm(x, dim=1)),
    Case("norm", "norm(x, over=H)", "[N, C]", lambda t, x: t.linalg.vector_norm(x, dim=2), ones=False,
         data={"x": np.zeros((2, 3, 4))}),
    Case("logsumexp", "logsumexp(x, over=[N, C])", "[H]", lambda t, x: t.logsumexp(x, (0, 1))),
    Case("logsumexp", "logsumexp(x, over=C)", "[N]", lambda t, x: t.logsumexp(x, 1), "x: [N, C]",
         {"x": [[1e300, 1e300], [-INF, -INF], [-INF, 3], [1000, -1000], [NAN, 1]]}, ones=False),
    Case("any", "float(any(x > 1, over=C))", "const [N, H]", lambda t, x: (x > 1).any(1)),
    Case("all", "float(all(x > -1, over=C))", "const [N, H]", lambda t, x: (x > -1).all(1)),
    Case("count", "count(x > 0, over=[C, H])", "const [N]", lambda t, x: (x > 0).sum((1, 2))),
    Case("argmax", "argmax(x, over=C)", "const [N, H]", lambda t, x: x.argmax(1)),
    Case("argmin", "argmin(x, over=H)", "const [N, C]", lambda t, x: x.argmin(2)),
    Case("max", "max(x, over=C)", "[N, H]", lambda t, x: x.max(1).values),
    Case("max", "max(x, over=[C, H])", "[N]", lambda t, x: x.amax((1, 2))),
    Case("min", "min(x)", "[]", lambda t, x: x.min()),
    Case("softmax", "softmax(x, over=C)", "[N, C, H]", lambda t, x: x.softmax(1)),
    Case("softmax", "softmax(x, over=C)", "[N, C]", lambda t, x: x.softmax(1), "x: [N, C]",
         {"x": [[1e300, -1e300], [0, 1000], [-INF, 0], [5, 5], [NAN, 1]]}, ones=False),
    Case("log_softmax", "log_softmax(x, over=[C, H])", "[N, C, H]",
         lambda t, x: x.flatten(1).log_softmax(1).reshape(x.shape)),
    Case("softmin", "softmin(x, over=H)", "[N, C, H]", lambda t, x: t.nn.functional.softmin(x, dim=2)),
    Case("dot", "dot(x, rename(x, N=M), over=[C, H])", "[N, M=N]", lambda t, x: t.einsum("nch,mch->nm", x, x)),
    Case("dot", "dot(x, w, over=H)", "[N, C]", lambda t, x, w: t.einsum("nch,ch->nc", x, w), XW),
    Case("rename", "x - rename(x, N=M)", "[N, M=N, C, H]", lambda t, x: x[:, None] - x[None]),
    Case("index", "x * index(H) + index(C)", "[N, C, H]",
         lambda t, x: x * t.arange(x.shape[2]) + t.arange(x.shape[1])[:, None]),
    Case("grad", "grad(sum(sin(x) * x**2), x)", "[N, C, H]", lambda t, x: t.cos(x) * x**2 + 2 * x * t.sin(x)),
    Case("values", "x * values(p, C)", "[N, C, H]", lambda t, x: x * t.tensor([1.5, -2.0, 4.0])[:, None],
         before="hyper p: list[float] = [1.5, -2, 4]", ones=False),
    Case("len", "x * len(p)", "[N, C, H]", lambda t, x: x * 3, before="hyper p: list[float] = [1.5, -2, 4]"),
    Case("x[C=i]", "x[C=i]", "[N, H]", lambda t, x, i: x.gather(1, i.long()[:, None]).squeeze(1),
         "x: [N, C, H], i: index(C) [N, H]"),
    Case("x[a:b]", "x[H=1:] - x[H=:-1]", "[N, C, H - 1]", lambda t, x: x[:, :, 1:] - x[:, :, :-1], ones=False),
    Case("x[::-1]", "x[H=::-1] * index(H)", "[N, C, H]", lambda t, x: x.flip(2) * t.arange(x.shape[2])),
    Case("cumsum", "cumsum(x, over=C)", "[N, C, H]", lambda t, x: x.cumsum(1)),
    Case("cumsum", "cumsum(x, over=H, reverse=true)", "[N, C, H]", lambda t, x: x.flip(2).cumsum(2).flip(2)),
    Case("cumprod", "cumprod(x, over=H)", "[N, C, H]", lambda t, x: x.cumprod(2)),
    Case("cumprod", "cumprod(x, over=H)", "[N, C, H]", lambda t, x: x.cumprod(2), ones=False,
         data={"x": [[[1, 0, 2, 3], [0, 0, 2, 3], [1, -2, 3, 4]]] * 2}),
    Case("cummax", "cummax(x, over=H) * w", "[N, C, H]", lambda t, x, w: x.cummax(2).values * w, XW),
    Case("cummin", "cummin(x, over=C)", "[N, C, H]", lambda t, x: x.cummin(1).values),
]  # fmt: skip

PICTURE = "x: [N, C, H, W]"

LABELS = {"i": [[0, 3, 1], [1, 1, 0]]}

ARRANGED = [
    Case("window", "window(x, P = H by KH=2, Q = W by KW=3, stride=[2, 1], pad=1)", "[N, C, P, Q, KH, KW]",
         windows, PICTURE),
    Case("window", "max(window(x, P = H by KH=2, Q = W by KW=3, stride=[2, 1]), over=[KH, KW])",
         "[N, C, H // 2, W - 2]", lambda t, x: t.nn.functional.max_pool2d(x, (2, 3), (2, 1)), PICTURE, ones=False),
    Case("window", "mean(window(x, P = H by KH=3, Q = W by KW=3, pad=1, outside=none), over=[KH, KW])", "[N, C, P, Q]",
         lambda t, x: t.nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False), PICTURE),
    Case("window", "dot(window(x, P = H by KH=2, Q = W by KW=3, pad=1), w, over=[C, KH, KW])", "[N, D, P, Q]",
         lambda t, x, w: t.nn.functional.conv2d(x, w, padding=1), "x: [N, C, H, W], w: [D, C, KH=2, KW=3]"),
    Case("fold", "fold(g, P = H by KH, Q = W by KW, stride=[2, 1], pad=[0, 1])", "[N, C, P, Q]",
         lambda t, g: t.nn.functional.fold(
             g.permute(0, 1, 4, 5, 2, 3).reshape(g.shape[0], -1, g.shape[2] * g.shape[3]),
             (2 * g.shape[2], g.shape[3]), (2, 3), stride=(2, 1), padding=(0, 1)),
         "g: [N, C, H, W, KH=2, KW=3]"),
    *(
        Case("resize", f"resize(x, H=2 * H, W=3{word})", "[N, C, 2 * H, 3]",
             lambda t, x, given=given: t.nn.functional.interpolate(x, (2 * x.shape[2], 3), **given), PICTURE)
        for word, given in (
            ("", {"mode": "bilinear", "align_corners": False}),
            (", corners=true", {"mode": "bilinear", "align_corners": True}),
            (', method="nearest"', {"mode": "nearest-exact"}),
        )
    ),
    *(
        Case("sample", f"sample(x, H=r, W=c{word})", "[N, K, M]",
             lambda t, x, r, c, given=given: sampled(t, x, r, c, **given).squeeze(1),
             "x: [N, 1, H, W], r: [N, K, M], c: [N, K, M]", low=-1.7, high=4.6, ones=False)
        for word, given in (("", {}), (', outside="edge"', {"padding_mode": "border"}))
    ),
    Case("sort", "sort(x, over=C) * w", "[N, C, H]", lambda t, x, w: x.sort(1).values * w, XW),
    Case("sort", "sort(x, over=H, reverse=true)", "[N, C, H]", lambda t, x: x.sort(2, descending=True).values),
    Case("argsort", "argsort(x, over=C)", "const [N, C, H]", lambda t, x: x.argsort(1)),
    Case("rank", "rank(x, over=H)", "const [N, C, H]", lambda t, x: x.argsort(2).argsort(2)),
    Case("top_k", "top_k(x, K=2, over=H)", "[N, C, K=2]", lambda t, x: x.topk(2, 2).values, ones=False),
    Case("argtop_k", "argtop_k(x, K=2, over=H)", "const [N, C, K=2]", lambda t, x: x.topk(2, 2).indices, ones=False),
    Case("median", "median(x, over=C)", "[N, H]", lambda t, x: x.median(1).values),
    Case("median", "median(x, over=H)", "[N, C]", lambda t, x: x.sort(2).values[..., 1:3].mean(-1), ones=False),
    Case("sum_by", "sum_by(x, i, K=4)", "[C, K=4]", lambda t, x, i: sums_by(t, x, i, 4), "x: [N, C], i: index(M) [N]",
         {"i": [0, 2, 2, 0, 3]}, ones=False, sizes={"N": 5}, before="hyper M: int = 4"),
    Case("mean_by", "mean_by(x, i, K=4)", "[C, K=4]",
         lambda t, x, i: sums_by(t, x, i, 4) / counted(t, i, 4).clamp(min=1), "x: [N, C], i: index(M) [N]",
         {"i": [0, 2, 2, 0, 3]}, ones=False, sizes={"N": 5}, before="hyper M: int = 4"),
    Case("count_by", "count_by(i, K=5)", "const [K=5]", lambda t, i: counted(t, i, 5), "i: index [N, C]", LABELS,
         ones=False),
    Case("one_hot", "one_hot(i, K=4)", "const [N, C, K=4]", lambda t, i: t.nn.functional.one_hot(i.long(), 4),
         "i: index [N, C]", LABELS, ones=False),
    Case("present", "float(present(i, K=4))", "const [K=4]", lambda t, i: counted(t, i, 4) > 0, "i: index [N, C]",
         LABELS, ones=False),
    Case("crop", "crop(x, S=T, at=by)", "[N, *T]", lambda t, x, b: x[:, 1:3, 1:3], "x: [N, *S], b: const [N, *T]",
         {"x": np.arange(24.0).reshape(2, 3, 4), "b": np.zeros((2, 2, 2))}, ones=False,
         before="hyper by: list[int] = [1]"),
    Case("split", "sum(split(x, H=[G, E], G=2), over=E)", "[N, C, G=2]", lambda t, x: x.reshape(2, 3, 2, 2).sum(3),
         ones=False),
    Case("join", "join(x, F=[H, C])", "[N, F=C * H]", lambda t, x: x.transpose(1, 2).flatten(1)),
    Case("concat", "concat(x, w, over=C)", "[N, 2 * C, H]", lambda t, x, w: t.cat([x, w.expand(x.shape)], 1), XW),
    Case("stack", "stack(x, w, K)", "[N, C, H, K=2]", lambda t, x, w: t.stack([x, w.expand(x.shape)], 3), XW),
    *(
        Case("pad", f"pad(x, H=[2, 1]{word})", "[N, C, H + 3]",
             lambda t, x, given=given: t.nn.functional.pad(x, (2, 1), **given), ones=False)
        for word, given in (
            ("", {}),
            (", value=1.5", {"value": 1.5}),
            (', mode="edge"', {"mode": "replicate"}),
            (', mode="reflect"', {"mode": "reflect"}),
            (', mode="wrap"', {"mode": "circular"}),
        )
    ),
    Case("pad", 'pad(x, H=[2, 1], mode="symmetric")', "[N, C, H + 3]",
         lambda t, x: t.cat([x[..., 1:2], x[..., 0:1], x, x[..., -1:]], 2), ones=False),
    Case("roll", "roll(x, H=3)", "[N, C, H]", lambda t, x: x.roll(3, 2)),
    Case("roll", "roll(x, C=-1)", "[N, C, H]", lambda t, x: x.roll(-1, 1)),
    Case("repeat", "repeat(x, H=3)", "[N, C, H * 3]", lambda t, x: x.repeat_interleave(3, 2)),
    Case("tile", "tile(x, C=2)", "[N, C * 2, H]", lambda t, x: x.repeat(1, 2, 1)),
    Case("inverse", "inverse(a, N, M)", "[C, N, M=N]", lambda t, a: t.linalg.inv(a).mT, "a: [C, N, M=N]",
         sizes={"N": 3}),
    Case("solve", "solve(a, b, N, M)", "[C, M=N, K]", lambda t, a, b: t.linalg.solve(a, b),
         "a: [C, N, M=N], b: [C, N, K]", sizes={"N": 3}),
    Case("det", "det(a, N, M)", "[C]", lambda t, a: t.linalg.det(a), "a: [C, N, M=N]", sizes={"N": 4}),
    Case("det", "det(a, N, M)", "[C]", lambda t, a: t.linalg.det(a), "a: [C, N, M=N]", ones=False,
         data={"a": [[[1, 2], [2, 4]], [[0, 0], [0, 0]], [[1, 2], [3, 4]]]}),
    Case("logdet", "logdet(a, N, M)", "[C]", lambda t, a: t.linalg.slogdet(a).logabsdet, "a: [C, N, M=N]",
         sizes={"N": 3}),
    Case("trace", "trace(a, N, M)", "[C]", lambda t, a: t.einsum("cnn->c", a), "a: [C, N, M=N]", sizes={"N": 3}),
    Case("cholesky", f"cholesky({SPREAD}, C, K)", "[N, C, K=C]", lambda t, x: t.linalg.cholesky(spread(t, x))),
    Case("eigenvalues", f"eigenvalues({SPREAD}, C, K)", "[N, K=C]", lambda t, x: t.linalg.eigvalsh(spread(t, x))),
    Case("eigenvectors", f"eigenvectors({SPREAD}, C, K)", "[N, C, K=C]",
         lambda t, x: straight(t, t.linalg.eigh(spread(t, x)).eigenvectors)),
]  # fmt: skip

CASES = [*SINGLE, *OVER, *ARRANGED]
