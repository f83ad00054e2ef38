"""A layer of real Caffe that holds the bottoms of the layer which is tried.

Caffe asks for the gradient of a bottom only if somebody above it can learn: this layer has a parameter that it could.
"""
# mypy: ignore-errors

from __future__ import division

import json

import caffe


class Source(caffe.Layer):
    """Tops of the shapes in `param_str`; values are written into them from outside."""

    def setup(self, bottom, top):
        self.blobs.add_blob(1)
        for i, shape in enumerate(json.loads(self.param_str)):
            top[i].reshape(*shape)

    def reshape(self, bottom, top):
        pass

    def forward(self, bottom, top):
        pass

    def backward(self, top, propagate_down, bottom):
        pass
