"""Order and labels: ArgMax, Accuracy, BatchReindex, Embed, and the losses that look a label up."""

import numpy as np
from twins.case import Case, Filled, constant, distinct, given, labels, normal, picked, uniform

PICTURES = (10, 5, 2, 3)  # the shapes of Caffe's own tests


def scores(*shape, among=None):
    """No gradient; with ties, or without any."""
    return constant(picked(*shape, among=among) if among else distinct(*shape))


def probabilities(*shape, floor=0.0):
    """Rows that sum to one, some entries 0."""

    def make(random, shape):
        raw = random.uniform(0, 1, shape) * (random.uniform(0, 1, shape) > floor) + 1e-3 * (floor == 0)
        return raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-6)

    return Filled(shape, make)


def arg_max(name, bottom, then=(), **hyper):
    fields = " ".join(f"{key}: {str(value).lower()}" for key, value in hyper.items())
    return Case("arg_max", name, [bottom], f"argmax_param {{ {fields} }}", hyper, then=then)


ARG_MAX = [
    arg_max("plain", scores(10, 20)),
    arg_max("three axes", scores(4, 5, 6), top_k=3),
    arg_max("ties", scores(6, 20, among=[0, 1, 2, -0.0]), top_k=5),
    arg_max("values", scores(10, 20), out_max_val=True),
    arg_max("values of the largest five, ties", scores(10, 4, 5, among=[1, 2, 3]), out_max_val=True, top_k=5),
    arg_max("all", scores(3, 7), top_k=7),
    arg_max("four axes", scores(4, 5, 2, 3), then=[[(3, 20)], [(2, 3, 4)], 5], top_k=2),
    arg_max("five axes, values", scores(4, 5, 1, 2, 2), out_max_val=True, top_k=2),
    arg_max("one axis", scores(4)),
    arg_max("along the channels", scores(10, 5, 2, 3), axis=1),
    arg_max("along the first axis", scores(7, 5, 2), axis=0, top_k=3),
    arg_max("along the last axis, ties", scores(4, 5, 9, among=[0, 1, 2]), axis=-1, top_k=4),
    arg_max("along the last but one, values", scores(4, 9, 5), then=[[(2, 6, 4)]], axis=-2, out_max_val=True),
    arg_max("values along the channels", scores(10, 20, 3, 2), axis=1, top_k=5, out_max_val=True),
]


def accuracy(name, score, label, tops=1, then=(), **hyper):
    fields = " ".join(f"{key}: {value}" for key, value in hyper.items())
    bottoms = [score, label]
    return Case("accuracy", name, bottoms, f"accuracy_param {{ {fields} }}", hyper, tops=tops, then=then)


ACCURACY = [
    accuracy("plain", scores(100, 10), labels(100, below=10), then=[30]),
    accuracy("labels of two axes", scores(100, 10), labels(100, 1, below=10)),
    accuracy("old blobs", scores(100, 10, 1, 1), labels(100, 1, 1, 1, below=10)),
    accuracy("pictures", scores(*PICTURES), labels(10, 1, 2, 3, below=5), tops=2),
    accuracy("pictures, labels without an axis", scores(*PICTURES), labels(10, 2, 3, below=5)),
    accuracy("along the last axis", scores(10, 2, 3, 5), labels(10, 2, 3, below=5), axis=-1, tops=2),
    accuracy("along the first axis", scores(5, 4, 3), labels(4, 3, below=5), axis=0),
    accuracy("ties", scores(100, 4, among=[0, 1]), labels(100, below=4), top_k=2, tops=2),
    accuracy("top 3", scores(100, 10), labels(100, below=10), top_k=3, tops=2),
    accuracy("all count", scores(20, 4), labels(20, below=4), top_k=4),
    accuracy("ignored", scores(100, 10), labels(100, below=10, ignored=255), ignore_label=255, tops=2),
    accuracy("ignored, which is a class", scores(100, 10), labels(100, below=10), ignore_label=2, tops=2),
    accuracy("all ignored", scores(9, 3), labels(9, below=1), ignore_label=0, tops=2),
]

BATCH_REINDEX = [
    Case("batch_reindex", "Caffe's own", [normal(5, 7, 3, 2), constant(given([4, 0, 4, 0, 1, 2]))]),
    Case("batch_reindex", "two axes", [normal(5, 7), labels(12, below=5)], then=[[(5, 2), (1,)], [(8, 4), (6,)]]),
    Case("batch_reindex", "one axis", [normal(6), labels(9, below=6)]),
    Case("batch_reindex", "rows of many numbers", [normal(8, 3, 16, 16), labels(20, below=8)]),
]


def embed(name, bottom, bias=True):
    fields = f"embed_param {{ num_output: 10 input_dim: 5 bias_term: {str(bias).lower()} }}"
    return Case("embed", name, [bottom], fields, {"num_output": 10, "input_dim": 5, "bias_term": bias})


