"""Constants beside the emitted class and in it, on real Caffe and on Python 2."""

import io

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYER = """
layer Prepared(x: [N, C, W], label: index [N]) -> y: [N, C, W]:
    const mean: [C, W] = file("data/mean.npy")
    const scale: [K=2] = file("scale.json")
    const group: index [J] = embed("group.json")
    y = (x - mean) * scale[K=group[J=label]]
"""
MEAN = np.arange(6, dtype=np.float32).reshape(2, 3)
X = np.random.RandomState(0).randn(4, 2, 3).astype(np.float32)
LABEL = np.array([0, 2, 1, 3], np.float32)
ON_CAFFE = """
import caffe
import numpy as np

with open("net.prototxt", "w") as file:
    file.write('''force_backward: true
layer { name: "x" type: "Input" top: "x" top: "label"
        input_param { shape { dim: 4 dim: 2 dim: 3 } shape { dim: 4 } } }
layer { name: "y" type: "Python" bottom: "x" bottom: "label" top: "y" propagate_down: true propagate_down: false
        python_param { module: "prepared" layer: "Prepared" } }''')
given = np.load("in.npz")
net = caffe.Net("net.prototxt", caffe.TRAIN)
for name in ("x", "label"):
    net.blobs[name].data[...] = given[name]
net.forward()
net.blobs["y"].diff[...] = 1
net.backward()
np.savez("out.npz", y=net.blobs["y"].data, x_diff=net.blobs["x"].diff)
"""
ON_PYTHON2 = """
import numpy as np
import prepared
import standin

given = np.load("in.npz")
net = standin.SingleLayer(prepared.Prepared, [given["x"], given["label"]])
net.forward()
net.backward([True, False], [np.ones((4, 2, 3))])
np.savez("out.npz", y=net.top[0].data, x_diff=net.bottom[0].diff)
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "group.json").write_text("[0, 1, 1, 0]")
    emitted = python_module(
        compile_source(Source(str(tmp_path / "prepared.layer"), LAYER.replace("[K]", "[K=2]"))).layers
    )
    mean = io.BytesIO()
    np.save(mean, MEAN)
    return {"prepared.py": emitted, "data/mean.npy": mean.getvalue(), "scale.json": "[1, 0.5]"}


def held(result):
    scale = np.array([1, 0.5, 0.5, 1], np.float32)[:, None, None]
    np.testing.assert_allclose(result.arrays["y"], (X - MEAN) * scale, rtol=1e-6)
    np.testing.assert_allclose(result.arrays["x_diff"], np.broadcast_to(scale, X.shape), rtol=1e-6)


def test_on_caffe(run_on_caffe, files):
    held(run_on_caffe(ON_CAFFE, files, inputs={"x": X, "label": LABEL}))


def test_on_python_2(run_on_python2, files):
    held(run_on_python2(ON_PYTHON2, files, inputs={"x": X, "label": LABEL}))


def test_what_is_wrong_is_said_at_set_up(run_on_caffe, files):
    del files["scale.json"]
    result = run_on_caffe(ON_CAFFE, files, inputs={"x": X, "label": LABEL}, check=False)
    assert "Prepared (prepared.layer:4): can't read `scale.json`" in result.stdout + result.stderr
