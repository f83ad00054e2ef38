"""Functions of Python that an emitted layer calls on real Caffe, beside the emitted file and in a package."""

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYER = """
extern def worst(score: [N, M], most) -> index(M) [N] from picking

layer Picked(x: [B, C]) -> y: [B]:
    hyper most: int = 3
    y = 2 * x[C=worst(x, most)]
"""
PICKING = "def worst(score, most):\n    assert score.dtype == 'f' and most == 3\n    return score.argmin(1)\n"
SCRIPT = """
import sys

import caffe
import numpy as np

module = sys.argv[1]
net = '''force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "y" type: "Python" bottom: "x" top: "y" python_param { module: "%s" layer: "Picked" } }'''
with open("net.prototxt", "w") as file:
    file.write(net % module)
try:
    net = caffe.Net("net.prototxt", caffe.TRAIN)
    net.blobs["x"].data[...] = [[3, 1, 2], [5, 6, 4]]
    net.forward()
    net.blobs["y"].diff[...] = 1
    net.backward()
    np.savez("out.npz", y=net.blobs["y"].data, x_diff=net.blobs["x"].diff)
except ValueError as error:
    print(error)
"""


def emitted():
    return python_module(compile_source(Source("picked.layer", LAYER)).layers)


def held(result):
    assert result.arrays["y"].tolist() == [2, 8]
    assert result.arrays["x_diff"].tolist() == [[0, 2, 0], [0, 0, 2]]


def test_beside_the_emitted_file(run_on_caffe):
    held(run_on_caffe(SCRIPT, {"picked.py": emitted(), "picking.py": PICKING}, args=["picked"]))


def test_in_its_package(run_on_caffe):
    files = {"own/__init__.py": "", "own/picked.py": emitted(), "own/picking.py": PICKING}
    held(run_on_caffe(SCRIPT, files, args=["own.picked"]))


def test_what_is_wrong_is_said_at_set_up_or_in_the_forward(run_on_caffe):
    result = run_on_caffe(SCRIPT, {"picked.py": emitted()}, args=["picked"])
    assert "Picked (picked.layer:4): can't import `picking` for `worst`" in result.stdout

    result = run_on_caffe(
        SCRIPT, {"picked.py": emitted(), "picking.py": PICKING.replace("argmin(1)", "argmin(0)")}, args=["picked"]
    )
    said = "Picked (picked.layer:6): `worst` of `picking` has to return an array of shape (2,), not (3,)"
    assert said in result.stdout
