"""Trains, takes a snapshot and goes on; restores the snapshot and goes on; reads the weights into a net for testing."""

import sys

import caffe
import numpy as np
import realnet

FORMAT = sys.argv[1]
SETTINGS = (
    """
base_lr: 0.1 momentum: 0.9 weight_decay: 0.5 lr_policy: "fixed" random_seed: 3
snapshot_prefix: "snap" snapshot_format: %s
"""
    % FORMAT
)
ENDING = ".h5" if FORMAT == "HDF5" else ""
arrays = realnet.inputs()
with open("net.prototxt") as file:
    TEXT = file.read()


def advance(solver, steps):
    """Takes these steps, each with a batch of its own, and returns the loss of each."""
    losses = []
    for step in steps:
        solver.net.blobs["data"].data[...] = arrays["data"][step]
        solver.net.blobs["label"].data[...] = arrays["label"][step]
        solver.step(1)
        losses.append(float(solver.net.blobs["loss"].data))
    return losses


def params(net):
    return {"%s%d" % (name, i): blob.data.copy() for name, blobs in net.params.items() for i, blob in enumerate(blobs)}


whole = realnet.solver(TEXT, SETTINGS)
advance(whole, range(5))
middle = params(whole.net)
whole.snapshot()
losses = advance(whole, range(5, 9))

restored = realnet.solver(TEXT, SETTINGS)
restored.restore("snap_iter_5.solverstate" + ENDING)
found = params(restored.net)
again = advance(restored, range(5, 9))

tested = realnet.net(TEXT, caffe.TEST, weights="snap_iter_5.caffemodel" + ENDING)
tested.blobs["data"].data[...] = arrays["data"][0]
tested.forward()

realnet.save(
    losses=losses,
    again=again,
    centred=tested.blobs["centred"].data,
    **{"middle." + name: array for name, array in middle.items()},
    **{"found." + name: array for name, array in found.items()},
    **{"tested." + name: array for name, array in params(tested).items()},
    **{"end." + name: array for name, array in params(whole.net).items()},
    **{"end_again." + name: array for name, array in params(restored.net).items()},
)
assert np.isfinite(losses).all()
