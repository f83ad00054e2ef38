"""The ten properties, in the order in which they are tried and told."""
# mypy: ignore-errors

from __future__ import division

import random

import numpy as np

from .broken import Broken
from .gradient import check_gradients
from .manners import check_left_alone, check_propagate_down, check_top_diffs, check_writing
from .precision import check_awkward, check_single
from .repeat import check_again, check_once_drawn, check_other_sizes, learn_of_backward
from .states import check_states

# Name, and what tries it. Whether the diffs of tops are looked at comes first: if not, gradients are taken with ones.
PROPERTIES = (
    ("top diffs", check_top_diffs),
    ("gradient", check_gradients),
    ("propagate_down", check_propagate_down),
    ("diffs written", check_writing),
    ("inputs untouched", check_left_alone),
    ("repeatable", check_again),
    ("other sizes", check_other_sizes),
    ("float32", check_single),
    ("awkward inputs", check_awkward),
    ("state", check_states),
)
NAMES = tuple(name for name, _ in PROPERTIES)
NOT_ON_CAFFE = ("float32", "awkward inputs")  # there is no other precision to hold them against


def check(bench, wanted=NAMES):
    """Tries the properties that are wanted; rows and faults are in `bench.findings`. The random numbers of who calls it
    go on as if nothing had happened."""
    before = np.random.get_state(), random.getstate()
    try:
        return _check(bench, wanted)
    finally:
        np.random.set_state(before[0])
        random.setstate(before[1])


def _check(bench, wanted):
    bench.findings.begin("set-up")
    try:
        bench.learn()
        learn_of_backward(bench)
    except Broken as broken:
        _tell_of_the_first(bench, broken)
        return bench.findings
    for name, tried in PROPERTIES:
        if name in wanted:
            _try(bench, name, tried)
    return bench.findings


def _tell_of_the_first(bench, broken):
    """A class that does not get through one pass, whose end nobody can try anything at."""
    of_backward = broken.stage == "backward"
    refuses = "`--propagate-down` says which bottoms have a gradient" if of_backward and broken.refusal else ""
    bench.findings.fault(broken.said, where=bench.text(), help=broken.help or refuses, line=broken.line,
                         method=broken.stage, path=broken.path)  # fmt: skip
    bench.findings.row("one forward%s" % (" and backward" if of_backward else ""))


def _try(bench, name, tried):
    bench.findings.begin(name)
    if bench.host.real and name in NOT_ON_CAFFE:
        bench.findings.row("Caffe has float32 alone", verdict="not tried")
        return
    try:
        tried(bench)
        if name == "repeatable":
            check_once_drawn(bench)
    except Broken as broken:
        bench.findings.broken(broken, bench.text())
        bench.findings.row("it breaks off")
    except Exception as error:
        # What no method of the layer raises: a top without memory that we look at, a shape that does not fit its place.
        broken = Broken("reshape", error, [])
        bench.findings.fault("it can't be tried: %s" % broken, where=bench.text(), help=broken.help)
        bench.findings.row("it breaks off")
