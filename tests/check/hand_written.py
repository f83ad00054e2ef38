"""Classes as people write them: right ones, and ones that are broken in ways of their time."""

HEAD = "import caffe\nimport numpy as np\n\n\n"

SQUARED = (
    HEAD
    + """class Squared(caffe.Layer):
    def setup(self, bottom, top):
        if len(bottom) != 2:
            raise ValueError("two bottoms")

    def reshape(self, bottom, top):
        if bottom[0].count != bottom[1].count:
            raise ValueError("sizes differ")
        self.diff = np.zeros_like(bottom[0].data, dtype=np.float32)
        top[0].reshape(1)

    def forward(self, bottom, top):
        self.diff[...] = bottom[0].data - bottom[1].data
        top[0].data[...] = np.sum(self.diff**2) / bottom[0].num / 2.0

    def backward(self, top, propagate_down, bottom):
        for i, sign in ((0, 1), (1, -1)):
            if propagate_down[i]:
                bottom[i].diff[...] = sign * self.diff / bottom[i].num * top[0].diff
"""
)

SCALE = (
    HEAD
    + """class Scale(caffe.Layer):
    def setup(self, bottom, top):
        if len(self.blobs) == 0:
            self.blobs.add_blob(bottom[0].shape[1])
            self.blobs[0].data[...] = 1

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        top[0].data[...] = bottom[0].data * self.blobs[0].data[:, None, None]

    def backward(self, top, propagate_down, bottom):
        self.blobs[0].diff[...] += np.sum(top[0].diff * bottom[0].data, axis=(0, 2, 3))
        if propagate_down[0]:
            bottom[0].diff[...] = top[0].diff * self.blobs[0].data[:, None, None]
"""
)

# A state that stays 0 as long as the weight is the 0 that it is filled with, as in a recurrent layer.
KEPT = (
    HEAD
    + """class Kept(caffe.Layer):
    def setup(self, bottom, top):
        if len(self.blobs) == 0:
            self.blobs.add_blob(bottom[0].shape[1])
            self.blobs.add_blob(bottom[0].shape[1])
            self.blobs[0].data[...] = self.blobs[1].data[...] = 0

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        self.before = self.blobs[1].data.copy()
        top[0].data[...] = self.blobs[0].data * bottom[0].data + self.before
        self.blobs[1].data[...] = top[0].data.mean(axis=0)

    def backward(self, top, propagate_down, bottom):
        self.blobs[0].diff[...] += np.sum(top[0].diff * bottom[0].data, axis=0)
        if propagate_down[0]:
            bottom[0].diff[...] = top[0].diff * self.blobs[0].data
"""
)

DROPOUT = (
    HEAD
    + """class Dropout(caffe.Layer):
    def setup(self, bottom, top):
        self.p = float(self.param_str or 0.5)

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        if self.phase == caffe.TRAIN:
            self.mask = (np.random.random_sample(bottom[0].data.shape) > self.p) / (1 - self.p)
        else:
            self.mask = 1
        top[0].data[...] = bottom[0].data * self.mask

    def backward(self, top, propagate_down, bottom):
        if propagate_down[0]:
            bottom[0].diff[...] = top[0].diff * self.mask
"""
)

RELU = (
    HEAD
    + """class ReLU(caffe.Layer):
    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        top[0].data[...] = np.maximum(bottom[0].data, 0)

    def backward(self, top, propagate_down, bottom):
        if propagate_down[0]:
            bottom[0].diff[...] = top[0].diff * (bottom[0].data > 0)
"""
)

# Text, class, bottoms, param_str.
RIGHT = {
    "Squared": (SQUARED, ["4x3x5x6", "4x3x5x6"], ""),
    "Scale": (SCALE, ["4x3x5x6"], ""),
    "Kept": (KEPT, ["4x3"], ""),
    "Dropout": (DROPOUT, ["4x3x5x6"], "0.3"),
    "ReLU": (RELU, ["4x3x5x6"], ""),
}

