"""Runs the net in TRAIN several times, once in TEST, and trains it; hands back what the layer blanked."""

import caffe
import numpy as np
import realnet

arrays = realnet.inputs()
with open("net.prototxt") as file:
    TEXT = file.read()


def feed(net):
    for name in ("data", "label"):
        net.blobs[name].data[...] = arrays[name]


np.random.seed(11)
net = realnet.net("force_backward: true\n" + TEXT, caffe.TRAIN)
feed(net)
blanked, diffs, weights = [], [], []
for _ in range(12):
    net.forward()
    blanked.append(net.blobs["scaled"].data.copy())
    net.backward()
    diffs.append(net.blobs["scaled"].diff.copy())
    weights.append(net.blobs["score"].diff.dot(net.params["score"][0].data))

tested = realnet.net(TEXT, caffe.TEST)
feed(tested)
tested.forward()

solver = realnet.solver(TEXT, 'base_lr: 0.5 lr_policy: "fixed" random_seed: 2')
losses = []
for _ in range(60):
    feed(solver.net)
    solver.step(1)
    losses.append(float(solver.net.blobs["loss"].data))

realnet.save(
    blanked=blanked,
    diffs=diffs,
    weights=weights,
    tested=tested.blobs["scaled"].data,
    layers=list(net._layer_names),
    tested_layers=list(tested._layer_names),
    losses=losses,
)
