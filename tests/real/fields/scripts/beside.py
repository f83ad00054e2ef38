"""Runs the nets of the examples, forward and backward, and hands back every blob and every weight.

cases.json maps names to cases. `net`: a file; and where wanted `fields`: text to add to it; `loss_weight` and
`param_str` of its Python layers; `own`: for the class of an emitted layer the type of Caffe's own layer and its fields,
which then takes its place in a second net of the same weights; `keep`: layers whose weights stay as they were filled.
Inputs `CASE:BLOB` give the blob its data and shape. Without a `net` there are Input layers of the shapes in `inputs`.
Outputs are named `CASE/emitted/BLOB/data`, `CASE/own/LAYER.0/diff` and so on.
"""

import json

import numpy as np
import realnet
from caffe.proto import caffe_pb2
from google.protobuf import text_format


def text_of(case):
    if "net" not in case:
        return "".join(realnet.input_text(name, np.empty(shape)) for name, shape in case["inputs"].items())
    with open(case["net"]) as file:
        return file.read()


def read(case):
    net = text_format.Parse(text_of(case) + case.get("fields", ""), caffe_pb2.NetParameter())
    for layer in python_layers(net):
        layer.loss_weight[:] = case.get("loss_weight", list(layer.loss_weight))
        layer.python_param.param_str = case.get("param_str", layer.python_param.param_str)
    return net


def python_layers(net):
    return [layer for layer in net.layer if layer.type == "Python"]


def with_own(net, own):
    """Caffe's own layers in place of the emitted ones."""
    for layer in python_layers(net):
        layer.type, fields = own[layer.python_param.layer]
        layer.ClearField("python_param")
        text_format.Merge(fields, layer)
    return net


def drawn(net, keep):
    """Weights that are no special case, but for the layers that keep what their fillers say."""
    random = np.random.RandomState(5)
    return {
        name: [random.standard_normal(blob.data.shape) * 0.5 for blob in blobs]
        for name, blobs in net.params.items()
        if name not in keep
    }


def run(net, arrays, weights):
    for name, array in arrays.items():
        net.blobs[name].reshape(*array.shape)
        net.blobs[name].data[...] = array
    for name, blobs in weights.items():
        for blob, array in zip(net.params[name], blobs):
            blob.data[...] = array
    net.forward()
    net.backward()
    params = {"%s.%d" % (name, i): blob for name, blobs in net.params.items() for i, blob in enumerate(blobs)}
    return {**net.blobs, **params}


def sides(case, arrays):
    nets = {"emitted": realnet.net(str(read(case)))}
    if "own" in case:
        nets["own"] = realnet.net(str(with_own(read(case), case["own"])))
    weights = drawn(nets["emitted"], case.get("keep", ()))
    return {side: run(net, arrays, weights) for side, net in nets.items()}


with open("cases.json") as file:
    cases = json.load(file)
given = {name: {} for name in cases}
for key, array in realnet.inputs().items():
    name, blob = key.split(":")
    given[name][blob] = array
written = {}
for name, case in cases.items():
    for side, blobs in sides(case, given[name]).items():
        for blob, both in blobs.items():
            place = "/".join([name, side, blob])
            written[place + "/data"], written[place + "/diff"] = both.data.copy(), both.diff.copy()
realnet.save(**written)
