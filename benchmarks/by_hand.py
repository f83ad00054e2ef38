"""The ten layers as a careful person writes them in NumPy for pycaffe: whole arrays, correct gradients, no tricks.

They keep what the backward needs, multiply by the top's diff, obey `propagate_down` and accumulate into the diffs of
parameters. They are what the compiler's classes are measured against. Runs on Caffe's Python 3.9 as well.
"""

import json

import caffe
import numpy as np


class HandWritten(caffe.Layer):
    """What the ten have in common: hyper-parameters from JSON, and a scalar top unless said otherwise."""

    defaults = {}

    def setup(self, bottom, top):
        self.hyper = dict(self.defaults, **json.loads(self.param_str or "{}"))
        self.make_blobs(bottom)

    def make_blobs(self, bottom):
        pass

    def add_blob(self, shape, value):
        index = len(self.blobs)
        self.blobs.add_blob(*shape)
        self.blobs[index].data[...] = value

    def reshape(self, bottom, top):
        top[0].reshape()


class EuclideanLoss(HandWritten):
    def reshape(self, bottom, top):
        self.difference = np.zeros(bottom[0].data.shape, np.float32)
        top[0].reshape()

    def forward(self, bottom, top):
        np.subtract(bottom[0].data, bottom[1].data, out=self.difference)
        top[0].data[...] = np.sum(self.difference**2) / (2 * bottom[0].num)

    def backward(self, top, propagate_down, bottom):
        weight = top[0].diff / bottom[0].num
        for i, sign in enumerate((1, -1)):
            if propagate_down[i]:
                bottom[i].diff[...] = sign * weight * self.difference


class DiceLoss(HandWritten):
    defaults = {"smooth": 1.0}

    def forward(self, bottom, top):
        n = bottom[0].num
        pred = bottom[0].data.reshape(n, -1)
        label = bottom[1].data.reshape(n, -1)
        smooth = self.hyper["smooth"]
        self.overlap = 2 * np.sum(pred * label, axis=1) + smooth
        self.union = np.sum(pred**2 + label**2, axis=1) + smooth
        top[0].data[...] = 1 - np.mean(self.overlap / self.union)

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            bottom[1].diff[...] = 0
        if propagate_down[0]:
            n = bottom[0].num
            pred = bottom[0].data.reshape(n, -1)
            label = bottom[1].data.reshape(n, -1)
            weight = -2 * top[0].diff / n
            per_label = (weight / self.union)[:, np.newaxis]
            per_pred = (weight * self.overlap / self.union**2)[:, np.newaxis]
            bottom[0].diff.reshape(n, -1)[...] = per_label * label - per_pred * pred


