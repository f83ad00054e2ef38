"""What people write who come from NumPy, PyTorch or Caffe, and what it is here."""

from __future__ import annotations

from typing import Final

AS_IT_IS: Final = "write the value alone: everything is float32, and a value without axes is one number"

#: Each sample against each.
EACH: Final = "`norm(a - rename(b, N=M), over=C)` has each against each, and so has `dot(a, rename(b, N=M), over=C)`"

#: Losses of PyTorch and TensorFlow, and what they are called in the standard library.
LOSSES: Final[dict[str, str]] = {
    "softmax_cross_entropy": "cross_entropy",
    **dict.fromkeys("binary_cross_entropy_with_logits bce_with_logits".split(), "sigmoid_cross_entropy"),
    "smooth_l1_loss": "smooth_l1",
    "huber_loss": "huber",
    "kl_div": "kl_divergence",
    "triplet_margin_loss": "triplet",
}

#: A matrix whose axes change their places.
TRANSPOSED: Final = (
    "`rename(x, N=M)` gives an axis another name, `rename(x, N=M, M=N)` swaps two; "
    "products and tops find theirs by name: `dot(a, b, over=K)`"
)

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
    **dict.fromkeys("transpose permute swapaxes moveaxis rollaxis".split(), TRANSPOSED),
    "reshape": "`split(x, C=[G, D], G=4)` takes an axis apart, `join(x, F=[C, H])` makes one of several",
    "flatten": "`join(x, F=[C, H])`, or declare the axes that belong together as `*S`",
    "expand_dims": "not needed: an axis that a value lacks is broadcast",
    "squeeze": "not needed: an axis of size 1 is declared as `1` and unseen by formulas",
    "broadcast_to": "not needed: an axis that a value lacks is broadcast",
    "zeros": "write `0`: a number is broadcast",
    "ones": "write `1`: a number is broadcast",
    "zeros_like": "write `0`: a number is broadcast",
    "ones_like": "write `1`: a number is broadcast",
    "arange": "`index(H)` is the coordinate along axis H",
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
    **dict.fromkeys(
        ("scan", "rnn", "lstm", "gru", "while_loop", "fori_loop", "accumulate"),
        "a block: `scan T:`, with `carry h: [N] = 0` and `next h = ...` in it",
    ),
    "print": "emitted code prints nothing; `layerdsl show` prints the stages",
    "int": "`floor(x)`, `round(x)` or `trunc(x)` give whole numbers",
    "std_dev": "`std(x, over=C)`",
    "average": "`mean(x, over=C)`",
    **dict.fromkeys("concatenate cat append hstack vstack".split(), "`concat(a, b, over=C)`"),
    **dict.fromkeys("unstack unbind".split(), "`x[C=0]` takes one place of an axis"),
    **dict.fromkeys("chunk array_split hsplit vsplit narrow".split(), "`x[C=:k]` and `x[C=k:]` are parts of an axis"),
    **dict.fromkeys("view unflatten".split(), "`split(x, C=[G, D], G=4)`"),
    "ravel": "`join(x, F=[C, H])`",
    **dict.fromkeys("flip fliplr flipud reverse".split(), "`x[W=::-1]`"),
    "repeat_interleave": "`repeat(x, H=2)`",
    **dict.fromkeys("diagonal diag_part".split(), "`x[M=index(N)]`"),
    **dict.fromkeys(
        "diag diagflat diag_embed".split(), "`where(index(N) == index(M), v, 0)`; of a matrix `x[M=index(N)]`"
    ),
    **dict.fromkeys("eye identity".split(), "`float(index(N) == index(M))`"),
    "trace": "`sum(x[M=index(N)], over=N)`",
    "tril": "`where(index(N) >= index(M), x, 0)`",
    "triu": "`where(index(N) <= index(M), x, 0)`",
    **dict.fromkeys("triangle tri".split(), "`float(index(N) >= index(M))`"),
    **dict.fromkeys(
        "pixel_shuffle depth_to_space".split(), "`join(split(x, C=[C, R, Q], R=r, Q=r), H=[H, R], W=[W, Q])`"
    ),
    **dict.fromkeys(
        "space_to_depth pixel_unshuffle".split(), "`join(split(x, H=[H, R], W=[W, Q], R=r, Q=r), C=[C, R, Q])`"
    ),
    "meshgrid": "`index(H)` and `index(W)` are broadcast",
    "topk": "`top_k(x, K=5, over=C)`; `argtop_k` has their places",
    "msort": "`sort(x, over=C)`",
    "percentile": "`sort(x, over=C)`, and of that a place, as in `[C=floor(q * (C - 1))]`",
    "quantile": "`sort(x, over=C)`, and of that a place, as in `[C=floor(q * (C - 1))]`",
    **dict.fromkeys("scatter scatter_add index_add segment_sum".split(), "`sum_by(x, label, K)`"),
    **dict.fromkeys("segment_mean scatter_mean".split(), "`mean_by(x, label, K)`"),
    **dict.fromkeys("bincount histogram histc".split(), "`count_by(label, K)`"),
    "unique": "`present(label, K)` says which labels are there",
    **dict.fromkeys(
        "conv conv1d conv2d conv3d convolve correlate".split(),
        "`dot(window(x, H by KH, W by KW), weight, over=[C, KH, KW])`",
    ),
    **dict.fromkeys(
        "deconv conv_transpose conv2d_transpose conv_transpose2d".split(),
        "`fold(dot(x, weight, over=C), H by KH, W by KW, stride=2)`",
    ),
    **dict.fromkeys(
        "pool max_pool maxpool max_pool2d".split(),
        "`max(window(x, H by KH=3, W by KW=3, stride=2, outside=none), over=[KH, KW])`",
    ),
    **dict.fromkeys(
        "avg_pool avgpool avg_pool2d average_pool".split(),
        "`mean(window(x, H by KH=3, W by KW=3, stride=2, outside=none), over=[KH, KW])`",
    ),
    **dict.fromkeys("im2col unfold sliding_window sliding_window_view".split(), "`window(x, H by KH=3, W by KW=3)`"),
    "col2im": "`fold(g, H by KH, W by KW)`",
    **dict.fromkeys("interp interpolate upsample imresize zoom".split(), "`resize(x, H=2 * H, W=2 * W)`"),
    **dict.fromkeys("grid_sample remap map_coordinates".split(), "`sample(x, H=rows, W=columns)`"),
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
    **dict.fromkeys("non_max_suppression nonmaximum_suppression".split(), "`nms(box, score, over=N, threshold=0.5)`"),
    **dict.fromkeys("file embed load loadtxt".split(), '`const mean: [C] = file("mean.npy")`'),
    **dict.fromkeys("inv invert pinv".split(), "`inverse(a, N, M)`, or better `solve(a, b, N, M)`"),
    **dict.fromkeys("determinant linalg_det".split(), "`det(a, N, M)`"),
    **dict.fromkeys("slogdet log_det log_determinant".split(), "`logdet(a, N, M)`; `det(a, N, M) > 0` has the sign"),
    **dict.fromkeys("eig eigh eigvals eigvalsh symeig".split(), "`eigenvalues(a, N, M)` and `eigenvectors(a, N, M)`"),
    "lstsq": "`solve(a, b, N, M)`, of the normal equations",
    "diag": "the diagonal is `a[M=index(N)]`, a diagonal matrix `where(index(N) == index(M), x, 0)`",
    **dict.fromkeys("eye identity".split(), "`float(index(N) == index(M))`"),
    **dict.fromkeys("mm bmm mv matvec".split(), "`dot(a, b, over=K)` sums over the axis named"),
    "inner": "`dot(a, b, over=K)` sums over the axis named",
    "unsqueeze": "not needed: an axis that a value lacks is broadcast",
    **dict.fromkeys("expand expand_as".split(), "not needed: an axis that a value lacks is broadcast"),
    "size": "an axis name is its size: `N`",
    **dict.fromkeys("cosine_similarity pairwise_distance cdist".split(), EACH),
    **{name: f"`from losses import {own}` takes it from the standard library" for name, own in LOSSES.items()},
}

#: Methods of arrays that are no functions as well.
METHODS: Final[dict[str, str]] = {
    **dict.fromkeys("item tolist numpy cpu cuda to float double clone copy contiguous type".split(), AS_IT_IS),
    **dict.fromkeys(
        "backward grad zero_grad requires_grad_".split(), "write the forward alone: the backward is derived"
    ),
    "t": TRANSPOSED,
    "dim": "`ndim(x)` counts the axes of a bottom",
    **dict.fromkeys("masked_fill masked_fill_".split(), "`where(condition, value, x)`"),
    "masked_select": "`where(condition, x, 0)`, which keeps the axes",
    **dict.fromkeys("fill_ zero_ add_ mul_ copy_".split(), "a name is given once: give the result a name of its own"),
}

#: Modules whose functions stand alone here.
MODULES: Final = frozenset(
    "np numpy math caffe torch tf jax jnp nn functional linalg random special scipy keras layers".split()
) | {"F", "K"}

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
