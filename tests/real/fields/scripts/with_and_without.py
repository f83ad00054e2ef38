"""Trains with the identity and without it, from the same seed; hands back losses and weights of both."""

import realnet
from caffe.proto import caffe_pb2
from google.protobuf import text_format

STEPS = 30


def read(path):
    with open(path) as file:
        return text_format.Parse(file.read(), caffe_pb2.NetParameter())


def without(net):
    """The net in which the loss is told of the probabilities themselves."""
    layers = [layer for layer in net.layer if layer.type != "Python"]
    del net.layer[:]
    for layer in layers:
        layer.bottom[:] = ["prob" if name == "same" else name for name in layer.bottom]
        net.layer.add().CopyFrom(layer)
    return net


def with_param_str(net, text):
    for layer in net.layer:
        if layer.type == "Python":
            layer.python_param.param_str = text
    return net


def train(net):
    with open("solver.prototxt") as file:
        settings = file.read().replace('net: "net.prototxt"', "")
    solver = realnet.solver(str(net), settings)
    losses = []
    for _ in range(STEPS):
        solver.step(1)
        losses.append(float(solver.net.blobs["loss"].data))
    weight, bias = solver.net.params["score"]
    return {"losses": losses, "weight": weight.data, "bias": bias.data, "diff": solver.net.blobs["prob"].diff}


nets = {
    "emitted": read("net.prototxt"),
    "python": with_param_str(read("net.prototxt"), "{ 'x1': 1, 'x2': 2 }"),
    "json": with_param_str(read("net.prototxt"), '{ "x1": 1, "x2": 2 }'),
    "without": without(read("net.prototxt")),
}
realnet.save(**{name + "." + key: value for name in nets for key, value in train(nets[name]).items()})
