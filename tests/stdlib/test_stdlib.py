"""Every function of the standard library, emitted and run, beside the same written in plain NumPy."""

import math
import pathlib
import re

import numpy as np
import pytest

from layerdsl.caffe import standin
from layerdsl.pipeline import compile_source, python_module
from layerdsl.semantics.library import CAFFE, LIBRARY
from layerdsl.source import Source
from layerdsl.syntax import parse, read_source
from layerdsl.syntax import tree as syntax

STDLIB = pathlib.Path(__file__).resolve().parents[2] / "stdlib"
RANDOM = np.random.RandomState(7)
X = RANDOM.uniform(-4, 4, (5, 7))
P = RANDOM.uniform(0.05, 0.95, (5, 7))
T = RANDOM.randint(0, 2, (5, 7)).astype(float)
SCORE = RANDOM.uniform(-4, 4, (3, 5, 2, 2))
LABEL = RANDOM.randint(0, 5, (3, 2, 2))
SHARE = RANDOM.dirichlet(np.ones(5), (3, 2, 2)).transpose(0, 3, 1, 2)
BOXES = np.array([[0, 0, 4, 3], [1, 1, 6, 5], [2.25, 0.125, 3, 9], [7, 7, 9.25, 9.5]])
ANCHORS = np.array([[0.75, 0.5, 4.5, 3.5], [1.5, 1.75, 5.5, 7], [6.5, 0.25, 8.5, 9.75]])

SELU = 1.6732632423543772

PLACE = "x: [N, K]", "y: [N, K]"
TWO = "a: [N, K], b: const [N, K]", "y: [N, K]"
CLASSES = "a: [N, C, *S], b: index(C) [N, 1, *S]", "y: [N, *S]"
SHARES = "a: [N, C, *S], b: const [N, C, *S]", "y: [N, *S]"
MASKS = "a: [N, *S], b: const [N, *S]", "y: [N]"
SAMPLES = "x: [N, *S]", "y: [N, *S]"
CHANNELS = "x: [N, C, *S]", "y: [N, C, *S]"
PAIRS = "a: [N, 4], b: [M, 4]", "y: [N, M]"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(x))


def log_softmax(x):
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def picked(values, label):
    return np.take_along_axis(values, label[:, None], 1)[:, 0]


def each(function):
    """A function of one number, for arrays."""
    return np.vectorize(function, otypes=[float])


def hinge(score, label, margin=1.0):
    y = np.zeros(label.shape)
    for n, i, j in np.ndindex(*label.shape):
        own = label[n, i, j]
        y[n, i, j] = sum(max(score[n, c, i, j] - score[n, own, i, j] + margin, 0) for c in range(5) if c != own)
    return y


def distance_iou(a, b):
    hull = [max(a[2], b[2]) - min(a[0], b[0]), max(a[3], b[3]) - min(a[1], b[1])]
    apart = [(a[0] + a[2] - b[0] - b[2]) / 2, (a[1] + a[3] - b[1] - b[3]) / 2]
    return iou(a, b) - (apart[0] ** 2 + apart[1] ** 2) / (hull[0] ** 2 + hull[1] ** 2)


def unlike(a, b):
    angles = [math.atan((box[2] - box[0]) / (box[3] - box[1])) for box in (a, b)]
    return 4 / math.pi**2 * (angles[0] - angles[1]) ** 2


def share(a, b):
    return unlike(a, b) / (1 - iou(a, b) + unlike(a, b))


def complete_iou(a, b):
    return distance_iou(a, b) - share(a, b) * unlike(a, b)


def box_pairs(function):
    return lambda a, b: np.array([[function(one, other) for other in b] for one in a])


def shared(a, b, plus=0):
    return max(min(a[2], b[2]) - max(a[0], b[0]) + plus, 0) * max(min(a[3], b[3]) - max(a[1], b[1]) + plus, 0)


def size(a, plus=0):
    return (a[2] - a[0] + plus) * (a[3] - a[1] + plus)


def iou(a, b):
    return shared(a, b) / (size(a) + size(b) - shared(a, b))


