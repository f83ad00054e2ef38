"""The cases of steps.py on the stand-in. As a script, also of Python 2.7, it reads cases.json and in.npz and writes
out.npz; it expects the stand-in beside it, as the module `standin`."""

import importlib
import json

import numpy as np

import steps


class Asked:
    """A single layer whose `propagate_down` is settled, as it is in a net."""

    def __init__(self, single, propagate_down):
        self.single, self.propagate_down = single, propagate_down
        self.bottom, self.top, self.blobs = single.bottom, single.top, single.blobs
        self.forward = single.forward

    def backward(self, top_diffs=None):
        self.single.backward(self.propagate_down, top_diffs)


def maker(standin, module):
    """`make(case, bottoms)` for steps.run, on this stand-in; `module` gives the module of a name."""

    def make(case, bottoms):
        settings = {str(key): case[key] for key in case if key not in ("module", "layer", "phase", "propagate_down")}
        settings["phase"] = getattr(standin, case.get("phase", "TRAIN"))
        layer = getattr(module(case["module"]), case["layer"])
        return Asked(standin.SingleLayer(layer, bottoms, **settings), case.get("propagate_down"))

    return make


def main():
    import standin

    with open("cases.json") as file:
        cases = json.load(file)
    with standin.install(), np.load("in.npz") as arrays:
        written = steps.run(cases, dict(arrays), maker(standin, importlib.import_module))
    np.savez("out.npz", **written)


if __name__ == "__main__":
    main()
