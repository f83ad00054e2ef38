"""Constants beside the emitted class and in it, on real Caffe and on Python 2."""

import io

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYER = """
layer Prepared(x: [N, C, W], label: index [N]) -> y: [N, C, W]:
    hyper offset: file
    const mean: [C, W] = file("data/mean.npy")
    const scale: [K=2] = file("scale.json")
    const group: index [J] = embed("group.json")
    const more: [C, W] = file(offset)
    y = (x - mean - more) * scale[K=group[J=label]]
"""
MEAN = np.arange(6, dtype=np.float32).reshape(2, 3)
MORE = np.full((2, 3), 0.5, np.float32)
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
        python_param { module: "prepared" layer: "Prepared"
                       param_str: "offset: offset.binaryproto" } }''')
given = np.load("in.npz")
with open("offset.binaryproto", "wb") as file:
    file.write(caffe.io.array_to_blobproto(given["more"][np.newaxis]).SerializeToString())
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
with open("offset.binaryproto", "wb") as file:  # a shape of 2 and 3, and 24 bytes of numbers
    file.write(b"\\x3a\\x04\\x0a\\x02\\x02\\x03" + b"\\x2a\\x18" + given["more"].tobytes())
net = standin.SingleLayer(prepared.Prepared, [given["x"], given["label"]], 1, "offset: offset.binaryproto")
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
    np.testing.assert_allclose(result.arrays["y"], (X - MEAN - MORE) * scale, rtol=1e-6)
    np.testing.assert_allclose(result.arrays["x_diff"], np.broadcast_to(scale, X.shape), rtol=1e-6)


def test_on_caffe(run_on_caffe, files):
    held(run_on_caffe(ON_CAFFE, files, inputs={"x": X, "label": LABEL, "more": MORE}))


def test_on_python_2(run_on_python2, files):
    held(run_on_python2(ON_PYTHON2, files, inputs={"x": X, "label": LABEL, "more": MORE}))


def test_what_is_wrong_is_said_at_set_up(run_on_caffe, files):
    del files["scale.json"]
    result = run_on_caffe(ON_CAFFE, files, inputs={"x": X, "label": LABEL, "more": MORE}, check=False)
    assert "Prepared (prepared.layer:5): can't read `scale.json`" in result.stdout + result.stderr
