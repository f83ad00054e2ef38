"""A layer built of layers beside a net of Caffe's own: same weights, same values, same gradients, same averages."""

import pathlib

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

HERE = pathlib.Path(__file__).resolve().parent
STDLIB = HERE.parents[1] / "stdlib"

BLOCK = """
from caffe.batch_norm import BatchNorm
from caffe.convolution import Convolution
from caffe.inner_product import InnerProduct
from caffe.relu import ReLU
from caffe.scale import Scale
from caffe.softmax_with_loss import SoftmaxWithLoss

def unit(x, C):
    return Scale(BatchNorm(Convolution(x, num_output=C, kernel_size=3, pad=1, bias_term=false)), bias_term=true)

layer Residual(x: [N, C, H, W]) -> y: [N, C, H, W]:
    y = ReLU(x + unit(ReLU(unit(x, C)), C))

layer Head(x: [N, *D], label: index(K) [N]) -> loss: []:
    hyper K: int
    loss = SoftmaxWithLoss(InnerProduct(x, num_output=K), label).loss
"""

CAFFES = """
name: "own" force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 4 dim: 3 dim: 5 dim: 6 } } }
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 4 } } }
layer { name: "c1" type: "Convolution" bottom: "x" top: "c1"
  convolution_param { num_output: 3 kernel_size: 3 pad: 1 bias_term: false } }
layer { name: "b1" type: "BatchNorm" bottom: "c1" top: "b1" }
layer { name: "s1" type: "Scale" bottom: "b1" top: "s1" scale_param { bias_term: true } }
layer { name: "r1" type: "ReLU" bottom: "s1" top: "r1" }
layer { name: "c2" type: "Convolution" bottom: "r1" top: "c2"
  convolution_param { num_output: 3 kernel_size: 3 pad: 1 bias_term: false } }
layer { name: "b2" type: "BatchNorm" bottom: "c2" top: "b2" }
layer { name: "s2" type: "Scale" bottom: "b2" top: "s2" scale_param { bias_term: true } }
layer { name: "e" type: "Eltwise" bottom: "x" bottom: "s2" top: "e" }
layer { name: "y" type: "ReLU" bottom: "e" top: "y" }
layer { name: "ip" type: "InnerProduct" bottom: "y" top: "ip" inner_product_param { num_output: 7 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""

BUILT = """
name: "built" force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 4 dim: 3 dim: 5 dim: 6 } } }
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 4 } } }
layer { name: "block" type: "Python" bottom: "x" top: "y" python_param { module: "block" layer: "Residual" } }
layer { name: "head" type: "Python" bottom: "y" bottom: "label" top: "loss" loss_weight: 1
  python_param { module: "block" layer: "Head" param_str: "K: 7" } }
"""

SCRIPT = """
import caffe
import numpy as np

given = np.load("in.npz")
found = {}
own_names = ["c1", "b1", "s1", "c2", "b2", "s2"]
for phase, name in ((caffe.TRAIN, "train"), (caffe.TEST, "test")):
    nets = {kind: caffe.Net(kind + ".prototxt", phase) for kind in ("own", "built")}
    params = {
        "own": [blob for layer in own_names + ["ip"] for blob in nets["own"].params[layer]],
        "built": [blob for layer in ("block", "head") for blob in nets["built"].params[layer]],
    }
    for kind, net in nets.items():
        for i, blob in enumerate(params[kind]):
            blob.data[...] = given["param%d" % i].reshape(blob.data.shape)
            blob.diff[...] = 0
        net.blobs["x"].data[...] = given["x"]
        net.blobs["label"].data[...] = given["label"]
        net.forward()
        net.backward()
        key = name + "." + kind + "."
        for blob in ("y", "loss"):
            found[key + blob] = net.blobs[blob].data.copy()
        found[key + "d x"] = net.blobs["x"].diff.copy()
        for i, blob in enumerate(params[kind]):
            found[key + "param %d" % i] = blob.data.ravel().copy()
            found[key + "d param %d" % i] = blob.diff.ravel().copy()
np.savez("out.npz", **found)
"""

# weights, averages of two batch norms, scales and shifts, the matrix and its bias
SHAPES = [(3, 3, 3, 3), (3,), (3,), (1,), (3,), (3,), (3, 3, 3, 3), (3,), (3,), (1,), (3,), (3,), (7, 90), (7,)]
AVERAGES = (1, 2, 3, 7, 8, 9)


@pytest.fixture(scope="module")
def found(run_on_caffe, tmp_path_factory):
    file = tmp_path_factory.mktemp("block") / "block.layer"
    file.write_text(BLOCK, encoding="utf-8")
    compiled = compile_source(Source(str(file), BLOCK))
    assert compiled.diagnostics == ()
    random = np.random.RandomState(5)
    inputs = {"x": random.standard_normal((4, 3, 5, 6)), "label": np.array([0, 6, 3, 3])}
    for i, shape in enumerate(SHAPES):
        inputs[f"param{i}"] = random.uniform(0.5, 1.5, shape) if i in AVERAGES else random.standard_normal(shape) / 3
    files = {"block.py": python_module(compiled.layers), "own.prototxt": CAFFES, "built.prototxt": BUILT}
    return run_on_caffe(SCRIPT, files=files, inputs=inputs).arrays


@pytest.mark.parametrize("phase", ["train", "test"])
def test_a_block_of_layers_is_the_net_of_caffes_own(found, phase):
    names = [name.removeprefix(f"{phase}.own.") for name in found if name.startswith(f"{phase}.own.")]
    assert len(names) == 3 + 2 * len(SHAPES)
    for name in names:
        own, built = found[f"{phase}.own.{name}"], found[f"{phase}.built.{name}"]
        if name.startswith("d param") and int(name.split()[-1]) in AVERAGES:
            continue  # Caffe leaves numbers of its own in the diffs of its averages, which no solver reads
        np.testing.assert_allclose(built.ravel(), own.ravel(), rtol=2e-4, atol=2e-5 * np.abs(own).max(), err_msg=name)
