"""Windows, resizing and sampling: what they mean, and what is refused when it is written, set up or run."""

import numpy as np
import pytest
from layers import codes, layer
from running import run, slopes, start

from layerdsl.graph import walk

HEAD = "layer A(x: [N, C, H, W], t: [N, T=6], z: [N, *S], g: [N, P, K=3], r: [N, Q]) -> y: []:\n"
LAYER = HEAD + "    hyper k: int = 2\n    hyper q: float = 0.5\n    hyper o: int? = none\n    y = sum({})\n"

REFUSED = {
    "LD101": "window(u, H by A=3)",
    "LD104": """
        window(x) | window(x, 3) | window(x, H by A=3, strides=2) | fold(x, round="up")
        window(x, H by A=3, round=2) | window(x, H by A=3, round="off") | window(x, H by A=3, outside=q)
        window(x, H by A=3, outside=true) | window(x > 0, H by A=3, outside=1) | fold(g) | fold(g, P by K, outside=0)
        resize(x) | resize(x, H=3, method="cubic") | resize(x, H=3, corners=1) | resize(x, H=3, H=4) | sample(x)
        sample(x, H=t, outside=1) | sample(x, H=t, outside="wrap") | argmax(window(x, H by A=3, W by B=3), over=[A, C])
    """,
    "LD109": "conv2d(x, 3) | max_pool(x) | unfold(x) | interpolate(x) | grid_sample(x, r)",
    "LD201": "window(x, H by A) | fold(g, P by A)",
    "LD202": "window(t, T by A=2) - t | max(window(t, T by A=3) - window(t, T by B=2), over=[A, B])",
    "LD203": "window(x, T by A=3) | fold(x, H by A=3) | resize(x, T=3)",
    "LD206": "resize(x, H=0) | resize(z, S=3) | sample(z, S=r)",
    "LD207": "window(x, H by N=3) | window(x, C = H by A=3) | window(x, H by A=3, W by A=3) | fold(g, N = P by K)",
    "LD210": "window(x, H by A=q) | window(x, H by A=2.5) | window(x, H by A=3, stride=q) | resize(x, H=q)",
    "LD211": """
        window(t, T by A=7) | window(t, T by A=4, dilation=2) | window(t, T by A=0) | window(t, T by A=3, stride=0)
        window(t, T by A=3, pad=-1) | window(t, T by A=3, dilation=0) | window(x, H by S) | max(H by A=3)
        window(x, H by A=3, stride=[1, 2]) | fold(g, P by K, size=[3, 4])
        window(x, H by A=3, outside=none) + 1 | max(window(x, H by A=3, W by B=3, outside=none), over=A)
        max(abs(window(x, H by A=3, outside=none)), over=A) | var(window(x, H by A=3, outside=none), over=A)
    """,
    "LD301": "fold(g > 0, P by K) | resize(x > 0, H=3) | sample(x > 0, H=r) | sample(x, H=r > 0)",
    "LD306": "window(x, H by A=o) | window(x, H by A=3, pad=o)",
}
CASES = [(code, formula.strip()) for code, text in REFUSED.items() for formula in text.replace("\n", "|").split("|")]


@pytest.mark.parametrize(("code", "formula"), [case for case in CASES if case[1]])
def test_what_is_refused(code, formula):
    assert code in [found.split(":")[0] for found in codes(LAYER.format(formula))]


X = np.random.RandomState(3).uniform(-1, 1, (2, 3, 6, 5))


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("hyper k: int = 9\n    y = sum(window(x, H by A=k))", "windows along axis H are longer than the padded axis"),
        ("hyper k: int = 0\n    y = sum(window(x, H by A=k))", "a window has at least one place"),
        ("hyper s: int = 0\n    y = sum(window(x, H by A=2, stride=s))", "`stride` is at least 1"),
        ("hyper p: int = -1\n    y = sum(window(x, H by A=2, pad=p))", "`pad` is at least 0"),
        ("y = sum(window(x, H by A=8))", "windows along axis H are longer than the padded axis"),
        ("hyper s: int = 0\n    y = sum(resize(x, H=s))", "s >= 1"),
        ("hyper p: int = 3\n    y = sum(fold(window(x, H by A=2), H by A, pad=p))", "nothing of axis H is left"),
    ],
)
def test_what_set_up_refuses(declared, words):
    with pytest.raises(ValueError, match=words):
        start(f"layer A(x: [N, C, H, W]) -> y: []:\n    {declared}\n", x=X)


