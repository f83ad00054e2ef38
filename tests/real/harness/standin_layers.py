"""Layers written by hand for Caffe, as varied as small layers can be. Their float32 results are exact (or one rounding)
on the numbers they get, so that every NumPy gives the same bits."""

import json

import caffe
import numpy as np


class Euclidean(caffe.Layer):
    """A loss, its gradient wanted by one bottom or both."""

    def setup(self, bottom, top):
        assert len(bottom) == 2
        assert len(top) == 1

    def reshape(self, bottom, top):
        self.difference = np.zeros_like(bottom[0].data)
        top[0].reshape()

    def forward(self, bottom, top):
        self.difference[...] = bottom[0].data - bottom[1].data
        top[0].data[...] = np.sum(self.difference**2) / bottom[0].num / 2

    def backward(self, top, propagate_down, bottom):
        for i, sign in ((0, 1), (1, -1)):
            if propagate_down[i]:
                bottom[i].diff[...] = sign * top[0].diff * self.difference / bottom[i].num


class Affine(caffe.Layer):
    """Two blobs, filled where they are made, whose diffs are accumulated."""

    def setup(self, bottom, top):
        settings = json.loads(self.param_str)
        self.blobs.add_blob(settings["outputs"], bottom[0].shape[1])
        self.blobs.add_blob(settings["outputs"])
        self.blobs[0].data[...] = np.arange(self.blobs[0].count).reshape(self.blobs[0].data.shape) - 4
        self.blobs[1].data[...] = settings["bias"]

    def reshape(self, bottom, top):
        top[0].reshape(bottom[0].num, self.blobs[1].count)

    def forward(self, bottom, top):
        weight, bias = self.blobs[0], self.blobs[1]
        top[0].data[...] = np.sum(bottom[0].data[:, None] * weight.data[None], axis=2) + bias.data

    def backward(self, top, propagate_down, bottom):
        diff = top[0].diff
        self.blobs[0].diff[...] += np.sum(diff[:, :, None] * bottom[0].data[:, None], axis=0)
        self.blobs[1].diff[...] += np.sum(diff, axis=0)
        if propagate_down[0]:
            bottom[0].diff[...] = np.sum(diff[:, :, None] * self.blobs[0].data[None], axis=1)


class LeakyInPlace(caffe.Layer):
    """Top and bottom may be one blob."""

    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].data.shape)

    def forward(self, bottom, top):
        self.factor = np.where(bottom[0].data > 0, 1, 0.25).astype(bottom[0].data.dtype)
        top[0].data[...] = bottom[0].data * self.factor

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = top[0].diff * self.factor


class Parts(caffe.Layer):
    """One bottom; as many tops as there are, the i-th is i + 1 times the bottom. One that nobody uses has diff zero."""

    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        for i in range(len(top)):
            top[i].reshape(*list(bottom[0].shape))

    def forward(self, bottom, top):
        for i in range(len(top)):
            top[i].data[...] = (i + 1) * bottom[0].data

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = 0
        for i in range(len(top)):
            bottom[0].diff[...] += (i + 1) * top[i].diff


class MovingSum(caffe.Layer):
    """State in a blob, which TRAIN alone updates."""

    def setup(self, bottom, top):
        self.blobs.add_blob()
        self.blobs.add_blob(*bottom[0].shape[1:])

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        if self.phase == caffe.TRAIN:
            self.blobs[0].data[...] += 1
            self.blobs[1].data[...] = self.blobs[1].data / 2 + np.sum(bottom[0].data, axis=0)
        top[0].data[...] = bottom[0].data - self.blobs[1].data

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = top[0].diff


class Forgetful(caffe.Layer):
    """Writes one row in each pass, so that everything that memory keeps or loses in a reshape is seen."""

    def setup(self, bottom, top):
        self.passes = 0

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)
        top[1].reshape()

    def forward(self, bottom, top):
        row = self.passes % bottom[0].num
        top[0].data[row] = bottom[0].data[row]
        top[1].data[...] += self.passes
        self.passes += 1

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[-1] = top[0].diff[-1] + top[1].diff


class Knowing(caffe.Layer):
    """Finds out in `setup` which of its tops are bottoms."""

    def setup(self, bottom, top):
        self.shared = [top[i] in bottom for i in range(len(top))]
        same = [top[i].count > 0 and np.may_share_memory(top[i].data, bottom[i].data) for i in range(len(top))]
        assert self.shared == same

    def reshape(self, bottom, top):
        for i in range(len(top)):
            top[i].reshape(*bottom[i].shape)

    def forward(self, bottom, top):
        for i, shared in enumerate(self.shared):
            top[i].data[...] = bottom[i].data * (2 if shared else 3)

    def backward(self, top, propagate_down, bottom):
        for i, shared in enumerate(self.shared):
            bottom[i].diff[...] = top[i].diff * (2 if shared else 3)


