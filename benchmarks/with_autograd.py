"""The ten layers with autograd at run time: the forward as a formula, the backward derived anew in every iteration."""

import json

import autograd.numpy as np
import caffe
import numpy
from autograd import make_vjp
from autograd.tracer import getval


class Traced(caffe.Layer):
    """Runs `formula(layer, *inputs)`, whose inputs are the bottoms with a gradient, then the learned blobs."""

    defaults = {}
    differentiated = 1

    def setup(self, bottom, top):
        self.hyper = dict(self.defaults, **json.loads(self.param_str or "{}"))
        for shape in self.blob_shapes(bottom):
            self.blobs.add_blob(*shape)

    def blob_shapes(self, bottom):
        return []

    def top_shape(self, bottom):
        return []

    def reshape(self, bottom, top):
        top[0].reshape(*self.top_shape(bottom))

    def forward(self, bottom, top):
        blobs = [self.blobs[i].data for i in range(len(self.blobs))]
        inputs = [bottom[i].data for i in range(self.differentiated)] + blobs
        self.others = [bottom[i].data for i in range(self.differentiated, len(bottom))]
        self.vjp, value = make_vjp(lambda inputs: self.formula(*inputs))(tuple(inputs))
        top[0].data[...] = value

    def backward(self, top, propagate_down, bottom):
        gradients = self.vjp(top[0].diff[()])
        for i in range(len(bottom)):
            if propagate_down[i]:
                bottom[i].diff[...] = gradients[i] if i < self.differentiated else 0
        for i in range(len(self.blobs)):
            self.blobs[i].diff[...] += gradients[self.differentiated + i]


def over_channels(x):
    """The axes of `[N, C, *S]` but C."""
    return (0, *range(2, x.ndim))


def along_channels(values, x):
    """`[C]` so that it broadcasts over `[N, C, *S]`."""
    return np.reshape(values, (1, -1) + (1,) * (x.ndim - 2))


def log_softmax(score):
    """Of `[N, C, S]` over C."""
    centred = score - numpy.max(getval(score), axis=1, keepdims=True)
    return centred - np.log(np.sum(np.exp(centred), axis=1, keepdims=True))


def picked(x, label):
    """`x[n, label[n, s], s]` of `[N, C, S]`."""
    n, _, s = x.shape
    return x[numpy.arange(n)[:, None], label, numpy.arange(s)[None, :]]


class EuclideanLoss(Traced):
    differentiated = 2

    def formula(self, pred, target):
        return np.sum((pred - target) ** 2) / (2 * len(pred))


class DiceLoss(Traced):
    def formula(self, pred):
        n = len(pred)
        pred, label = np.reshape(pred, (n, -1)), self.others[0].reshape(n, -1)
        overlap = 2 * np.sum(pred * label, axis=1) + self.hyper["smooth"]
        return 1 - np.mean(overlap / (np.sum(pred**2 + label**2, axis=1) + self.hyper["smooth"]))


class SoftmaxLoss(Traced):
    def formula(self, score):
        n, c = score.shape[:2]
        label = self.others[0].reshape(n, -1)
        valid = label != self.hyper["ignore_label"]
        label = numpy.where(valid, label, 0).astype(numpy.intp)
        nll = -picked(log_softmax(np.reshape(score, (n, c, -1))), label)
        return np.sum(nll * valid) / max(numpy.count_nonzero(valid), 1)


class PReLU(Traced):
    def blob_shapes(self, bottom):
        return [[bottom[0].channels]]

    def top_shape(self, bottom):
        return list(bottom[0].shape)

    def formula(self, x, slope):
        return np.maximum(x, 0) + along_channels(slope, x) * np.minimum(x, 0)


class BatchNorm(Traced):
    def blob_shapes(self, bottom):
        return [[bottom[0].channels], [bottom[0].channels]]

    def top_shape(self, bottom):
        return list(bottom[0].shape)

    def formula(self, x, running_mean, running_var):
        mu = np.mean(x, axis=over_channels(x), keepdims=True)
        var = np.mean((x - mu) ** 2, axis=over_channels(x), keepdims=True)
        keep = self.hyper["momentum"]
        for i, moment in enumerate((mu, var)):
            self.blobs[i].data[...] = keep * self.blobs[i].data + (1 - keep) * getval(moment).ravel()
        return (x - mu) / np.sqrt(var + self.hyper["eps"])


class FocalLoss(Traced):
    def formula(self, score):
        n, c = score.shape[:2]
        label = self.others[0].reshape(n, -1).astype(numpy.intp)
        logp = picked(log_softmax(np.reshape(score, (n, c, -1))), label)
        return np.mean(-self.hyper["alpha"] * (1 - np.exp(logp)) ** self.hyper["gamma"] * logp)


class SmoothL1(Traced):
    def formula(self, pred):
        target, inside, outside = self.others
        square = self.hyper["sigma"] ** 2
        distance = np.abs(inside * (pred - target))
        cost = np.where(distance < 1 / square, 0.5 * square * distance**2, distance - 0.5 / square)
        return np.sum(outside * cost) / len(pred)


class BatchHardTriplet(Traced):
    def formula(self, x):
        label = self.others[0].reshape(-1)
        same = label[:, None] == label
        square = np.sum(x**2, axis=1)
        squared = np.maximum(square[:, None] + square - 2 * np.dot(x, x.T), 0)
        apart = squared > 1e-2
        dist = np.where(apart, np.sqrt(np.where(apart, squared, 1)), 0)
        far = np.max(np.where(same, dist, 0), axis=1)
        near = np.min(np.where(same, np.inf, dist), axis=1)
        return np.mean(np.maximum(far - near + self.hyper["margin"], 0))


class L2Normalize(Traced):
    def blob_shapes(self, bottom):
        return [[bottom[0].channels]]

    def top_shape(self, bottom):
        return list(bottom[0].shape)

    def formula(self, x, scale):
        return along_channels(scale, x) * x / np.sqrt(np.sum(x**2, axis=1, keepdims=True) + self.hyper["eps"])


class InnerProduct(Traced):
    def blob_shapes(self, bottom):
        return [[self.hyper["M"], bottom[0].count // bottom[0].num], [self.hyper["M"]]]

    def top_shape(self, bottom):
        return [bottom[0].num, self.hyper["M"]]

    def formula(self, x, weight, bias):
        return np.dot(np.reshape(x, (len(x), -1)), weight.T) + bias
