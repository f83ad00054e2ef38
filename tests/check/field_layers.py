"""Layers as they circulate, written by hand: for most a right one, and one with the faults that are usual."""

import json

import caffe
import numpy as np


class DiceGood(caffe.Layer):
    def setup(self, bottom, top):
        if len(bottom) != 2:
            raise Exception("two bottoms, please")

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        p, g = bottom[0].data, bottom[1].data
        self.inter = (p * g).sum()
        self.total = (p**2).sum() + (g**2).sum() + 1e-5
        top[0].data[0] = 1 - 2 * self.inter / self.total

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            raise Exception("no gradient for labels")
        if propagate_down[0]:
            p, g = bottom[0].data, bottom[1].data
            bottom[0].diff[...] = top[0].diff[0] * -2 * (g * self.total - 2 * self.inter * p) / self.total**2


class DiceArgmax(DiceGood):
    """forward by argmax, backward by the soft one"""

    def forward(self, bottom, top):
        p = (bottom[0].data > 0.5).astype(float)
        g = bottom[1].data
        self.inter = (p * g).sum()
        self.total = (p**2).sum() + (g**2).sum() + 1e-5
        top[0].data[0] = 1 - 2 * self.inter / self.total


class FocalGood(caffe.Layer):
    def setup(self, bottom, top):
        params = json.loads(self.param_str) if self.param_str else {}
        self.gamma = params.get("gamma", 2.0)

    def reshape(self, bottom, top):
        self.prob = np.zeros_like(bottom[0].data)
        top[0].reshape(1)

    def forward(self, bottom, top):
        x = bottom[0].data - bottom[0].data.max(axis=1, keepdims=True)
        e = np.exp(x)
        self.prob[...] = e / e.sum(axis=1, keepdims=True)
        n = x.shape[0]
        self.idx = bottom[1].data.reshape(n).astype(int)
        pt = self.prob[np.arange(n), self.idx]
        top[0].data[0] = np.mean(-((1 - pt) ** self.gamma) * np.log(np.maximum(pt, 1e-12)))

    def backward(self, top, propagate_down, bottom):
        if not propagate_down[0]:
            return
        n = bottom[0].data.shape[0]
        pt = self.prob[np.arange(n), self.idx][:, None]
        onehot = np.zeros_like(self.prob)
        onehot[np.arange(n), self.idx] = 1
        inner = self.gamma * (1 - pt) ** (self.gamma - 1) * pt * np.log(np.maximum(pt, 1e-12))
        bottom[0].diff[...] = top[0].diff[0] / n * (inner - (1 - pt) ** self.gamma) * (onehot - self.prob)


class FocalBad(FocalGood):
    """no gamma term, no 1/n"""

    def backward(self, top, propagate_down, bottom):
        n = bottom[0].data.shape[0]
        pt = self.prob[np.arange(n), self.idx][:, None]
        onehot = np.zeros_like(self.prob)
        onehot[np.arange(n), self.idx] = 1
        bottom[0].diff[...] = -((1 - pt) ** self.gamma) * (onehot - self.prob)


class CenterGood(caffe.Layer):
    def setup(self, bottom, top):
        self.K = int(json.loads(self.param_str)["classes"])
        if len(self.blobs) == 0:
            self.blobs.add_blob(self.K, bottom[0].shape[1])
            self.blobs[0].data[...] = np.random.randn(self.K, bottom[0].shape[1]) * 0.1

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        self.lab = bottom[1].data.reshape(-1).astype(int)
        self.dist = bottom[0].data - self.blobs[0].data[self.lab]
        top[0].data[0] = (self.dist**2).sum() / 2 / bottom[0].shape[0]

    def backward(self, top, propagate_down, bottom):
        g = self.dist * top[0].diff[0] / bottom[0].shape[0]
        np.add.at(self.blobs[0].diff, self.lab, -g)
        if propagate_down[0]:
            bottom[0].diff[...] = g


class CenterBad(CenterGood):
    """centres of classes that occur twice get one of the two; diff assigned"""

    def backward(self, top, propagate_down, bottom):
        g = self.dist / bottom[0].shape[0]
        self.blobs[0].diff[...] = 0
        self.blobs[0].diff[self.lab] -= g
        bottom[0].diff[...] = g


