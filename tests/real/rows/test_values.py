"""The same emitted file on every Python, with axes and batches of any size, in place and in parts."""

import json
import pathlib
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

STEPS = pathlib.Path(__file__).resolve().parent.parent / "harness" / "standin_steps.py"


def standard(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


# Layer, shapes of bottoms and of tops step by step: batches grow and shrink, axes are missing, of size 1 or many.

MAPS = [(4, 3, 2, 5), (1, 3, 1, 1), (6, 3, 2, 5), (2, 3), (3, 3, 2, 1, 4), (1, 3, 7)]
GROUPS = [(5, 4), (1, 1), (3,), (2, 3, 1, 2, 2), (7, 1, 1, 1), (1, 6)]
STRAIGHT = "Sigmoid Tanh Softmax Normalize Root PReLU Scale Center BatchNorm Reversal Gain".split()
APART = {
    **{name: [([shape], [shape]) for shape in MAPS] for name in STRAIGHT},
    "Sum": [([shape] * 2, [shape]) for shape in GROUPS],
    "Parts": [([shape], [shape, shape, shape[:1]]) for shape in [(4, 3), (1, 1), (5, 7)]],
    "Swap": [([shape] * 2, [shape] * 2) for shape in [(4, 3), (1, 1), (5, 7)]],
    "EuclideanLoss": [([shape] * 2, [()]) for shape in GROUPS],
    "TwoLosses": [([shape] * 2, [(), ()]) for shape in [(4, 3), (1, 1), (5, 7)]],
    "SoftmaxLoss": [([shape, (shape[0], 1, *shape[2:])], [()]) for shape in MAPS],
    "Triplet": [([(n, d), (n,)], [()]) for n, d in [(6, 3), (2, 5), (9, 1)]],
    "Pooled": [([shape], [shape[:2]] * 2) for shape in MAPS],
    "Half": [([(n, c, h, w)], [(n, c, h // 2, w)]) for n, c, h, w in [(2, 3, 4, 5), (1, 1, 2, 1), (3, 2, 7, 2)]],
    "Product": [([(n, 4, 3)], [(n, 5)]) for n in (3, 1, 6)],
    "Gram": [([shape], [(*shape[:2], shape[1])]) for shape in MAPS],
    "Coordinates": [([shape], [(shape[0], 1, *shape[2:])]) for shape in [(2, 3, 4, 5), (1, 1, 1, 1), (3, 2, 6, 1)]],
}
APART["Masked"] = APART["Sum"]
APART["Odd"] = APART["Sum"]
APART["Ramp"] = [([], [(4,)])] * 2
APART["Names"] = [([(n, 2), (n, 3), (n,)], [(n, 2), (n, 3), (n,)]) for n in (4, 1, 5)]
TESTED = {f"{name} in TEST": APART[name] for name in ("BatchNorm", "Center")}

# Which tops take the place of which bottoms.
IN_PLACE = {
    **{f"{name} in place": [[0, 0]] for name in STRAIGHT},
    "Sum in place": [[0, 0]],
    "Odd in place": [[0, 0]],
    "Swap in place": [[0, 0], [1, 1]],
    "Swap in place of its second": [[1, 1]],
    "Swap in place of its first": [[0, 0]],
}
CASES = APART | TESTED | {name: APART[name.split()[0]] for name in IN_PLACE}
LABELS = {"SoftmaxLoss": 3, "Triplet": 2}  # layers whose last bottom holds so many labels


def arrays_of(name, steps):
    """Inputs and diffs by the names that harness/steps.py knows."""
    named = {}
    layer = name.split()[0]
    for step, (bottoms, tops) in enumerate(steps):
        named |= {f"{name}.{step}.bottom{i}": standard(*shape, seed=[step, i]) for i, shape in enumerate(bottoms)}
        named |= {f"{name}.{step}.top_diff{i}": standard(*shape, seed=[step, i, 1]) for i, shape in enumerate(tops)}
        if layer in LABELS:
            label = np.arange(np.prod(bottoms[-1], dtype=int)).reshape(bottoms[-1]) % LABELS[layer]
            named[f"{name}.{step}.bottom{len(bottoms) - 1}"] = label.astype(np.float32)
    return named


SETTINGS = {"SoftmaxLoss": {"param_str": "{'ignore_label': 2}"}}


def described(name):
    layer = name.split()[0]
    tops = len(CASES[name][0][1])
    return {
        "module": "rows",
        "phase": "TEST" if name in TESTED else "TRAIN",
        "layer": layer,
        "tops": tops,
        "in_place": IN_PLACE.get(name, []),
        **SETTINGS.get(layer, {}),
    }


def everything():
    """All cases and their arrays, as harness/steps.py takes them."""
    arrays = {key: array for name, steps in CASES.items() for key, array in arrays_of(name, steps).items()}
    return {name: described(name) for name in CASES}, arrays


@pytest.fixture(scope="module")
def everywhere(on_both, run_on_python2, module):
    """Every blob after every step: on real Caffe, on this Python and on Python 2.7."""
    cases, arrays = everything()
    real, here = on_both({"rows": module}, cases, arrays)
    files = {"rows.py": module, "cases.json": json.dumps(cases)}
    return {"real": real, "here": here, "python2": run_on_python2(STEPS, files=files, inputs=arrays).arrays}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("where", ["here", "python2"])
def test_the_same_values_on_every_python(everywhere, where, name):
    real = {key: array for key, array in everywhere["real"].items() if key.split(".")[0] == name}
    assert len(real) > 5
    for key, array in real.items():
        scale = max(1e-3, np.abs(array).max()) if array.size else 1
        assert_allclose(everywhere[where][key], array, rtol=2e-5, atol=2e-6 * scale, err_msg=key)


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_is_as_apart(everywhere, name):
    """What comes out, forward and backward, is the same bit by bit where a top takes the place of a bottom."""
    real = everywhere["real"]
    layer = name.split()[0]
    keys = [key for key in real if key.split(".")[0] == layer and not key.endswith(("bottom0.data", "bottom1.data"))]
    assert len(keys) > 8
    for key in keys:
        found = real[key.replace(layer, name, 1)]
        place, blob, kind = key.rsplit(".", 2)
        shared = [bottom for top, bottom in IN_PLACE[name] if (blob, kind) == (f"top{top}", "diff")]
        expected = real[f"{place}.bottom{shared[0]}.diff"] if shared else real[key]
        assert_array_equal(found, expected, err_msg=key)


def test_values_do_not_depend_on_how_loops_are_cut(on_both, everywhere, module):
    """With parts of a few elements each loop goes round many times."""
    cut, large = re.subn(r"\b\d{6}\b", "7", module)  # how many elements a part has,
    cut, rows = re.subn(r"\b[48]\d{3}\b", "3", cut)  # and how many of them stay together
    assert large > 9
    assert rows > 1
    cases, arrays = everything()
    real, _ = on_both({"rows": cut}, cases, arrays)
    assert set(real) == set(everywhere["real"])
    for key, array in everywhere["real"].items():
        scale = max(1e-3, np.abs(array).max()) if array.size else 1
        assert_allclose(real[key], array, rtol=2e-5, atol=2e-6 * scale, err_msg=key)
