"""Runs a list of cases on single layers, real or stand-in, and writes down every blob after every step.

A case is a dictionary that JSON can carry: `module`, `layer`, and where wanted `tops`, `param_str`, `phase`,
`loss_weights`, `in_place` (pairs of top and bottom), `propagate_down`. Its arrays are named `CASE.STEP.bottom0`,
`CASE.STEP.top_diff0` and so on; what comes back is named `CASE.STEP.bottom0.data`, `CASE.STEP.blob1.diff`,
`CASE.STEP.loss`. Runs on Python 2.7 as on 3.x.
"""

import numpy as np


def run(cases, arrays, make):
    """All cases, each on the layer that `make(case, bottoms)` gives."""
    written = {}
    for name in sorted(cases):
        written.update(run_case(name, cases[name], arrays, make))
    return written


def run_case(name, case, arrays, make):
    written = {}
    single = None
    for step in range(count_steps(name, arrays)):
        place = "%s.%d." % (name, step)
        bottoms = numbered(place + "bottom", arrays)
        single = single or make(case, bottoms)
        written[place + "loss"] = np.float32(single.forward(bottoms))
        single.backward(top_diffs=numbered(place + "top_diff", arrays))
        written.update(look(place, single))
    return written


def count_steps(name, arrays):
    return 1 + max([0] + [int(key.split(".")[1]) for key in arrays if key.split(".")[0] == name])


def numbered(stem, arrays):
    """The arrays `stem0`, `stem1` and so on, None where one is left out."""
    found = {int(key[len(stem) :]): arrays[key] for key in arrays if key.startswith(stem)}
    return [found.get(i) for i in range(1 + max(found))] if found else []


def look(place, single):
    blobs = [("bottom%d" % i, single.bottom[i]) for i in range(len(single.bottom))]
    blobs += [("top%d" % i, single.top[i]) for i in range(len(single.top))]
    blobs += [("blob%d" % i, single.blobs[i]) for i in range(len(single.blobs))]
    return {
        place + name + kind: array.copy()
        for name, blob in blobs
        for kind, array in ((".data", blob.data), (".diff", blob.diff))
    }