# What is changed in ReLU, and a part of what has to be said of it.
BROKEN = {
    "the derivative at negative values": (
        "(bottom[0].data > 0)",
        "(bottom[0].data > -1)",
        "is not the slope of the forward",
    ),
    "the sign": ("= top[0].diff *", "= -top[0].diff *", "every entry has the wrong sign"),
    "one entry": (
        "(bottom[0].data > 0)\n",
        "(bottom[0].data > 0)\n            bottom[0].diff.reshape(-1)[77] += 0.5\n",
        "`bottom[0][0, 2, 2, 5]` the backward gives",
    ),
    "the top's diff": ("= top[0].diff *", "= 1.0 *", "does not depend on the diff of the tops"),
    "propagate_down": ("if propagate_down[0]:", "if True:", "although `propagate_down[0]` is false"),
    "accumulated": ("bottom[0].diff[...] =", "bottom[0].diff[...] +=", "it is to be written, not added to"),
    "a part": (
        "bottom[0].diff[...] = top[0].diff * (bottom[0].data > 0)",
        "bottom[0].diff[1:] = (top[0].diff * (bottom[0].data > 0))[1:]",
        "unwritten in part",
    ),
    "nothing written": (
        "            bottom[0].diff[...] = top[0].diff * (bottom[0].data > 0)",
        "            pass",
        "the diff of `bottom[0]` is not written at all",
    ),
    "the data": (
        "np.maximum(bottom[0].data, 0)",
        "np.maximum(bottom[0].data, 0, out=bottom[0].data)",
        "is overwritten in forward",
    ),
    "a counter": (
        "np.maximum(bottom[0].data, 0)\n",
        "np.maximum(bottom[0].data, 0)\n        self.n = getattr(self, 'n', 0) + 1\n        top[0].data[...] *= self.n\n",  # noqa: E501
        "depends on the forwards before",
    ),
    "the shape": (
        "top[0].reshape(*bottom[0].shape)",
        "if not hasattr(self, 'once'):\n            top[0].reshape(*bottom[0].shape)\n        self.once = 1",
        "an instance that has run on other sizes",
    ),
    "overflow": (
        "np.maximum(bottom[0].data, 0)",
        "np.log(np.exp(bottom[0].data) + 1)",
        "is infinite for values of 100",
    ),
    "only a batch of one": (
        "= top[0].diff *",
        "= (1 + (bottom[0].num == 1)) * top[0].diff *",
        "is not the slope of the forward",
    ),
    "NaN": ("np.maximum(bottom[0].data, 0)", "bottom[0].data / bottom[0].data.sum()", "is not the slope"),
}

# A class, what is said of it, and a part of the help.
OF_THEIR_TIME = {
    "print": ("print 'hello'\n" + RELU, "can't be read by Python 3", "2to3 -w FILE"),
    "param_str_": (
        RELU.replace("        pass", "        self.param_str_"),
        "no attribute 'param_str_'",
        "self.param_str",
    ),
    "xrange": (
        RELU.replace("        pass", "        xrange(3)"),
        "name 'xrange' is not defined",
        "Python 3 has no `xrange`",
    ),
    "float": (RELU.replace("        pass", "        np.zeros(bottom[0].num / 2)"), "TypeError", "`//`"),
    "np.float": (RELU.replace("        pass", "        np.zeros(3, np.float)"), "no attribute 'float'", "`float`"),
    "caffe.io": ("import caffe.io\n" + RELU, "importing it fails", "--caffe PYTHON"),
    "a module": ("import surely_not_there\n" + RELU, "importing it fails", "`surely_not_there` is not installed here"),
    "zip": (RELU.replace("        pass", "        zip(bottom, top)"), "No to_python", "can be indexed"),
    "no shape": (
        RELU.replace("top[0].reshape(*bottom[0].shape)", "pass"),
        "`reshape` gives `top[0]` no shape",
        "`top[0].reshape(...)` belongs into `reshape`",
    ),
    "another bottom": (RELU.replace("        pass", "        bottom[1]"), "Index out of range", "for each `--bottom`"),
    "sys.exit": ("import sys\n" + RELU.replace("        pass", "        sys.exit(1)"), "ends the process", ""),
    "no backward": (RELU.replace("def backward", "def back"), "`ReLU` has no method `backward`", "Caffe calls"),
    "another name": (RELU.replace("class ReLU(", "class Relu("), "there is no `ReLU`", "did you mean `Relu`?"),
    "no layer": (RELU.replace("(caffe.Layer)", "(object)"), "is not derived from `caffe.Layer`", ""),
}
