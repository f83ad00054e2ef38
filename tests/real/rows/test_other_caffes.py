"""What other builds of Caffe ask for, told by blobs that note who looks at them: no Caffe is needed for it."""

import numpy as np
import pytest

from layerdsl.caffe import standin


class Blob:
    """A blob that notes which of its arrays are looked at: on a GPU each look is a copy."""

    def __init__(self, array):
        self.touched, self.arrays = set(), {}
        self.fill(np.array(array, np.float32))

    def fill(self, array):
        self.shape, self.count = list(array.shape), array.size
        self.arrays = {"data": array, "diff": np.zeros_like(array)}

    def reshape(self, *shape):
        if list(shape) != self.shape:
            self.fill(np.zeros(shape, np.float32))

    @property
    def data(self):
        self.touched.add("data")
        return self.arrays["data"]

    @property
    def diff(self):
        self.touched.add("diff")
        return self.arrays["diff"]


def look(module, layer, bottoms, tops, propagate_down):
    """What forward and backward look at, blob by blob, once the shapes are known."""
    made = getattr(standin.load(module, "rows"), layer)()
    made.param_str, made.phase = "", 0
    bottom, top = [Blob(array) for array in bottoms], [Blob(0.0) for _ in range(tops)]
    made.setup(bottom, top)
    made.reshape(bottom, top)
    seen = []
    for run in (lambda: made.forward(bottom, top), lambda: made.backward(top, propagate_down, bottom)):
        for blob in bottom + top:
            blob.touched.clear()
        made.reshape(bottom, top)
        run()
        seen.append([" ".join(sorted(blob.touched)) for blob in bottom + top])
    return seen


X = np.random.RandomState(0).standard_normal((4, 3))

# Layer, bottoms, number of tops, propagate_down; then what the forward looks at and what the backward does.
LOOKS = {
    "linear": ("Gain", [X], 1, [True], ["data", "data"], ["diff", "diff"]),
    "nothing asked": ("Sigmoid", [X], 1, [False], ["data", "data"], ["", ""]),
    "one of two asked": ("EuclideanLoss", [X, X + 1], 1, [False, True], ["data"] * 3, ["data", "data diff", "diff"]),
    "a constant": ("TwoLosses", [X, X + 1], 2, [True, False], ["data"] * 4, ["data diff", "data", "diff", "diff"]),
    "not read at all": ("Coordinates", [X[None, None]], 1, [False], ["", "data"], ["", ""]),
    "a constant, asked": ("Coordinates", [X[None, None]], 1, [True], ["", "data"], ["diff", ""]),
}


@pytest.mark.parametrize("name", LOOKS)
def test_only_the_blobs_that_are_needed_are_looked_at(module, name):
    layer, bottoms, tops, propagate_down, forward, backward = LOOKS[name]
    assert look(module, layer, bottoms, tops, propagate_down) == [forward, backward]


@pytest.mark.parametrize(("word", "number"), [("TRAIN", 0), ("TEST", 1)])
def test_the_phase_may_be_a_word(module, word, number):
    layer = standin.load(module, "rows").BatchNorm
    found = {}
    for phase in (word, number):
        single = standin.SingleLayer(layer, [X], phase=phase)
        single.forward()
        single.backward(None, [X])
        found[phase] = [single.top[0].data.copy(), single.bottom[0].diff.copy(), single.blobs[0].data.copy()]
    for by_word, by_number in zip(found[word], found[number], strict=True):
        np.testing.assert_array_equal(by_word, by_number)
    assert found[word][2].any() == (word == "TRAIN")
