"""`LAYERDSL_DEBUG=nan`: an emitted layer stops where a NaN or an infinity gets out, and tells where it arose."""

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYER = """
layer W(x: [N, C], g: [N]) -> (y: [N, C], z: []):
    param w: [C] = constant(1)
    state last: [C] = 1
    a = where(x > 0, log(x), 0)
    y = a / exp(x) + w * sqrt(g)
    z = mean(sum(sqrt(abs(x)) * g, over=C), over=N)
    update last = 1 / abs(x[N=0])
"""

# Run on real Caffe and, with the stand-in in its place, on Python 2.7: both have the class and what says of it.
STEPS = """
import os
import sys
os.environ["LAYERDSL_DEBUG"] = "nan"
import numpy as np
import w

def message(run, *arguments):
    try:
        run(*arguments)
        return ""
    except FloatingPointError as error:
        return str(error)

def steps(forward, backward, x, g, weight):
    ok = np.array([[1, 2, 3], [4, -5, 6]], np.float32)  # the logarithm of -5 is discarded
    x[...], g[...] = ok, [1, 2]
    found = {"fine": message(forward), "fine backwards": message(backward)}
    g[...] = [-1, 2]
    found["root"] = message(forward)
    x[0, 1], g[...] = 0, [1, 2]
    found["state"] = message(forward)
    found["kink"] = message(forward)  # the state has been told of
    found["slope"] = message(backward)
    x[...] = ok
    x[1, 2] = np.inf
    found["came in"] = message(forward)
    x[...] = ok
    weight[1] = np.nan
    found["weight"] = message(forward)
    return found
"""

ON_CAFFE = (
    STEPS
    + """
import realnet
n = realnet.net('''
force_backward: true
layer { name: "x" type: "Input" top: "x" top: "g" input_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }
layer { name: "w" type: "Python" bottom: "x" bottom: "g" top: "y" top: "z" loss_weight: 1 loss_weight: 1
        python_param { module: "w" layer: "W" } }''')
realnet.save_json(steps(n.forward, n.backward, n.blobs["x"].data, n.blobs["g"].data, n.params["w"][0].data))
"""
)
ON_PYTHON_2 = (
    STEPS
    + """
import json
from standin import SingleLayer
n = SingleLayer(w.W, [np.zeros((2, 3)), np.zeros(2)], tops=2, loss_weights=[1, 1])
found = steps(n.forward, n.backward, n.bottom[0].data, n.bottom[1].data, n.blobs[0].data)
json.dump(found, open("out.json", "w"))
"""
)


@pytest.fixture(scope="module", params=["caffe", "python2"])
def messages(request, run_on_caffe, run_on_python2):
    files = {"w.py": python_module(compile_source(Source("w.layer", LAYER)).layers)}
    if request.param == "caffe":
        return run_on_caffe(ON_CAFFE, files=files).json
    return run_on_python2(ON_PYTHON_2, files=files).json


def test_what_is_discarded_stops_nobody(messages):
    assert messages["fine"] == messages["fine backwards"] == messages["kink"] == ""


def test_the_way_leads_to_the_formula_the_line_and_the_values(messages):
    first, *way = messages["root"].split("\n")
    assert first == "W (w.layer:2): top[0] is not finite"
    assert way[-3].strip() == "w.layer:6  y = a / exp(x) + w * sqrt(g)"
    assert "np.sqrt(g, out=" in way[-2]
    assert "is nan at [0], made of `g` from -1.0 to 2.0" in way[-1]


def test_a_state_is_given_to_the_next_forward(messages):
    first, *way = messages["state"].split("\n")
    assert first == "W (w.layer:2): blobs[1] is not finite"
    assert way[0].strip() == "w.layer:8  update last = 1 / abs(x[N=0])"
    assert way[2].strip() == "`last` is inf at [1]"


def test_of_a_backward_it_is_the_term(messages):
    assert messages["slope"].startswith("W (w.layer:2): the diff of bottom[0] is not finite")
    assert "d/d x of line 7" in messages["slope"]


@pytest.mark.parametrize(("which", "name", "value"), [("came in", "x", "inf at [1, 2]"), ("weight", "w", "nan at [1]")])
def test_what_came_in_so_is_said_so(messages, which, name, value):
    *_, source, line, said = messages[which].split("\n")
    assert source.strip() == "it came in"
    assert f" {name} = " in line
    assert said.strip() == f"`{name}` is {value}"


def test_without_the_variable_nothing_is_followed():
    from layerdsl.caffe import standin

    made = standin.load(python_module(compile_source(Source("w.layer", LAYER)).layers), "w").W
    net = standin.SingleLayer(made, [np.zeros((2, 3)), [-1.0, 1.0]], tops=2)
    net.forward()
    assert np.isnan(net.top[0].data).any()
    assert "forward" not in vars(net.layer)
