"""Axes split and joined, values behind each other, padded, rolled, repeated: against NumPy, and what is refused."""

import numpy as np
import pytest
from layers import faults, layer
from running import run, slopes

X = np.random.RandomState(5).standard_normal((2, 6, 4, 3))
A, B = X[:, :, 0, 0], X[:, :5, 1, 0]

NUMPY = [
    ("[N, G, D, H, W]", "split(x, C=[G, D], G=2)", X.reshape(2, 2, 3, 4, 3)),
    ("[N, C // 2, G, H, W]", "split(x, C=[C, G], G=2)", X.reshape(2, 3, 2, 4, 3)),
    ("[N, G, D, E, H, W]", "split(x, C=[G, D, E], G=1, D=3)", X.reshape(2, 1, 3, 2, 4, 3)),
    ("[N, C, H // 4, P, W]", "split(x, H=[H, P], P=4)", X.reshape(2, 6, 1, 4, 3)),
    ("[N, F]", "join(x, F=[C, H, W])", X.reshape(2, 72)),
    ("[N, F, W]", "join(x, F=[C, H])", X.reshape(2, 24, 3)),
    ("[N, F, W]", "join(x, F=[H, C])", X.transpose(0, 2, 1, 3).reshape(2, 24, 3)),
    ("[W, F]", "join(x[H=1:3], F=[N, C, H])", X[:, :, 1:3].transpose(3, 0, 1, 2).reshape(3, 24)),
    ("[F, W]", "join(x[H=0], F=[C, N])", X[:, :, 0].transpose(1, 0, 2).reshape(12, 3)),
    ("[F, H]", "join(x[W=::-1], F=[C, N, W])", X[..., ::-1].transpose(1, 0, 3, 2).reshape(36, 4)),
    ("[N, E, F]", "join(x, E=[C, W], F=[H])", X.transpose(0, 1, 3, 2).reshape(2, 18, 4)),
    ("[N, F, H, W]", "concat(x, 2 * x[C=1:], F=C)", np.concatenate([X, 2 * X[:, 1:]], 1)),
    ("[N, 13, H, W]", "concat(x, mean(x, over=C), 1 - x, over=C)", np.concatenate([X, X.mean(1)[:, None], 1 - X], 1)),
    ("[H, W, F, N]", "concat(x, x[C=0], F=C)", np.concatenate([X, X[:, :1]], 1).transpose(2, 3, 1, 0)),
    ("[N, C, H, W, K=3]", "stack(x, 0, x[C=0], K)", np.stack([X, 0 * X, 0 * X + X[:, :1]], -1)),
    ("[K, N, C, H, W]", "stack(x, -x, K)", np.stack([X, -X])),
    ("[N, C, 7, 5]", "pad(x, H=[1, 2], W=1)", np.pad(X, [(0, 0), (0, 0), (1, 2), (1, 1)], "constant")),
    (
        "[N, C, H, W + 3]",
        "pad(x, W=[0, 3], value=2)",
        np.pad(X, [(0, 0)] * 3 + [(0, 3)], "constant", constant_values=2),
    ),
    *(
        (
            "[N, C, H + 3, W + 2]",
            f'pad(x, H=[1, 2], W=1, mode="{mode}")',
            np.pad(X, [(0, 0)] * 2 + [(1, 2), (1, 1)], mode),
        )
        for mode in ("edge", "reflect", "symmetric", "wrap")
    ),
    ("[N, C, H, W]", "pad(x, H=0, W=[0, 0])", X),
    ("[N, C, H, W]", "roll(x, H=1)", np.roll(X, 1, 2)),
    ("[N, C, H, W]", "roll(x, H=-5, C=2)", np.roll(np.roll(X, -5, 2), 2, 1)),
    ("[N, C, H, W]", "roll(x, H=H)", X),
    ("[N, C, H * 2, W * 3]", "repeat(x, H=2, W=3)", X.repeat(2, 2).repeat(3, 3)),
    ("[N, C * 2, H, W * 3]", "tile(x, C=2, W=3)", np.tile(X, (1, 2, 1, 3))),
    ("[N, C, H, W]", "x[H=::-1, C=::-1]", X[:, ::-1, ::-1]),
    ("[N, C, 2, W]", "x[H=::-2]", X[:, :, ::-2]),
    ("[N, C, 2, W]", "x[H=-1:1:-1]", X[:, :, -1:1:-1]),
    ("[N, 2, H, W]", "x[C=4:0:-3]", X[:, 4:0:-3]),
    ("[N, C, H, W]", "x[H=::-1][H=::-1]", X),
    ("[N, C, 2, W]", "x[H=::-1][H=1:3]", X[:, :, ::-1][:, :, 1:3]),
    ("[N, C, H]", "max(split(x, W=[P, Q], P=1), over=[P, Q])", X.max(3)),
    ("[N, H]", "sum(join(x, F=[W, C]), over=F)", X.sum((1, 3))),
    ("[H, W]", "sum(concat(x, x[C=0], over=C), over=[N, C])", X.sum((0, 1)) + X[:, 0].sum(0)),
    ("[N, H, W]", "sum(repeat(x, C=3), over=C)", 3 * X.sum(1)),
]


