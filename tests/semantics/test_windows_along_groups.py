"""Windows along a group of axes: what they mean beside single axes, and what is refused, when written or set up."""

import numpy as np
import pytest
from layers import codes, faults
from running import run, start

RANDOM = np.random.RandomState(5)
SHAPES = [(2, 3), (2, 3, 7), (2, 3, 6, 5), (2, 3, 4, 5, 6)]
AXES = ["", "H", "H W", "D H W"]
GROUP = """
layer A(x: [N, C, *S]) -> (y: [N, F, *P], most: [N, C, *P], mean: [N, C, *P], place: const [N, C, *P]):
    hyper F: int = 2
    hyper k: list[int] = 2
    hyper stride: list[int] = 1
    hyper pad: list[int] = 0
    param weight: [F, C, *K=each(k, S)] = gaussian()
    y = dot(window(x, P = S by K, stride=stride, pad=pad), weight, over=[C, K])
    none_there = window(x, P = S by K, stride=stride, pad=pad, outside=none)
    most = max(none_there, over=K)
    mean = mean(none_there, over=K)
    place = argmax(none_there, over=K)
"""


def single(axes):
    """The same layer with its axes by name."""
    names = axes.split()
    by = ", ".join(f"P{n} = {n} by K{n}" for n in names)
    listed = {p: "".join(f", {p}{n}" for n in names) for p in ("", "P", "K")}
    offsets = f"[{listed['K'][2:]}]"
    declared = "".join(f"    hyper {each}{n}: int = {d}\n" for n in names for each, d in (("k", 2), ("s", 1), ("p", 0)))
    options = ", ".join(f"{w}=[{', '.join(each + n for n in names)}]" for w, each in (("stride", "s"), ("pad", "p")))
    sizes = "".join(f", K{n}=k{n}" for n in names)
    return (
        f"layer A(x: [N, C{listed['']}]) -> (y: [N, F{listed['P']}], most: [N, C{listed['P']}], "
        f"mean: [N, C{listed['P']}], place: const [N, C{listed['P']}]):\n"
        f"    hyper F: int = 2\n{declared}    param weight: [F, C{sizes}] = gaussian()\n"
        f"    y = dot(window(x, {by}, {options}), weight, over=[C{listed['K']}])\n"
        f"    none_there = window(x, {by}, {options}, outside=none)\n"
        f"    most = max(none_there, over={offsets})\n    mean = mean(none_there, over={offsets})\n"
        f"    place = argmax(none_there, over={offsets})\n"
    )


def both(axes, shape, k, stride, pad):
    """The layer with a group and that with single axes, with the same values."""
    names, x = axes.split(), RANDOM.uniform(-1, 1, shape).astype(np.float32)
    numbers = [one * len(names) if len(one) == 1 else one for one in (k, stride, pad)]
    each = {f"{w}{n}": one[i] for w, one in zip("ksp", numbers, strict=True) for i, n in enumerate(names)}
    weight = RANDOM.uniform(-1, 1, (2, shape[1], *numbers[0])).astype(np.float32)
    diffs = {name: RANDOM.uniform(-1, 1) for name in ("y", "most", "mean")}
    lists = {"k": k, "stride": stride, "pad": pad}
    ours = run(GROUP, diffs, param_str=str(lists), x=x, weight=weight)
    return ours, run(single(axes), diffs, param_str=str(each), x=x, weight=weight)


@pytest.mark.parametrize(("axes", "shape"), list(zip(AXES, SHAPES, strict=True))[1:], ids=AXES[1:])
@pytest.mark.parametrize(("k", "stride", "pad"), [([2], [1], [0]), ([3], [2], [1]), ([2], [3], [1])])
def test_it_is_as_with_single_axes(axes, shape, k, stride, pad):
    ours, theirs = both(axes, shape, k, stride, pad)
    for name in ("y", "most", "mean", "place"):
        assert ours.value(name).shape == theirs.value(name).shape
        assert np.allclose(ours.value(name), theirs.value(name), atol=1e-5)
    for name in ("x", "weight"):
        assert np.allclose(ours.diff(name), theirs.diff(name), atol=1e-5)
    assert ours.value("weight").shape == theirs.value("weight").shape


def test_lists_have_a_number_for_each_axis():
    ours, theirs = both("D H W", (2, 3, 4, 5, 6), [1, 2, 3], [2, 1, 2], [0, 1, 1])
    assert np.allclose(ours.value("y"), theirs.value("y"), atol=1e-5)
    assert ours.value("weight").shape == (2, 3, 1, 2, 3)