def giou(a, b):
    hull = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return iou(a, b) - (hull - (size(a) + size(b) - shared(a, b))) / hull


def encoded(a, b):
    (aw, ah), (bw, bh) = (a[2] - a[0], a[3] - a[1]), (b[2] - b[0], b[3] - b[1])
    dx, dy = (a[0] + a[2] - b[0] - b[2]) / 2 / bw, (a[1] + a[3] - b[1] - b[3]) / 2 / bh
    return [dx, dy, math.log(aw / bw), math.log(ah / bh)]


def scaled(x, axes, by):
    return x / by(x, axis=axes, keepdims=True)


def centred(x, axes, eps=1e-5):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


# Function and arguments after the bottoms: header, arrays, the same in NumPy.
CASES = {
    "losses": {
        "huber(x, delta=1.5)": (PLACE, [X], each(lambda x: x * x / 2 if abs(x) <= 1.5 else 1.5 * (abs(x) - 0.75))),
        "smooth_l1(x, sigma=2)": (PLACE, [X], each(lambda x: 2 * x * x if abs(x) < 0.25 else abs(x) - 0.125)),
        "log_cosh(x)": (PLACE, [X], lambda x: np.log(np.cosh(x))),
        "charbonnier(x, eps=0.5)": (PLACE, [X], lambda x: np.sqrt(x * x + 0.25)),
        "pinball(x, quantile=0.9)": (PLACE, [X], each(lambda x: 0.9 * x if x > 0 else -0.1 * x)),
        "sigmoid_cross_entropy(a, b, pos_weight=3)": (
            TWO, [X, T], lambda a, b: -3 * b * np.log(sigmoid(a)) - (1 - b) * np.log(1 - sigmoid(a))
        ),
        "binary_cross_entropy(a, b)": (TWO, [P, T], lambda a, b: -b * np.log(a) - (1 - b) * np.log(1 - a)),
        "sigmoid_focal(a, b)": (
            TWO, [X, T],
            lambda a, b: np.where(b == 1, 0.25 * sigmoid(-a) ** 2 * softplus(-a), 0.75 * sigmoid(a) ** 2 * softplus(a)),
        ),
        "cross_entropy(a, b)": (CLASSES, [SCORE, LABEL], lambda a, b: -picked(log_softmax(a), b)),
        "smoothed_cross_entropy(a, b)": (
            CLASSES, [SCORE, LABEL], lambda a, b: -0.9 * picked(log_softmax(a), b) - 0.1 * log_softmax(a).mean(1)
        ),
        "negative_log_likelihood(a, b)": (CLASSES, [SHARE, LABEL], lambda a, b: -np.log(picked(a, b))),
        "focal(a, b)": (
            CLASSES, [SCORE, LABEL],
            lambda a, b: -((1 - np.exp(picked(log_softmax(a), b))) ** 2) * picked(log_softmax(a), b),
        ),
        "multiclass_hinge(a, b)": (CLASSES, [SCORE, LABEL], hinge),
        "soft_cross_entropy(a, b)": (SHARES, [SCORE, SHARE], lambda a, b: -(b * log_softmax(a)).sum(1)),
        "kl_divergence(a, b)": (SHARES, [SCORE, SHARE], lambda a, b: (b * (np.log(b) - log_softmax(a))).sum(1)),
        "dice(a, b)": (MASKS, [P, T], lambda a, b: 1 - (2 * (a * b).sum(1) + 1) / ((a * a + b * b).sum(1) + 1)),
        "tversky(a, b)": (
            MASKS, [P, T],
            lambda a, b: 1
            - ((a * b).sum(1) + 1)
            / ((a * b).sum(1) + 1 + 0.3 * (a * (1 - b)).sum(1) + 0.7 * ((1 - a) * b).sum(1)),
        ),
        "jaccard(a, b)": (
            MASKS, [P, T], lambda a, b: 1 - ((a * b).sum(1) + 1) / ((a + b - a * b).sum(1) + 1)
        ),
        "contrastive(a, b > 0.5)": (TWO, [2 * P, T], each(lambda a, b: a * a / 2 if b else max(1 - a, 0) ** 2 / 2)),
        "triplet(a, b)": (TWO, [P, P[::-1]], lambda a, b: np.maximum(a - b + 0.2, 0)),
    },
    "activations": {
        "leaky_relu(x, slope=0.1)": (PLACE, [X], each(lambda x: x if x > 0 else 0.1 * x)),
        "elu(x, alpha=0.5)": (PLACE, [X], each(lambda x: x if x > 0 else 0.5 * math.expm1(x))),
        "selu(x)": (PLACE, [X], each(lambda x: 1.0507009873554805 * (x if x > 0 else SELU * math.expm1(x)))),
        "celu(x, alpha=2)": (PLACE, [X], each(lambda x: x if x > 0 else 2 * math.expm1(x / 2))),
        "relu6(4 * x)": (PLACE, [X], lambda x: np.clip(4 * x, 0, 6)),
        "swish(x, beta=2)": (PLACE, [X], lambda x: x * sigmoid(2 * x)),
        "silu(x)": (PLACE, [X], lambda x: x * sigmoid(x)),
        "gelu(x)": (PLACE, [X], each(lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2)),
        "gelu_tanh(x)": (PLACE, [X], lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))),
        "mish(x)": (PLACE, [X], lambda x: x * np.tanh(softplus(x))),
        "hard_sigmoid(x)": (PLACE, [X], lambda x: np.clip((x + 3) / 6, 0, 1)),
        "hard_swish(x)": (PLACE, [X], lambda x: x * np.clip((x + 3) / 6, 0, 1)),
        "hard_tanh(x)": (PLACE, [X], lambda x: np.clip(x, -1, 1)),
        "softsign(x)": (PLACE, [X], lambda x: x / (1 + np.abs(x))),
        "shrink(x)": (PLACE, [X], each(lambda x: 0 if abs(x) < 0.5 else x - 0.5 if x > 0 else x + 0.5)),
    },
    "normalise": {
        "l2_normalise(x)": (SAMPLES, [SCORE], lambda x: x / np.sqrt((x**2).sum((1, 2, 3), keepdims=True))),
        "l1_normalise(x)": (SAMPLES, [SCORE], lambda x: x / np.abs(x).sum((1, 2, 3), keepdims=True)),
        "layer_norm(x)": (SAMPLES, [SCORE], lambda x: centred(x, (1, 2, 3))),
        "rms_norm(x)": (SAMPLES, [SCORE], lambda x: x / np.sqrt((x**2).mean((1, 2, 3), keepdims=True) + 1e-6)),
        "instance_norm(x)": (CHANNELS, [SCORE], lambda x: centred(x, (2, 3))),
        "batch_norm(x)": (CHANNELS, [SCORE], lambda x: centred(x, (0, 2, 3))),
        "channel_norm(x)": (CHANNELS, [SCORE], lambda x: x / np.sqrt((x**2).sum(1, keepdims=True))),
        "min_max(x)": (
            SAMPLES, [SCORE],
            lambda x: (x - x.min((1, 2, 3), keepdims=True)) / np.ptp(x, axis=(1, 2, 3), keepdims=True),
        ),
    },
    "boxes": {
        "width(x, plus=1)": (("x: [N, 4]", "y: [N]"), [BOXES], lambda x: x[:, 2] - x[:, 0] + 1),
        "height(x)": (("x: [N, 4]", "y: [N]"), [BOXES], lambda x: x[:, 3] - x[:, 1]),
        "area(x, plus=1)": (("x: [N, 4]", "y: [N]"), [BOXES], lambda x: np.array([size(a, 1) for a in x])),
        "intersection(a, b, plus=1)": (PAIRS, [BOXES, ANCHORS], box_pairs(lambda a, b: shared(a, b, 1))),
        "iou(a, b)": (PAIRS, [BOXES, ANCHORS], box_pairs(iou)),
        "giou(a, b)": (PAIRS, [BOXES, ANCHORS], box_pairs(giou)),
        "diou(a, b)": (PAIRS, [BOXES, ANCHORS], box_pairs(distance_iou)),
        "ciou(a, b)": (
            ("a: const [N, 4], b: const [M, 4]", "y: const [N, M]"), [BOXES, ANCHORS], box_pairs(complete_iou)
        ),
        "centres(x)": (
            ("x: [N, 4]", "y: [N, 4]"), [BOXES], lambda x: np.hstack([(x[:, :2] + x[:, 2:]) / 2, x[:, 2:] - x[:, :2]])
        ),
        "corners(x)": (
            ("x: [N, 4]", "y: [N, 4]"), [BOXES],
            lambda x: np.hstack([x[:, :2] - x[:, 2:] / 2, x[:, :2] + x[:, 2:] / 2]),
        ),
        "corners(centres(x, plus=1), plus=1)": (("x: [N, 4]", "y: [N, 4]"), [BOXES], lambda x: x),
        "encode(a, b)": (("a: [N, 4], b: [M, 4]", "y: [N, M, 4]"), [BOXES, ANCHORS], box_pairs(encoded)),
        "encode(a, b, centre_variance=0.1, size_variance=0.2)": (
            ("a: [N, 4], b: [M, 4]", "y: [N, M, 4]"), [BOXES, ANCHORS],
            box_pairs(lambda a, b: np.array(encoded(a, b)) / [0.1, 0.1, 0.2, 0.2]),
        ),
        "decode(encode(a, b, 0, 0.1, 0.2), b, 0, 0.1, 0.2)": (
            ("a: [N, 4], b: [M, 4]", "y: [N, M, 4]"), [BOXES, ANCHORS], box_pairs(lambda a, b: a)
        ),
        "decode(encode(a, b, plus=1), b, plus=1)": (
            ("a: [N, 4], b: [M, 4]", "y: [N, M, 4]"), [BOXES, ANCHORS], box_pairs(lambda a, b: a)
        ),
        "decode(encode(a, b, plus=1), b, plus=1, minus=0)": (
            ("a: [N, 4], b: [M, 4]", "y: [N, M, 4]"), [BOXES, ANCHORS], box_pairs(lambda a, b: a + [0, 0, 1, 1])
        ),
        "clip_to(x, right=5, bottom=4)": (
            ("x: [N, 4]", "y: [N, 4]"), [BOXES - 1.5], lambda x: np.clip(x, 0, [5, 4, 5, 4])
        ),
    },
}  # fmt: skip

