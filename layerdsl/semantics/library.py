"""Which file of the standard library holds which function: for whoever calls one without importing it."""

from __future__ import annotations

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