@pytest.mark.parametrize(("axes", "formula", "wanted"), NUMPY, ids=[formula for _, formula, _ in NUMPY])
def test_as_numpy_has_it(axes, formula, wanted):
    ran = run(f"layer L(x: [N, C, H, W]) -> y: {axes}:\n    y = {formula}\n", {"y": wanted}, x=X)
    np.testing.assert_allclose(ran.value("y"), wanted)
    np.testing.assert_allclose(ran.diff("x"), slopes(ran, "x", {"y": wanted}), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("axes", "formula", "wanted"), NUMPY, ids=[formula for _, formula, _ in NUMPY])
def test_computed_values_too(axes, formula, wanted):
    """What is not a blob's memory but an array of the layer's own, read twice."""
    text = (
        f"layer L(x: [N, C, H, W]) -> (y: {axes}, z: []):\n    x2 = tanh(x) * 2\n    y = {formula.replace('x', 'x2')}\n"
    )
    text = text.replace("max2", "max") + "    z = sum(y * y)\n"
    diffs = {"y": wanted, "z": 0.5}
    ran = run(text, diffs, x=X)
    np.testing.assert_allclose(ran.diff("x"), slopes(ran, "x", diffs), rtol=1e-6, atol=1e-6)


ONES = np.full((1, 1, 1, 1), 3.0)


@pytest.mark.parametrize(
    "formula",
    [
        "join(split(x, C=[C, R], R=1), C=[R, C])",
        "roll(x, H=1, W=-1)",
        "x[H=::-1]",
        "tile(repeat(x, H=1), W=1)",
        'pad(x, H=1, mode="edge")[H=1:-1]',
        'pad(x, H=1, mode="symmetric")[H=1:-1]',
    ],
)
def test_axes_of_size_1(formula):
    ran = run(f"layer L(x: [N, C, H, W]) -> y: [N, C, H, W]:\n    y = {formula}\n", {"y": 2 * ONES}, x=ONES)
    np.testing.assert_array_equal(ran.value("y"), ONES)
    np.testing.assert_array_equal(ran.diff("x"), 2 * ONES)


def test_nan_stays_where_it_is():
    x = X.copy()
    x[0, 0, 0, 0] = np.nan
    ran = run("layer L(x: [N, C, H, W]) -> y: [N, 2 * C, H, W]:\n    y = concat(relu(x), -x, over=C)\n", x=x)
    assert np.isnan(ran.value("y")).sum() == 2


def test_conditions_and_indices_are_laid_out_like_numbers():
    text = "layer L(x: const [N, T]) -> y: const [N, 2 * T]:\n    y = float(concat(x > 0, roll(x > 0, T=1), over=T))\n"
    x = X[0, :, :, 0]
    wanted = np.concatenate([x > 0, np.roll(x > 0, 1, 1)], 1)
    np.testing.assert_array_equal(run(text, x=x).value("y"), wanted)
    text = "layer L(x: const [N, T]) -> y: const [N, 2]:\n    y = stack(argmax(x, over=T), argmin(x, over=T), K)\n"
    np.testing.assert_array_equal(run(text, x=x).value("y"), np.stack([x.argmax(1), x.argmin(1)], 1))


