"""Windows read element by element, emitted and as loops over the offsets by hand.

    python -m benchmarks.windows [--rounds 5]

prints how many times as fast the emitted classes of `tests/layers/looks_at_windows.layer` are as NumPy by hand, and how
much memory they allocate, as tables of Markdown.
"""

import argparse
import itertools
import json
import pathlib
import tempfile

import numpy as np

from benchmarks.on_stand_in import LAYERDSL
from benchmarks.pairs import disagreement, interleaved
from layerdsl.caffe import standin
from layerdsl.caffe.standin import SingleLayer

LAYERS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "layers" / "looks_at_windows.layer"
TOLERANCE = 1e-4


class ByHand:
    """Pictures with zeros around them, and for each offset the part of them that the positions see."""

    def __init__(self, bottoms, diff, pads, reach):
        self.bottoms, self.diff, self.pads, self.reach = bottoms, diff, pads, reach
        self.gradients = [np.zeros_like(bottom) for bottom in bottoms]
        self.inside = tuple(slice(pad, pad + n) for pad, n in zip(pads, bottoms[0].shape[2:], strict=True))
        self.around = [(0, 0), (0, 0), *zip(pads, reach, strict=True)]

    def clear(self):
        pass

    def values(self):
        return [self.top, *self.gradients]

    def offsets(self, *counts, step=1):
        """The number of each offset, and where in the picture with its border the positions are that see it."""
        height, width = self.bottoms[0].shape[2:]
        for i, j in itertools.product(*map(range, counts)):
            yield i, j, (..., slice(i * step, i * step + height), slice(j * step, j * step + width))


class CostVolume(ByHand):
    def __init__(self, bottoms, diff):
        super().__init__(bottoms, diff, (0, diff.shape[1] - 1), (0, 0))

    def forward(self):
        left, right = self.bottoms
        self.padded = np.pad(right, self.around)
        self.top = np.empty_like(self.diff)
        for _, d, there in self.offsets(1, self.diff.shape[1]):
            self.top[:, d] = np.abs(left - self.padded[there]).sum(axis=1)

    def backward(self):
        left = self.bottoms[0]
        first, second = np.zeros_like(left), np.zeros_like(self.padded)
        for _, d, there in self.offsets(1, self.diff.shape[1]):
            slope = np.sign(left - self.padded[there]) * self.diff[:, d, None]
            first += slope
            second[there] -= slope
        self.gradients = [first, second[(..., *self.inside)]]


class Flow(ByHand):
    """Offsets of the height between height and width, those of the width last, as the layer has them."""

    def __init__(self, bottoms, diff):
        super().__init__(bottoms, diff, (2, 4), (2, 4))

    def forward(self):
        a, b = self.bottoms
        self.padded = np.pad(b, self.around)
        self.top = np.empty_like(self.diff)
        for i, j, there in self.offsets(3, 5, step=2):
            self.top[:, :, i, :, j] = ((a - self.padded[there]) ** 2).mean(axis=1)

    def backward(self):
        a = self.bottoms[0]
        first, second = np.zeros_like(a), np.zeros_like(self.padded)
        for i, j, there in self.offsets(3, 5, step=2):
            slope = (a - self.padded[there]) * (self.diff[:, None, :, i, :, j] * (2 / a.shape[1]))
            first += slope
            second[there] -= slope
        self.gradients = [first, second[(..., *self.inside)]]


class Contrast(ByHand):
    def __init__(self, bottoms, diff):
        super().__init__(bottoms, diff, (1, 1), (1, 1))

    def forward(self):
        (x,) = self.bottoms
        self.padded = np.pad(x, self.around)
        seen = [there for *_, there in self.offsets(3, 3)]
        self.mean = sum(self.padded[there] for there in seen) / np.float32(9)
        power = sum((self.padded[there] - self.mean) ** 2 for there in seen) / np.float32(9)
        self.top = np.sqrt(power + np.float32(0.1))

    def backward(self):
        weight = self.diff / self.top / np.float32(9)
        result = np.zeros_like(self.padded)
        for *_, there in self.offsets(3, 3):
            result[there] += (self.padded[there] - self.mean) * weight
        left = sum(self.mean - self.padded[there] for *_, there in self.offsets(3, 3)) * weight / np.float32(9)
        for *_, there in self.offsets(3, 3):
            result[there] += left
        self.gradients = [result[(..., *self.inside)]]


class Emitted:
    def __init__(self, layer_class, bottoms, hyper):
        self.single = SingleLayer(layer_class, bottoms, param_str=json.dumps(hyper) if hyper else "")
        diff = self.single.top[0].diff
        diff[...] = np.random.RandomState(1).standard_normal(diff.shape)
        self.diff = diff

    def forward(self):
        self.single.layer.reshape(self.single.bottom, self.single.top)
        self.single.layer.forward(self.single.bottom, self.single.top)

    def backward(self):
        single = self.single
        single.layer.backward(single.top, standin.BoolVec([True] * len(single.bottom)), single.bottom)

    def clear(self):
        pass

    def values(self):
        single = self.single
        diffs = [single.bottom[i].diff for i in range(len(single.bottom))]
        return [array.copy() for array in (single.top[0].data, *diffs)]

    def megabytes(self):
        """What `reshape()` has allocated."""
        arrays = {id(one): one.nbytes for one in vars(self.single.layer).values() if isinstance(one, np.ndarray)}
        return sum(arrays.values()) / 1e6


# The class by hand, the shape of the bottoms and how many, hyper-parameters, offsets of a window.
MEASURED = (
    (CostVolume, (1, 32, 64, 128), 2, {"D": 48}, 48),
    (Flow, (2, 64, 48, 64), 2, {}, 15),
    (Contrast, (8, 16, 96, 96), 1, {}, 9),
)


def emitted_classes():
    """The classes of the file, by name."""
    import importlib.util
    import subprocess
    import sys

    sys.modules["caffe"] = standin
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([LAYERDSL, "compile", "-o", folder, LAYERS], check=True)
        spec = importlib.util.spec_from_file_location("looks", pathlib.Path(folder) / (LAYERS.stem + ".py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return vars(module)


def row(classes, by_hand, shape, count, hyper, offsets, rounds):
    """One line of the table."""
    random = np.random.RandomState(0)
    bottoms = [random.standard_normal(shape).astype(np.float32) for _ in range(count)]
    emitted = Emitted(classes[by_hand.__name__], bottoms, hyper)
    columns = {"by hand": by_hand(bottoms, emitted.diff), "emitted": emitted}
    (off,) = disagreement(columns).values()
    assert off < TOLERANCE, (by_hand.__name__, off)
    seconds = interleaved(columns, rounds)
    ratios = [np.median(seconds[d]["by hand"]) / np.median(seconds[d]["emitted"]) for d in ("forward", "backward")]
    laid_out = bottoms[0].nbytes * offsets / 1e6
    size = "x".join(map(str, shape))
    times = f"{ratios[0]:.2f} | {ratios[1]:.2f}"
    return f"| {by_hand.__name__} | {size} | {offsets} | {times} | {emitted.megabytes():.0f} | {laid_out:.0f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    classes = emitted_classes()
    print("| layer | bottom | offsets | forward | backward | MB allocated | MB of windows laid out |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for by_hand, shape, count, hyper, offsets in MEASURED:
        print(row(classes, by_hand, shape, count, hyper, offsets, rounds))


if __name__ == "__main__":
    main()
