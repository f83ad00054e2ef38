"""A batch that shrinks to no samples, on real Caffe and on Python 2."""

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYER = """
layer Extremes(x: [N, C]) -> (most: [C], least: [C], place: const [C], total: [C], p: [N, C]):
    most = max(x, over=N)
    least = min(x**2, over=N)
    place = argmax(x, over=N)
    total = logsumexp(x, over=N)
    p = softmax(x, over=N)
"""
ON_CAFFE = """
import caffe
import numpy as np

with open("net.prototxt", "w") as file:
    file.write('''force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 4 dim: 3 } } }
layer { name: "y" type: "Python" bottom: "x" top: "most" top: "least" top: "place" top: "total" top: "p"
        python_param { module: "extremes" layer: "Extremes" } }''')
net = caffe.Net("net.prototxt", caffe.TRAIN)
net.forward()
net.backward()
net.blobs["x"].reshape(0, 3)
net.forward()
net.backward()
np.savez("out.npz", **{name: blob.data for name, blob in net.blobs.items()})
"""
ON_PYTHON2 = """
import numpy as np
import extremes
import standin

net = standin.SingleLayer(extremes.Extremes, [np.zeros((4, 3))], 5)
net.forward()
net.backward()
net.set_bottoms([np.zeros((0, 3))])
net.forward()
net.backward()
np.savez("out.npz", **dict(zip(["most", "least", "place", "total", "p"], [net.top[i].data for i in range(5)])))
"""
LOWEST = np.finfo(np.float32).min


@pytest.mark.parametrize(("run", "script"), [("run_on_caffe", ON_CAFFE), ("run_on_python2", ON_PYTHON2)])
def test_what_there_is_of_nothing(request, run, script):
    emitted = python_module(compile_source(Source("extremes.layer", LAYER)).layers)
    found = request.getfixturevalue(run)(script, {"extremes.py": emitted}).arrays
    assert found["p"].shape == (0, 3)
    for name, wanted in (("most", LOWEST), ("least", -LOWEST), ("place", -1), ("total", -np.inf)):
        np.testing.assert_array_equal(found[name], [wanted] * 3, err_msg=name)