def test_without_axes_each_place_is_one_window():
    x = RANDOM.uniform(-1, 1, (2, 3)).astype(np.float32)
    made = run(GROUP, x=x)
    assert made.value("weight").shape == (2, 3)
    assert np.allclose(made.value("y"), x @ made.value("weight").T, atol=1e-6)
    assert np.array_equal(made.value("most"), x)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"k": [2, 2, 2]}, "`k` has a number for each axis, or one for all"),
        ({"k": []}, "`k` has a number for each axis, or one for all"),
        ({"stride": [1, 0]}, "`stride` is at least 1"),
        ({"pad": -1}, "`pad` is at least 0"),
        ({"k": 9}, r"along an axis of S are longer than the padded axis \(9 > 6\), k is 9, pad is 0, S is 6x5$"),
    ],
)
def test_what_set_up_refuses(given, words):
    with pytest.raises(ValueError, match=words):
        start(GROUP, param_str=str(given), x=np.zeros((2, 3, 6, 5)))


def test_four_axes_are_too_many():
    with pytest.raises(ValueError, match="windows run along at most three axes, but S has 2x2x2x2"):
        start(GROUP, x=np.zeros((1, 1, 2, 2, 2, 2)))


LAYER = """
layer A(x: [N, C, *S], t: [N, T], z: [N, *R]) -> y: []:
    hyper k: int = 2
    hyper q: list[float] = 1
    hyper w: list[int] = 1
    y = sum({})
"""


@pytest.mark.parametrize(
    ("code", "formula"),
    [
        ("LD211", "window(x, S by K=[1, 2, 3, 4])"),
        ("LD211", "window(x, S by K=0)"),
        ("LD211", "window(x, S by K=2, stride=[1, 1, 1, 0])"),
        ("LD211", "window(x, S by T)"),
        ("LD211", "window(t, T by K=2, stride=[1, 2])"),
        ("LD211", "window(x, T = S by K=2)"),
        ("LD210", "window(x, S by K=q)"),
        ("LD203", "window(t, S by K=2)"),
        ("LD203", "window(x, S by K=2)[S=0]"),
    ],
)
def test_what_is_refused(code, formula):
    assert code in [found.split(":")[0] for found in codes(LAYER.format(formula))]


@pytest.mark.parametrize("size", ["k", "3", "each(k)", "each(k, S, C)", "each(k, 3)"])
def test_the_group_of_a_blob_is_said_by_each(size):
    text = f"layer A(x: [N, *S]) -> y: []:\n    hyper k: list[int] = 2\n    param w: [*K={size}] = 0\n"
    assert "LD209" in codes(text + "    y = sum(window(x, S by K) * w)\n")[0]


def test_groups_of_two_blobs_have_as_many_axes():
    text = "layer A(x: [N, *S], w: [*K]) -> y: [N, *P]:\n    y = dot(window(x, P = S by K), w, over=K)\n"
    x, w = RANDOM.uniform(-1, 1, (2, 5)), RANDOM.uniform(-1, 1, 2)
    assert np.allclose(run(text, x=x, w=w).value("y"), x[:, :-1] * w[0] + x[:, 1:] * w[1], atol=1e-6)
    with pytest.raises(ValueError, match="K has as many axes as S"):
        start(text, x=np.zeros((2, 5, 5)), w=np.zeros(2))


def test_a_function_may_make_the_group_of_a_top():
    text = (
        "def pooled(a: [N, C, *S]):\n    return max(window(a, P = S by K=2), over=K)\n"
        "layer A(x: [N, C, *S]) -> y: [N, C, *P]:\n    y = pooled(x)\n"
    )
    x = RANDOM.uniform(-1, 1, (1, 2, 4)).astype(np.float32)
    assert np.array_equal(run(text, x=x).value("y"), np.maximum(x[..., 1:], x[..., :-1]))


@pytest.mark.parametrize(
    ("top", "formula", "message", "remedy"),
    [
        ("[N, C, *S]", "window(x, S by K=3)", "has axis `K`, its declaration", "sum over it, as in `sum(..., over=K)`"),
        ("[N, C]", "argmax(x, over=S) + sum(window(x, P = S by K=3), over=[P, K])", "works over one", "join(x, P=[S])"),
    ],
)
def test_axes_of_a_group_are_told_by_its_name(top, formula, message, remedy):
    (found,) = faults(f"layer A(x: [N, C, *S]) -> y: {top}:\n    y = {formula}\n")
    assert message in found.message
    assert remedy in found.help
