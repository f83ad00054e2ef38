"""How much memory the arrays take that a layer makes in `reshape()`: what is kept, and temporaries that are shared."""

import re

import numpy as np
import pytest
from layers import compilation, layer
from running import slopes, start

from layerdsl.pipeline import python_module

SHAPE = (4, 32, 128, 128)
PLACE = "layer A(x: [N, C, H, W]) -> y: [N, C, H, W]:\n    "
CHAIN = "\n    ".join(["a0 = x", *(f"a{i} = floor(a{i - 1} * 1.5 + {i})" for i in range(1, 30)), "y = a29"])

# At most so many times the memory of the bottom. Up to two are what a loop's temporaries take, which fit the cache.
BOUNDS = [
    ("y = 2 * x + 1", 0.2),
    ("y = max(x, 0)", 0.5),
    ("param s: [C] = 0.25\n    y = max(x, 0) + s * min(x, 0)", 1),
    ("y = tanh(x)", 2),
    ("y = softmax(x, over=C)", 2.5),
    ("y = x / norm(x, over=C)", 1),
    ("y = (x - mean(x, over=[N, H, W])) / sqrt(var(x, over=[N, H, W]) + 1e-5)", 1),
    ("y = where(x > 0, x, exp(x) - 1)", 2),
    (CHAIN, 1),
    ("y = sum(abs(x - window(x, H by KH=9, W by KW=9, pad=4)), over=[KH, KW])", 8),  # laid out it were 81 times x
]


@pytest.mark.parametrize(("body", "bound"), BOUNDS, ids=[body.splitlines()[-1].strip() for body, _ in BOUNDS])
def test_no_more_memory_than_the_formula_needs(body, bound):
    x = np.zeros(SHAPE, np.float32)
    ran = start(f"{PLACE}{body}\n", dtype=np.float32, x=x)
    assert footprint(ran.net.layer) <= bound * x.nbytes


def test_a_loss_takes_no_array_of_its_bottoms_size():
    text = "layer A(pred: [N, *S], label: const [N, *S]) -> loss: []:\n    loss = sum((pred - label)**2) / (2 * N)\n"
    x = np.zeros(SHAPE, np.float32)
    assert footprint(start(text, dtype=np.float32, pred=x, label=x).net.layer) <= 0.5 * x.nbytes


PRODUCTS = ["dot(x, w, over=K)", "dot(x, w, over=K) + dot(x**2, w, over=K)", "dot(x, relu(w), over=K) + 2 * w[K=0]"]


@pytest.mark.parametrize(("formula", "arrays"), [(PRODUCTS[0], 0), (PRODUCTS[1], 0), (PRODUCTS[2], 3)])
def test_a_product_is_added_to_the_diff_of_a_blob_without_an_array_of_its_own(formula, arrays):
    """It takes room of 8 MB at most."""
    text = f"layer A(x: [N, K]) -> y: [N, M]:\n    param w: [K=6000, M=1000] = 1\n    y = {formula}\n"
    ran = start(text, dtype=np.float32, x=np.ones((3, 6000)))
    assert footprint(ran.net.layer) <= 2**23 + arrays * ran["w"].data.nbytes + 2**20


@pytest.mark.parametrize("formula", [*PRODUCTS, "w[K=argmax(x, over=K)]", "dot(x, w, over=K) + w[K=argmin(x, over=K)]"])
def test_what_is_added_to_a_diff_leaves_what_is_there(formula):
    text = f"layer A(x: [N, K]) -> y: [N, M]:\n    param w: [K, M=4] = 1\n    y = {formula}\n"
    ran = start(text, x=np.random.RandomState(0).rand(3, 50)).forward()
    w = ran["w"]
    w.data[...] = np.random.RandomState(1).randn(50, 4)
    ran.forward().backward(y=[[1, 2, 3, 4], [5, 6, 7, 8], [0, 1, 0, -1]])
    once = ran.diff("w")
    np.testing.assert_allclose(once, slopes(ran, "w", {"y": ran["y"].diff}), atol=1e-6)
    ran.net.backward()
    np.testing.assert_allclose(ran.diff("w"), 2 * once)


def footprint(layer):
    """The bytes of all arrays that a layer holds, each once."""
    found = {}

    def visit(value):
        if isinstance(value, np.ndarray):
            while isinstance(value.base, np.ndarray):
                value = value.base
            found[id(value)] = value.nbytes
        elif isinstance(value, (list, tuple)):
            for item in value:
                visit(item)

    for name, value in vars(layer).items():
        if name != "_caffe_blobs":
            visit(value)
    return sum(found.values())


def test_a_layer_measures_once_while_shapes_stay():
    """`reshape()` comes before every forward, and does nothing the second time."""
    ran = start("layer A(x: [N, C]) -> y: [N, C]:\n    y = softmax(x, over=C)\n", x=np.zeros((3, 4))).forward()
    before = {name: id(value) for name, value in vars(ran.net.layer).items()}
    ran.forward()
    assert {name: id(value) for name, value in vars(ran.net.layer).items()} == before
    ran.net.set_bottoms([np.zeros((5, 4))])
    ran.net.forward()
    assert {name: id(value) for name, value in vars(ran.net.layer).items()} != before


@pytest.mark.parametrize(
    "text",
    [
        "layer A(a: [N, *S], b: [N, *T]) -> y: []:\n    y = sum((a - rename(b, T=S))**2)\n",
        "layer A(a: [N, *S], b: [N]) -> y: []:\n    y = sum(relu(join(a, K=[S]) * b))\n",
    ],
)
def test_what_has_two_names_is_computed_in_one_loop(text):
    """The gradient of what was renamed needs no array of its own."""
    given = {"a": np.zeros(SHAPE), "b": np.zeros(SHAPE if "T" in text else SHAPE[0])}
    assert footprint(start(text, dtype=np.float32, **given).net.layer) <= 1.1 * given["a"].size * 4


