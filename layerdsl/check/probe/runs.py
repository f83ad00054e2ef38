"""A layer that runs: on the stand-in, in any dtype, or in a net of real Caffe; both look the same to who tries it.

A run has `bottom` and `top` (sequences of blobs with `data` and `diff`), `blobs`, and `layer`, the instance. What goes
wrong in the layer comes out as `Broken`.
"""
# mypy: ignore-errors

from __future__ import division

import json
import os
import sys
import tempfile

import numpy as np

from .broken import Broken

TRAIN, TEST = 0, 1


class Settings(object):
    """How an instance is made: everything but the values of its bottoms."""

    def __init__(self, tops, phase=TRAIN, wanted=(), in_place=(), dtype=np.float64, blobs=()):
        """blobs: the values of those that are there before `setup`, as where a prototxt holds them."""
        self.tops, self.phase, self.wanted = tops, phase, list(wanted)
        self.in_place, self.dtype, self.blobs = dict(in_place), dtype, list(blobs)


class Memory(object):
    """A state that is no blob, as one: what a layer keeps in an attribute on purpose."""

    def __init__(self, layer, attribute):
        self.layer, self.attribute = layer, attribute
        self.diff = np.zeros(self.shape)

    @property
    def data(self):
        """The array, which `reshape` may make anew."""
        return getattr(self.layer, self.attribute)

    @property
    def shape(self):
        """Its shape."""
        return self.data.shape


def with_memories(blobs, layer, attributes):
    """The blobs of a layer, and behind them what it keeps in these attributes."""
    return list(blobs) + [Memory(layer, one) for one in attributes] if attributes else blobs


class OnStandin(object):
    """Makes runs of a class on the stand-in, the module `standin`; `memories` are attributes that are states."""

    real = False
    name = "the stand-in"

    def __init__(self, standin, layer_class, param_str, widens=False, memories=()):
        """widens: in runs that are not of float32, `np.float32` in the layer's own code means their dtype too, so that
        what it keeps does not blur what is measured. That is for a process of its own: all of NumPy sees it."""
        self.standin, self.layer_class, self.param_str = standin, layer_class, param_str
        self.widens, self.memories = widens, memories

    def run(self, arrays, settings):
        """A new instance, set up and with these bottoms."""
        return _StandinRun(self, arrays, settings)


class _StandinRun(object):
    def __init__(self, host, arrays, settings):
        self.host, self.settings = host, settings
        self.net = self._call(
            "setup",
            host.standin.SingleLayer,
            host.layer_class,
            arrays,
            tops=settings.tops,
            param_str=host.param_str,
            phase=settings.phase,
            in_place=settings.in_place,
            dtype=settings.dtype,
            blobs=settings.blobs,
        )
        self.layer, self.bottom, self.top = self.net.layer, self.net.bottom, self.net.top

    blobs = property(lambda self: with_memories(self.net.blobs, self.layer, self.host.memories))

    def set_bottoms(self, arrays):
        self.net.set_bottoms(arrays)

    def reshape(self):
        self._call("reshape", self.layer.reshape, self.bottom, self.top)

    def forward(self):
        self._call("forward", self.net.forward)

    def backward(self, wanted=None):
        self._call("backward", self.net.backward, self.settings.wanted if wanted is None else wanted)

    def _call(self, stage, function, *args, **named):
        narrow = np.float32
        if self.host.widens:
            np.float32 = np.dtype(self.settings.dtype).type
        try:
            return Broken.caught(stage, function, *args, **named)
        finally:
            np.float32 = narrow


class OnCaffe(object):
    """Makes runs of a class in nets of real Caffe, under which it can be imported by module and name."""

    real = True
    name = "real Caffe"

    def __init__(self, caffe, module, layer, param_str, memories=()):
        self.caffe, self.module, self.layer, self.param_str = caffe, module, layer, param_str
        self.memories = memories

    def run(self, arrays, settings):
        """A new net with this layer alone behind its inputs."""
        return _CaffeRun(self, arrays, settings)

    def text(self, arrays, settings):
        """The net as prototxt."""
        bottoms = ["b%d" % i for i in range(len(arrays))]
        tops = ["b%d" % settings.in_place[j] if j in settings.in_place else "t%d" % j for j in range(settings.tops)]
        shapes = json.dumps([[int(size) for size in np.shape(array)] for array in arrays])
        source = _layer_text("source", (), bottoms, "", __package__ + ".source", "Source", shapes) if bottoms else ""
        more = "loss_weight: 1 " * len(tops)  # no gradient is wanted of a net without a loss
        more += " ".join(["propagate_down: %s" % ("true" if one else "false") for one in settings.wanted])
        more += " ".join([" "] + [_blob_text(array) for array in settings.blobs])
        return source + _layer_text("tried", bottoms, tops, more, self.module, self.layer, self.param_str)


def _blob_text(array):
    dims = " ".join(["dim: %d" % size for size in np.shape(array)])
    numbers = " ".join(["data: %r" % float(one) for one in np.ravel(array)])
    return "blobs { shape { %s } %s }" % (dims, numbers)


def _layer_text(name, bottoms, tops, more, module, layer, param_str):
    blobs = " ".join(['bottom: "%s"' % one for one in bottoms] + ['top: "%s"' % one for one in tops])
    python = 'module: "%s" layer: "%s" param_str: "%s"' % (module, layer, _escaped(param_str))
    return 'layer { name: "%s" type: "Python" %s %s python_param { %s } }\n' % (name, blobs, more, python)


class _CaffeRun(object):
    def __init__(self, host, arrays, settings):
        self.settings, self.memories = settings, host.memories
        handle, path = tempfile.mkstemp(".prototxt")
        with os.fdopen(handle, "w") as file:
            file.write(host.text(arrays, settings))
        try:
            phase = host.caffe.TEST if settings.phase == TEST else host.caffe.TRAIN
            self.net = Broken.caught("setup", host.caffe.Net, path, phase)
        finally:
            os.remove(path)
        names = list(self.net._layer_names)
        number = names.index("tried")
        self.layer = self.net.layers[number]
        blobs = list(self.net.blobs.values())
        self.bottom = [blobs[i] for i in list(self.net._bottom_ids(number))]
        self.top = [blobs[i] for i in list(self.net._top_ids(number))]
        self.fill(arrays)

    blobs = property(lambda self: with_memories(self.layer.blobs, self.layer, self.memories))

    def fill(self, arrays):
        for blob, array in zip(self.bottom, arrays):
            blob.data[...] = array

    def set_bottoms(self, arrays):
        for blob, array in zip(self.bottom, arrays):
            blob.reshape(*np.shape(array))
        self.fill(arrays)

    def reshape(self):
        Broken.caught("reshape", self.net.reshape)

    def forward(self):
        Broken.caught("forward", self.net.forward)

    def backward(self, wanted=None):
        if wanted is not None and list(wanted) != self.settings.wanted:
            raise ValueError("a net knows from its making whose gradient is wanted")
        Broken.caught("backward", self.net.backward)


def _escaped(text):
    for letter, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(letter, written)
    return text


def python_version():
    """`Python 3.9 with NumPy 1.19.5`."""
    return "Python %d.%d with NumPy %s" % (sys.version_info[0], sys.version_info[1], np.__version__)
