"""Timing in pairs: every round runs all columns one after the other, so that what else the machine does meets all.

Runs on Caffe's Python 3.9 as well.
"""

import gc
import time

import numpy as np

ROUNDS = 25
WARM_UP = 2
DIRECTIONS = ("forward", "backward")

# In float32: relative to the largest entry. Sums over the batch differ by their order.
TOLERANCE = 1e-4


class Stopwatch:
    """`watch(call)` runs `call` and keeps the seconds it took in `watch.seconds`."""

    def __init__(self):
        self.seconds = []

    def __call__(self, call):
        start = time.perf_counter()
        call()
        self.seconds.append(time.perf_counter() - start)


def interleaved(columns, rounds=ROUNDS):
    """Seconds of every round, `{direction: {column: [...]}}`, of columns with the methods `forward` and `backward`."""
    watches = {direction: {name: Stopwatch() for name in columns} for direction in DIRECTIONS}
    gc.collect()
    gc.disable()
    try:
        for _ in range(WARM_UP + rounds):
            for name, column in columns.items():
                for direction in DIRECTIONS:
                    watches[direction][name](getattr(column, direction))
    finally:
        gc.enable()
    return {d: {name: watch.seconds[WARM_UP:] for name, watch in named.items()} for d, named in watches.items()}


def values(column):
    """All that a column computes, after one forward and one backward with cleared parameter diffs."""
    column.clear()
    column.forward()
    column.backward()
    return column.values()


def disagreement(columns):
    """Of the columns after the first: the largest difference to the first, relative to the largest entry."""
    (_, first), *others = [(name, values(column)) for name, column in columns.items()]
    return {name: max(map(relative, first, other)) for name, other in others}


def relative(expected, found):
    """The largest difference of two arrays, relative to the largest entry of the first; shapes may differ by ones."""
    expected, found = np.ravel(expected), np.ravel(found)
    return float(np.max(np.abs(expected - found)) / max(np.max(np.abs(expected)), np.finfo(np.float32).tiny))
