"""State lives in blobs that the solver does not touch; parameters in blobs that it changes."""

import numpy as np
import pytest
from layers import codes, faults, layer
from running import run, start

from layerdsl.caffe.standin import TEST, TRAIN

X = np.array([[1.0, 2.0], [3.0, 6.0]])

MEAN = """
layer A(x: [N, C]) -> y: [N, C]:
    hyper keep: float = 0.5
    state middle: [C] = 10
    state steps: [] = 0
    if train:
        m = mean(x, over=N)
        update middle = keep * middle + (1 - keep) * m
        update steps = steps + 1
    else:
        m = middle
    y = x - m
"""


def test_a_state_is_updated_in_training_alone():
    ran = start(MEAN, x=X)
    for step in range(1, 4):
        ran.forward()
        assert ran.value("steps") == step
        np.testing.assert_allclose(ran.value("middle"), [2, 4] + 0.5**step * np.array([8.0, 6.0]))
        np.testing.assert_allclose(ran.value("y"), X - [2, 4])
    tested = start(MEAN, x=X, phase=TEST, middle=[1.0, 1.0]).forward().forward()
    np.testing.assert_allclose(tested.value("y"), X - 1)
    assert (tested.value("steps"), tested.value("middle").tolist()) == (0, [1, 1])


def test_the_formula_reads_the_state_as_it_was_before_the_forward():
    text = "layer A(x: [N]) -> (y: [], z: []):\n    state s: [] = 1\n    update s = s * 2\n    y = s\n    z = 10 * s\n"
    ran = start(text, x=[0.0])
    for value in (1, 2, 4):
        ran.forward()
        assert (ran.value("y"), ran.value("z"), ran.value("s")) == (value, 10 * value, 2 * value)


def test_states_that_need_each_other_change_together():
    text = """
layer A(x: [N]) -> y: []:
    state a: [] = 0
    state b: [] = 1
    update a = b
    update b = a + b
    y = a + 0 * sum(x)
"""
    ran = start(text, x=[0.0])
    seen = [float(ran.forward().value("y")) for _ in range(8)]
    assert seen == [0, 1, 1, 2, 3, 5, 8, 13]


CROSSED = [
    ("m = s + 1; update s = m; y = x * m + s", X * 4 + 3, 4, 5),
    ("update s = q; update q = s; y = x * s * q", X * 15, 5, 3),
    ("update s = q * 2; update q = s * 2; y = x", X, 10, 6),
    ("m = mean(x); update s = s + m; update q = q + s; y = x * s", X * 3, 6, 8),
    ("m = s * 0.5 + sum(x); update s = m; update q = m; y = (x - m) / s", (X - 13.5) / 3, 13.5, 13.5),
    ("update s = s; y = x / s", X / 3, 3, 5),
]


@pytest.mark.parametrize(("body", "y", "s", "q"), CROSSED, ids=[row[0] for row in CROSSED])
def test_nobody_reads_a_state_that_has_been_overwritten(body, y, s, q):
    ran = start(
        f"layer A(x: [N, C]) -> y: [N, C]:\n    state s: [C] = 3; state q: [C] = 5\n    {body}\n", x=X
    ).forward()
    np.testing.assert_allclose(ran.value("y"), y)
    np.testing.assert_allclose(ran.value("s"), s)
    np.testing.assert_allclose(ran.value("q"), q)


def test_the_backward_uses_the_state_that_its_forward_had():
    """Also where the forward has overwritten it by then."""
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    state s: [C] = 3\n    update s = s + 1\n    y = x * s\n"
    ran = start(text, x=X)
    for factor in (3, 4, 5):
        ran.forward().backward()
        assert ran.value("y").tolist() == (X * factor).tolist()
        assert ran.diff("x").tolist() == np.full(X.shape, factor).tolist()


def test_a_state_gets_no_gradient_and_no_learning_rate():
    compiled = layer(MEAN)
    assert compiled.derived.blob_diffs == ()
    assert [(blob.name, blob.lr_mult, blob.decay_mult) for blob in compiled.graph.blobs] == [
        ("middle", 0, 0),
        ("steps", 0, 0),
    ]


def test_a_state_of_the_layers_own_may_be_kept_for_both_phases():
    text = "layer A(x: [N]) -> y: []:\n    state seen: [] = 0\n    update seen = seen + N\n    y = seen\n"
    for phase in (TRAIN, TEST):
        ran = start(text, x=[0.0, 0.0, 0.0], phase=phase)
        assert [float(ran.forward().value("seen")) for _ in range(3)] == [3, 6, 9]


def test_an_update_that_only_some_hypers_ask_for():
    text = """
layer A(x: [N]) -> y: []:
    hyper on: bool = false
    state s: [] = 5
    if on:
        update s = max(x)
    y = s
"""
    assert start(text, x=[7.0]).forward().value("s") == 5
    assert start(text, x=[7.0], param_str="on: true").forward().value("s") == 7


