"""EuclideanLoss, HingeLoss, ContrastiveLoss, SigmoidCrossEntropyLoss."""

from twins.case import Case, constant, labels, normal, picked, uniform

PAIR = [normal(10, 5), normal(10, 5)]
POINTS = [normal(20, 2), normal(20, 2)]


def with_weight(case_of):
    """Plain and with a weight in the objective."""
    return [case_of("plain", then=[3, 1]), case_of("weight of the loss", loss_weight=(3.7,))]


def euclidean(words, bottoms=PAIR, **options):
    return Case("euclidean_loss", words, bottoms, **options)


def hinge(words, norm=None, score=None, classes=5, **options):
    bottoms = [score or normal(10, 5, std=2), labels(10, below=classes)]
    caffe = "hinge_loss_param { norm: %s }" % norm if norm else ""
    return Case("hinge_loss", words, bottoms, caffe, {"norm": norm} if norm else {}, **options)


def contrastive(words, caffe="", hyper=None, pair=POINTS, **options):
    bottoms = [*pair, labels(20, below=2)]
    fields = "contrastive_loss_param { %s }" % caffe if caffe else ""
    return Case("contrastive_loss", words, bottoms, fields, hyper or {}, **options)


def entropy(words, caffe="", hyper=None, target=None, x=None, **options):
    bottoms = [x or normal(10, 5, std=3), target or constant(uniform(10, 5))]
    fields = "loss_param { %s }" % caffe if caffe else ""
    return Case("sigmoid_cross_entropy_loss", words, bottoms, fields, hyper or {}, **options)


LEGACY = {"legacy_version": True}
CASES = [
    *with_weight(euclidean),
    euclidean("images", [normal(4, 3, 5, 6)] * 2),
    euclidean("other axes", [normal(4, 3, 5, 6), normal(4, 90)], then=[[(3, 2, 4), (3, 1, 8, 1)]]),
    euclidean("a column", [normal(10), normal(10, 1, 1, 1)]),
    *with_weight(hinge),
    hinge("L1", "L1"),
    hinge("L2", "L2", then=[3]),
    hinge("L2, weight of the loss", "L2", loss_weight=(0.3,)),
    hinge("L2, several axes", "L2", score=normal(10, 5, 2, 3, std=2), classes=30, then=[3]),
    hinge("no axis behind", score=normal(10), classes=1),
    hinge("kinks", score=picked(10, 5, among=[-1, 0, 1])),
    *with_weight(contrastive),
    contrastive("margin", "margin: 2.5", {"margin": 2.5}),
    contrastive("legacy", "legacy_version: true", LEGACY, then=[3]),
    contrastive("legacy, margin", "legacy_version: true margin: 2.5", {**LEGACY, "margin": 2.5}),
    contrastive("equal pairs", pair=(picked(20, 2, among=[0, 1]),) * 2),
    contrastive("legacy, equal pairs", "legacy_version: true", LEGACY, pair=(picked(20, 2, among=[0, 1]),) * 2),
    *with_weight(entropy),
    entropy("images", x=normal(4, 3, 5, 6, std=3), target=constant(uniform(4, 3, 5, 6))),
    entropy("far from 0", x=normal(10, 5, std=40), target=labels(10, 5, below=2)),
]

MIXED = labels(10, 5, below=2, ignored=-1)
MODES = ("FULL", "VALID", "BATCH_SIZE", "NONE")
CASES += [entropy(mode.lower(), "normalization: " + mode, {"normalization": mode}) for mode in MODES]
CASES += [
    entropy(
        "ignored, " + mode.lower(),
        "ignore_label: -1 normalization: " + mode,
        {"ignore_label": -1, "normalization": mode},
        target=MIXED,
    )
    for mode in MODES
]
CASES += [
    entropy("normalize", "ignore_label: -1 normalize: true", {"ignore_label": -1, "normalize": True}, target=MIXED),
    entropy(
        "not normalize", "ignore_label: -1 normalize: false", {"ignore_label": -1, "normalize": False}, target=MIXED
    ),
    entropy("ignored chances", "ignore_label: 0", {"ignore_label": 0}),
    entropy(
        "all ignored",
        "ignore_label: 1 normalization: VALID",
        {"ignore_label": 1, "normalization": "VALID"},
        target=constant(uniform(10, 5, low=1, high=1)),
    ),
]
