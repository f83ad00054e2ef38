"""Several tops, losses, metrics, several layers in a file."""

import numpy as np
from layers import codes, emitted, layer, layers
from running import run, start

from layerdsl.caffe.standin import SingleLayer

X = np.array([[1.0, -2.0, 4.0], [3.0, 0.5, -1.0]])


def test_tops_of_every_shape():
    text = """
layer A(x: [N, C]) -> (a: [], b: [C, N], c: [1, N, 1], d: [N, M=2], e: [N]):
    a = sum(x)
    b = x
    c = max(x, over=C)
    d = max(x, over=C) + index(M)
    e = 1
"""
    ran = run(text, {"d": [[1, 2], [3, 4]], "e": [1000, 1000]}, x=X)
    assert ran.value("a") == X.sum()
    assert ran.value("b").tolist() == X.T.tolist()
    assert ran.value("c").tolist() == [[[4], [3]]]
    assert ran.value("d").tolist() == [[4, 5], [3, 4]]
    assert ran.value("e").tolist() == [1, 1]
    assert ran.diff("x").tolist() == [[2, 2, 6], [10, 2, 2]]


def test_a_top_that_another_top_uses():
    ran = run(
        "layer A(x: [N, C]) -> (y: [N], z: []):\n    y = sum(x, over=C)\n    z = sum(y**2)\n", {"y": [10, 20]}, x=X
    )
    assert ran.value("z") == 9 + 6.25
    np.testing.assert_allclose(ran.diff("x"), [[10 + 6] * 3, [20 + 5] * 3])


def test_two_tops_of_one_value():
    ran = run("layer A(x: [N]) -> (y: [N], z: [N]):\n    y = x * 2\n    z = y\n", {"y": [1], "z": [10]}, x=[3.0])
    assert (ran.value("y").tolist(), ran.value("z").tolist(), ran.diff("x").tolist()) == ([6], [6], [22])


def test_losses_are_scalar_tops_through_which_a_gradient_flows():
    text = """
layer A(x: [N, C], label: index(C) [N]) -> (loss: [], accuracy: [], each: [N], seen: const []):
    p = softmax(x, over=C)
    each = -log(p[C=label])
    loss = mean(each)
    accuracy = mean(float(argmax(x, over=C) == label))
    seen = sum(x)
"""
    assert layer(text).derived.losses == ("loss",)
    ran = run(text, {"accuracy": 5, "seen": 7, "each": 0}, x=X, label=[2, 1])
    soft = np.exp(X) / np.exp(X).sum(1, keepdims=True)
    np.testing.assert_allclose(ran.diff("x"), (soft - np.eye(3)[[2, 1]]) / 2)
    assert ran.value("accuracy") == 0.5


def test_a_loss_is_weighted_by_its_diff():
    text = "layer A(x: [N]) -> loss: []:\n    loss = sum(x**2)\n"
    weighted = SingleLayer(emitted(text), [[1.0, 2.0]], loss_weights=[3])
    assert weighted.forward() == 15
    weighted.backward()
    assert weighted.bottom[0].diff.tolist() == [6, 12]


def test_layers_of_one_file_do_not_disturb_each_other():
    text = """
layer First(x: [N]) -> y: [N]:
    hyper k: float = 2
    param w: [N] = 1
    y = x * k * w

layer Second(x: [N, C]) -> y: [N]:
    hyper k: int = 3
    state w: [] = 5
    y = sum(x, over=C) * k + w
"""
    assert list(layers(text)) == ["First", "Second"]
    first = SingleLayer(emitted(text, "First"), [[1.0, 2.0]])
    second = SingleLayer(emitted(text, "Second"), [[[1.0, 2.0]]], param_str="k: 4")
    for net in (first, second, first):
        net.forward()
    assert first.top[0].data.tolist() == [2, 4]
    assert second.top[0].data.tolist() == [17]


def test_bottoms_that_are_not_used():
    ran = run("layer A(x: [N], z: [N, C]) -> y: [N]:\n    y = x * C\n", x=[1.0], z=np.ones((1, 4)))
    assert ran.value("y").tolist() == [4]
    assert ran.diff("z").tolist() == [[0] * 4]


def test_a_layer_for_one_phase_alone():
    assert layer("layer A(x: [N]) -> y: [N]:\n    include train\n    y = x\n").graph.phase == "TRAIN"
    assert layer("layer A(x: [N]) -> y: [N]:\n    include test\n    y = x\n").graph.phase == "TEST"


def test_what_only_labels_go_into_gets_no_gradient():
    text = "layer A(label: index [N], weight: const [N]) -> y: [N]:\n    y = label * weight\n"
    compiled = layer(text)
    assert compiled.derived.bottom_diffs == ()
    ran = start(text, label=[1, 2], weight=[3.0, 4.0]).forward()
    ran.net.backward([True, True])
    assert ran.value("y").tolist() == [3, 8]
    assert (ran.diff("label").tolist(), ran.diff("weight").tolist()) == ([0, 0], [0, 0])


def test_faults():
    head = "layer A(x: [N]) -> (y: [N], z: [N]):\n"
    assert codes(f"{head}    y = x\n") == ["LD105:1"]
    assert codes(f"{head}    y = x\n    z = z\n") == ["LD101:3"]
    assert codes(f"{head}    y = z\n    z = x\n") == ["LD101:2"]
    assert codes(f"{head}    y = x\n    z = y\n    y = z\n") == ["LD102:4"]
    assert codes(f"{head}    y = x\n    z = sum(x) + index(N) * 2\n    x = y\n") == ["LD108:4"]
    assert codes("layer A(x: [N]) -> (y: [N], y: [N]):\n    y = x\n") == ["LD102:1"]
    assert codes("layer A(x: [N], x: [N]) -> y: [N]:\n    y = x\n") == ["LD102:1"]
    assert codes("layer A(x: [N]) -> y: [M]:\n    y = x\n")[0] in ("LD204:1", "LD201:1")
    assert codes("layer A(x: [N, C]) -> y: [N]:\n    y = x\n") == ["LD204:2"]
    assert codes("layer A(x: [N]) -> y: [N]:\n    y = x\nlayer A(x: [N]) -> y: [N]:\n    y = x\n") == ["LD102:3"]
