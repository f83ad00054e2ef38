"""What people write who come from NumPy, PyTorch or Caffe, and what it is here."""

from __future__ import annotations

from typing import Final

#: Functions.
FUNCTIONS: Final[dict[str, str]] = {
    "maximum": "`max(a, b)` compares element by element",
    "minimum": "`min(a, b)` compares element by element",
    "amax": "`max(x, over=C)`",
    "amin": "`min(x, over=C)`",
    "power": "`x**p`",
    "matmul": "`dot(a, b, over=K)` sums over the axis named",
    "einsum": "`dot(a, b, over=K)` sums over the axis named",
    "tensordot": "`dot(a, b, over=K)` sums over the axis named",
    "transpose": "not needed: values are aligned by the names of their axes",
    "reshape": "not needed: values are aligned by the names of their axes; `*S` takes any number of axes together",
    "flatten": "not needed: declare the axes that belong together as `*S`",
    "expand_dims": "not needed: an axis that a value lacks is broadcast",
    "squeeze": "not needed: an axis of size 1 is declared as `1` and unseen by formulas",
    "broadcast_to": "not needed: an axis that a value lacks is broadcast",
    "tile": "not needed: an axis that a value lacks is broadcast",
    "zeros": "write `0`: a number is broadcast",
    "ones": "write `1`: a number is broadcast",
    "zeros_like": "write `0`: a number is broadcast",
    "ones_like": "write `1`: a number is broadcast",
    "arange": "`index(H)` is the coordinate along axis H",
    "range": "`index(H)` is the coordinate along axis H",
    "shape": "an axis name is its size: `N`",
    "count_nonzero": "`count(condition)`",
    "logical_and": "`a and b`",
    "logical_or": "`a or b`",
    "logical_not": "`not a`",
    "detach": "`stop_gradient(x)`",
    "rand": "`uniform(0, 1, each=[N, C])`",
    "randn": "`normal(0, 1, each=[N, C])`",
    "dropout": "`where(bernoulli(p, each=[N, C]), x / p, 0)`",
    "arctan2": "`atan2(a, b)`",
    "logsigmoid": "`log_sigmoid(x)`",
    "print": "emitted code prints nothing; `layerdsl show` prints the stages",
    "int": "`floor(x)`, `round(x)` or `trunc(x)` give whole numbers",
    "std_dev": "`std(x, over=C)`",
    "average": "`mean(x, over=C)`",
    **dict.fromkeys(
        "concat concatenate stack".split(), "not there yet: Caffe's own Concat layer puts blobs behind each other"
    ),
    **dict.fromkeys("split unstack".split(), "not there yet: Caffe's own Slice layer takes a blob apart"),
    "topk": "`top_k(x, K=5, over=C)`; `argtop_k` has their places",
    "msort": "`sort(x, over=C)`",
    "percentile": "`sort(x, over=C)`, and of that a place, as in `[C=floor(q * (C - 1))]`",
    "quantile": "`sort(x, over=C)`, and of that a place, as in `[C=floor(q * (C - 1))]`",
    **dict.fromkeys("scatter scatter_add index_add segment_sum".split(), "`sum_by(x, label, K)`"),
    **dict.fromkeys("segment_mean scatter_mean".split(), "`mean_by(x, label, K)`"),
    **dict.fromkeys("bincount histogram histc".split(), "`count_by(label, K)`"),
    "unique": "`present(label, K)` says which labels are there",
    **dict.fromkeys("pad conv pool".split(), "not there yet"),
    **dict.fromkeys("gather take take_along_axis choose".split(), "`x[C=label]`"),
    "onehot": "`one_hot(label, K)`",
    **dict.fromkeys("select cond ifelse switch".split(), "`where(condition, a, b)`"),
    **dict.fromkeys("heaviside step".split(), "`float(x > 0)`"),
    **dict.fromkeys("random rand_like random_uniform".split(), "`uniform(0, 1, each=[N, C])`"),
    **dict.fromkeys("gaussian randn_like random_normal".split(), "`normal(0, 1, each=[N, C])`"),
    "fabs": "`abs(x)`",
    "ln": "`log(x)`",
    "sqr": "`x**2`",
    "rsqrt": "`1 / sqrt(x)`",
    "sgn": "`sign(x)`",
    "inner": "`dot(a, b, over=K)` sums over the axis named",
    "permute": "not needed: values are aligned by the names of their axes",
    "swapaxes": "not needed: values are aligned by the names of their axes",
    "unsqueeze": "not needed: an axis that a value lacks is broadcast",
    "expand_as": "not needed: an axis that a value lacks is broadcast",
}

#: Arguments of functions.
KEYWORDS: Final[dict[str, str]] = {
    "axis": "axes have names: `over=C` in place of `axis=1`",
    "axes": "axes have names: `over=[N, C]`",
    "dim": "axes have names: `over=C` in place of `dim=1`",
    "keepdims": "not needed: values are aligned by the names of their axes",
    "keepdim": "not needed: values are aligned by the names of their axes",
    "dtype": "not needed: everything is float32, as in Caffe",
    "out": "not needed: the emitted code plans its own buffers",
}

#: Fillers.
FILLERS: Final[dict[str, str]] = {
    **dict.fromkeys(("normal", "randn", "truncated_normal"), "`gaussian(mean, std)`"),
    **dict.fromkeys(("glorot", "glorot_uniform", "xavier_uniform"), "`xavier()`"),
    **dict.fromkeys(("he", "he_normal", "kaiming", "kaiming_normal"), "`msra()`"),
    **dict.fromkeys(("zeros", "zero"), "write the number: `0`"),
    **dict.fromkeys(("ones", "one"), "write the number: `1`"),
    "rand": "`uniform(min, max)`",
}
