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
    return json.dumps(workload.hyper) if workload.hyper else ""


def normal(*shape):
    return lambda random: random.standard_normal(shape).astype(np.float32)


def uniform(*shape):
    return lambda random: random.random_sample(shape).astype(np.float32)


def labels(classes, *shape):
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


def of_sizes(activation, score, boxes, rows, features, product):
    """The ten workloads; each argument is the shape of a first bottom, `product` is `(N, K, M)`."""
    n, classes, *pixels = score
    label = (n, 1, *pixels)
    samples, inputs, outputs = product
    return (
        Workload(
            "EuclideanLoss",
            activation,
            (normal(*activation), normal(*activation)),
            (True, True),
            {},
            (),
            'type: "EuclideanLoss"',
        ),
        Workload("DiceLoss", score, (uniform(*score), labels(2, *score)), (True, False), {"smooth": 1.0}, (), ""),
        Workload(
            "SoftmaxLoss",
            score,
            (normal(*score), regions(classes, label, 255)),
            (True, False),
            {"ignore_label": 255},
            (),
            'type: "SoftmaxWithLoss" loss_param { ignore_label: 255 }',
        ),
        Workload(
            "PReLU",
            activation,
            (normal(*activation),),
            (True,),
            {},
            (uniform(activation[1]),),
            'type: "PReLU"',
        ),
        Workload(
            "BatchNorm",
            activation,
            (normal(*activation),),
            (True,),
            {"eps": 1e-5, "momentum": 0.999},
            (),
            'type: "BatchNorm" batch_norm_param { eps: 1e-5 moving_average_fraction: 0.999 use_global_stats: false }',
        ),
        Workload(
            "FocalLoss",
            score,
            (normal(*score), regions(classes, label)),
            (True, False),
            {"alpha": 0.25, "gamma": 2.0},
            (),
            "",
        ),
        Workload(
            "SmoothL1",
            boxes,
            (normal(*boxes), normal(*boxes), mask(0.25, *boxes), mask(0.25, *boxes)),
            (True, False, False, False),
            {"sigma": 3.0},
            (),
            "",
        ),
        Workload(
            "BatchHardTriplet",
            rows,
            (normal(*rows), labels(rows[0] // 4, rows[0])),
            (True, False),
            {"margin": 0.2},
            (),
            "",
        ),
        Workload("L2Normalize", features, (normal(*features),), (True,), {"eps": 1e-10}, (uniform(features[1]),), ""),
        Workload(
            "InnerProduct",
            (samples, inputs),
            (normal(samples, inputs),),
            (True,),
            {"M": outputs},
            (normal(outputs, inputs), normal(outputs)),
            f'type: "InnerProduct" inner_product_param {{ num_output: {outputs} }}',
        ),
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