def softmax(score):
    """Over axis 1, safe for large scores."""
    p = np.exp(score - score.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p


class SoftmaxLoss(HandWritten):
    defaults = {"ignore_label": None}

    def forward(self, bottom, top):
        score = bottom[0].data
        n, c = score.shape[:2]
        self.prob = softmax(score.reshape(n, c, -1))
        label = bottom[1].data.reshape(n, 1, -1).astype(np.intp)
        ignore = self.hyper["ignore_label"]
        valid = np.ones(label.shape, bool) if ignore is None else label != ignore
        self.label = np.where(valid, label, 0)
        self.valid = valid.astype(np.float32)
        self.count = max(np.count_nonzero(valid), 1)
        picked = np.take_along_axis(self.prob, self.label, axis=1)
        nll = -np.log(np.maximum(picked, np.finfo(np.float32).tiny))
        top[0].data[...] = np.sum(nll * self.valid) / self.count

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            bottom[1].diff[...] = 0
        if propagate_down[0]:
            diff = bottom[0].diff.reshape(self.prob.shape)
            diff[...] = self.prob
            picked = np.take_along_axis(self.prob, self.label, axis=1)
            np.put_along_axis(diff, self.label, picked - 1, axis=1)
            diff *= self.valid * np.float32(top[0].diff / self.count)


class PReLU(HandWritten):
    def make_blobs(self, bottom):
        self.add_blob([bottom[0].channels], 0.25)

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def slope(self, x):
        return self.blobs[0].data.reshape((1, -1) + (1,) * (x.ndim - 2))

    def forward(self, bottom, top):
        x = bottom[0].data
        top[0].data[...] = np.maximum(x, 0) + self.slope(x) * np.minimum(x, 0)

    def backward(self, top, propagate_down, bottom):
        x, dy = bottom[0].data, top[0].diff
        axes = (0,) + tuple(range(2, x.ndim))
        self.blobs[0].diff[...] += np.sum(dy * np.minimum(x, 0), axis=axes)
        if propagate_down[0]:
            positive = x > 0
            bottom[0].diff[...] = dy * (positive + self.slope(x) * ~positive)


class BatchNorm(HandWritten):
    defaults = {"eps": 1e-5, "momentum": 0.999}

    def make_blobs(self, bottom):
        self.add_blob([bottom[0].channels], 0)
        self.add_blob([bottom[0].channels], 1)

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        x = bottom[0].data
        self.axes = (0,) + tuple(range(2, x.ndim))
        if int(self.phase) == caffe.TRAIN:
            mean = x.mean(axis=self.axes, keepdims=True)
            centred = x - mean
            var = np.mean(centred**2, axis=self.axes, keepdims=True)
            keep = self.hyper["momentum"]
            self.blobs[0].data[...] = keep * self.blobs[0].data + (1 - keep) * mean.ravel()
            self.blobs[1].data[...] = keep * self.blobs[1].data + (1 - keep) * var.ravel()
        else:
            shape = (1, -1) + (1,) * (x.ndim - 2)
            centred = x - self.blobs[0].data.reshape(shape)
            var = self.blobs[1].data.reshape(shape)
        self.deviation = np.sqrt(var + np.float32(self.hyper["eps"]))
        self.normed = centred / self.deviation
        top[0].data[...] = self.normed

    def backward(self, top, propagate_down, bottom):
        if not propagate_down[0]:
            return
        dy = top[0].diff
        if int(self.phase) == caffe.TRAIN:
            mean = dy.mean(axis=self.axes, keepdims=True)
            slope = np.mean(dy * self.normed, axis=self.axes, keepdims=True)
            bottom[0].diff[...] = (dy - mean - self.normed * slope) / self.deviation
        else:
            bottom[0].diff[...] = dy / self.deviation


class FocalLoss(HandWritten):
    defaults = {"alpha": 0.25, "gamma": 2.0}

    def forward(self, bottom, top):
        score = bottom[0].data
        n, c = score.shape[:2]
        self.prob = softmax(score.reshape(n, c, -1))
        self.label = bottom[1].data.reshape(n, 1, -1).astype(np.intp)
        picked = np.take_along_axis(self.prob, self.label, axis=1)
        self.picked = np.maximum(picked, np.finfo(np.float32).tiny)
        self.log = np.log(self.picked)
        alpha, gamma = self.hyper["alpha"], self.hyper["gamma"]
        top[0].data[...] = np.mean(-alpha * (1 - self.picked) ** gamma * self.log)

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            bottom[1].diff[...] = 0
        if propagate_down[0]:
            alpha, gamma = self.hyper["alpha"], self.hyper["gamma"]
            rest = 1 - self.picked
            # The derivative by the logarithm of the probability of the label.
            slope = alpha * (gamma * rest ** (gamma - 1) * self.picked * self.log - rest**gamma)
            slope *= top[0].diff / self.label.size
            diff = bottom[0].diff.reshape(self.prob.shape)
            np.multiply(self.prob, -slope, out=diff)
            picked = np.take_along_axis(diff, self.label, axis=1)
            np.put_along_axis(diff, self.label, picked + slope, axis=1)


class SmoothL1(HandWritten):
    defaults = {"sigma": 3.0}

    def forward(self, bottom, top):
        pred, target, inside, outside = (bottom[i].data for i in range(4))
        square = self.hyper["sigma"] ** 2
        self.difference = inside * (pred - target)
        distance = np.abs(self.difference)
        self.near = distance < 1 / square
        cost = np.where(self.near, 0.5 * square * distance**2, distance - 0.5 / square)
        top[0].data[...] = np.sum(outside * cost) / bottom[0].num

    def backward(self, top, propagate_down, bottom):
        for i in range(1, 4):
            if propagate_down[i]:
                bottom[i].diff[...] = 0
        if propagate_down[0]:
            square = self.hyper["sigma"] ** 2
            slope = np.where(self.near, square * self.difference, np.sign(self.difference))
            bottom[0].diff[...] = top[0].diff / bottom[0].num * bottom[3].data * bottom[2].data * slope


class BatchHardTriplet(HandWritten):
    defaults = {"margin": 0.2}

    def forward(self, bottom, top):
        x = bottom[0].data
        label = bottom[1].data.reshape(-1)
        square = np.sum(x**2, axis=1)
        dist = np.sqrt(np.maximum(square[:, np.newaxis] + square - 2 * np.dot(x, x.T), 0))
        np.fill_diagonal(dist, 0)
        same = label[:, np.newaxis] == label
        rows = np.arange(len(x))
        friends = np.where(same, dist, 0)
        others = np.where(same, np.float32(np.inf), dist)
        self.positive = np.argmax(friends, axis=1)
        self.negative = np.argmin(others, axis=1)
        self.far = friends[rows, self.positive]
        self.near = others[rows, self.negative]
        self.cost = self.far - self.near + self.hyper["margin"]
        top[0].data[...] = np.mean(np.maximum(self.cost, 0))

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            bottom[1].diff[...] = 0
        if propagate_down[0]:
            x = bottom[0].data
            weight = (self.cost > 0) * np.float32(top[0].diff / len(x))
            bottom[0].diff[...] = 0
            self.pull(bottom[0].diff, x, self.positive, weight, self.far)
            self.pull(bottom[0].diff, x, self.negative, -weight, self.near)

    @staticmethod
    def pull(diff, x, other, weight, dist):
        """Adds the gradient of `weight * |x - x[other]|`; a pair at distance 0 has none."""
        scale = np.where(dist > 0, weight / np.maximum(dist, 1e-12), 0)
        force = scale[:, np.newaxis] * (x - x[other])
        diff += force
        np.subtract.at(diff, other, force)


class L2Normalize(HandWritten):
    defaults = {"eps": 1e-10}

    def make_blobs(self, bottom):
        self.add_blob([bottom[0].channels], 20)

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def scale(self, x):
        return self.blobs[0].data.reshape((1, -1) + (1,) * (x.ndim - 2))

    def forward(self, bottom, top):
        x = bottom[0].data
        self.norm = np.sqrt(np.sum(x**2, axis=1, keepdims=True) + np.float32(self.hyper["eps"]))
        self.normed = x / self.norm
        top[0].data[...] = self.scale(x) * self.normed

    def backward(self, top, propagate_down, bottom):
        dy = top[0].diff
        axes = (0,) + tuple(range(2, dy.ndim))
        self.blobs[0].diff[...] += np.sum(dy * self.normed, axis=axes)
        if propagate_down[0]:
            scaled = self.scale(dy) * dy
            along = np.sum(scaled * self.normed, axis=1, keepdims=True)
            bottom[0].diff[...] = (scaled - self.normed * along) / self.norm


class InnerProduct(HandWritten):
    def make_blobs(self, bottom):
        outputs, inputs = self.hyper["M"], bottom[0].count // bottom[0].num
        bound = np.sqrt(3.0 / inputs)
        self.add_blob([outputs, inputs], np.random.uniform(-bound, bound, (outputs, inputs)))
        self.add_blob([outputs], 0)

    def reshape(self, bottom, top):
        top[0].reshape(bottom[0].num, self.hyper["M"])

    def forward(self, bottom, top):
        x = bottom[0].data.reshape(bottom[0].num, -1)
        top[0].data[...] = np.dot(x, self.blobs[0].data.T) + self.blobs[1].data

    def backward(self, top, propagate_down, bottom):
        dy = top[0].diff
        x = bottom[0].data.reshape(len(dy), -1)
        self.blobs[0].diff[...] += np.dot(dy.T, x)
        self.blobs[1].diff[...] += dy.sum(axis=0)
        if propagate_down[0]:
            bottom[0].diff.reshape(len(dy), -1)[...] = np.dot(dy, self.blobs[0].data)
