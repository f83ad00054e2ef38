"""Runs emitted layers on the Python that it is started with, one after the other: for Caffe's own old ones.

    old_numpy_server.py FOLDER        where standin.py lies

A request is a line of JSON, and a block of float64 numbers of which it says how many; so is an answer.
It runs on Python 2.7 as well.
"""
# ruff: noqa: UP010, UP004, B905

from __future__ import print_function

import json
import sys
import traceback

import numpy as np
from loading import load

sys.path.insert(0, sys.argv[1])
import standin

del sys.path[0]
SEED = 4099
receive, send = getattr(sys.stdin, "buffer", sys.stdin), getattr(sys.stdout, "buffer", sys.stdout)


class SameDraws(object):
    """Random numbers that depend on nothing but their shape."""

    def __getattr__(self, name):
        return getattr(np.random.RandomState(SEED), name)

    def randint(self, low, high, shape, dtype):
        """Bytes that are always the same; the word that follows where one decides nothing is the middle one."""
        if dtype is not np.uint8:
            return np.full(shape, (low + high) // 2, dtype)
        return np.random.RandomState(SEED).randint(low, high, shape, dtype=dtype)


def numbers(count):
    return np.frombuffer(receive.read(8 * count), np.float64).copy()


def arrays_of(shapes):
    """Arrays of these shapes, behind each other in what was sent."""
    found = []
    for shape in shapes:
        count = int(np.prod(shape)) if shape else 1
        found.append(numbers(count).reshape(shape))
    return found


def run(asked, arrays):
    module = load(asked["python"], standin)
    counts = [len(asked[kind]) for kind in ("bottoms", "blobs", "memories", "tops")]
    ends = np.cumsum(counts).tolist()
    bottoms, blobs, memories, diffs = [arrays[b - n : b] for n, b in zip(counts, ends)]
    np.random.seed(20171)
    dtype = np.dtype(str(asked["dtype"]))
    made = getattr(module, asked["name"])
    net = standin.SingleLayer(
        made, bottoms, counts[3], str(asked["param_str"]), asked["phase"], dtype=dtype, poison=True
    )
    if getattr(net.layer, "_random", None) is not None:
        net.layer._random = SameDraws()
    kept = [net.blobs[i].data for i in range(len(blobs))]
    kept += [getattr(net.layer, "_memory_" + name) for name in asked["memory_names"]]
    for place, value in zip(kept, blobs + memories):
        place[...] = value
    net.forward()
    tops = [net.top[i].data.copy() for i in range(counts[3])]
    after = [place.copy() for place in kept]
    for place, value in zip(kept, blobs + memories):
        place[...] = value
    net.forward()
    for i in range(len(blobs)):
        net.blobs[i].diff[...] = 0
    net.backward(None, diffs)
    found = tops + after + [net.bottom[i].diff for i in range(counts[0])]
    found += [net.blobs[i].diff for i in range(len(blobs))]
    odd = [str(one.dtype) for one in found if one.dtype != dtype]
    if odd:
        raise TypeError("a result of type " + odd[0])
    return found


def answer():
    line = receive.readline()
    if not line:
        return False
    asked = json.loads(line.decode("utf-8"))
    arrays = arrays_of(asked["bottoms"] + asked["blobs"] + asked["memories"] + asked["tops"])
    try:
        with np.errstate(all="ignore"):
            found = run(asked, arrays)
        head = {"shapes": [list(one.shape) for one in found], "numpy": np.__version__}
    except Exception:
        found, head = [], {"error": traceback.format_exc()}
    send.write(json.dumps(head).encode("utf-8") + b"\n")
    for one in found:
        data = np.ascontiguousarray(one, np.float64)
        send.write(data.tobytes())
    send.flush()
    return True


if __name__ == "__main__":
    while answer():
        pass
