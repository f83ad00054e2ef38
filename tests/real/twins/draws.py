"""How a random layer is made to draw what Caffe's own drew: each is `draw(theirs, ours)`, called after Caffe's forward
and before ours. `theirs.bottom`, `theirs.top`, `ours.layer` (the Python object of our class) are there.

Runs on Caffe's Python 3.9."""

import numpy as np


class Drawn:
    """Stands for the generator of an emitted layer: its uniform draws, numbers or whole words, are these, in turn."""

    def __init__(self, *arrays):
        self._arrays = [np.asarray(array, np.float64) for array in arrays]

    def random_sample(self, shape):
        return self._arrays.pop(0).reshape(shape)

    def randint(self, low, high, shape, dtype):
        if not np.prod(shape):
            return np.zeros(shape, dtype)  # no byte is left undecided
        return np.minimum(low + self.random_sample(shape) * (high - low), high - 1).astype(dtype)


def dropout(theirs, ours):
    """A draw of 0 keeps a place, one of 1 drops it; Caffe's forward has dropped where its top is 0."""
    if theirs.phase == "TRAIN":
        ours.layer._random = Drawn(theirs.top[0].data == 0)