def test_parameters_are_filled_when_they_are_made_and_only_then():
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    param w: [C] = constant(3)\n    param b: [C] = 1\n    y = x * w + b\n"
    ran = start(text, x=X)
    assert (ran.value("w").tolist(), ran.value("b").tolist()) == ([3, 3], [1, 1])
    ran["w"].data[...] = [5, 6]
    ran.net.layer.reshape(ran.net.bottom, ran.net.top)
    ran.net.layer.setup(ran.net.bottom, ran.net.top)
    assert len(ran.net.blobs) == 2
    assert ran.forward().value("y").tolist() == (X * [5, 6] + 1).tolist()


@pytest.mark.parametrize(
    ("filler", "holds"),
    [
        ("constant(2)", lambda w: (w == 2).all()),
        ("2", lambda w: (w == 2).all()),
        ("half", lambda w: (w == 0.5).all()),
        ("constant(half * 2)", lambda w: (w == 1).all()),
        ("uniform(-1, half)", lambda w: (w.min() >= -1) & (w.max() <= 0.5) & (w.std() > 0.3)),
        ("gaussian(1, 0.1)", lambda w: abs(w.mean() - 1) < 0.02),
        ("xavier()", lambda w: np.abs(w).max() <= np.sqrt(3 / 20)),
        ("msra()", lambda w: abs(w.std() - np.sqrt(2 / 20)) < 0.02),
        ("positive_unitball()", lambda w: np.allclose(w.sum(1), 1)),
    ],
)
def test_fillers(filler, holds):
    text = f"""
layer A(x: [N, K]) -> y: [N, M]:
    hyper M: int = 30
    hyper half: float = 0.5
    param w: [M, K] = {filler}
    y = dot(x, w, over=K) * half
"""
    ran = start(text, x=np.zeros((2, 20)))
    assert ran["w"].data.shape == (30, 20)
    assert holds(ran["w"].data)


def test_parameters_of_other_shapes_are_refused_by_name():
    """Sizes of the bottoms that the blobs were not made for."""
    ran = start("layer A(x: [N, C]) -> y: [N, C]:\n    param w: [C] = 1\n    y = x * w\n", x=X)
    with pytest.raises(ValueError, match=r"A.*`w`.*\[C\].*2.*3"):
        ran.net.forward([np.zeros((2, 3))])


@pytest.mark.parametrize(
    ("written", "shape"), [("[*S]", (3, 2)), ("[S]", (6,)), ("[*S, 1]", (3, 2, 1)), ("[M, *S]", (4, 3, 2))]
)
def test_a_parameter_has_the_axes_of_a_group_one_by_one_or_as_one(written, shape):
    text = f"layer A(x: [N, *S]) -> y: [N]:\n    hyper M: int = 4\n    param w: {written} = 2\n"
    x = np.arange(12.0).reshape(2, 3, 2)
    ran = run(f"{text}    y = sum(x * w) / (N * M) + sum(x, over=S)\n", x=x)
    rows = shape[0] if shape[0] == 4 else 1
    assert ran["w"].data.shape == shape
    np.testing.assert_allclose(ran.value("y"), 2 * rows * x.sum() / 8 + x.sum((1, 2)))
    np.testing.assert_allclose(ran.diff("w"), np.broadcast_to(x.sum(0).reshape(-1, 2) / 4, (rows, 3, 2)).reshape(shape))


def test_a_parameter_of_a_group_without_axes_has_none():
    text = "layer A(x: [N, *S]) -> y: [N, *S]:\n    param w: [*S] = xavier()\n    y = x * w\n"
    ran = run(text, x=np.arange(3.0))
    assert ran["w"].data.shape == ()
    np.testing.assert_allclose(ran.value("y"), np.arange(3.0) * ran["w"].data)
    assert ran.diff("w") == 3


def test_a_group_that_is_one_axis_is_no_group():
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    param w: [*C] = 1\n    y = x * w\n"
    assert codes(text) == ["LD205:2"]
    assert faults(text)[0].help == "leave out the star: `C`"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("    update s = x\n", ["LD309:2"]),
        ("    state s: [] = 0\n    update s = sum(x)\n    update s = 1\n", ["LD509:4"]),
        ("    state s: [] = 0\n    update s = x\n", ["LD204:3"]),
        ("    state s: [] = 0\n    s = 1\n", ["LD108:3"]),
        ("    state s: [] = 0\n    param s: [] = 0\n", ["LD102:3"]),
        ("    state s: [] = x\n", ["LD501:2"]),
        ("    param p: [Q] = 0\n", ["LD201:2"]),
        ("    param p: [N] = gausian(1)\n", ["LD501:2"]),
        ("    param p: [N] = gaussian(mu=1)\n", ["LD502:2"]),
        ("    param p: [N] = 0, lr=1\n", ["LD502:2"]),
        ('    param p: [N] = 0, lr_mult="a"\n', ["LD503:2"]),
        ("    if train:\n        param p: [N] = 0\n", ["LD309:3"]),
    ],
)
def test_faults(body, wanted):
    assert codes(f"layer A(x: [N]) -> y: [N]:\n{body}    y = x\n") == wanted