class TripletGood(caffe.Layer):
    def setup(self, bottom, top):
        self.margin = float(self.param_str or 0.5)

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        a, p, n = [b.data.reshape(b.shape[0], -1) for b in [bottom[i] for i in range(3)]]
        self.loss = np.maximum(0, ((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + self.margin)
        top[0].data[0] = self.loss.mean()

    def backward(self, top, propagate_down, bottom):
        a, p, n = [b.data.reshape(b.shape[0], -1) for b in [bottom[i] for i in range(3)]]
        w = 2.0 * top[0].diff[0] / a.shape[0] * (self.loss > 0)[:, None]
        for i, g in enumerate([w * (n - p), w * (p - a), w * (a - n)]):
            if propagate_down[i]:
                bottom[i].diff[...] = g.reshape(bottom[i].shape)


class TripletBad(TripletGood):
    """the list of the active ones grows, sign of the negative"""

    def setup(self, bottom, top):
        self.margin = 0.5
        self.active = []

    def forward(self, bottom, top):
        TripletGood.forward(self, bottom, top)
        for i in range(bottom[0].num):
            if self.loss[i] > 0:
                self.active.append(i)

    def backward(self, top, propagate_down, bottom):
        a, p, n = [b.data for b in [bottom[i] for i in range(3)]]
        for i in self.active:
            bottom[0].diff[i] = 2 * (n[i] - p[i]) / bottom[0].num
            bottom[1].diff[i] = 2 * (p[i] - a[i]) / bottom[0].num
            bottom[2].diff[i] = 2 * (n[i] - a[i]) / bottom[0].num


class SmoothL1Good(caffe.Layer):
    def setup(self, bottom, top):
        self.sigma2 = 9.0

    def reshape(self, bottom, top):
        self.diff = np.zeros(bottom[0].data.shape, np.float32)
        top[0].reshape(1)

    def forward(self, bottom, top):
        self.diff[...] = (bottom[0].data - bottom[1].data) * bottom[2].data
        a = np.abs(self.diff)
        self.small = a < 1 / self.sigma2
        top[0].data[0] = (
            np.where(self.small, 0.5 * self.sigma2 * a**2, a - 0.5 / self.sigma2).sum() / bottom[0].shape[0]
        )

    def backward(self, top, propagate_down, bottom):
        g = np.where(self.small, self.sigma2 * self.diff, np.sign(self.diff)) * bottom[2].data
        g = g * top[0].diff[0] / bottom[0].shape[0]
        for i, s in ((0, 1), (1, -1)):
            if propagate_down[i]:
                bottom[i].diff[...] = s * g
        if propagate_down[2]:
            bottom[2].diff[...] = 0


class SmoothL1Bad(SmoothL1Good):
    """weights left out of the backward, and sizes from setup"""

    def setup(self, bottom, top):
        self.sigma2 = 9.0
        self.num = bottom[0].shape[0]

    def backward(self, top, propagate_down, bottom):
        g = np.where(self.small, self.sigma2 * self.diff, np.sign(self.diff)) / self.num * top[0].diff[0]
        for i in range(2):
            bottom[i].diff[...] = g if i == 0 else -g


class ContrastiveBad(caffe.Layer):
    """sqrt without eps: NaN for equal pairs"""

    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        self.d = bottom[0].data - bottom[1].data
        self.n = np.sqrt((self.d**2).sum(axis=1))
        y = bottom[2].data.reshape(-1)
        self.m = np.maximum(1 - self.n, 0)
        top[0].data[...] = np.mean(y * self.n**2 + (1 - y) * self.m**2) / 2

    def backward(self, top, propagate_down, bottom):
        y = bottom[2].data.reshape(-1, 1)
        g = (y * self.d - (1 - y) * (self.m / self.n)[:, None] * self.d) * top[0].diff[0] / len(y)
        if propagate_down[0]:
            bottom[0].diff[...] = g
        if propagate_down[1]:
            bottom[1].diff[...] = -g


class DropGood(caffe.Layer):
    def setup(self, bottom, top):
        self.p = 0.4

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)
        self.mask = np.ones(bottom[0].shape)

    def forward(self, bottom, top):
        if self.phase == 0:
            self.mask = (np.random.rand(*bottom[0].shape) > self.p) / (1 - self.p)
            top[0].data[...] = bottom[0].data * self.mask
        else:
            top[0].data[...] = bottom[0].data

    def backward(self, top, propagate_down, bottom):
        if propagate_down[0]:
            bottom[0].diff[...] = top[0].diff * (self.mask if self.phase == 0 else 1)


class DropBad(DropGood):
    """mask from setup shape, drawn again in backward"""

    def backward(self, top, propagate_down, bottom):
        mask = (np.random.rand(*bottom[0].shape) > self.p) / (1 - self.p)
        bottom[0].diff[...] = top[0].diff * mask


class WeightedGood(caffe.Layer):
    """class-balanced sigmoid cross entropy (edges)"""

    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        x, t = bottom[0].data, bottom[1].data
        pos = (t > 0.5).sum()
        self.w = np.where(t > 0.5, 1 - pos / float(t.size), pos / float(t.size))
        loss = np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x)))
        top[0].data[0] = (self.w * loss).sum() / x.shape[0]

    def backward(self, top, propagate_down, bottom):
        x, t = bottom[0].data, bottom[1].data
        if propagate_down[0]:
            bottom[0].diff[...] = self.w * ((1 + np.tanh(x / 2)) / 2 - t) * top[0].diff[0] / x.shape[0]


class WeightedBad(WeightedGood):
    """log(p) of a plain sigmoid"""

    def forward(self, bottom, top):
        x, t = bottom[0].data, bottom[1].data
        pos = (t > 0.5).sum()
        self.w = np.where(t > 0.5, 1 - pos / float(t.size), pos / float(t.size))
        p = 1 / (1 + np.exp(-x))
        loss = -t * np.log(p) - (1 - t) * np.log(1 - p)
        top[0].data[0] = (self.w * loss).sum() / x.shape[0]