def y(formula, top, head="x: [N, C, H, W]", **arrays):
    return run(f"layer A({head}) -> y: {top}:\n    y = {formula}\n", **(arrays or {"x": X})).value("y")


def test_positions_keep_the_name_or_have_one_of_their_own():
    kept = y("max(window(x, H by A=3, stride=2), over=A)", "[N, C, (H - 3) // 2 + 1, W]")
    own = y("max(window(x, P = H by A=3, stride=2), over=A)", "[N, C, P, W]")
    renamed = y("max(rename(window(x, H by A=3, stride=2), H=P), over=A)", "[N, C, P, W]")
    assert np.array_equal(kept, own) and np.array_equal(kept, renamed)  # noqa: PT018
    assert np.array_equal(kept, np.stack([X[:, :, i : i + 3].max(2) for i in (0, 2)], 2))


@pytest.mark.parametrize(
    ("given", "up", "down"),
    [((6, 3, 2, 0), 3, 2), ((6, 3, 2, 1), 4, 3), ((5, 2, 3, 1), 2, 2), ((6, 2, 2, 1), 4, 4), ((6, 1, 4, 0), 3, 2)],
)
def test_the_two_ways_to_round(given, up, down):
    size, k, stride, pad = given
    text = (
        "layer A(x: [T]) -> y: [P]:\n    hyper up: bool = true\n"
        f'    y = sum(window(x, P = T by K={k}, stride={stride}, pad={pad}, round="up" if up else "down"), over=K)\n'
    )
    for way, expected in (("true", up), ("false", down)):
        assert run(text, x=np.ones(size), param_str=f'{{"up": {way}}}').value("y").shape == (expected,)


def test_nothing_lies_outside():
    t = np.array([[3.0, -1, 4, 1]])
    say = "window(t, T by K=3, pad=1, outside=none)"
    head = "t: [N, T]"
    assert y(f"max({say}, over=K)", "[N, T]", head, t=-t).tolist() == [[1, 1, 1, -1]]
    assert y(f"min({say}, over=K)", "[N, T]", head, t=t).tolist() == [[-1, -1, -1, 1]]
    assert y(f"sum({say}, over=K)", "[N, T]", head, t=t).tolist() == [[2, 6, 4, 5]]
    assert y(f"mean({say}, over=K)", "[N, T]", head, t=t).tolist() == [[1, 2, 4 / 3, 2.5]]
    assert np.allclose(y(f"mean({say}, over=[K, T])", "[N]", head, t=t), 1.7)
    assert y(f"argmax({say}, over=K)", "[N, T]", head, t=t).tolist() == [[1, 2, 1, 0]]
    inside = "window(t > 0, T by K=3, pad=1, outside=none)"
    assert y(f"count({inside}, over=K)", "[N, T]", head, t=t).tolist() == [[1, 2, 2, 2]]
    assert y(f"float(all({inside}, over=K))", "[N, T]", head, t=t).tolist() == [[0, 0, 0, 1]]


@pytest.mark.parametrize("options", ["dilation=2, pad=3", "stride=2, pad=2", "dilation=3, stride=2, pad=4"])
def test_a_mean_takes_as_many_as_there_are(options):
    said = f"window(x, P = T by K=3, {options}, outside=none)"
    ones = y(
        f"sum({said}, over=K) / max(count(window(x > -5, P = T by K=3, {options}), over=K), 1)",
        "[P]",
        "x: [T]",
        x=X[0, 0, 0],
    )
    found = y(f"mean({said}, over=K)", "[P]", "x: [T]", x=X[0, 0, 0])
    assert np.allclose(ones[np.isfinite(found)], found[np.isfinite(found)])


