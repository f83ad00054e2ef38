"""Nets in which the rows are tried, one function for each; hands back `FUNCTION.NAME` arrays."""

import caffe
import numpy as np
import realnet

SOLVER = 'base_lr: 0.1 lr_policy: "fixed" random_seed: 4 '


def python(name, layer, bottom, top, param_str="", rest=""):
    """A Python layer of rows.py; bottoms and tops are lists of names in one text."""
    ends = "".join(' bottom: "%s"' % one for one in bottom.split()) + "".join(' top: "%s"' % one for one in top.split())
    module = 'python_param { module: "rows" layer: "%s" param_str: "%s" }' % (layer, param_str)
    return 'layer { name: "%s" type: "Python"%s %s %s }\n' % (name, ends, module, rest)


def own(name, kind, bottom, top, rest=""):
    ends = "".join(' bottom: "%s"' % one for one in bottom.split()) + "".join(' top: "%s"' % one for one in top.split())
    return 'layer { name: "%s" type: "%s"%s %s }\n' % (name, kind, ends, rest)


def source(name, *shape):
    return realnet.input_text(name, np.empty(shape))


def numbers(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def total(bottom):
    """A loss that weighs every entry differently."""
    return own(
        bottom + "_sum", "Reduction", bottom, bottom + "_sum", "loss_weight: 1 reduction_param { operation: SUMSQ }"
    )


def ran(net, **arrays):
    for name, array in arrays.items():
        net.blobs[name].reshape(*array.shape)
        net.blobs[name].data[...] = array
    loss = net._forward(0, len(net.layers) - 1)
    net.backward()
    return loss


def set_params(net, seed=3):
    for i, name in enumerate(net.params):
        for j, blob in enumerate(net.params[name]):
            blob.data[...] = numbers(*blob.data.shape, seed=[seed, i, j]) * 0.5


def params(net):
    return {"%s%d" % (name, i): blob.data.copy() for name, blobs in net.params.items() for i, blob in enumerate(blobs)}


# -- diffs accumulate --------------------------------------------------------------------------------------------------

DRAWN = """
layer { name: "x" type: "DummyData" top: "x" top: "t" dummy_data_param {
  shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 } data_filler { type: "gaussian" } data_filler { type: "gaussian" } } }
"""
MULTIPLIERS = "param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }"


def iter_size():
    """Three steps of four batches each, with the emitted layers and with Caffe's own."""
    loss = own("loss", "EuclideanLoss", "z t", "loss")
    nets = {
        "emitted": python("ip", "InnerProduct", "x", "y", "M: 2", MULTIPLIERS)
        + python("scale", "Scale", "y", "z", "", MULTIPLIERS),
        "own": own("ip", "InnerProduct", "x", "y", MULTIPLIERS + " inner_product_param { num_output: 2 }")
        + own("scale", "Scale", "y", "z", MULTIPLIERS + " scale_param { bias_term: true }"),
    }
    found = {}
    for name, layers in nets.items():
        solver = realnet.solver(DRAWN + layers + loss, SOLVER + "iter_size: 4 momentum: 0.9 weight_decay: 0.1")
        set_params(solver.net)
        solver.step(3)
        found.update({name + "." + key: value for key, value in params(solver.net).items()})
    return found


def accumulation():
    """Backward twice: the diffs of blobs add up, those of bottoms are written anew."""
    net = realnet.net(
        "force_backward: true\n" + source("x", 4, 3) + python("ip", "InnerProduct", "x", "y", "M: 2") + total("y")
    )
    ran(net, x=numbers(4, 3))
    once = [blob.diff.copy() for blob in net.params["ip"]] + [net.blobs["x"].diff.copy()]
    net.backward()
    twice = [blob.diff.copy() for blob in net.params["ip"]] + [net.blobs["x"].diff.copy()]
    return {"once%d" % i: array for i, array in enumerate(once)} | {"twice%d" % i: a for i, a in enumerate(twice)}


def again():
    """A second backward after one forward finds all that the first one found."""
    layers = (
        "Sigmoid Tanh Softmax Normalize Root PReLU Scale BatchNorm Center Gram Noise Masked SoftmaxLoss Triplet Pooled"
    )
    found = {}
    for layer in layers.split():
        x = numbers(4, 3)
        labels = {"SoftmaxLoss": [0, 2, 1, 1], "Triplet": [0, 0, 1, 1]}
        arrays = [x, np.float32(labels[layer])] if layer in labels else [x, x + 1] if layer == "Masked" else [x]
        single = realnet.RealLayer("rows", layer, arrays, tops=2 if layer == "Pooled" else 1)
        single.forward(arrays)
        diffs = [numbers(*top.data.shape, seed=2 + i) for i, top in enumerate(single.top)]
        for time in ("first", "second"):
            for blob in single.blobs:
                blob.diff[...] = 0
            single.backward(diffs)
            blobs = [*single.bottom, *single.blobs]
            found[layer + "." + time] = np.concatenate([blob.diff.ravel() for blob in blobs])
    return found


# -- loss_weight, propagate_down, force_backward -----------------------------------------------------------------------


def loss_weight():
    found = {}
    for weight in ("1", "3"):
        text = "force_backward: true\n" + source("x", 4, 3) + source("t", 4, 3)
        net = realnet.net(text + python("loss", "EuclideanLoss", "x t", "loss", "", "loss_weight: " + weight))
        found["total" + weight] = ran(net, x=numbers(4, 3), t=numbers(4, 3, seed=1))
        found["diff" + weight] = net.blobs["x"].diff.copy()
        found["top" + weight] = net.blobs["loss"].data.copy()
    return found


def two_losses():
    """Each of two loss tops with a weight of its own, also 0."""
    found = {}
    for near, far in ((1, 0), (0, 1), (2, 0.5), (0, 0)):
        text = "force_backward: true\n" + source("x", 4, 3) + source("t", 4, 3)
        weights = "loss_weight: %r loss_weight: %r" % (near, far)
        net = realnet.net(text + python("loss", "TwoLosses", "x t", "near far", "", weights))
        found["total %r %r" % (near, far)] = ran(net, x=numbers(4, 3), t=numbers(4, 3, seed=1))
        found["diff %r %r" % (near, far)] = net.blobs["x"].diff.copy()
    return found


SCALED = "scale_param { axis: 0 num_axes: 0 filler { value: 1 } }"


def propagate_down():
    """What is asked of a bottom is computed; the diff of any other is left as it was."""
    scaled = (
        source("u", 4, 3)
        + source("v", 4, 3)
        + own("a", "Scale", "u", "a", SCALED)
        + own("b", "Scale", "v", "b", SCALED)
    )
    found = {}
    for asked in ("true true", "true false", "false true", "false false"):
        fields = "".join("propagate_down: %s " % one for one in asked.split())
        net = realnet.net(scaled + python("ours", "Sum", "a b", "y", "", fields) + total("y"))
        for name in "ab":
            net.blobs[name].diff[...] = 7
        ran(net, u=numbers(4, 3), v=numbers(4, 3, seed=1))
        for name in "aby":
            found[asked + "." + name] = net.blobs[name].diff.copy()
    return found


def parameters_alone():
    """A first layer learns although nobody wants the gradient of its bottom."""
    net = realnet.net(source("x", 4, 3) + python("ip", "InnerProduct", "x", "y", "M: 2") + total("y"))
    set_params(net)
    net.blobs["x"].diff[...] = 7
    ran(net, x=numbers(4, 3))
    weight, bias = net.params["ip"]
    return {"x": net.blobs["x"].diff.copy(), "y": net.blobs["y"].data, "weight": weight.diff, "bias": bias.diff}


def force_backward():
    """Labels are asked for a gradient, too, and get zeros."""
    found = {}
    for name, layer, label in (("index", "SoftmaxLoss", [0, 2, 1, 1]), ("const", "TwoLosses", numbers(4, 3, seed=1))):
        text = "force_backward: true\n" + source("x", 4, 3) + source("t", *np.shape(label))
        tops = "near far" if layer == "TwoLosses" else "loss"
        net = realnet.net(text + python("loss", layer, "x t", tops, "", "loss_weight: 1 " * len(tops.split())))
        net.blobs["t"].diff[...] = 7
        ran(net, x=numbers(4, 3), t=np.float32(label))
        found[name + ".label"] = net.blobs["t"].diff.copy()
        found[name + ".x"] = net.blobs["x"].diff.copy()
    return found


# -- tops --------------------------------------------------------------------------------------------------------------


def unused_tops():
    """The gradient of those of three tops that are used, alone and together."""
    found = {}
    for used in (["low"], ["high"], ["total"], ["low", "total"], ["low", "high", "total"]):
        text = "force_backward: true\n" + source("x", 4, 3) + python("parts", "Parts", "x", "low high total")
        net = realnet.net(text + "".join(map(total, used)))
        ran(net, x=numbers(4, 3))
        found[" ".join(used)] = net.blobs["x"].diff.copy()
    return found


def overwritten():
    """A layer in place of our top changes its data before our backward runs."""
    relu, dropout = own("relu", "ReLU", "{0}", "{1}"), own("drop", "Dropout", "{1}", "{2}")
    found = {}
    for layer in ("Sigmoid", "Tanh", "Softmax", "Normalize", "Root", "PReLU", "BatchNorm", "Gain"):
        for side, names in (("apart", ["y", "r", "d"]), ("in place", ["y", "y", "y"])):
            text = "force_backward: true\n" + source("x", 4, 3, 5) + python("ours", layer, "x", "y")
            text += (relu + dropout).replace("{0}", names[0]).replace("{1}", names[1]).replace("{2}", names[2])
            net = realnet.net(text + total(names[2]))
            caffe.set_random_seed(8)
            ran(net, x=numbers(4, 3, 5))
            found[layer + "." + side] = net.blobs["x"].diff.copy()
    return found


# -- reshape -----------------------------------------------------------------------------------------------------------


def reshaped():
    """The arrays that forward and backward use are those of before as long as no shape changes."""
    single = realnet.RealLayer("rows", "Softmax", [numbers(4, 3)])
    found = {}
    for step, shape in enumerate([(4, 3), (4, 3), (9, 3), (2, 3, 4), (2, 3, 4)]):
        before = {name: id(value) for name, value in vars(single.layer).items() if isinstance(value, np.ndarray)}
        single.forward([numbers(*shape, seed=step)])
        single.backward([numbers(*shape, seed=step + 1)])
        after = {name: id(value) for name, value in vars(single.layer).items() if isinstance(value, np.ndarray)}
        found["same%d" % step] = before == after
        found["shape%d" % step] = single.top[0].data.shape
        found["count%d" % step] = len(after)
    return found


# -- phases ------------------------------------------------------------------------------------------------------------


def phases():
    """A solver's nets for training and for testing, side by side."""
    text = (
        source("x", 6, 3, 2)
        + python("bn", "BatchNorm", "x", "n")
        + python("center", "Center", "n", "y", "momentum: 0.5")
    )
    text += python("noise", "Noise", "y", "y", "", "include { phase: TRAIN }") + total("y")
    solver = realnet.solver(text, SOLVER + "test_iter: 1 test_interval: 1")
    tested = solver.test_nets[0]
    found = {}
    for step in range(3):
        for net in (solver.net, tested):
            net.blobs["x"].data[...] = numbers(6, 3, 2, seed=step) * 2 + 1
        found.update({"before%d.%s" % (step, name): value for name, value in params(solver.net).items()})
        solver.step(1)  # tests, and then trains
        found.update({"after%d.%s" % (step, name): value for name, value in params(solver.net).items()})
        found["trained%d" % step] = solver.net.blobs["n"].data.copy()
        found["n%d" % step], found["y%d" % step] = tested.blobs["n"].data.copy(), tested.blobs["y"].data.copy()
    return found


def noise():
    """A draw is new in each forward and the same in its backward; two layers draw apart."""
    np.random.seed(3)
    text = "force_backward: true\n" + source("x", 5, 4) + source("z", 5, 4)
    net = realnet.net(text + python("a", "Noise", "x", "u") + python("b", "Noise", "z", "v") + total("u") + total("v"))
    found = {}
    for step in range(3):
        ran(net, x=np.ones((5, 4)), z=np.ones((5, 4)))
        for blob in "uxvz":
            found["%s%d" % (blob, step)] = (net.blobs[blob].data if blob in "uv" else net.blobs[blob].diff).copy()
    return found


# -- instances ---------------------------------------------------------------------------------------------------------


def instances():
    """Layers of one class and of one file in one net, each with its own settings and memory."""
    text = "force_backward: true\n" + source("x", 4, 3) + source("z", 2, 7)
    text += python("double", "Gain", "x", "a") + python("triple", "Gain", "a", "b", "factor: -3")
    text += (
        python("one", "Sigmoid", "b", "c") + python("two", "Sigmoid", "c", "d") + python("other", "Sigmoid", "z", "e")
    )
    net = realnet.net(text + total("d") + total("e"))
    ran(net, x=numbers(4, 3), z=numbers(2, 7))
    return {name: blob.data for name, blob in net.blobs.items()} | {
        name + "_diff": net.blobs[name].diff for name in "xz"
    }


# -- learned blobs -----------------------------------------------------------------------------------------------------

SHARED = 'param { name: "w" lr_mult: 1 } param { name: "b" lr_mult: 2 }'
LAYERS = {
    "emitted": lambda name, bottom, top, rest: python(name, "InnerProduct", bottom, top, "M: 3", rest),
    "own": lambda name, bottom, top, rest: own(
        name, "InnerProduct", bottom, top, rest + " inner_product_param { num_output: 3 }"
    ),
}


def shared_by_name():
    """Two layers with the same weights, whose gradients add up."""
    found = {}
    for side, layer in LAYERS.items():
        text = source("x", 4, 3) + layer("one", "x", "y", SHARED) + layer("two", "y", "z", SHARED) + total("z")
        solver = realnet.solver(text, SOLVER)
        set_params(solver.net)
        solver.net.blobs["x"].data[...] = numbers(4, 3)
        solver.step(2)
        found.update({side + "." + key: value for key, value in params(solver.net).items()})
        found[side + ".z"] = solver.net.blobs["z"].data.copy()
    return found


def share_with():
    text = source("x", 4, 3) + LAYERS["emitted"]("ip", "x", "y", "")
    one, two = realnet.net(text), realnet.net(text, caffe.TEST)
    found = {"before": not np.array_equal(one.params["ip"][0].data, two.params["ip"][0].data)}
    two.share_with(one)
    one.params["ip"][0].data[...] = numbers(3, 3)
    for net in (one, two):
        net.blobs["x"].data[...] = numbers(4, 3, seed=1)
        net.forward()
    return {**found, "one": one.blobs["y"].data, "two": two.blobs["y"].data, "weight": two.params["ip"][0].data}


def copied():
    """Weights of Caffe's own layers are read by ours, and ours by them."""
    nets = {side: realnet.net(source("x", 4, 3) + layer("ip", "x", "y", "")) for side, layer in LAYERS.items()}
    found = {}
    for giver, taker in (("own", "emitted"), ("emitted", "own")):
        set_params(nets[giver], seed=5 + len(giver))
        nets[giver].save(giver + ".caffemodel")
        nets[taker].copy_from(giver + ".caffemodel")
        for side, net in nets.items():
            ran(net, x=numbers(4, 3))
            found["%s to %s.%s" % (giver, taker, side)] = net.blobs["y"].data.copy()
    again = realnet.net(source("x", 4, 3) + LAYERS["emitted"]("ip", "x", "y", ""), weights="emitted.caffemodel")
    return found | {"again": again.params["ip"][0].data, "saved": nets["emitted"].params["ip"][0].data}


def brought_along():
    """Blobs that the prototxt holds are not filled again."""
    blobs = "blobs { shape { dim: 2 dim: 3 } data: [1, 2, 3, 4, 5, 6] } blobs { shape { dim: 2 } data: [7, 8] }"
    net = realnet.net(source("x", 4, 3) + python("ip", "InnerProduct", "x", "y", "M: 2", blobs))
    return {"weight": net.params["ip"][0].data, "bias": net.params["ip"][1].data}


FUNCTIONS = [
    iter_size, accumulation, again, loss_weight, two_losses, propagate_down, parameters_alone, force_backward,
    unused_tops, overwritten, reshaped, phases, noise, instances, shared_by_name, share_with, copied, brought_along,
]  # fmt: skip

realnet.save(**{function.__name__ + "." + key: value for function in FUNCTIONS for key, value in function().items()})