HYPERS = "layer L(x: [N, C]) -> y: [N, C]:\n    hyper k: int = 2\n"


def test_what_does_not_come_out_even_is_refused_by_name():
    text = HYPERS + "    y = join(split(x, C=[G, D], G=k), C=[D, G])\n"
    np.testing.assert_array_equal(run(text, x=A).value("y"), A.reshape(2, 2, 3).transpose(0, 2, 1).reshape(2, 6))
    with pytest.raises(ValueError, match=r"axis `C` can't be taken apart evenly: C is not a multiple of k, k is 2"):
        run(text, x=B)
    with pytest.raises(ValueError, match=r"0 < k"):
        run(text, x=A, param_str="{'k': 0}")


def test_what_is_split_and_joined_again_has_the_size_that_it_had():
    """No equality is left to set-up: the size of the whole is known to be that of its parts."""
    graph = layer(HYPERS + "    y = x + join(split(x, C=[G, D], G=k), C=[D, G])\n").graph
    assert graph.equalities == ()


@pytest.mark.parametrize(
    ("formula", "shape", "message"),
    [
        ('pad(x, C=k, mode="reflect")[C=k:C + k]', (2, 2), r"k <= C - 1"),
        ('pad(x, C=k, mode="wrap")[C=k:C + k]', (2, 1), r"k <= C"),
        ("pad(x, C=k - 3)[C=:C]", (2, 6), r"0 <= k - 3"),
        ("repeat(x, C=k - 2)[C=:C]", (2, 6), r"0 < k - 2"),
        ("x[C=k + 3::-1][C=:C]", (2, 4), r"k \+ 3 < C"),
    ],
)
def test_amounts_are_looked_at_when_sizes_are_known(formula, shape, message):
    with pytest.raises(ValueError, match=message):
        run(HYPERS + f"    y = {formula}\n", x=np.ones(shape))


REFUSED = [
    ("split(x)", "LD104", "`split` needs the axis"),
    ("split(x, C=2)", "LD104", "`split` needs the axes that come out"),
    ("split(x, C=[G, D])", "LD104", "nothing says how long `G` is"),
    ("split(x, C=[G, D], G=2, E=3)", "LD203", "`E` is none of the axes that come out"),
    ("split(x, K=[G, D], G=2)", "LD203", "the value has no axis `K`"),
    ("split(x, C=[G, 4], G=2)", "LD203", "the names of axes stand here, in brackets"),
    ("split(x, C=[N, D], N=2)", "LD207", "the value would have axis `N` twice"),
    ("split(v, K=[G, D], G=2)", "LD206", "axis `K` can't be taken apart evenly: 5 is not a multiple of 2"),
    ("join(x, F=C)", "LD203", "the names of axes stand here, in brackets"),
    ("join(x, F=[C, H])", "LD203", "the value has no axis `H`"),
    ("join(x, F=[C, C])", "LD207", "the value would have axis `C` twice"),
    ("join(x, F=[C], N=[N, C])", "LD207", "the value would have axis `C` twice"),
    ("concat(x, x)", "LD104", "`concat` needs the axis"),
    ("concat(x, x, over=K)", "LD203", "no value has axis `K`"),
    ("concat(x, v, F=[C])", "LD104", "2 values, 1 axes"),
    ("concat(x, v, F=[C, C])", "LD203", "the value has no axis `C`"),
    ("concat(x, x > 0, over=C)", "LD301", "a condition stands where a number is needed"),
    ("concat(x, x[N=1:], over=C)", "LD202", "axis `N` has size `N` in one value and `N - 1` in the other"),
    ("stack(x, x, 3)", "LD104", "`stack` needs the name of the axis that it makes"),
    ("stack(x, x)", "LD203", "the last argument names the new axis"),
    ("stack(x, x, C)", "LD207", "the value has axis `C` already"),
    ("stack(x, x, K=3)", "LD202", "axis `K` has size `3` in one value and `2` in the other"),
    ("pad(x)", "LD104", "`pad` needs the axis"),
    ("pad(x, C=[1, 2, 3])", "LD104", "before and behind, or one number for both"),
    ("pad(x, C=-1)", "LD206", "a pad of less than nothing"),
    ("pad(x, C=1, C=2)", "LD104", "`C` is given twice"),
    ('pad(x, C=1, mode="mirror")', "LD104", '`mode` is one of `"edge"`, `"reflect"`, `"symmetric"`, `"wrap"`'),
    ('pad(x, C=1, mode="edge", value=1)', "LD104", "`mode` and `value` are two ways to pad"),
    ("pad(x, C=1, value=x)", "LD207", "the pad has axis `C` itself"),
    ("repeat(x, C=0)", "LD206", "less than once"),
    ("roll(g, S=1)", "LD206", "`S` is a group of axes and has no ends"),
    ("crop(x, C=N)", "LD206", "`crop` takes as much of one group as another one has"),
    ("crop(g, S=S, at=3)", "LD303", "`at` takes a hyper-parameter that is a `list[int]`"),
    ("x[C=::0]", "LD206", "the step of a slice is a whole number other than 0 that is written out"),
    ("x[C=1:1:-1]", "LD206", "nothing of axis `C` is left"),
    ("concatenate(x, x)", "LD109", "there is no function `concatenate`"),
    ("flip(x, over=C)", "LD109", "there is no function `flip`"),
]