ALL = [(module, call, *case) for module, cases in CASES.items() for call, case in cases.items()]


def program(module, call, header):
    names = ", ".join(sorted({name for name in functions(module) if f"{name}(" in call}))
    bottoms, top = header
    return f"from {module} import {names}\n\nlayer L({bottoms}) -> {top}:\n    y = {call}\n"


def functions(module):
    path = STDLIB / f"{module}.layer"
    file, faults = parse(read_source(str(path), path.read_bytes()))
    assert not faults
    return [item.name.value for item in file.items if isinstance(item, syntax.Function)]


def emitted(text):
    compiled = compile_source(Source("l.layer", text))
    assert not compiled.diagnostics, compiled.diagnostics
    return standin.load(python_module(compiled.layers), "l").L


@pytest.mark.parametrize("module", sorted(path.stem for path in STDLIB.glob("*.layer")))
def test_every_function_is_held(module):
    called = {call.split("(")[0] for call in CASES[module]}
    assert called == set(functions(module))


def test_the_compiler_knows_where_each_function_is():
    there = {name: path.stem for path in STDLIB.glob("*.layer") for name in functions(path.stem)}
    assert there == LIBRARY


def test_the_compiler_knows_where_each_layer_of_caffe_is():
    files = {path.stem: path.read_text(encoding="utf-8") for path in (STDLIB / "caffe").glob("*.layer")}
    held = {name: stem for stem, text in files.items() for name in re.findall(r"^layer (\w+)", text, re.MULTILINE)}
    assert {name: f"caffe.{stem}" for name, stem in held.items()} == CAFFE


