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


ACTIVATION = (32, 64, 56, 56)
SCORE = (8, 21, 128, 128)
LABEL = (8, 1, 128, 128)
BOXES = (32, 4 * 8732)
CONV4_3 = (8, 512, 38, 38)

WORKLOADS = (
    Workload(
        "EuclideanLoss",
        ACTIVATION,
        (normal(*ACTIVATION), normal(*ACTIVATION)),
        (True, True),
        {},
        (),
        'type: "EuclideanLoss"',
    ),
    Workload("DiceLoss", SCORE, (uniform(*SCORE), labels(2, *SCORE)), (True, False), {"smooth": 1.0}, (), ""),
    Workload(
        "SoftmaxLoss",
        SCORE,
        (normal(*SCORE), regions(21, LABEL, 255)),
        (True, False),
        {"ignore_label": 255},
        (),
        'type: "SoftmaxWithLoss" loss_param { ignore_label: 255 }',
    ),
    Workload(
        "PReLU",
        ACTIVATION,
        (normal(*ACTIVATION),),
        (True,),
        {},
        (uniform(64),),
        'type: "PReLU"',
    ),
    Workload(
        "BatchNorm",
        ACTIVATION,
        (normal(*ACTIVATION),),
        (True,),
        {"eps": 1e-5, "momentum": 0.999},
        (),
        'type: "BatchNorm" batch_norm_param { eps: 1e-5 moving_average_fraction: 0.999 use_global_stats: false }',
    ),
    Workload(
        "FocalLoss",
        SCORE,
        (normal(*SCORE), regions(21, LABEL)),
        (True, False),
        {"alpha": 0.25, "gamma": 2.0},
        (),
        "",
    ),
    Workload(
        "SmoothL1",
        BOXES,
        (normal(*BOXES), normal(*BOXES), mask(0.25, *BOXES), mask(0.25, *BOXES)),
        (True, False, False, False),
        {"sigma": 3.0},
        (),
        "",
    ),
    Workload(
        "BatchHardTriplet", (256, 128), (normal(256, 128), labels(64, 256)), (True, False), {"margin": 0.2}, (), ""
    ),
    Workload("L2Normalize", CONV4_3, (normal(*CONV4_3),), (True,), {"eps": 1e-10}, (uniform(512),), ""),
    Workload(
        "InnerProduct",
        (64, 4096),
        (normal(64, 4096),),
        (True,),
        {"M": 1024},
        (normal(1024, 4096), normal(1024)),
        'type: "InnerProduct" inner_product_param { num_output: 1024 }',
    ),
)
