"""What is timed: for each twin one or more cases at the sizes of AlexNet, VGG-16, an FCN, or of an activation in the
middle of a net. The name of a case says whose size it is. Runs on Caffe's Python 3.9."""

from twins.case import Case, Filled, between, constant, labels, normal, uniform

MIDDLE = (32, 64, 56, 56)
CONV1 = (16, 96, 55, 55)  # AlexNet after its first convolution, 16 pictures
CONV12 = (4, 64, 224, 224)  # VGG-16 after its first two, 4 pictures
SCORE = (1, 21, 500, 500)  # an FCN's scores of a picture
ROWS = (64, 4096)  # between the last inner products of AlexNet and VGG-16


def element_wise(twin, caffe="", hyper=None, names=("middle", "AlexNet", "VGG-16"), fill=normal, **options):
    shapes = {"middle": MIDDLE, "AlexNet": CONV1, "VGG-16": CONV12, "FCN": SCORE, "rows": ROWS}
    return [Case(twin, name, [fill(*shapes[name])], caffe, hyper or {}, **options) for name in names]


MIDDLE_ONLY = {"names": ("middle",)}
CASES = [
    *element_wise("absval", **MIDDLE_ONLY),
    *element_wise("bnll", **MIDDLE_ONLY),
    *element_wise("clip", "clip_param { min: -1 max: 1 }", {"min": -1, "max": 1}, **MIDDLE_ONLY),
    *element_wise("elu", **MIDDLE_ONLY),
    *element_wise("exp", **MIDDLE_ONLY),
    *element_wise("log", fill=lambda *shape: uniform(*shape, low=0.1, high=3), **MIDDLE_ONLY),
    *element_wise(
        "power", "power_param { power: 2 scale: 0.5 shift: 1 }", {"power": 2, "scale": 0.5, "shift": 1}, **MIDDLE_ONLY
    ),
    *element_wise("prelu"),
    *element_wise("relu"),
    *element_wise("sigmoid", names=("middle", "FCN")),
    *element_wise("swish", **MIDDLE_ONLY),
    *element_wise("tanh", **MIDDLE_ONLY),
    *element_wise("threshold", propagate_down=[False], **MIDDLE_ONLY),
    *element_wise("dropout", names=("rows", "middle")),
    *element_wise("mvn", **MIDDLE_ONLY),
    *element_wise("batch_norm", blobs=[between(-1, 1), between(0.5, 1), between(1, 1)], names=("middle", "VGG-16")),
    *element_wise("scale", "scale_param { bias_term: true }", {"bias_term": True}, names=("middle", "VGG-16")),
    *element_wise("bias", **MIDDLE_ONLY),
    *element_wise("softmax", names=("FCN",)),
    Case("softmax", "AlexNet", [normal(64, 1000)]),
    *element_wise(
        "reduction", "reduction_param { operation: MEAN axis: 1 }", {"operation": "MEAN", "axis": 1}, **MIDDLE_ONLY
    ),
    *element_wise("lrn", names=("AlexNet", "middle"), caffe="lrn_param { alpha: 1e-4 }", hyper={"alpha": 1e-4}),
    *element_wise("flatten", **MIDDLE_ONLY),
    *element_wise("reshape", "reshape_param { shape { dim: 0 dim: -1 } }", {"shape": [0, -1]}, **MIDDLE_ONLY),
    *element_wise("split", tops=2, **MIDDLE_ONLY),
    *element_wise("slice", tops=2, **MIDDLE_ONLY),
    *element_wise("silence", tops=0, phases=("TRAIN",), **MIDDLE_ONLY),
    Case("eltwise", "middle", [normal(*MIDDLE)] * 2),
    Case("eltwise", "FCN", [normal(1, 21, 70, 70)] * 2),
    Case("eltwise", "maximum, middle", [normal(*MIDDLE)] * 2, "eltwise_param { operation: MAX }", {"operation": "MAX"}),
    Case("concat", "middle", [normal(*MIDDLE)] * 2),
    Case("tile", "middle", [normal(32, 64, 28, 28)], "tile_param { axis: 1 tiles: 4 }", {"tiles": 4}),
    Case(
        "crop",
        "FCN",
        [normal(1, 21, 568, 568), constant(normal(1, 3, 500, 500))],
        "crop_param { axis: 2 offset: 19 }",
        {"axis": 2, "offset": [19]},
    ),
    Case("euclidean_loss", "middle", [normal(*MIDDLE)] * 2),
    Case("hinge_loss", "AlexNet", [normal(64, 1000), labels(64, below=1000)]),
    Case("contrastive_loss", "rows", [normal(*ROWS), normal(*ROWS), labels(64, below=2)]),
    Case("sigmoid_cross_entropy_loss", "FCN", [normal(*SCORE), labels(*SCORE, below=2)]),
    Case("softmax_with_loss", "FCN", [normal(*SCORE), labels(1, 1, 500, 500, below=21)]),
    Case("softmax_with_loss", "AlexNet", [normal(64, 1000), labels(64, below=1000)]),
    Case("multinomial_logistic_loss", "AlexNet", [uniform(64, 1000), labels(64, below=1000)]),
    Case(
        "infogain_loss",
        "AlexNet",
        [normal(64, 1000), labels(64, below=1000), constant(uniform(1, 1, 1000, 1000))],
    ),
    Case(
        "accuracy",
        "AlexNet",
        [constant(normal(64, 1000)), labels(64, below=1000)],
        "accuracy_param { top_k: 5 }",
        {"top_k": 5},
    ),
    Case("accuracy", "FCN", [constant(normal(*SCORE)), labels(1, 1, 500, 500, below=21)]),
    Case("arg_max", "AlexNet", [constant(normal(64, 1000))], "argmax_param { top_k: 5 }", {"top_k": 5}),
    Case("arg_max", "FCN", [constant(normal(*SCORE))], "argmax_param { axis: 1 }", {"axis": 1}),
    Case("batch_reindex", "middle", [normal(*MIDDLE), labels(48, below=32)]),
    Case(
        "embed",
        "words",
        [labels(20, 64, below=8000)],
        "embed_param { num_output: 300 input_dim: 8000 }",
        {"num_output": 300, "input_dim": 8000},
    ),
]


