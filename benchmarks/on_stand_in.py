"""The columns measured without Caffe: each is one layer class on the stand-in's blobs."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks import workloads
from layerdsl.caffe import standin

LAYERDSL = Path(sys.executable).with_name("layerdsl")


class OnStandIn:
    """One layer of a workload: `forward` is what Caffe does in one, `reshape` and `forward`."""

    def __init__(self, layer_class, workload):
        random = np.random.RandomState(0)
        bottoms = [make(random) for make in workload.bottoms]
        blobs = [make(random) for make in workload.blobs]
        self.workload = workload
        self.learned = range(len(blobs))
        self.single = standin.SingleLayer(layer_class, bottoms, param_str=workloads.param_str(workload))
        self.asked = standin.BoolVec(workload.propagate_down)
        for i, values in enumerate(blobs):
            self.single.blobs[i].data[...] = values
        diff = self.single.top[0].diff
        diff[...] = np.random.RandomState(1).standard_normal(diff.shape)

    def forward(self):
        self.single.layer.reshape(self.single.bottom, self.single.top)
        self.single.layer.forward(self.single.bottom, self.single.top)

    def backward(self):
        self.single.layer.backward(self.single.top, self.asked, self.single.bottom)

    def clear(self):
        for i in self.learned:
            self.single.blobs[i].diff[...] = 0

    def values(self):
        single = self.single
        diffs = [single.bottom[i].diff for i in range(len(single.bottom)) if self.asked[i]]
        return [array.copy() for array in [single.top[0].data, *diffs, *(single.blobs[i].diff for i in self.learned)]]


def compile_layers(folder):
    """Compiles the ten into a folder, with the program, as its users do."""
    sources = [str(workloads.source(workload)) for workload in workloads.WORKLOADS]
    subprocess.run([LAYERDSL, "compile", *sources, "-o", str(folder)], check=True)


def columns(workload, folder):
    """`emitted`, `by hand` and `autograd` of a workload."""
    with standin.install():
        from benchmarks import by_hand, with_autograd
    emitted = standin.load_file(folder / (workloads.source(workload).stem + ".py"))
    modules = {"emitted": emitted, "by hand": by_hand, "autograd": with_autograd}
    return {name: OnStandIn(getattr(module, workload.name), workload) for name, module in modules.items()}
