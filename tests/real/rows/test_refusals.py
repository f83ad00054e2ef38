"""What is refused, and in which words, as they reach a user of Caffe."""

import json
import pathlib

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parent / "scripts" / "refusals.py"


def input_of(name, *shape):
    dims = " ".join(f"dim: {size}" for size in shape)
    return f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ {dims} }} }} }}\n'


def net_of(layer, bottoms, tops="y", param_str="", rest=""):
    """A net of one layer, its bottoms fed by inputs of these shapes (blob by blob)."""
    ends = "".join(f' bottom: "{name}"' for name in bottoms) + "".join(f' top: "{name}"' for name in tops.split())
    python = f"python_param {{ module: 'rows' layer: '{layer}' param_str: {json.dumps(param_str)} }}"
    inputs = "".join(input_of(name, *shape) for name, shape in bottoms.items())
    return f'force_backward: true\n{inputs}layer {{ name: "ours" type: "Python"{ends} {python} {rest} }}\n'


def gain(param_str):
    return {"net": net_of("Gain", {"x": (2, 3)}, param_str=param_str)}


def product(param_str, **case):
    return {"net": net_of("InnerProduct", {"x": (4, 3)}, param_str=param_str), **case}


PAIR = {"pred": (4, 3), "target": (4, 3)}
SCORES = {"score": (2, 3), "label": (2,)}
BIAS = "blobs { shape { dim: 2 } data: [7, 8] }"
WRONG_WEIGHT = "blobs { shape { dim: 1 dim: 4 } data: [1, 2, 3, 4] }"

# The net, and what has to be said: every part of it.
REFUSED = {
    # shapes
    "a size": (
        {"net": net_of("EuclideanLoss", {"pred": (4, 3), "target": (4, 5)}, "loss")},
        "EuclideanLoss (rows.layer:", "axis S has size 5 in bottom[1] `target`, but 3 in bottom[0] `pred`",
    ),
    "a batch": (
        {"net": net_of("EuclideanLoss", {"pred": (4, 3), "target": (2, 3)}, "loss")},
        "EuclideanLoss (rows.layer:", "axis N has size 2 in bottom[1] `target`, but 4 in bottom[0] `pred`",
    ),
    "a size, later": (
        {"net": net_of("EuclideanLoss", PAIR, "loss"), "shapes": {"target": (4, 2, 2)}},
        "EuclideanLoss (rows.layer:", "axis S has size 2x2 in bottom[1] `target`, but 3 in bottom[0] `pred`",
    ),
    "too many axes": (
        {"net": net_of("Parts", {"x": (2, 3, 4)}, "low high total")},
        "Parts (rows.layer:", "bottom[0] `x` has shape (2, 3, 4), declared is [N, C]",
    ),
    "a learned blob's size": (
        product("M: 2", shapes={"x": (4, 5)}),
        "InnerProduct (rows.layer:", "blobs[0] `weight` [M, K] has shape (2, 3), these bottoms need (2, 5)",
    ),
    "blobs brought along": (
        {"net": net_of("InnerProduct", {"x": (4, 3)}, param_str="M: 2", rest=WRONG_WEIGHT + BIAS)},
        "InnerProduct (rows.layer:", "blobs[0] `weight` [M, K] has shape (1, 4), these bottoms need (2, 3)",
    ),
    "too few blobs": (
        {"net": net_of("InnerProduct", {"x": (4, 3)}, param_str="M: 2", rest=BIAS)},
        "InnerProduct (rows.layer:", "has 2 blobs (weight, bias), not 1",
    ),
    "bottoms": (
        {"net": net_of("EuclideanLoss", {"pred": (4, 3)}, "loss")},
        "EuclideanLoss (rows.layer:", "takes 2 bottoms (pred, target) and 1 top (loss), not 1 and 1",
    ),
    "tops": (
        {"net": net_of("Parts", {"x": (4, 3)}, "low high")},
        "Parts (rows.layer:", "takes 1 bottom (x) and 3 tops (low, high, total), not 1 and 2",
    ),
    "a label": (
        {"net": net_of("SoftmaxLoss", SCORES, "loss"), "data": {"label": [1, 3]}},
        "SoftmaxLoss (rows.layer:", "`label` along axis C holds 3, the axis has places 0 to 2",
    ),
    "a label below": (
        {"net": net_of("SoftmaxLoss", SCORES, "loss"), "data": {"label": [-1, 0]}},
        "SoftmaxLoss (rows.layer:", "`label` along axis C holds -1, the axis has places 0 to 2",
    ),
    # param_str
    "a name": (gain("{'facto': 2}"), "Gain (rows.layer:", "param_str has `facto`, did you mean `factor`?"),
    "a word": (gain("factor: two"), "Gain (rows.layer:", "`factor` is 'two' in param_str, but has to be a number"),
    "half a pair": (gain("{'factor': }"), "Gain (rows.layer:", "param_str has \"'factor': \"", "is expected"),
    "no pair": (gain("2"), "Gain (rows.layer:", "param_str has '2', where `name: value` is expected"),
    "code": (
        gain("{'factor': __import__('os').system('touch hacked')}"),
        "Gain (rows.layer:", "param_str has", "where `name: value` is expected",
    ),
    "a requirement": (gain("factor: 0"), "Gain (rows.layer:", "requires factor != 0, factor is 0"),
    "nothing": (product(""), "InnerProduct (rows.layer:", "hyper-parameter `M` is missing in param_str"),
    "a fraction": (product("M: 2.5"), "InnerProduct (rows.layer:", "`M` is 2.5 in param_str, but has to be"),
    "too small": (product("M: -1"), "InnerProduct (rows.layer:", "requires M > 0, M is -1"),
    # in place
    "a product in place": (
        {"net": net_of("InnerProduct", {"x": (4, 3)}, "x", "M: 3")},
        "InnerProduct (rows.layer:", "top[0] `y` has a shape of its own and can't take the place of bottom[0] `x`",
    ),
    "a loss in place": (
        {"net": net_of("EuclideanLoss", PAIR, "pred")},
        "EuclideanLoss (rows.layer:", "top[0] `loss` has a shape of its own", "the place of bottom[0] `pred`",
    ),
    "a mask in place": (
        {"net": net_of("Masked", {"mask": (4, 3), "x": (4, 3)}, "mask")},
        "Masked (rows.layer:", "top[0] `y` has a gradient and can't take the place of bottom[0] `mask`",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def refusals(run_on_caffe, module):
    cases = {name: case for name, (case, *_) in REFUSED.items()}
    done = run_on_caffe(SCRIPT, files={"rows.py": module, "cases.json": json.dumps(cases)})
    assert not (done.folder / "hacked").exists()
    return done.json


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named(refusals, name):
    """The last line that reaches the user names the class, the blob or hyper-parameter, the axis and the sizes."""
    found = refusals[name]
    lines = [line for line in found["said"].splitlines() if line.startswith("ValueError: ")]
    assert found["status"] == 3, found["said"]
    assert lines, found["said"]
    for part in REFUSED[name][1:]:
        assert part in lines[-1]
