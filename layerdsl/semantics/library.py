"""Which file of the standard library holds which function or layer: for whoever uses one without importing it."""

from __future__ import annotations

import re
from typing import Final

_FILES: Final = {
    "losses": (
        "huber smooth_l1 log_cosh charbonnier pinball sigmoid_cross_entropy binary_cross_entropy sigmoid_focal "
        "cross_entropy smoothed_cross_entropy negative_log_likelihood focal multiclass_hinge soft_cross_entropy "
        "kl_divergence dice tversky jaccard contrastive triplet"
    ),
    "activations": (
        "leaky_relu elu selu celu relu6 swish silu gelu gelu_tanh mish hard_sigmoid hard_swish hard_tanh softsign "
        "shrink"
    ),
    "normalise": "l2_normalise l1_normalise layer_norm rms_norm instance_norm batch_norm channel_norm min_max",
    "boxes": "width height area intersection iou giou diou ciou centres corners encode decode clip_to",
}

#: The file of each function.
LIBRARY: Final = {function: file for file, functions in _FILES.items() for function in functions.split()}

_LAYERS: Final = """
    AbsVal Accuracy ArgMax BatchNorm BatchReindex Bias BNLL Clip Concat ContrastiveLoss Convolution Crop Deconvolution
    Dropout Eltwise ELU Embed EuclideanLoss Exp Flatten HingeLoss Im2col InfogainLoss InnerProduct Log LRN LSTM LSTMUnit
    MultinomialLogisticLoss MVN Pooling Power PReLU Reduction ReLU Reshape RNN Scale Sigmoid SigmoidCrossEntropyLoss
    Silence Slice Softmax SoftmaxWithLoss Split SPP Swish TanH Threshold Tile
""".split()

_AS_ONE_WORD: Final = frozenset({"AbsVal", "PReLU", "ReLU", "TanH"})


def _file(layer: str) -> str:
    """`inner_product` for `InnerProduct`."""
    words = layer if layer in _AS_ONE_WORD else re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", layer)
    return words.lower()


#: The file of each of Caffe's own layers.
CAFFE: Final = {layer: f"caffe.{_file(layer)}" for layer in _LAYERS}


def imported(name: str) -> str:
    """How a function or layer of the standard library is imported; nothing for what is not there."""
    file = LIBRARY.get(name) or CAFFE.get(name)
    return f"`from {file} import {name}` takes it from the standard library" if file else ""
