"""The stand-in against real Caffe: the same hand-written layers on both, every blob compared bit by bit."""

import json
import pathlib
import signal

import numpy as np
import pytest

from layerdsl.caffe import standin

HERE = pathlib.Path(__file__).resolve().parent
HARNESS = HERE / "harness"
SOURCE = (HARNESS / "standin_layers.py").read_text()
LAYERS = {"standin_layers": SOURCE}


def case(layer, *steps, **settings):
    """A case, and the shapes of each of its steps: the bottoms', and the tops' whose diffs are given (or None)."""
    return {"module": "standin_layers", "layer": layer, **settings}, steps


A, B = [(4, 3)], [(2, 3)]
CASES = {
    "loss": case("Euclidean", (A * 2, []), (A * 2, []), loss_weights=[1.0]),
    "loss weighted": case("Euclidean", (A * 2, []), ([(2, 5, 1, 3)] * 2, []), loss_weights=[0.375]),
    "loss of which one bottom wants nothing": case(
        "Euclidean", (A * 2, []), (A * 2, []), loss_weights=[3.0], propagate_down=[True, False]
    ),
    "loss of which the other wants nothing": case(
        "Euclidean", (A * 2, []), loss_weights=[3.0], propagate_down=[False, True]
    ),
    "loss without weight": case("Euclidean", (A * 2, []), (A * 2, [()])),
    "two blobs": case("Affine", (A, [(4, 2)]), (A, [(4, 2)]), (B, [(2, 2)]), param_str='{"outputs": 2, "bias": 7}'),
    "two blobs that are a loss": case(
        "Affine", (A, []), (B, []), param_str='{"outputs": 5, "bias": 0.5}', loss_weights=[2.0]
    ),
    "not in place": case("LeakyInPlace", (A, A), (B, B), ([(5, 1, 2)], [(5, 1, 2)])),
    "in place": case("LeakyInPlace", (A, A), (B, B), ([(5, 1, 2)], [(5, 1, 2)]), in_place=[[0, 0]]),
    "in place, of two": case("Parts", (B, B * 2), (A, A * 2), tops=2, in_place=[[0, 0]]),
    "in place, known": case("Knowing", (A + B, A + B), (A + B, A + B), tops=2, in_place=[[1, 1]]),
    "in place twice": case("Knowing", (A * 2, A * 2), (A * 2, A * 2), tops=2, in_place=[[0, 0], [1, 1]]),
    "several tops": case("Parts", (A, A * 3), (B, B * 3), tops=3),
    "a top that nobody uses": case("Parts", (A, [(4, 3), None, (4, 3)]), tops=3),
    "several loss tops": case("Parts", (A, []), (B, []), tops=2, loss_weights=[0.0, 2.0]),
    "loss tops that grow": case("Parts", (B, []), (A, []), (B, []), tops=2, loss_weights=[0.5, 2.0]),
    "state": case("MovingSum", (A, A), (A, A), (B, B)),
    "state in TEST": case("MovingSum", (A, A), (A, A), phase="TEST"),
    "memory": case("Forgetful", *[([(n, 2)], [(n, 2), ()]) for n in (3, 2, 3, 1, 4, 2, 5, 5, 1, 1)], tops=2),
    "memory of a scalar": case("LeakyInPlace", ([()], [()]), ([(2,)], [(2,)]), ([()], [()])),
    "five axes": case("LeakyInPlace", ([(2, 1, 3, 1, 2)], [(2, 1, 3, 1, 2)])),
    "no bottom": case("Generator", ([], [(2, 3)]), ([], []), ([], [(2, 3)])),
}


def numbers(shape, seed):
    """Small multiples of a quarter, on which float32 adds and multiplies exactly, in whatever order."""
    return (np.random.RandomState(seed).randint(-12, 13, shape) / 4).astype(np.float32)