def product(name, rows, inputs, outputs):
    fields = "inner_product_param { num_output: %d }" % outputs
    return Case("inner_product", name, [normal(rows, inputs)], fields, {"num_output": outputs})


CASES += [
    product("AlexNet", 64, 9216, 4096),
    product("VGG-16", 16, 25088, 4096),
    product("last", 64, 4096, 1000),
]


def windowed(twin, message, name, shape, **hyper):
    fields = " ".join("%s: %s" % pair for pair in hyper.items())
    return Case(twin, name, [normal(*shape)], "%s { %s }" % (message, fields), hyper)


def convolution(name, shape, twin="convolution", **hyper):
    return windowed(twin, "convolution_param", name, shape, **hyper)


def pooling(name, shape, **hyper):
    return windowed("pooling", "pooling_param", name, shape, **hyper)


CASES += [
    convolution("AlexNet, first", (8, 3, 227, 227), num_output=96, kernel_size=11, stride=4),
    convolution("AlexNet, second", (8, 96, 27, 27), num_output=256, kernel_size=5, pad=2, group=2),
    convolution("VGG-16, third", (4, 128, 56, 56), num_output=256, kernel_size=3, pad=1),
    convolution("1x1, middle", (16, 64, 56, 56), num_output=64, kernel_size=1),
    Case(
        "deconvolution",
        "FCN",
        [normal(1, 21, 34, 34)],
        "convolution_param { num_output: 21 kernel_size: 16 stride: 8 bias_term: false }",
        {"num_output": 21, "kernel_size": 16, "stride": 8, "bias_term": False},
    ),
    windowed("im2col", "convolution_param", "VGG-16", (4, 128, 56, 56), kernel_size=3, pad=1),
    pooling("AlexNet", CONV1, pool="MAX", kernel_size=3, stride=2),
    pooling("VGG-16", CONV12, pool="MAX", kernel_size=2, stride=2),
    pooling("maximum 3x3/2, middle", MIDDLE, pool="MAX", kernel_size=3, stride=2),
    pooling("mean 3x3/2, middle", MIDDLE, pool="AVE", kernel_size=3, stride=2),
    windowed("spp", "spp_param", "middle", (32, 64, 28, 28), pyramid_height=3),
]


def going_on(*shape):
    """The indicators of recurrent layers: a sequence begins at one place in ten."""
    return Filled(shape, lambda random, shape: random.random_sample(shape) > 0.1, gradient=False)


UNROLLED = [normal(20, 16, 256), going_on(20, 16)]
SMALL_BLOBS = between(-0.1, 0.1)
CASES += [
    Case(
        "lstm",
        "20 steps",
        UNROLLED,
        "recurrent_param { num_output: 256 }",
        {"num_output": 256},
        blobs=[SMALL_BLOBS] * 3,
    ),
    Case(
        "rnn", "20 steps", UNROLLED, "recurrent_param { num_output: 256 }", {"num_output": 256}, blobs=[SMALL_BLOBS] * 5
    ),
    Case(
        "lstm_unit",
        "a step",
        [normal(1, 64, 1024), normal(1, 64, 4096), going_on(1, 64)],
        tops=2,
    ),
]