EMBED = [
    embed("plain", labels(4, below=5)),
    embed("old blobs", labels(4, 1, 1, 1, below=5)),
    embed("sequences", labels(6, 7, below=5)),
    embed("without bias", labels(30, 3, below=5), bias=False),
    embed("one word again and again", labels(50, below=1)),
]


def loss(twin, name, bottoms, tops=1, axis=1, then=(), source="", proto=None, **hyper):
    """`axis` and `source` in its own message, all else in `loss_param`."""
    own = {"softmax_with_loss": "softmax_param", "infogain_loss": "infogain_loss_param"}[twin]
    texts = {key: str(value).lower() if isinstance(value, bool) else value for key, value in hyper.items()}
    fields = " ".join(f"{key}: {value}" for key, value in texts.items())
    path = f' source: "{source}"' if source else ""
    both = f"{own} {{ axis: {axis}{path} }} loss_param {{ {fields} }}"
    given_axis = ({} if axis == 1 else {"axis": axis}) | ({"source": source} if source else {})
    weights = (1.5, 0)[:tops]
    return Case(twin, name, bottoms, both, hyper | given_axis, tops=tops, then=then, loss_weight=weights, proto=proto)


def softmax(name, score, label, **options):
    return loss("softmax_with_loss", name, [score, label], **options)


MODES = ("FULL", "VALID", "BATCH_SIZE", "NONE")
IGNORED = labels(10, 1, 2, 3, below=5, ignored=255)
# one top: Caffe hands the weights of two on to its own softmax, which has one, and stops
SOFTMAX = [
    softmax("plain", normal(10, 5), labels(10, below=5), then=[3]),
    softmax("pictures", normal(*PICTURES, std=10), labels(10, 1, 2, 3, below=5)),
    softmax("pictures, labels without an axis", normal(*PICTURES), labels(10, 2, 3, below=5)),
    softmax("old blobs", normal(10, 5, 1, 1), labels(10, 1, 1, 1, below=5)),
    softmax("along the last axis", normal(10, 2, 3, 5), labels(10, 2, 3, below=5), axis=-1),
    softmax("along the third axis", normal(4, 3, 5, 2), labels(4, 3, 2, below=5), axis=2),
    softmax("certain and wrong", normal(10, 5, std=200), labels(10, below=5)),
    softmax("normalize", normal(*PICTURES), IGNORED, ignore_label=255, normalize=True),
    softmax("no normalize", normal(*PICTURES), IGNORED, ignore_label=255, normalize=False),
    softmax("normalize says less", normal(*PICTURES), IGNORED, ignore_label=255, normalize=False, normalization="FULL"),
    softmax("all ignored", normal(*PICTURES), labels(10, 1, 2, 3, below=1), ignore_label=0),
    *(softmax(mode.lower(), normal(*PICTURES), IGNORED, ignore_label=255, normalization=mode) for mode in MODES),
]


def infogain(name, score, label, classes=5, **options):
    return loss("infogain_loss", name, [score, label, constant(uniform(1, 1, classes, classes))], **options)


def from_source(name, score, label, classes=5, **options):
    matrix = uniform(1, 1, classes, classes)
    return loss("infogain_loss", name, [score, label], source=f"{name}.binaryproto", proto=matrix, **options)


INFOGAIN = [
    from_source("source", normal(10, 5), labels(10, below=5), then=[3]),
    from_source("source, pictures", normal(*PICTURES), IGNORED, ignore_label=255, tops=2),
    from_source("source, third axis", normal(4, 2, 4, 5), labels(4, 2, 5, below=4), axis=2, classes=4),
    infogain("third bottom before source", normal(10, 5), labels(10, below=5), source="none.binaryproto"),
    infogain("plain", normal(10, 5), labels(10, below=5)),
    infogain("pictures", normal(*PICTURES), labels(10, 1, 2, 3, below=5), tops=2),
    infogain("along the last axis", normal(10, 2, 3, 5), labels(10, 2, 3, below=5), axis=-1, tops=2),
    infogain("along the third axis", normal(4, 2, 4, 5), labels(4, 2, 5, below=4), axis=2, classes=4),
    infogain("certain and wrong", normal(10, 5, std=200), labels(10, below=5)),
    *(infogain(mode.lower(), normal(*PICTURES), IGNORED, ignore_label=255, normalization=mode) for mode in MODES),
]

MULTINOMIAL = [
    Case("multinomial_logistic_loss", "plain", [probabilities(10, 5), labels(10, below=5)], then=[3]),
    Case("multinomial_logistic_loss", "old blobs", [probabilities(10, 5, 1, 1), labels(10, 1, 1, 1, below=5)]),
    Case("multinomial_logistic_loss", "several axes", [uniform(*PICTURES), labels(10, below=30)], then=[3]),
    Case("multinomial_logistic_loss", "no axis behind", [uniform(10), labels(10, below=1)]),
    Case("multinomial_logistic_loss", "some impossible", [probabilities(10, 5, floor=0.5), labels(10, below=5)]),
]

CASES = [*ARG_MAX, *ACCURACY, *BATCH_REINDEX, *EMBED, *SOFTMAX, *INFOGAIN, *MULTINOMIAL]
