"""How a layer of `stdlib/caffe` is put beside its C++ twin: one `Case` for each way to set it up.

Cases are data, in `cases/<group>.py`, a list named `CASES`:

    from twins.case import Case, labels, normal, uniform

    CASES = [
        Case("relu", "leaky", [normal(2, 3, 4, 5)], "relu_param { negative_slope: 0.1 }", {"negative_slope": 0.1}),
        Case("relu", "in place", [normal(2, 3, 4, 5)], in_place=True),
        Case("scale", "two bottoms", [normal(5, 3, 4), normal(3)], "scale_param { axis: 1 }", {"axis": 1}, then=[7]),
        Case("softmax_with_loss", "plain", [normal(4, 5), labels(4, below=5)]),
    ]

`pytest tests/real/twins -k "relu and leaky"` runs one of them (all of a group's file are run in one process of real
Caffe). In each case two nets with the same bottoms and the same learned blobs are run, `theirs` with the C++ layer and
`ours` with the emitted class, in each of its phases:

- two passes with different data, then one for each entry of `then`, with other shapes;
- one pass is forward, random diffs into the tops (the same in both), backward;
- learned blobs are filled once with `blobs`, and their diffs with random numbers: passes add to them;
- NaN stands in those diffs of our bottoms that the backward has to write, and a number in those that it must not touch;
- where two or more bottoms get a gradient, also once for each bottom without its gradient.

Compared are the shapes and values of tops, wanted bottom diffs, blobs and blob diffs, and the weighted loss where there
is a `loss_weight`. The difference of two arrays is their largest absolute difference, divided by the largest
magnitude in Caffe's; NaN and infinities have to be at the same places. It has to be within `bound`. The random numbers
depend on nothing but the name of the case.

Runs on Caffe's Python 3.9 as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Callable

import numpy as np

BOUND = 1e-5


@dataclass(frozen=True)
class Filled:
    """A blob: its shape, `make(random, shape)` for its numbers, and whether it gets a gradient."""

    shape: tuple
    make: Callable
    gradient: bool = True

    def __call__(self, random, shape=None):
        return np.asarray(self.make(random, self.shape if shape is None else tuple(shape)), np.float32)


@dataclass(frozen=True)
class Case:
    """One way to set up a twin.

    twin: the file `stdlib/caffe/<twin>.layer`; name: which case it is, in a few words.
    bottoms: a `Filled` each. caffe: the fields of the C++ layer (`relu_param { ... }`); hyper: our `param_str`.
    tops: how many; phases: in which it is run; in_place: top 0 is bottom 0.
    propagate_down: for each bottom; taken from the bottoms where not given.
    loss_weight: for each top, given to both layers; then the top diffs are those that the net sets.
    blobs: how each learned blob is filled, `make(random, shape)`; normal draws where not given.
    adds: whether passes add to the diffs of learned blobs; where not, these are set to 0 before each pass.
    proto: a `Filled` that is written as a BlobProto to the file which both layers call `source`.
    then: further passes, each the shapes of all bottoms, or a number, the size of the first axis of all bottoms.
    poison: whether NaN is put into our bottom diffs; draw: a function of draws.py, which makes our random layer draw
    what Caffe's drew. unit: what an array is measured by that is 0 but for rounding (a smaller largest magnitude is not
    used). bound: the largest difference allowed; `why` says why, where it is not 1e-5,
    `unit` is given, or `adds` is false.
    """

    twin: str
    name: str
    bottoms: Sequence[Filled]
    caffe: str = ""
    hyper: dict[str, Any] = field(default_factory=dict)
    tops: int = 1
    phases: Sequence[str] = ("TRAIN", "TEST")
    in_place: bool = False
    propagate_down: Sequence[bool] | None = None
    loss_weight: Sequence[float] = ()
    blobs: Sequence[Callable] | None = None
    adds: bool = True
    proto: Any = None
    then: Sequence[Any] = ()
    poison: bool = True
    draw: str = ""
    unit: float = 0.0
    bound: float = BOUND
    why: str = ""

    def __post_init__(self):
        assert self.why or (self.bound == BOUND and not self.unit and self.adds), "say why"

    @property
    def title(self):
        return "%s: %s" % (self.twin, self.name)

    @property
    def wanted(self):
        """Which bottoms get a gradient."""
        given = self.propagate_down
        return tuple(bottom.gradient for bottom in self.bottoms) if given is None else tuple(given)

    def shapes(self):
        """The shapes of all bottoms in each pass."""
        first = [bottom.shape for bottom in self.bottoms]
        return [first, first] + [self.later(entry) for entry in self.then]

    def later(self, entry):
        if isinstance(entry, int):
            return [(entry, *bottom.shape[1:]) for bottom in self.bottoms]
        return [tuple(shape) for shape in entry]


# The names that differ from Caffe's by more than underscores and case.
TYPES = {
    "absval": "AbsVal",
    "argmax": "ArgMax",
    "bnll": "BNLL",
    "elu": "ELU",
    "im2col": "Im2col",
    "lrn": "LRN",
    "lstm": "LSTM",
    "lstm_unit": "LSTMUnit",
    "mvn": "MVN",
    "prelu": "PReLU",
    "relu": "ReLU",
    "rnn": "RNN",
    "spp": "SPP",
    "tanh": "TanH",
}


def type_of(twin):
    """Caffe's name of the layer in this file: `batch_norm` is BatchNorm."""
    return TYPES.get(twin) or twin.title().replace("_", "")


def normal(*shape, mean=0.0, std=1.0):
    """Normal draws."""
    return Filled(shape, lambda random, shape: mean + std * random.standard_normal(shape))


def uniform(*shape, low=0.0, high=1.0):
    """Uniform draws."""
    return Filled(shape, lambda random, shape: random.uniform(low, high, shape))


def labels(*shape, below, ignored=None, share=0.2):
    """Whole numbers from 0 to `below` - 1, a share of them `ignored`; no gradient."""

    def make(random, shape):
        found = random.randint(0, below, shape)
        return found if ignored is None else np.where(random.random_sample(shape) < share, ignored, found)

    return Filled(shape, make, gradient=False)


def picked(*shape, among):
    """Draws among these numbers: for values at which a layer has a kink or a tie."""
    return Filled(shape, lambda random, shape: np.asarray(among, np.float32)[random.randint(0, len(among), shape)])


def distinct(*shape, step=0.01):
    """Numbers that all differ by at least `step`, in a random order: nothing ties."""
    return Filled(shape, lambda random, shape: step * (random.permutation(int(np.prod(shape))).reshape(shape) - 7.3))


def given(values):
    """These numbers, in every pass."""
    array = np.asarray(values, np.float32)
    return Filled(array.shape, lambda random, shape: np.broadcast_to(array, shape))


def constant(filled):
    """The same blob without a gradient."""
    return replace(filled, gradient=False)


def between(low, high):
    """For `blobs`: uniform draws."""
    return lambda random, shape: random.uniform(low, high, shape)


def always(value):
    """For `blobs`: one number."""
    return lambda random, shape: np.full(shape, value)
