"""The same pairs inside real Caffe: the emitted class, the one by hand, and Caffe's own layer in C++.

`tools/caffe-python benchmarks/inside_caffe.py FOLDER OUT.json ROUNDS [LAYER...]`; the emitted modules lie in FOLDER.
Each column is a net of one layer, run by `Net::ForwardFromTo` and `BackwardFromTo` of that layer alone.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import caffe
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import allocations, pairs, workloads


def input_text(name, shape):
    dims = " ".join(f"dim: {size}" for size in shape)
    return f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ {dims} }} }} }}'


def python_text(module, layer, param_str):
    quoted = json.dumps(param_str)
    return f'type: "Python" python_param {{ module: "{module}" layer: "{layer}" param_str: {quoted} }}'


def net_text(shapes, kind, propagate_down):
    """Inputs, and the one layer; its backward gives the gradient of the inputs marked true."""
    names = [f"x{i}" for i in range(len(shapes))]
    asked = " ".join(f"propagate_down: {str(wanted).lower()}" for wanted in propagate_down)
    bottoms = " ".join(f'bottom: "{name}"' for name in names)
    layer = f'layer {{ name: "it" {bottoms} top: "y" {asked} {kind} }}'
    return "\n".join(["force_backward: true", *map(input_text, names, shapes), layer])


class InCaffe:
    """A column, as `pairs` wants it. `kind` is the text which makes the layer what it is."""

    def __init__(self, kind, workload):
        random = np.random.RandomState(0)
        bottoms = [make(random) for make in workload.bottoms]
        blobs = [make(random) for make in workload.blobs]
        self.net = net_of(net_text([x.shape for x in bottoms], kind, workload.propagate_down))
        self.index = list(self.net._layer_names).index("it")
        self.asked = [i for i, wanted in enumerate(workload.propagate_down) if wanted]
        self.learned = [self.net.params["it"][i] for i in range(len(blobs))]
        for i, values in enumerate(bottoms):
            self.net.blobs[f"x{i}"].data[...] = values
        for i, values in enumerate(blobs):
            self.learned[i].data[...] = values
        self.forward()
        diff = self.net.blobs["y"].diff
        diff[...] = np.random.RandomState(1).standard_normal(diff.shape)

    def forward(self):
        self.net._forward(self.index, self.index)

    def backward(self):
        self.net._backward(self.index, self.index)

    def clear(self):
        for blob in self.learned:
            blob.diff[...] = 0

    def values(self):
        diffs = [self.net.blobs[f"x{i}"].diff for i in self.asked] + [blob.diff for blob in self.learned]
        return [array.copy() for array in [self.net.blobs["y"].data, *diffs]]


def net_of(text):
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt", delete=False) as file:
        file.write(text)
    try:
        return caffe.Net(file.name, caffe.TRAIN)
    finally:
        os.unlink(file.name)


def kinds(workload):
    """The text of each column's layer."""
    param_str = workloads.param_str(workload)
    found = {
        "emitted": python_text(workloads.source(workload).stem, workload.name, param_str),
        "by hand": python_text("benchmarks.by_hand", workload.name, param_str),
    }
    return dict(found, Caffe=workload.caffe) if workload.caffe else found


def measure(workload, rounds, folder):
    columns = {name: InCaffe(kind, workload) for name, kind in kinds(workload).items()}
    path = str(Path(folder) / (workloads.source(workload).stem + ".py"))
    return {
        "differs": pairs.disagreement(columns),
        "seconds": pairs.interleaved(columns, rounds),
        "growth": allocations.of_both(columns["emitted"], path).bytes,
    }


def main(folder, out, rounds, *chosen):
    sys.path.insert(0, folder)
    wanted = [workload for workload in workloads.WORKLOADS if not chosen or workload.name in chosen]
    measured = {workload.name: measure(workload, int(rounds), folder) for workload in wanted}
    versions = {"python": sys.version.split()[0], "numpy": np.__version__, "caffe": caffe.__version__}
    with open(out, "w") as file:
        json.dump({"versions": versions, "layers": measured}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
