"""Runs emitted layers on this Python and NumPy, Python 2.7 too: forward, and backward from given diffs.

    python inside.py MODULE.py IN.npz OUT.npz

IN has arrays `LAYER.KIND.NUMBER`, the bottoms of a layer in a precision, and `LAYER.KIND.diff`, the diff of its top;
OUT has `LAYER.KIND.value`, the top, and `LAYER.KIND.NUMBER`, the gradients. The stand-in lies beside this file.
"""

import sys

import numpy as np

import standin


def run(layer, bottoms, diff):
    single = standin.SingleLayer(layer, bottoms, dtype=bottoms[0].dtype)
    single.forward()
    single.backward(None, [diff])
    return single.top[0].data.copy(), [single.bottom[i].diff.copy() for i in range(len(bottoms))]


def main(module, before, after):
    with open(module) as file:
        layers = standin.load(file.read(), "emitted")
    written = {}
    with np.load(before) as arrays:
        keys = set(arrays.keys())
        for name in sorted(set(key.rpartition(".")[0] for key in keys)):
            count = len([key for key in keys if key.rpartition(".")[0] == name]) - 1
            bottoms = [arrays["%s.%d" % (name, i)] for i in range(count)]
            written[name + ".value"], diffs = run(
                getattr(layers, name.partition(".")[0]), bottoms, arrays[name + ".diff"]
            )
            for i, diff in enumerate(diffs):
                written["%s.%d" % (name, i)] = diff
    np.savez(after, numpy=np.array(np.__version__), python=np.array(sys.version.split()[0]), **written)


if __name__ == "__main__":
    main(*sys.argv[1:])
