"""The `caffe` program says nothing of an exception but that there was one; an emitted layer has said it before."""

import pathlib

import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYER = """
layer Picked(x: [N, C], label: index(C) [N]) -> loss: []:
    hyper start: float = 1
    param w: [] = constant(start)
    loss = mean((x * sqrt(w))[C=label])
"""

NET = """
layer { name: "x" type: "DummyData" top: "x" top: "label" dummy_data_param {
    data_filler { value: 1 } data_filler { value: LABEL } shape { dim: 8 dim: 3 } shape { dim: ROWS } } }
layer { name: "picked" type: "Python" bottom: "x" bottom: "label" top: "loss" loss_weight: 1
    python_param { module: "picked" layer: "Picked" param_str: "PARAM_STR" } }
"""
SOLVER = 'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 2 solver_mode: CPU snapshot_after_train: false'

WRONG = {
    "setup": ({"PARAM_STR": "strat: 2"}, "Picked (picked.layer:2): param_str has `strat`, did you mean `start`?"),
    "reshape": (
        {"ROWS": "7"},
        "Picked (picked.layer:2): axis N has size 7 in bottom[1] `label`, but 8 in bottom[0] `x`",
    ),
    "forward": ({"LABEL": "9"}, "Picked (picked.layer:5): `label` along axis C holds 9, the axis has places 0 to 2"),
    "backward": ({"PARAM_STR": "start: 0"}, "Picked (picked.layer:2): the diff of blobs[0] is not finite"),
}


def files_of(**changes):
    net = NET
    for word, value in {"LABEL": "1", "ROWS": "8", "PARAM_STR": "", **changes}.items():
        net = net.replace(word, value)
    module = python_module(compile_source(Source("picked.layer", LAYER)).layers)
    return {"net.prototxt": net, "solver.prototxt": SOLVER, "picked.py": module}


@pytest.fixture
def train(run_on_caffe):
    """`train(word=value)`: `caffe train` with these words of the net replaced; what it gives is a `Result`."""

    def run(**changes):
        words = ["train", "--solver=solver.prototxt"]
        env = {"LAYERDSL_DEBUG": "nan"}
        return run_on_caffe(pathlib.Path("--caffe"), files=files_of(**changes), args=words, env=env, check=False)

    return run


def test_what_is_right_trains_without_a_word(train):
    done = train()
    assert (done.status, done.stderr) == (0, "")


@pytest.mark.parametrize("method", WRONG)
def test_the_program_says_what_stops_it(train, method):
    changes, message = WRONG[method]
    done = train(**changes)
    assert done.status != 0
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.count(message) == 1
    assert f", in {method}\n" in done.stderr or method == "backward", "a NaN is found when the method is through"
    assert done.stderr.index(message) < done.stderr.index("terminate called")


def test_pycaffe_gives_it_to_its_caller_alone(run_on_caffe):
    script = """
import caffe
try:
    caffe.Net("net.prototxt", caffe.TRAIN).forward()
except ValueError as error:
    print(error)
"""
    changes, message = WRONG["forward"]
    done = run_on_caffe(script, files=files_of(**changes))
    assert (done.stdout, done.stderr) == (message + "\n", "")


def test_on_python_2_as_well(run_on_python2):
    """A bare thread calls the method with no frame of Python below, as C++ does; it says so itself afterwards."""
    script = """
import thread, time
from picked import Picked
from standin import SingleLayer
net = SingleLayer(Picked, [[[1, 2]], [9]])
try:
    net.forward()
except ValueError as error:
    print(error)
thread.start_new_thread(net.layer.forward, (net.bottom, net.top))
time.sleep(1)
"""
    _, message = WRONG["forward"]
    done = run_on_python2(script, files=files_of())
    message = message.replace("0 to 2", "0 to 1")
    assert done.stdout == message + "\n"
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert message in done.stderr.partition("Unhandled exception in thread")[0]
