"""How much memory a layer takes while it runs, line by line of its file.

Runs on Caffe's Python 3.9 as well.
"""

import sys
import tracemalloc
from dataclasses import dataclass

from benchmarks import pairs

# NumPy converts types through small buffers of its own, within a call; an array of a blob's size is far above.
ALLOWED_BYTES = 3 * 512 * 8


@dataclass(frozen=True)
class Growth:
    """`bytes` more were in use within `line` than when it began."""

    line: int
    bytes: int


def largest(call, path):
    """The line of the file `path` in which memory grows most while `call()` runs."""
    meter = _Meter(path)
    tracemalloc.start()
    before = sys.gettrace()
    sys.settrace(meter.enter)
    try:
        call()
    finally:
        sys.settrace(before)
        tracemalloc.stop()
    return max(meter.growths, key=lambda growth: growth.bytes)


def of_both(column, path):
    """The largest growth of a column's forward and backward."""
    found = [largest(getattr(column, direction), path) for direction in pairs.DIRECTIONS]
    return max(found, key=lambda growth: growth.bytes)


class _Meter:
    """Python calls it before every line: what the line before took is then the peak since."""

    def __init__(self, path):
        self.path = path
        self.growths = [Growth(0, 0)]
        self.line = self.start = 0

    def enter(self, frame, event, argument):
        return self.step if frame.f_code.co_filename == self.path else None

    def step(self, frame, event, argument):
        _, peak = tracemalloc.get_traced_memory()
        if self.line:
            self.growths.append(Growth(self.line, peak - self.start))
        self.line = frame.f_lineno
        tracemalloc.reset_peak()
        self.start, _ = tracemalloc.get_traced_memory()
        return self.step
