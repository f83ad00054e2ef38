"""What is measured: the ten layers, the sizes of their blobs, and Caffe's own layer where it has one.

Runs on Caffe's Python 3.9 as well.
"""

import json
import pathlib
from collections import namedtuple

import numpy as np

LAYERS = pathlib.Path(__file__).resolve().parent / "layers"

Workload = namedtuple("Workload", "name sizes bottoms propagate_down hyper blobs caffe")
"""`sizes` are those of the first bottom; `bottoms` and `blobs` make arrays from a RandomState; `caffe` is the text of
Caffe's own layer, or empty."""


def source(workload):
    """The `.layer` file of a workload."""
    stem = "".join("_" + letter.lower() if letter.isupper() else letter for letter in workload.name)
    special = {"PReLU": "prelu", "L2Normalize": "l2_normalize", "SmoothL1": "smooth_l1"}
    return LAYERS / (special.get(workload.name, stem.lstrip("_")) + ".layer")


def param_str(workload):
    """Its hyper-parameters as a net gives them."""
    return json.dumps(workload.hyper) if workload.hyper else ""


def normal(*shape):
    """Makes numbers around 0."""
    return lambda random: random.standard_normal(shape).astype(np.float32)


def uniform(*shape):
    """Makes numbers between 0 and 1."""
    return lambda random: random.random_sample(shape).astype(np.float32)


def labels(classes, *shape):
    """Makes numbers of classes."""
    return lambda random: random.randint(0, classes, shape).astype(np.float32)


def regions(classes, shape, ignored=None):
    """Labels as a segmentation has them: patches of 8x8 pixels of one class, one patch in ten ignored."""

    def make(random):
        n, _, height, width = shape
        patches = random.randint(0, classes, (n, 1, height // 8, width // 8))
        if ignored is not None:
            patches[random.random_sample(patches.shape) < 0.1] = ignored
        return patches.repeat(8, axis=2).repeat(8, axis=3).astype(np.float32)

    return make


def mask(share, *shape):
    """Weights of boxes: 1 for a share of the rows of four coordinates, 0 for the rest."""

    def make(random):
        chosen = random.random_sample(shape[:-1] + (shape[-1] // 4,)) < share
        return chosen.repeat(4, axis=-1).astype(np.float32)

    return make


def workload(name, sizes, *others, first=normal, gradients=1, hyper=None, blobs=(), caffe=""):
    """A row of the table: `first` makes the first bottom, `others` are the next; the first ones get gradients."""
    bottoms = (first(*sizes), *others)
    wanted = tuple(i < gradients for i in range(len(bottoms)))
    return Workload(name, sizes, bottoms, wanted, hyper or {}, blobs, caffe)


BATCH_NORM = 'type: "BatchNorm" batch_norm_param { eps: 1e-5 moving_average_fraction: 0.999 use_global_stats: false }'
SOFTMAX_LOSS = 'type: "SoftmaxWithLoss" loss_param { ignore_label: 255 }'
INNER_PRODUCT = 'type: "InnerProduct" inner_product_param { num_output: %d }'


def of_sizes(activation, score, boxes, rows, features, product):
    """The ten workloads; each argument is the shape of a first bottom, `product` is `(N, K, M)`."""
    n, classes, *pixels = score
    label = (n, 1, *pixels)
    samples, inputs, outputs = product
    weights = mask(0.25, *boxes), mask(0.25, *boxes)
    learned = normal(outputs, inputs), normal(outputs)
    return (
        workload("EuclideanLoss", activation, normal(*activation), gradients=2, caffe='type: "EuclideanLoss"'),
        workload("DiceLoss", score, labels(2, *score), first=uniform, hyper={"smooth": 1.0}),
        workload("SoftmaxLoss", score, regions(classes, label, 255), hyper={"ignore_label": 255}, caffe=SOFTMAX_LOSS),
        workload("PReLU", activation, blobs=(uniform(activation[1]),), caffe='type: "PReLU"'),
        workload("BatchNorm", activation, hyper={"eps": 1e-5, "momentum": 0.999}, caffe=BATCH_NORM),
        workload("FocalLoss", score, regions(classes, label), hyper={"alpha": 0.25, "gamma": 2.0}),
        workload("SmoothL1", boxes, normal(*boxes), *weights, hyper={"sigma": 3.0}),
        workload("BatchHardTriplet", rows, labels(rows[0] // 4, rows[0]), hyper={"margin": 0.2}),
        workload("L2Normalize", features, hyper={"eps": 1e-10}, blobs=(uniform(features[1]),)),
        workload("InnerProduct", (samples, inputs), hyper={"M": outputs}, blobs=learned, caffe=INNER_PRODUCT % outputs),
    )


WORKLOADS = of_sizes(
    activation=(32, 64, 56, 56),
    score=(8, 21, 128, 128),
    boxes=(32, 4 * 8732),  # SSD300's
    rows=(256, 128),
    features=(8, 512, 38, 38),  # conv4_3 of SSD300
    product=(64, 4096, 1024),
)

# A few thousand elements: here the calls cost, not the elements.
SMALL = of_sizes(
    activation=(4, 16, 8, 8),
    score=(4, 5, 16, 16),
    boxes=(16, 4 * 21),
    rows=(32, 16),
    features=(4, 16, 8, 8),
    product=(64, 50, 10),
)
