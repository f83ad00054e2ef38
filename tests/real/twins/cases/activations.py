"""Functions of single elements."""

from twins.case import Case, always, between, given, normal, picked, uniform

IMAGE = (2, 3, 4, 5)
# Kinks, and what is far from them.
EDGES = [-60, -3, -1, -0.5, 0, 0.5, 1, 3, 60]


def everywhere(twin, caffe="", hyper=None, words="", **options):
    """A twin with ordinary numbers in changing shapes, in place, and at its edges."""
    hyper = hyper or {}
    return [
        Case(
            twin, words + "ordinary", [normal(*IMAGE, std=2)], caffe, hyper, then=[3, [(7,)], [(2, 3, 1, 1)]], **options
        ),
        Case(twin, words + "in place", [normal(*IMAGE)], caffe, hyper, in_place=True, then=[1], **options),
        Case(twin, words + "edges", [picked(*IMAGE, among=EDGES)], caffe, hyper, **options),
        Case(twin, words + "weight of the loss", [normal(2, 3)], caffe, hyper, loss_weight=(0.5,), **options),
    ]


def apart(cases):
    """Not in place: Caffe refuses it, or its own gradient is wrong there, made from the top in place of the bottom."""
    return [case for case in cases if not case.in_place]


CASES = [
    *apart(everywhere("absval")),
    *apart(everywhere("bnll")),
    *apart(everywhere("clip", "clip_param { min: -1 max: 3 }", {"min": -1, "max": 3})),
    *everywhere("elu"),
    *everywhere("elu", "elu_param { alpha: 0.3 }", {"alpha": 0.3}, "alpha, "),
    *everywhere("relu"),
    *everywhere("relu", "relu_param { negative_slope: 0.1 }", {"negative_slope": 0.1}, "leaky, "),
    *everywhere("sigmoid"),
    *everywhere("tanh"),
    *everywhere("swish"),
    *everywhere("swish", "swish_param { beta: 1.7 }", {"beta": 1.7}, "beta, "),
]

# No gradient is wanted of a threshold: Caffe's own would end the process.
CASES += [
    Case("threshold", "plain", [normal(*IMAGE)], propagate_down=[False], then=[3]),
    Case(
        "threshold",
        "edges",
        [picked(*IMAGE, among=EDGES)],
        "threshold_param { threshold: 0.5 }",
        {"threshold": 0.5},
        propagate_down=[False],
    ),
    Case("threshold", "in place", [normal(*IMAGE)], propagate_down=[False], in_place=True),
]

CASES += [
    Case("exp", "e", [normal(*IMAGE)], then=[3]),
    Case("exp", "in place", [normal(*IMAGE)], in_place=True),
    Case("exp", "scaled", [normal(*IMAGE)], "exp_param { scale: 3 }", {"scale": 3}),
    Case("exp", "shifted", [normal(*IMAGE)], "exp_param { shift: 1 }", {"shift": 1}),
    Case(
        "exp",
        "base 2, scaled, shifted",
        [normal(*IMAGE)],
        "exp_param { base: 2 scale: 3 shift: 1 }",
        {"base": 2, "scale": 3, "shift": 1},
    ),
    Case("exp", "base below 1", [normal(*IMAGE)], "exp_param { base: 0.5 }", {"base": 0.5}),
    Case("log", "e", [uniform(*IMAGE, low=0.1, high=3)], then=[3]),
    Case("log", "scaled", [uniform(*IMAGE, low=0.1, high=3)], "log_param { scale: 3 }", {"scale": 3}),
    Case(
        "log",
        "base 2, scaled, shifted",
        [uniform(*IMAGE, low=0.1, high=3)],
        "log_param { base: 2 scale: 3 shift: 1 }",
        {"base": 2, "scale": 3, "shift": 1},
    ),
    Case("log", "base below 1", [uniform(*IMAGE, low=0.1, high=3)], "log_param { base: 0.5 }", {"base": 0.5}),
    Case("log", "zero", [given([[0, 1], [2, 3]])]),
]


def power(words, bottom, **fields):
    caffe = " ".join("%s: %r" % pair for pair in fields.items())
    return Case("power", words, [bottom], "power_param { %s }" % caffe if fields else "", fields)


POSITIVE = uniform(*IMAGE, low=0.1, high=3)
CASES += [
    power("plain", normal(*IMAGE)),
    power("square", normal(*IMAGE), power=2),
    power("square, scaled, shifted", normal(*IMAGE), power=2, scale=0.5, shift=-4),
    power("cube", normal(*IMAGE), power=3),
    power("cube, scaled", normal(*IMAGE), power=3, scale=-0.4),
    power("cube, shifted", normal(*IMAGE), power=3, scale=0.4, shift=-4),
    power("fraction", POSITIVE, power=0.37),
    power("fraction, scaled, shifted", POSITIVE, power=0.37, scale=0.83, shift=0.5),
    power("negative", POSITIVE, power=-1.5, scale=2, shift=1),
    power("constant", normal(*IMAGE), power=0),
    power("constant, shifted", normal(*IMAGE), power=2, scale=0, shift=3),
    power("line", normal(*IMAGE), scale=3, shift=-1),
    power("at zero", picked(*IMAGE, among=[0, 1, 2]), power=3),
    power("constant, at zero", picked(*IMAGE, among=[0, 1, 2]), power=0),
    power("at zero, scaled, shifted", picked(*IMAGE, among=[-1, 1, 2]), power=3, scale=2, shift=2),
    power("at zero, square", picked(*IMAGE, among=[0, 1, 2]), power=2),
]

CASES += [
    Case("dropout", "plain", [normal(*IMAGE)], then=[3], draw="dropout"),
    Case(
        "dropout",
        "ratio",
        [normal(*IMAGE)],
        "dropout_param { dropout_ratio: 0.8 }",
        {"dropout_ratio": 0.8},
        draw="dropout",
    ),
    Case("dropout", "in place", [normal(*IMAGE)], in_place=True, draw="dropout"),
]


def prelu(words, bottom, hyper=None, **options):
    fields = "prelu_param { channel_shared: true }" if hyper else ""
    return Case("prelu", words, [bottom], fields, hyper or {}, **options)


SHARED = {"channel_shared": True}
CASES += [
    prelu("plain", normal(*IMAGE), then=[3, [(2, 3, 1, 1)]]),
    prelu("shared", normal(*IMAGE), SHARED, then=[3]),
    prelu("in place", normal(*IMAGE), in_place=True),
    prelu("in place, shared", normal(*IMAGE), SHARED, in_place=True),
    prelu("edges", picked(*IMAGE, among=EDGES)),
    prelu("rows", normal(4, 5)),
    prelu("three axes", normal(2, 3, 4), blobs=[always(0.25)]),
    prelu("slopes below 0", normal(*IMAGE), blobs=[between(-1, 0)]),
    prelu("no gradient of the bottom", normal(*IMAGE), propagate_down=[False]),
]
