"""Bottoms that may be left out: axes that only they have, and layers inside that are handed one."""

import numpy as np
import pytest
from layers import emitted, faults
from running import run

from layerdsl.caffe.standin import SingleLayer

OUTER = "layer A(b: [C], o: [N]?) -> y: [C, N]:\n    y = o * b if o != none else b\n"
GROUP = "layer A(b: [C], o: [N, *S]?) -> y: [C, *S]:\n    y = sum(o, over=N) * b if o != none else b\n"
GREATER = "layer A(b: [C], o: [N]?) -> y: [C, K=N + 1]:\n    y = sum(o) * b if o != none else b\n"
CHOSEN = "layer A(b: [C], o: [N]?) -> y: [C, K=N if o != none else 2]:\n    y = sum(o) * b if o != none else b\n"


@pytest.mark.parametrize(("text", "axis"), [(OUTER, "N"), (GROUP, "S"), (GREATER, "N")])
def test_a_top_that_needs_them_says_so(text, axis):
    made = emitted(text)
    b, o = np.ones(3), np.ones((2, 2)) if axis == "S" else np.ones(2)
    SingleLayer(made, [b, o])
    with pytest.raises(ValueError, match=rf"A .*: top `y` has axis {axis}, which only `o` has: it can't be left out"):
        SingleLayer(made, [b])


def test_a_size_may_ask_whether_they_are_there():
    made = emitted(CHOSEN)
    assert [SingleLayer(made, given).top[0].data.shape for given in ([np.ones(3), np.ones(4)], [np.ones(3)])] == [
        (3, 4),
        (3, 2),
    ]


INNER = """
layer Inner(x: [N, C], s: [C]?) -> y: [N, C]:
    if s != none:
        y = s * x
    else:
        param w: [C] = 3
        y = w * x
"""
HANDED_ON = INNER + "layer A(b: [N, C], o: [C]?) -> y: [N, C]:\n    y = Inner(b, o) + 1\n"
TWICE = (
    INNER
    + """
layer Middle(x: [N, C], t: [C]?) -> y: [N, C]:
    y = Inner(x, t)

layer A(b: [N, C], o: [C]?) -> y: [N, C]:
    y = Middle(b, t=o) + 1 if o != none else Middle(b) + 1
"""
)


@pytest.mark.parametrize("text", [HANDED_ON, TWICE])
def test_a_layer_inside_is_handed_a_blob_that_may_be_absent(text):
    made = emitted(text, "A")
    for given, wanted in (([np.ones((2, 3)), np.full(3, 5.0)], 6), ([np.ones((2, 3))], 4)):
        net = SingleLayer(made, given)
        net.forward()
        assert net.top[0].data.tolist() == np.full((2, 3), wanted).tolist()
        assert len(net.layer.blobs) == (len(given) == 1)


def test_it_is_handed_on_to_one_that_foresees_it_alone():
    text = HANDED_ON.replace("s: [C]?", "s: [C]").replace("s != none", "N > 0").replace("param w: [C] = 3", "w = 3")
    assert [(each.code, each.message) for each in faults(text)] == [("LD306", "`o` may be absent")]


ALONE = """
layer A(x: [N]?, z: [L] if long) -> (y: [K=3], s: []?):
    hyper long: bool = false
    state seen: [K] = 1
    y = seen * exp(index(K)) + (sum(x) if x != none else 0) + (sum(z) if long else 0)
    s = sum(y)
    update seen = 2 * seen
"""
ONLY_A_STATE = """
layer A(x: [N]?) -> s: []?:
    state seen: [K=3] = 1
    s = sum(seen * index(K)) + (sum(x) if x != none else 0)
    update seen = tanh(seen * index(K))
"""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_there_may_be_no_bottom(dtype):
    own = np.exp(np.arange(3.0))
    for given, wanted in (
        ({}, own),
        ({"x": np.ones(2)}, own + 2),
        ({"z": np.ones(4), "param_str": "long: true"}, own + 4),
    ):
        ran = run(ALONE, tops=["y"], dtype=dtype, **given)
        np.testing.assert_allclose(ran.value("y"), wanted, rtol=1e-6)
        np.testing.assert_array_equal(ran.forward().value("seen"), [4, 4, 4])


def test_there_may_be_no_top_either():
    ran = run(ONLY_A_STATE, tops=[])
    np.testing.assert_allclose(ran.value("seen"), np.tanh([0, 1, 2]))


@pytest.mark.parametrize(
    ("bottoms", "remedy"),
    [
        ("*xs: [N], g: [N]?", "an optional one and any number are too many"),
        ("g: [N]?, *xs: [N]", "an optional one and any number are too many"),
        ("*xs: [N], *ys: [N]", "any number of two kinds are too many"),
        ("*xs: [N], g: [N]", "put `g` before it"),
        ("g: [N]?, h: [N]", "put `h` before it"),
    ],
)
def test_help_on_the_order_of_blobs_is_not_refused_in_its_turn(bottoms, remedy):
    (found,) = [each for each in faults(f"layer A({bottoms}) -> y: []:\n    y = 0\n") if each.code == "LD209"]
    assert found.help == remedy
