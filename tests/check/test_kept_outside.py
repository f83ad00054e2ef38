"""Classes that keep something from forward to forward outside of their blobs: that is told, and nothing else."""

import pytest

from layerdsl.check import check_class

MEMORIES = '''
import caffe
import numpy as np


class Last(caffe.Layer):
    """y = x + the x of the pass before; made anew only where the shape is another one."""

    def setup(self, bottom, top):
        self.shape = None

    def reshape(self, bottom, top):
        shape = tuple(bottom[0].data.shape)
        if shape != self.shape:
            self.shape = shape
            self.last = np.zeros(shape)
            top[0].reshape(*shape)

    def forward(self, bottom, top):
        top[0].data[...] = bottom[0].data + self.last
        self.last[...] = bottom[0].data

    def backward(self, top, propagate_down, bottom):
        if propagate_down[0]:
            bottom[0].diff[...] = top[0].diff


class Hidden(caffe.Layer):
    """y = w * (x + the y of the pass before), where w is 0 at first, and the memory is seen through a view."""

    def setup(self, bottom, top):
        if len(self.blobs) == 0:
            self.blobs.add_blob(1)
        self.shape = None

    def reshape(self, bottom, top):
        shape = tuple(bottom[0].data.shape)
        if shape != self.shape:
            self.shape = shape
            self.hidden = np.zeros(shape)
            self.rows = [self.hidden[i] for i in range(len(self.hidden))]
            self.total = np.zeros(shape)
            top[0].reshape(*shape)

    def forward(self, bottom, top):
        w = self.blobs[0].data[0]
        for i, row in enumerate(self.rows):
            self.total[i] = bottom[0].data[i] + row
        top[0].data[...] = w * self.total
        self.hidden[...] = top[0].data

    def backward(self, top, propagate_down, bottom):
        self.blobs[0].diff[0] += np.sum(top[0].diff * self.total)
        if propagate_down[0]:
            bottom[0].diff[...] = self.blobs[0].data[0] * top[0].diff
'''


@pytest.mark.parametrize("name", ["Last", "Hidden"])
def test_nothing_but_the_memory_is_told(name, tmp_path):
    path = tmp_path / "memories.py"
    path.write_text(MEMORIES, encoding="utf-8")
    result = check_class(f"{path}:{name}", ["4x3"])
    (found,) = result.diagnostics
    assert "what a forward gives depends on the forwards before, and that is in no blob" in found.message
    assert [row.property for row in result.rows if row.verdict == "WRONG"] == ["repeatable"]