class Generator(caffe.Layer):
    """No bottom at all; two shapes in turn."""

    def setup(self, bottom, top):
        self.passes = 0

    def reshape(self, bottom, top):
        top[0].reshape(2 + self.passes % 2, 3)

    def forward(self, bottom, top):
        top[0].data[...] = self.passes
        self.passes += 1

    def backward(self, top, propagate_down, bottom):
        pass


class Manners(caffe.Layer):
    """Tries what pycaffe allows and refuses; `tried` holds what happened, in words."""

    tried = []

    def setup(self, bottom, top):
        self.blobs.add_blob(2, 3)
        self.blobs.add_blob(4)
        b, blobs = bottom[0], self.blobs
        for size in SIZES:
            self.attempt(top[0].reshape, size)
            self.attempt(blobs.add_blob, size)
        self.attempt(b.reshape, num=1)
        self.attempt(blobs.add_blob, num=1)
        for index in (0, -1, 1, -2, True, False, 0.0, np.int64(0), None, "0"):
            for vector in (bottom, top, blobs, b.shape):
                self.attempt(vector.__getitem__, index)
        for vector in (bottom, top, blobs, b.shape):
            self.attempt(list, vector)
            self.attempt(zip_all, vector)
            self.attempt(len, vector)
            self.attempt(bool, vector)
            self.attempt(lambda v: len(v[0:1]), vector)
            self.attempt(lambda v: type(v).__name__, vector)
        for blob in (b, blobs[0], top[0]):
            self.attempt(lambda o: (o.num, o.channels, o.height, o.width, o.count, list(o.shape)), blob)
            self.attempt(lambda o: (o.data.shape, str(o.data.dtype), o.data.flags.writeable), blob)
            for name in ("data", "diff", "shape", "num", "count"):
                self.attempt(assign, blob, name)
        self.attempt(lambda: (bottom[0] is bottom[0], blobs[0] is blobs[0], bottom[0] == bottom[0]))
        self.attempt(lambda: (bottom[0] in bottom, blobs[0] in blobs, top[0] in bottom, 2 in b.shape, 9 in b.shape))
        self.attempt(lambda: (b.shape == [2, 3], b.shape == (2, 3), b.shape == b.shape, b.shape[1:] == [3]))
        self.attempt(lambda: b.shape + [1])
        self.attempt(lambda: (b.shape.append(1), list(b.shape)))
        self.attempt(lambda: blobs.append(np.zeros(3)))
        self.attempt(lambda: (blobs.append(blobs[0]), len(blobs), list(blobs[-1].shape)))
        self.attempt(lambda: (blobs[-1].data.fill(3), blobs[0].data.tolist()))
        self.attempt(lambda: setattr(self, "blobs", []))
        self.attempt(lambda: (self.param_str, self.phase, self.type))
        self.attempt(lambda: (caffe.TRAIN, caffe.TEST))

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        top[0].data[...] = 0

    def backward(self, top, propagate_down, bottom):
        self.attempt(lambda: (type(propagate_down).__name__, list(propagate_down), propagate_down[0] is True))
        self.attempt(lambda: (len(propagate_down), propagate_down == [True], any(propagate_down)))

    def attempt(self, function, *arguments, **named):
        try:
            Manners.tried.append(repr(plain(function(*arguments, **named))))
        except Exception as error:
            Manners.tried.append(type(error).__name__ + ": " + first_words(error))


SIZES = [2, True, 0, 2**31, 2**70, 2.0, "2", None, (2, 3), [2, 3], np.int64(2), np.int32(2), np.uint8(2), np.array(2)]


def zip_all(vector):
    return len(list(zip(vector, vector)))


def assign(blob, name):
    setattr(blob, name, 1)


def plain(value):
    """Objects have addresses, which differ from run to run; only their class counts."""
    if isinstance(value, (list, tuple)):
        return type(value)(plain(item) for item in value)
    return value if isinstance(value, (bool, int, float, str, type(None))) else type(value).__name__


def first_words(error):
    """The message without the names that differ: of NumPy's classes, and what Python says of attributes."""
    text = str(error).replace("numpy.", "")
    return "" if isinstance(error, (AttributeError, OverflowError)) or "unsupported operand" in text else text