@pytest.mark.parametrize(("module", "call", "header", "arrays", "same"), ALL, ids=[f"{m}.{c}" for m, c, *_ in ALL])
def test_function(module, call, header, arrays, same):
    layer = emitted(program(module, call, header))
    wanted = np.asarray(same(*arrays))

    single = standin.SingleLayer(layer, arrays)
    single.forward()
    assert np.allclose(single.top[0].data, wanted, rtol=2e-4, atol=2e-5)

    double = standin.SingleLayer(layer, arrays, dtype=np.float64)
    double.forward()
    assert np.allclose(double.top[0].data, wanted, rtol=1e-9, atol=1e-9)
    weights = np.random.RandomState(1).uniform(-1, 1, wanted.shape)
    numbers = [i for i, declared in enumerate(re.findall(r"\w+: (\S)", header[0])) if declared == "["]
    double.backward([i in numbers for i in range(len(arrays))], [weights])
    for number in numbers:
        assert np.allclose(double.bottom[number].diff, slopes(same, arrays, number, weights), rtol=1e-6, atol=1e-7)


def slopes(function, arrays, number, weights, step=1e-6):
    """Central differences of the weighted sum of a function of arrays, for one of them."""
    result = np.zeros(arrays[number].shape)
    for place in np.ndindex(*result.shape):
        ends = []
        for side in (step, -step):
            moved = [array.copy() for array in arrays]
            moved[number][place] += side
            ends.append((np.asarray(function(*moved)) * weights).sum())
        result[place] = (ends[0] - ends[1]) / (2 * step)
    return result


