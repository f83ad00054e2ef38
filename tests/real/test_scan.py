"""Recurrent layers and dynamic programmes on real Caffe and on Python 2 beside the stand-in, over two passes."""

import json
import pathlib

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

HERE = pathlib.Path(__file__).resolve().parent
LAYERS = HERE.parent / "layers"
STEPS = HERE / "harness" / "standin_steps.py"
SEQUENCE, MARKS = (5, 3, 4), (5, 3)
CASES = {
    "GRU": ("recurrent", 1, [[SEQUENCE, MARKS]] * 2),
    "Bidirectional": ("recurrent", 1, [[SEQUENCE], [(2, 1, 4)]]),
    "MovingAverage": ("recurrent", 1, [[SEQUENCE], [(1, 1, 7)]]),
    "LSTMBetween": ("recurrent", 2, [[SEQUENCE, MARKS, (3, 2), (3, 2)]] * 2),
    "ConvolutionalRNN": ("recurrent", 1, [[(3, 2, 2, 5, 4)], [(2, 1, 2, 3, 6)]]),
    "Truncated": ("recurrent", 1, [[(4, 3)], [(6, 3)]]),
    "KalmanFilter": ("recurrent", 2, [[MARKS, (3,)], [(2, 6), (6,)]]),
    "FastWeights": ("recurrent", 1, [[SEQUENCE, (5, 3, 2), SEQUENCE]]),
    "EligibilityTrace": ("recurrent", 2, [[MARKS, MARKS]]),
    "CRFLoss": ("dynamic_programming", 1, [[SEQUENCE, MARKS], [(2, 1, 4), (2, 1)]]),
    "Viterbi": ("dynamic_programming", 1, [[SEQUENCE, (4, 4)]]),
    "CTCLoss": ("dynamic_programming", 1, [[SEQUENCE, (3, 2)]]),
    "EditDistance": ("dynamic_programming", 1, [[(3, 4), (3, 6)]]),
    "SoftDTW": ("nested_scans", 1, [[(2, 4, 3), (2, 5, 3)], [(1, 2, 2), (1, 1, 2)]]),
    "DTW": ("nested_scans", 1, [[(2, 4, 3), (2, 5, 3)]]),
    "CTC": ("nested_scans", 1, [[SEQUENCE, (3, 2), (3,), (3,)]]),
    "SmithWaterman": ("alignment_and_rounds", 1, [[(2, 4, 3), (2, 5, 3)]]),
    "Cube": ("nested_scans", 1, [[(2, 3, 2, 4)]]),
    "Settled": ("nested_scans", 1, [[(4, 3)]]),
}
WHOLE = {
    "GRU.bottom1",
    "LSTMBetween.bottom1",
    "CRFLoss.bottom1",
    "CTCLoss.bottom1",
    "EditDistance.bottom0",
    "EditDistance.bottom1",
    *(f"CTC.bottom{j}" for j in (1, 2, 3)),
}


@pytest.fixture(scope="module")
def everywhere(on_both, run_on_python2):
    names = ("recurrent", "dynamic_programming", "nested_scans", "alignment_and_rounds")
    modules = {name: module(name) for name in names}
    random = np.random.RandomState(3)
    cases, arrays = {}, {}
    for name, (file, tops, steps) in CASES.items():
        cases[name] = {"module": file, "layer": name, "tops": tops}
        for i, shapes in enumerate(steps):
            for j, shape in enumerate(shapes):
                whole = f"{name}.bottom{j}" in WHOLE
                values = random.randint(0, 2, shape) if whole else random.standard_normal(shape)
                arrays[f"{name}.{i}.bottom{j}"] = values.astype(np.float32)
    real, here = on_both(modules, cases, arrays)
    files = {**{f"{name}.py": text for name, text in modules.items()}, "cases.json": json.dumps(cases)}
    return {"caffe": real, "python2": run_on_python2(STEPS, files=files, inputs=arrays).arrays, "here": here}


def module(name):
    """The file with weights that are the same on both."""
    text = (LAYERS / f"{name}.layer").read_text(encoding="utf-8")
    text = text.replace("xavier()", "constant(0.3)").replace("gaussian(0, 0.1)", "constant(0.2)")
    return python_module(compile_source(Source(f"{name}.layer", text)).layers)


@pytest.mark.parametrize("where", ["caffe", "python2"])
@pytest.mark.parametrize("name", CASES)
def test_the_same_values(everywhere, name, where):
    mine = {each: value for each, value in everywhere["here"].items() if each.startswith(f"{name}.")}
    assert mine
    for each, value in mine.items():
        np.testing.assert_allclose(everywhere[where][each], value, rtol=1e-5, atol=1e-5, err_msg=each)
