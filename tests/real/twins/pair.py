"""The two nets of a case, and what differs between them. Runs on Caffe's Python 3.9, with real Caffe."""

import json
import zlib

import caffe
import numpy as np
import realnet
from twins import draws
from twins.case import type_of

UNTOUCHED = 7.0


class Side:
    """A net with one layer, named `it`, whose bottoms come by way of Scale layers of factor 1, so that somebody wants
    their gradients; `propagate_down` says which are given. Tops have a weight in the loss, or Caffe would leave out the
    backward."""

    def __init__(self, case, kind, phase, wanted):
        self.phase = phase
        names = ["x%d" % i for i in range(len(case.bottoms))]
        tops = ["x0" if case.in_place and i == 0 else "y%d" % i for i in range(case.tops)]
        fields = ['bottom: "%s"' % name for name in names] + ['top: "%s"' % name for name in tops]
        fields += ["loss_weight: %r" % weight for weight in case.loss_weight or [1] * case.tops]
        fields += ["propagate_down: %s" % str(asked).lower() for asked in wanted]
        inputs = "".join(source_text(name, b.shape) for name, b in zip(names, case.bottoms))
        layer = 'layer { name: "it" %s %s }' % (" ".join(fields), kind)
        self.net = realnet.net(inputs + layer, getattr(caffe, phase))
        self.sources = [source(self.net, name) for name in names]
        self.bottom = [self.net.blobs[name] for name in names]
        self.top = [self.net.blobs[name] for name in tops]
        self.index = list(self.net._layer_names).index("it")
        self.layer = self.net.layers[self.index]
        self.blobs = self.layer.blobs

    def fill(self, arrays):
        for source, array in zip(self.sources, arrays):
            if array.shape:
                source.reshape(*array.shape)
            source.data[...] = array

    def forward(self):
        return float(self.net._forward(0, self.index))

    def backward(self):
        self.net._backward(self.index, self.index)


def source_text(name, shape):
    """A bottom whose gradient is wanted; Caffe's Scale takes no single numbers, but a learned one will do."""
    if shape:
        return realnet.scaled_text(name, np.empty(shape))
    return 'layer { name: "%s" type: "Parameter" top: "%s" parameter_param { shape { } } }\n' % (name, name)


def source(net, name):
    """Where the numbers of a bottom are put."""
    return net.params[name][0] if name in net.params and "in_" + name not in net.blobs else net.blobs["in_" + name]


def theirs(case, phase="TRAIN", wanted=None):
    """The net with Caffe's own layer."""
    kind = 'type: "%s" %s' % (type_of(case.twin), case.caffe)
    return Side(case, kind, phase, case.wanted if wanted is None else wanted)


def ours(case, phase="TRAIN", wanted=None):
    """The net with the emitted class."""
    fields = (case.twin, type_of(case.twin), json.dumps(case.hyper) if case.hyper else "")
    kind = 'type: "Python" python_param { module: %s layer: %s param_str: %s }' % tuple(map(json.dumps, fields))
    return Side(case, kind, phase, case.wanted if wanted is None else wanted)


def random_of(case):
    return np.random.RandomState(zlib.crc32(case.title.encode()))


def fill_blobs(case, random, sides):
    """The same random numbers into the blobs and their diffs, on both sides."""
    shapes = [[tuple(blob.data.shape) for blob in side.blobs] for side in sides]
    if shapes[0] != shapes[1]:
        raise AssertionError("blobs of Caffe's layer: %s, of ours: %s" % tuple(shapes))
    for i, shape in enumerate(shapes[0]):
        make = case.blobs[i] if case.blobs else lambda random, shape: random.standard_normal(shape)
        data, diff = np.asarray(make(random, shape), np.float32), random.standard_normal(shape)
        for side in sides:
            side.blobs[i].data[...] = data.reshape(side.blobs[i].data.shape)
            side.blobs[i].diff[...] = diff.reshape(side.blobs[i].diff.shape)


def compare(case, phase, wanted):
    """All differences in all passes: `(pass, what, difference)`."""
    random = random_of(case)
    write_proto(case, random)
    sides = theirs(case, phase, wanted), ours(case, phase, wanted)
    fill_blobs(case, random, sides)
    found = []
    for number, shapes in enumerate(case.shapes()):
        if not case.adds:
            clear(sides)
        arrays = [bottom(random, shape) for bottom, shape in zip(case.bottoms, shapes)]
        losses = forward(case, sides, arrays)
        backward(case, sides, random)
        found += [(number, what, difference) for what, difference in differences(case, sides, losses, arrays)]
    return found


def write_proto(case, random):
    if case.proto is not None:
        with open(case.hyper["source"], "wb") as file:
            file.write(caffe.io.array_to_blobproto(case.proto(random)).SerializeToString())


def clear(sides):
    for side in sides:
        for blob in side.blobs:
            blob.diff[...] = 0


def forward(case, sides, arrays):
    """The weighted losses of both."""
    losses = []
    for side in sides:
        side.fill(arrays)
        if case.draw and losses:
            getattr(draws, case.draw)(*sides)
        losses.append(side.forward())
    return losses


def backward(case, sides, random):
    """With the same diffs in the tops, where the net has not set them."""
    if not any(case.wanted) and not len(sides[0].blobs):
        return
    if not case.loss_weight:
        for tops in zip(*(side.top for side in sides)):
            diff = random.standard_normal(tops[0].data.shape)
            for top in tops:
                if top.data.shape == diff.shape:
                    top.diff[...] = diff
    poison(case, sides[1])
    for side in sides:
        side.backward()


def poison(case, side):
    asked = side.net.bottom_names["it"]
    for name, wanted in zip(asked, case.wanted):
        if not (case.in_place and name == "x0"):
            side.net.blobs[name].diff[...] = (np.nan if case.poison else 0) if wanted else UNTOUCHED


def differences(case, sides, losses, arrays):
    """`(what, difference)` of everything after a pass."""
    yield from named("top %d", case, sides, "top", "data")
    for i, wanted in enumerate(case.wanted):
        if wanted:
            yield "diff of bottom %d" % i, apart(case, *(side.bottom[i].diff for side in sides))
    yield from named("blob %d", case, sides, "blobs", "data")
    yield from named("diff of blob %d", case, sides, "blobs", "diff")
    if case.loss_weight:
        yield "loss", apart(case, *map(np.float32, losses))
    for i, array in enumerate(arrays):
        if not (case.in_place and i == 0):
            yield "bottom %d, which is not to be changed" % i, apart(case, array, sides[1].bottom[i].data)


def named(words, case, sides, part, kind):
    for i, blobs in enumerate(zip(*(getattr(side, part) for side in sides))):
        arrays = [getattr(blob, kind) for blob in blobs]
        yield words % i, apart(case, *(map(np.ravel, arrays) if part == "blobs" else arrays))


def apart(case, expected, found):
    """The largest difference, relative to the largest magnitude of Caffe's; infinite where something else differs."""
    if expected.shape != found.shape:
        return float("inf")
    expected, found = np.asarray(expected, np.float64), np.asarray(found, np.float64)
    finite = np.isfinite(expected)
    if not np.array_equal(expected[~finite], found[~finite], equal_nan=True) or not np.isfinite(found[finite]).all():
        return float("inf")
    largest = np.abs(found - expected)[finite].max(initial=0)
    return float(largest / max(np.abs(expected[finite]).max(initial=0), case.unit, np.finfo(np.float32).tiny))