def test_under_two_names_the_gradients_are_right():
    text = "layer A(a: [N, *S], b: [N, *T]) -> y: [N, K=S]:\n    y = join((a - rename(b, T=S))**2 * a, K=[S])\n"
    random = np.random.RandomState(0)
    ran = start(text, a=random.rand(2, 3, 4), b=random.rand(2, 12, 1)).forward()
    weights = random.rand(2, 12)
    ran.backward(y=weights)
    for name in "ab":
        np.testing.assert_allclose(ran.diff(name), slopes(ran, name, {"y": weights}), atol=1e-8)


def test_sizes_that_reshape_finds_equal_are_one():
    """`y` has as many places as `x` for every odd `n`, which a formula of sizes can't tell: still one loop."""
    text = (
        "layer A(x: [N, C, *S]) -> y: [N, C, *S]:\n    hyper n: int = 3\n"
        "    z = sum(window(x, C by K=n, pad=(n - 1) // 2), over=K)\n    y = x * exp(-z)\n"
    )
    outside = [
        line
        for line in python_module([layer(text)]).partition("class A")[2].splitlines()
        if re.match(r" {12}np\.(?!copyto\(self\._x_own)", line)
    ]
    assert outside == [], outside


def test_values_stacked_along_joined_axes_are_computed_right_in_their_blob():
    """The gates of an LSTM: four values split off one bottom, whose gradients lie behind each other."""
    text = (
        "layer A(c: [N, D], x: [N, G=4 * D]) -> y: [N, D]:\n    g = split(x, G=[Q, D], Q=4)\n"
        "    y = sigmoid(g[Q=0]) * c + sin(g[Q=2]) * tanh(g[Q=3]) - g[Q=1]\n"
    )
    random = np.random.RandomState(0)
    ran = start(text, x=random.randn(3, 20), c=random.randn(3, 5)).forward().backward()
    for name in "xc":
        np.testing.assert_allclose(ran.diff(name), slopes(ran, name), atol=1e-6)
    python = python_module([layer(text)])
    assert "_interleave" not in python
    assert len(re.findall(r"out=x_diff\[:, ", python)) == 4


@pytest.mark.parametrize("over", ["[H, W]", "[C, H, W]", "[N, C, H, W]"])
def test_the_place_of_the_largest_over_the_last_axes_is_looked_for_once(over):
    """They are one axis: no gradient passes through an array with some of them only, and none as large as `x`."""
    left = [axis for axis in "NCHW" if axis not in over]
    text = f"layer A(x: [N, C, H, W]) -> y: [{', '.join(left)}]:\n    y = max(x, over={over})\n"
    x = np.random.RandomState(0).randn(2, 3, 40, 50).astype(np.float32)
    x.reshape(-1)[::37] = 5  # of equals it is the first
    ran = start(text, dtype=np.float32, x=x).forward().backward()
    assert python_module([layer(text)]).partition("class A")[2].count("np.argmax") == 1
    assert footprint(ran.net.layer) < x.size * 4 / 10
    rows = x.reshape(2 * 3 if over == "[H, W]" else 2 if over[1] == "C" else 1, -1)
    wanted = np.zeros_like(rows)
    wanted[np.arange(len(rows)), rows.argmax(axis=1)] = 1
    np.testing.assert_array_equal(ran.diff("x"), wanted.reshape(x.shape))


@pytest.mark.parametrize(
    "text",
    [
        "layer A(w: [W, H], x: [N, H, W]) -> y: [N]:\n    y = max(x * w, over=[H, W]) * max(x, over=[H, W])\n",
        "layer A(x: [N, H, W], w: [W, H]) -> y: [N]:\n    y = min(x * w, over=[H, W]) + max(w, over=[W, H])**2\n",
        "layer A(x: [H, N, W], w: [W]) -> y: [N]:\n    y = max(x * w, over=[H, W])**2\n",
        "layer A(x: [N, H, W], w: [H]) -> y: [N]:\n    y = max(join(x * w, K=[H, W]), over=K) + min(x)\n",
    ],
)
def test_the_largest_over_several_axes_however_they_lie(text):
    random = np.random.RandomState(1)
    sizes = {"N": 3, "H": 4, "W": 5}
    shapes = {name: [sizes[axis] for axis in axes.split(", ")] for name, axes in re.findall(r"(\w): \[(.+?)\]", text)}
    ran = start(text, **{name: random.randn(*shapes[name]) for name in "xw"}).forward()
    weights = random.rand(3)
    ran.backward(y=weights)
    for name in "xw":
        np.testing.assert_allclose(ran.diff(name), slopes(ran, name, {"y": weights}), atol=1e-7)


BRANCHES = """layer A(x: [N, C]) -> y: [N, C]:
    hyper size: int = 3
    hyper near: bool = true
    half = (size - 1) // 2
    if near:
        scale = 1 + sum(window(x**2, C by K=size, pad=half), over=K)
    else:
        scale = 1 + x**2
    y = x / scale
"""


def test_sizes_that_a_choice_makes_equal_share_memory_and_loops():
    module = python_module(compilation(BRANCHES).layers)
    shapes = re.findall(r"self\._scale = np\.empty\((\(.*?\)), dtype\)", module)
    assert set(shapes) == {"(N, C)"}