@pytest.mark.parametrize("x", [0.0, 1e-30, 40.0, -40.0, 100.0, -100.0, 1e4, -1e4])
@pytest.mark.parametrize("call", [
    "huber(x)", "smooth_l1(x)", "log_cosh(x)", "charbonnier(x)", "pinball(x)", "sigmoid_cross_entropy(x, t)",
    "sigmoid_focal(x, t)", *CASES["activations"],
])  # fmt: skip
def test_nothing_overflows(call, x):
    """In float32 value and derivative stay finite far out, with either target."""
    module = "activations" if call in CASES["activations"] else "losses"
    layer = emitted(program(module, call, ("x: [N], t: const [N]" if "t)" in call else "x: [N]", "y: [N]")))
    arrays = [np.array([x, x]), np.array([0.0, 1.0])][: 2 if "t)" in call else 1]
    run = standin.SingleLayer(layer, arrays)
    run.forward()
    run.backward([True, False][: len(arrays)], [np.ones(2)])
    assert np.isfinite(run.top[0].data).all()
    assert np.isfinite(run.bottom[0].diff).all()


def test_equal_scores_and_empty_samples_stay_finite():
    """Samples of zeros, for the functions that divide by a length."""
    for call in CASES["normalise"]:
        run = standin.SingleLayer(
            emitted(program("normalise", call, CASES["normalise"][call][0])), [np.zeros((2, 3, 4))]
        )
        run.forward()
        run.backward([True], [np.ones((2, 3, 4))])
        assert np.isfinite(run.top[0].data).all(), call
        assert np.isfinite(run.bottom[0].diff).all(), call


def test_boxes_without_area():
    run = standin.SingleLayer(emitted(program("boxes", "iou(a, b)", PAIRS)), [np.zeros((2, 4)), np.zeros((3, 4))])
    run.forward()
    run.backward([True, True], [np.ones((2, 3))])
    assert (run.top[0].data == 0).all()
    assert (run.bottom[0].diff == 0).all()
    assert (run.bottom[1].diff == 0).all()


def test_how_much_unlike_shapes_count_is_not_derived_through():
    run = standin.SingleLayer(emitted(program("boxes", "ciou(a, b)", PAIRS)), [BOXES, ANCHORS], dtype=np.float64)
    run.forward()
    weights = np.ones((len(BOXES), len(ANCHORS)))
    run.backward([True, True], [weights])
    held = box_pairs(share)(BOXES, ANCHORS)

    def fixed(a, b):
        return box_pairs(distance_iou)(a, b) - held * box_pairs(unlike)(a, b)

    assert np.allclose(run.bottom[0].diff, slopes(fixed, [BOXES, ANCHORS], 0, weights), rtol=1e-6, atol=1e-7)