@pytest.mark.parametrize(("formula", "code", "message"), REFUSED, ids=[formula for formula, _, _ in REFUSED])
def test_misuse_is_refused_with_its_place(formula, code, message):
    found = faults(f"layer L(x: [N, C], v: [N, K=5], g: [N, *S]) -> y: [N]:\n    y = sum({formula}, over=C)\n")
    assert (found[0].code, found[0].message) == (code, message)


# -- what is emitted ---------------------------------------------------------------------------------------------------


def forward(text):
    whole = layer(text).stage("python")
    body = whole[whole.index("def forward") : whole.index("def backward")]
    return [line.strip() for line in body.splitlines() if line.strip().startswith(("np.", "_interleave"))]


def test_what_is_a_look_at_memory_costs_no_copy():
    text = "layer L(x: [N, C, H, W]) -> y: [N, F, W]:\n    y = join(x, F=[C, H]) * 2\n"
    assert forward(text) == ["np.multiply(x.reshape(N, C * H, W), 2, out=y)"]
    text = "layer L(x: [N, C, *S]) -> y: [N, G, *S]:\n    hyper G: int = 2\n    y = split(x, C=[G, D])[D=0]\n"
    assert forward(text) == ["np.copyto(y, x.reshape(N, self.G, C // self.G, S)[:, :, 0])"]
    text = "layer L(x: [N, T]) -> y: [N, T]:\n    y = x[T=::-1] + 1\n"
    assert forward(text)[-1] == "np.add(x[:, ::-1], 1, out=y)"


def test_parts_are_computed_where_they_belong():
    text = "layer L(x: [N], z: [M]) -> y: [N + M]:\n    y = concat(x * 2, -z, F=[N, M])\n"
    assert sorted(forward(text)) == ["np.multiply(x, 2, out=y[:N])", "np.negative(z, out=y[N:])"]


def test_two_halves_of_a_gradient_are_written_side_by_side():
    formula = "sum(x[C=:k]**2, over=C) + sum(x[C=k:], over=C)"
    text = f"layer L(x: [N, C]) -> y: [N]:\n    hyper k: int = 2\n    y = {formula}\n"
    source = layer(text).stage("python")
    backward = source[source.index("def backward") :]
    assert "out=x_diff[:, :self.k]" in backward
    assert "np.copyto(x_diff[:, self.k:], y_diff[:, None])" in backward


def test_several_moves_are_one_copy():
    text = (
        "layer L(x: [N, C, H, W]) -> y: [N, D, F, G]:\n"
        "    y = join(join(split(split(x, C=[D, R, Q], R=2, Q=3), D=[D, E], E=1), F=[E, H, R]), G=[W, Q])\n"
    )
    assert len(forward(text)) == 1