def arrays_of(name, steps):
    named = {}
    for step, (bottoms, diffs) in enumerate(steps):
        named |= {f"{name}.{step}.bottom{i}": numbers(shape, [step, i, 0]) for i, shape in enumerate(bottoms)}
        named |= {
            f"{name}.{step}.top_diff{i}": numbers(shape, [step, i, 1])
            for i, shape in enumerate(diffs)
            if shape is not None
        }
    return named


@pytest.fixture(scope="module")
def arrays():
    return {key: array for name, (_, steps) in CASES.items() for key, array in arrays_of(name, steps).items()}


@pytest.fixture(scope="module")
def both(on_both, arrays):
    return on_both(LAYERS, {name: settings for name, (settings, _) in CASES.items()}, arrays)


def bits(arrays):
    """What must be equal: names, shapes, types and every bit."""
    return {name: (array.shape, array.dtype.str, array.tobytes().hex()) for name, array in arrays.items()}


def part(arrays, name):
    return {key: array for key, array in arrays.items() if key.startswith(name + ".")}


@pytest.mark.parametrize("name", CASES)
def test_every_blob_is_the_same_bit_by_bit(both, name):
    real, stood_in = both
    assert bits(part(stood_in, name)) == bits(part(real, name))


def test_the_cases_compute_something(both):
    real, _ = both
    diffs = [np.abs(array).max() for name, array in real.items() if name.endswith(("bottom0.diff", "blob0.diff"))]
    assert len(diffs) > 40
    assert sum(diff > 0 for diff in diffs) > 30


def test_the_same_on_python_2(both, run_on_python2, arrays):
    files = {"standin_layers.py": SOURCE, "cases.json": json.dumps({name: case for name, (case, _) in CASES.items()})}
    done = run_on_python2(HARNESS / "standin_steps.py", files=files, inputs=arrays)
    assert bits(done.arrays) == bits(both[0])


MANNERS = """
import realnet
from standin_layers import Manners
single = realnet.RealLayer("standin_layers", "Manners", [[[1, 2, 3], [4, 5, 6]]], param_str="as it is")
single.net.forward()
single.backward()
realnet.save_json(Manners.tried)
"""


def test_what_is_allowed_and_what_is_refused(run_on_caffe):
    real = run_on_caffe(MANNERS, files={"standin_layers.py": SOURCE}).json
    manners = standin.load(SOURCE, "standin_layers").Manners
    single = standin.SingleLayer(manners, [[[1, 2, 3], [4, 5, 6]]], param_str="as it is")
    single.forward()
    single.backward()
    assert len(real) > 100
    assert manners.tried == real


ABORTS = {
    "data of a top without shape": "top[0].data",
    "diff of a top without shape": "top[0].diff",
    "data of a blob that never held anything": "self.blobs.add_blob(0) or self.blobs[0].data",
    "a negative size": "top[0].reshape(2, -1)",
    "too large": "top[0].reshape(65536, 65536)",
    "too many axes": "top[0].reshape(*[1] * 33)",
    "the old names of five axes": "top[0].reshape(1, 1, 1, 1, 1) or top[0].num",
}
ABORTING = """
import caffe
class Aborting(caffe.Layer):
    def setup(self, bottom, top):
        {}
    def reshape(self, bottom, top):
        top[0].reshape(1)
"""


@pytest.mark.parametrize("name", ABORTS)
def test_where_caffe_ends_the_process_the_stand_in_raises(run_on_caffe, name):
    text = ABORTING.format(ABORTS[name])
    done = run_on_caffe(
        "import realnet\nrealnet.RealLayer('m', 'Aborting', [[1]])\n", files={"m.py": text}, check=False
    )
    assert done.status == -signal.SIGABRT
    with pytest.raises(standin.AbortError) as stopped:
        standin.SingleLayer(standin.load(text, "m").Aborting, [[1]])
    what = str(stopped.value).removeprefix("Check failed: ")
    assert what in done.stderr
