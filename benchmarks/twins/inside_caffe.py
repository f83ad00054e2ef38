"""`inside_caffe.py FOUND.jsonl ROUNDS [WORD...]`: the cases of sizes.py on real Caffe.

The emitted modules are on PYTHONPATH. A line of JSON for each: seconds of each round, forward and backward, of both
sides, which run in turn, and how much memory each needs. Before it a line with the title alone; cases whose title is in
FOUND.jsonl are left out, so that a process that Caffe ended can be followed by another. Runs on Caffe's Python 3.9."""

import ctypes
import gc
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from twins import pair

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sizes

# A round is left out where the rounds before it took so many seconds.
ENOUGH = 2.0
LEAST = 3


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def built(case, make, random):
    """One side, with its numbers in, after a forward."""
    side = make(case)
    side.fill([bottom(random) for bottom in case.bottoms])
    for i, blob in enumerate(side.blobs):
        shape = blob.data.shape
        blob.data[...] = case.blobs[i](random, shape) if case.blobs else random.standard_normal(shape)
    side.forward()
    return side


def measured(case, rounds):
    makers = {"theirs": pair.theirs, "ours": pair.ours}
    sides = {name: built(case, make, pair.random_of(case)) for name, make in makers.items()}
    backward = any(case.wanted) or len(sides["theirs"].blobs) > 0
    for side in sides.values():
        for number, top in enumerate(side.top):
            top.diff[...] = np.random.RandomState(number).standard_normal(top.diff.shape)
        if backward:
            side.backward()
    found = {"forward": {name: [] for name in sides}, "backward": {name: [] for name in sides}}
    begun = time.perf_counter()
    for number in range(rounds):
        if number >= LEAST and time.perf_counter() - begun > ENOUGH:
            break
        for name, side in sides.items():
            found["forward"][name].append(seconds(lambda side=side: side.net._forward(side.index, side.index)))
            if backward:
                found["backward"][name].append(seconds(side.backward))
    return found


def memory(case, make):
    """Bytes that a side needs at most, its bottoms and tops as well, found in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"%d" % grown(case, make))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return int(said or 0)


def grown(case, make):
    """What stands in `in_` blobs is taken off: it is there for the sake of the harness."""
    arrays = [bottom(pair.random_of(case)) for bottom in case.bottoms]
    loaded(case, make)
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = resident("VmRSS")
    side = make(case)
    side.fill(arrays)
    side.forward()
    for top in side.top:
        top.diff[...] = 1
    if any(case.wanted) or len(side.blobs):
        side.backward()
    return resident("VmHWM") - before - sum(array.nbytes for array in arrays)


def loaded(case, make):
    """What is there once, modules and the BLAS's own memory, is not the layer's."""
    left, right = np.ones((64, 64), np.float32), np.ones((64, 64), np.float32)
    np.dot(left, right)
    if make is pair.ours:
        __import__(case.twin)


def resident(name):
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(name))


def line_of(case, rounds):
    try:
        sizes_of = [list(bottom.shape) for bottom in case.bottoms]
        used = {"theirs": memory(case, pair.theirs), "ours": memory(case, pair.ours)}
        return {"case": case.title, "shapes": sizes_of, "memory": used, **measured(case, rounds)}
    except Exception as error:
        return {"case": case.title, "error": repr(error)}


def main(path, rounds, *words):
    lines = Path(path).read_text().splitlines() if os.path.exists(path) else []
    known = {json.loads(line)["case"] for line in lines}
    for case in sizes.CASES:
        there = any(os.path.exists(os.path.join(folder, case.twin + ".py")) for folder in sys.path)
        if there and case.title not in known and (not words or any(word in case.title for word in words)):
            write(path, {"case": case.title})
            write(path, line_of(case, int(rounds)))
            gc.collect()


def write(path, line):
    with open(path, "a") as file:
        file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
