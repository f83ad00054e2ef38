"""Writes a net with the NetSpec helper of an example, and runs it; hands back its text and what came out."""

import caffe
import numpy as np
import prelu_inner_product_netspec as helper
import realnet
from caffe import layers

arrays = realnet.inputs()
net = caffe.NetSpec()
net.data = layers.Input(shape={"dim": [7, 3, 4, 5]})
net.label = layers.Input(shape={"dim": [7]})
net.map = layers.Convolution(net.data, num_output=5, kernel_size=2, weight_filler={"type": "xavier"})
net.bent = helper.prelu(net.map, name="prelu")
net.score = helper.inner_product(net.bent, M=6, name="inner_product")
net.loss = layers.SoftmaxWithLoss(net.score, net.label)
text = str(net.to_proto())
realnet.save_json(text)

run = realnet.net(text)
for name in ("data", "label"):
    run.blobs[name].data[...] = arrays[name]
run.forward()
run.backward()
realnet.save(
    loss=run.blobs["loss"].data,
    **{"%s.%d" % (name, i): blob.diff for name, blobs in run.params.items() for i, blob in enumerate(blobs)},
)
assert np.isfinite(run.blobs["loss"].data)