FORMULAS = [
    "sum(window(x, P = H by A=3, Q = W by B=2) * 2, over=[A, B])",
    "max(window(x, P = H by A=3, Q = W by B=2, pad=[1, 0], outside=none), over=[A, B])",
    "min(window(x, P = H by A=3, Q = W by B=2, pad=1, outside=0.1), over=[A, B])",
    "sum(window(x, P = H by A=3, Q = W by B=2, pad=1, outside=0.5), over=[A, B])",
    "max(sum(window(x, P = H by A=3, Q = W by B=2), over=A), over=B)",
    "sum(window(x, P = H by A=3, Q = W by B=2, outside=0.5, pad=1)**2, over=[A, B])",
    "mean(window(x, P = H by A=3, Q = W by B=2, stride=2, pad=1, outside=none), over=[A, B])",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_gradients_are_slopes(formula):
    text = f"layer A(x: [N, C, H, W]) -> y: [N, C, P, Q]:\n    y = {formula}\n"
    made = start(text, x=X)
    diffs = {"y": np.random.RandomState(1).uniform(-1, 1, made.value("y").shape)}
    made = run(text, diffs, x=X)
    assert np.allclose(made.diff("x"), slopes(made, "x", diffs, step=1e-5), atol=1e-6)


TOGETHER = {
    "conv": "dot(window(x, P = H by A, Q = W by B), w, over=[C, A, B])",
    "window_best": "dot(max(window(x, P = H by A, Q = W by B), over=[A, B]), w[A=0, B=0], over=C)",
    "window_sum": "dot(mean(window(x, P = H by A, Q = W by B), over=[A, B]), w[A=0, B=0], over=C)",
    "conv_back": "fold(dot(x, w, over=C), P = H by A, Q = W by B)",
}


@pytest.mark.parametrize("op", TOGETHER)
def test_windows_are_not_laid_out(op):
    """Neither in the forward nor in the backward."""
    text = f"layer A(x: [N, C, H, W], w: [F, C, A=3, B=2]) -> y: [N, F, P, Q]:\n    y = {TOGETHER[op]}\n"
    program = layer(text).program
    found = {node.op for node in walk((*program.forward, *program.backward))}
    assert op in found
    assert not {"window", "fold"} & found


CONDITIONS = {
    "any(seen, over=[A, B])": ("[N, C, P, Q]", lambda seen: seen.any(axis=(-2, -1))),
    "all(seen, over=[A, B])": ("[N, C, P, Q]", lambda seen: seen.all(axis=(-2, -1))),
    "count(seen, over=[A, B])": ("[N, C, P, Q]", lambda seen: seen.sum(axis=(-2, -1))),
    "any(seen, over=[A, B, P])": ("[N, C, Q]", lambda seen: seen.any(axis=(-4, -2, -1))),
    "all(seen, over=[N, A, B])": ("[C, P, Q]", lambda seen: seen.all(axis=(0, -2, -1))),
    "count(seen, over=[Q, A, B])": ("[N, C, P]", lambda seen: seen.sum(axis=(-3, -2, -1))),
    "count(seen, over=B)": ("[N, C, P, Q, A]", lambda seen: seen.sum(axis=-1)),
}


@pytest.mark.parametrize("outside", ["true", "false"])
@pytest.mark.parametrize("formula", CONDITIONS)
def test_conditions_of_windows_are_not_laid_out(formula, outside):
    axes, meant = CONDITIONS[formula]
    text = (
        f"layer A(x: [N, C, H, W]) -> y: {axes}:\n"
        f"    seen = window(x > 0.6, P = H by A=3, Q = W by B=2, stride=[2, 1], pad=[1, 0], outside={outside})\n"
        f"    y = float({formula})\n"
    )
    frame = np.pad(X > 0.6, [(0, 0), (0, 0), (1, 1), (0, 0)], constant_values=outside == "true")
    seen = np.lib.stride_tricks.sliding_window_view(frame, (3, 2), axis=(2, 3))[:, :, ::2]
    assert np.array_equal(run(text, x=X).value("y"), meant(seen))
    found = {node.op for node in walk(layer(text).program.forward)}
    assert {"window_extreme", "window_sum"} & found
    assert not {"any", "all"} & found


PLACED = {
    "correlation": "dot(a, window(x, H by I=3, W by J=3, dilation=2, pad=2), over=C)[I=1, J=2]",
    "sum of products": "sum(window(x, H by I=3, W by J=3, pad=1) * a * m, over=[I, J, C])",
    "mean of products": "mean(k * window(x, H by A, W by B, pad=1) * a, over=[A, B])[C=0]",
    "mean times values": "mean(m * window(x, H by I=3, W by J=2, pad=1)[W=:W] * a, over=[I, J])[C=0]",
    "weights of places": "sum(dot(softmax(k, over=[A, B]), window(x, H by A, W by B, pad=1), over=[A, B]), over=C)",
    "window times what no window has": "dot(window(x, H by A, W by B, pad=1), sum(k, over=H), over=[A, B])[C=1]",
    "local power": "mean(window(x, H by A, W by B, pad=1)**2, over=[A, B])[C=0] * mean(a * k, over=[A, B, C])",
    "local covariance": "mean(window(x, H by A, W by B, pad=1) * window(m, H by A, W by B, pad=1), over=[A, B, C])",
    "folded": "fold(a * k, H by A, W by B, pad=1)[C=1]",
    "folded and summed": "fold(dot(a, exp(k * a), over=C), H by A, W by B, pad=1)",
}


@pytest.mark.parametrize("formula", PLACED.values(), ids=PLACED)
def test_windows_are_not_laid_out_for_values_with_positions(formula):
    """Neither in the forward nor in the backward; and the gradients are slopes."""
    blobs = "x: [N, C, H, W], a: [N, C, H, W], m: [N, H, W], k: [N, H, W, A=3, B=3]"
    text = f"layer A({blobs}) -> y: [N, H, W]:\n    y = {formula}\n"
    random = np.random.RandomState(0)
    shapes = {"x": (2, 3, 4, 5), "a": (2, 3, 4, 5), "m": (2, 4, 5), "k": (2, 4, 5, 3, 3)}
    bottoms = {name: random.uniform(-1, 1, shape) for name, shape in shapes.items()}
    program = layer(text).program
    assert not {"window", "fold"} & {node.op for node in walk((*program.forward, *program.backward))}
    diffs = {"y": random.uniform(-1, 1, start(text, **bottoms).value("y").shape)}
    made = run(text, diffs, **bottoms)
    for name in bottoms:
        assert np.allclose(made.diff(name), slopes(made, name, diffs, step=1e-5), atol=1e-6), name


MATRICES = {
    "[F, C, P, Q, A=3, B=2]": "dot(window(x, P = H by A, Q = W by B), w, over=[C, A, B])",
    "[F, C, H, W, A=3, B=2]": "fold(dot(x, w, over=C), P = H by A, Q = W by B)",
}


@pytest.mark.parametrize("axes", MATRICES)
def test_products_of_matrices_at_each_position_are_left_to_blas(axes):
    text = f"layer A(x: [N, C, H, W], w: {axes}) -> y: [N, F, P, Q]:\n    y = {MATRICES[axes]}\n"
    program = layer(text).program
    assert {"window", "fold"} & {node.op for node in walk(program.forward)}


def test_groups_are_axes_that_stay():
    x, w = np.random.RandomState(0).rand(2, 2, 3, 5), np.random.RandomState(1).rand(2, 4, 3, 2)
    found = y(
        "dot(window(x, P = T by K), w, over=[C, K])", "[N, G, F, P]", "x: [N, G, C, T], w: [G, F, C, K=2]", x=x, w=w
    )
    expected = sum(np.einsum("ngct,gfc->ngft", x[..., k : k + 4], w[..., k]) for k in range(2))
    assert np.allclose(found, expected)


def test_weights_that_differ_from_place_to_place():
    x, w = np.random.RandomState(0).rand(2, 5), np.random.RandomState(1).rand(4, 2)
    found = y("sum(window(x, P = T by K) * w, over=K)", "[N, P]", "x: [N, T], w: [P=4, K=2]", x=x, w=w)
    assert np.allclose(found, x[:, :4] * w[:, 0] + x[:, 1:] * w[:, 1])


def test_fold_adds_up_what_overlaps():
    g = np.arange(12.0).reshape(4, 3)
    said = "layer A(g: [P, K=3]) -> y: [T]:\n    y = fold(g, T = P by K{})\n"
    assert run(said.format(""), g=g).value("y").tolist() == [0, 4, 12, 21, 18, 11]
    assert run(said.format(", stride=2"), g=g).value("y").tolist() == [0, 1, 5, 4, 11, 7, 17, 10, 11]
    assert run(said.format(", pad=1"), g=g).value("y").tolist() == [4, 12, 21, 18]
    assert run(said.format(", size=8"), g=g).value("y").tolist() == [0, 4, 12, 21, 18, 11, 0, 0]


# -- resizing and sampling ---------------------------------------------------------------------------------------------


def plain_resize(x, axis, new, place):
    at = np.clip([place(i) for i in range(new)], 0, x.shape[axis] - 1)
    low = np.floor(at).astype(int)
    part = (at - low).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    high = np.minimum(low + 1, x.shape[axis] - 1)
    return np.take(x, low, axis) * (1 - part) + np.take(x, high, axis) * part


@pytest.mark.parametrize(("height", "width"), [(12, 10), (3, 2), (7, 5), (6, 11)])
def test_resize(height, width):
    top, given = f"[N, C, {height}, {width}]", f"H={height}, W={width}"
    area = plain_resize(X, 2, height, lambda i: (i + 0.5) * 6 / height - 0.5)
    area = plain_resize(area, 3, width, lambda i: (i + 0.5) * 5 / width - 0.5)
    assert np.allclose(y(f"resize(x, {given})", top), area)
    grid = plain_resize(X, 2, height, lambda i: i * 5 / max(height - 1, 1))
    grid = plain_resize(grid, 3, width, lambda i: i * 4 / max(width - 1, 1))
    assert np.allclose(y(f"resize(x, {given}, corners=true)", top), grid)
    rows, columns = (np.arange(n) * 2 + 1 for n in (height, width))
    near = X[:, :, rows * 6 // (2 * height)][..., columns * 5 // (2 * width)]
    assert np.array_equal(y(f'resize(x, {given}, method="nearest")', top), near)


def test_sample_is_exact_at_whole_coordinates():
    assert np.array_equal(y("sample(x, H=index(H), W=index(W))", "[N, C, H, W]"), X)


def plain_sample(x, row, column, edge):
    """One picture at one coordinate."""
    if edge:
        row, column = np.clip(row, 0, x.shape[0] - 1), np.clip(column, 0, x.shape[1] - 1)
    total = 0.0
    for i in (int(np.floor(row)), int(np.floor(row)) + 1):
        for j in (int(np.floor(column)), int(np.floor(column)) + 1):
            if 0 <= i < x.shape[0] and 0 <= j < x.shape[1]:
                total += x[i, j] * (1 - abs(row - i)) * (1 - abs(column - j))
    return total


@pytest.mark.parametrize("outside", ["0", '"edge"'])
def test_sample_between_and_beyond(outside):
    random = np.random.RandomState(5)
    r, c = random.uniform(-2, 7.5, (2, 4, 3)), random.uniform(-2, 6.5, (2, 4, 3))
    text = (
        "layer A(x: [N, C, H, W], r: [N, P, Q], c: [N, P, Q]) -> y: [N, C, P, Q]:\n"
        f"    y = sample(x, H=r, W=c, outside={outside})\n"
    )
    made = run(text, x=X, r=r, c=c)
    for n, k, p, q in np.ndindex(2, 3, 4, 3):
        expected = plain_sample(X[n, k], r[n, p, q], c[n, p, q], outside != "0")
        assert np.isclose(made.value("y")[n, k, p, q], expected)
    for name in "xrc":
        assert np.allclose(made.diff(name), slopes(made, name, step=1e-5), atol=1e-5)


def test_one_axis_is_sampled_by_whatever_axes():
    x, at = np.random.RandomState(0).rand(2, 5), np.array([[0.5, 3.25, -0.5], [4, 1.5, 9]])
    found = y("sample(x, T=at)", "[N, K]", "x: [N, T], at: [N, K]", x=x, at=at)
    assert np.allclose(found[0], [x[0, :2].mean(), 0.75 * x[0, 3] + 0.25 * x[0, 4], 0.5 * x[0, 0]])
    assert np.allclose(found[1], [x[1, 4], x[1, 1:3].mean(), 0])
    alone = y("sample(x, T=at)", "[N]", "x: [N, T], at: [N]", x=x, at=at[:, 0])
    assert np.allclose(alone, found[:, 0])
