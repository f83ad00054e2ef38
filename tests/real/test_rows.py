"""What Caffe does with a Python layer, row by row, and what an emitted layer does then: on real Caffe."""

import json
import pathlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE / "rows"
STEPS = HERE / "harness" / "standin_steps.py"


@pytest.fixture(scope="module")
def layers():
    path = ROWS / "rows.layer"
    compilation = compile_source(Source(path.name, path.read_text()))
    assert not compilation.diagnostics
    return compilation.layers


@pytest.fixture(scope="module")
def module(layers):
    return python_module(layers)


def standard(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


# -- the same file on every Python -------------------------------------------------------------------------------------
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
# Which tops take the place of which bottoms.
IN_PLACE = {
    **{f"{name} in place": [[0, 0]] for name in STRAIGHT},
    "Sum in place": [[0, 0]],
    "Swap in place": [[0, 0], [1, 1]],
    "Swap in place of its second": [[1, 1]],
    "Swap in place of its first": [[0, 0]],
}
CASES = APART | {name: APART[name.split()[0]] for name in IN_PLACE}
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
        "layer": layer,
        "tops": tops,
        "in_place": IN_PLACE.get(name, []),
        **SETTINGS.get(layer, {}),
    }


@pytest.fixture(scope="module")
def everywhere(on_both, run_on_python2, module):
    """Every blob after every step: on real Caffe, on this Python and on Python 2.7."""
    cases = {name: described(name) for name in CASES}
    arrays = {key: array for name, steps in CASES.items() for key, array in arrays_of(name, steps).items()}
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


# -- nets --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows(run_on_caffe, module):
    """What rows/nets.py found: name of its function to the arrays by their names."""
    found = {}
    for name, array in run_on_caffe(ROWS / "nets.py", files={"rows.py": module}).arrays.items():
        function, key = name.split(".", 1)
        found.setdefault(function, {})[key] = array
    return found


def same_sides(found, one, other, rtol=1e-5):
    """Two nets' arrays `SIDE.NAME`, held against each other."""
    names = [key.removeprefix(one + ".") for key in found if key.startswith(one + ".")]
    assert len(names) > 2
    for name in names:
        assert_allclose(found[f"{one}.{name}"], found[f"{other}.{name}"], rtol=rtol, atol=1e-7, err_msg=name)


def test_diffs_of_learned_blobs_are_accumulated_over_iter_size(rows):
    same_sides(rows["iter_size"], "emitted", "own")


def test_a_second_backward_adds_to_learned_blobs_and_overwrites_bottoms(rows):
    found = rows["accumulation"]
    for blob in "01":
        assert_array_equal(found[f"twice{blob}"], 2 * found[f"once{blob}"])
    assert_array_equal(found["twice2"], found["once2"])
    assert found["once2"].any()


def test_loss_weight(rows):
    found = rows["loss_weight"]
    assert_array_equal(found["top1"], found["top3"])
    assert_allclose(found["total3"], 3 * found["top1"], rtol=1e-6)
    assert_allclose(found["diff3"], 3 * found["diff1"], rtol=1e-6)


def test_each_loss_top_has_its_own_weight(rows):
    found = rows["two_losses"]
    x, t = standard(4, 3), standard(4, 3, seed=1)
    near, far = (x - t) / 6, np.sign(x + t) / 12
    assert_allclose(found["diff 1 0"], near, rtol=1e-5)
    assert_allclose(found["diff 0 1"], far, rtol=1e-6)
    assert_allclose(found["diff 2 0.5"], 2 * near + 0.5 * far, rtol=1e-5)
    assert_allclose(found["total 2 0.5"], 2 * found["total 1 0"] + 0.5 * found["total 0 1"], rtol=1e-6)
    assert not found["diff 0 0"].any()


@pytest.mark.parametrize("asked", ["true true", "true false", "false true", "false false"])
def test_propagate_down(rows, asked):
    found = rows["propagate_down"]
    a, b, diff = standard(4, 3), standard(4, 3, seed=1), found["true true.y"]
    for name, slope, wanted in zip("ab", [diff * (b + 1), diff * a], asked.split(), strict=True):
        expected = slope if wanted == "true" else np.full((4, 3), 7)
        assert_allclose(found[f"{asked}.{name}"], expected, rtol=1e-5, atol=1e-6)


def test_a_layer_learns_where_its_bottom_gets_no_gradient(rows):
    found = rows["parameters_alone"]
    assert_array_equal(found["x"], np.full((4, 3), 7))
    assert_allclose(found["weight"], 2 * found["y"].T @ standard(4, 3), rtol=1e-5)
    assert_allclose(found["bias"], 2 * found["y"].sum(axis=0), rtol=1e-5)


def test_force_backward_onto_a_label_gives_zeros(rows):
    found = rows["force_backward"]
    for kind in ("index", "const"):
        assert not found[f"{kind}.label"].any()
        assert found[f"{kind}.x"].any()


def test_unused_tops(rows):
    x = np.float64(standard(4, 3))
    total = (x**3).sum(axis=1, keepdims=True)
    slopes = {"low": 2 * np.minimum(x, 0), "high": 4 * np.maximum(x, 0) ** 3, "total": 6 * total * x**2}
    for used, found in rows["unused_tops"].items():
        assert_allclose(found, sum(slopes[name] for name in used.split()), rtol=1e-5, atol=1e-6, err_msg=used)
    assert len(rows["unused_tops"]) == 5


def test_layers_in_place_of_our_top_do_not_disturb_our_backward(rows):
    found = rows["overwritten"]
    layers = {key.split(".")[0] for key in found}
    assert len(layers) == 8
    for layer in layers:
        assert found[f"{layer}.apart"].any()
        assert_array_equal(found[f"{layer}.in place"], found[f"{layer}.apart"], err_msg=layer)


def test_memory_is_allocated_where_shapes_change_and_only_there(rows):
    found = rows["reshaped"]
    assert [bool(found[f"same{step}"]) for step in range(5)] == [True, True, False, False, True]
    assert [found[f"shape{step}"].tolist() for step in range(5)] == [[4, 3], [4, 3], [9, 3], [2, 3, 4], [2, 3, 4]]
    assert all(found[f"count{step}"] > 0 for step in range(5))


def test_both_phases_side_by_side_in_one_solver(rows):
    found = rows["phases"]
    for step in range(3):
        x = np.float64(standard(6, 3, 2, seed=step) * 2 + 1)
        state = {name: found[f"before{step}.{name}"] for name in ("bn0", "bn1", "center0")}
        mean, var = x.mean(axis=(0, 2)), x.var(axis=(0, 2))
        assert_allclose(found[f"after{step}.bn0"], 0.9 * state["bn0"] + 0.1 * mean, rtol=1e-5)
        assert_allclose(found[f"after{step}.bn1"], 0.9 * state["bn1"] + 0.1 * var, rtol=1e-5)
        trained = (x - mean[:, None]) / np.sqrt(var[:, None] + 1e-5)
        assert_allclose(found[f"trained{step}"], trained, rtol=1e-4, atol=1e-5)
        tested = (x - state["bn0"][:, None]) / np.sqrt(state["bn1"][:, None] + 1e-5)
        assert_allclose(found[f"n{step}"], tested, rtol=1e-5, atol=1e-6)
        assert_allclose(found[f"y{step}"], tested - state["center0"][:, None], rtol=1e-5, atol=1e-6)


def test_draws_are_new_in_each_forward_and_kept_for_its_backward(rows):
    found = rows["noise"]
    drawn = [found[f"{blob}{step}"] for blob in "uv" for step in range(3)]
    for factor, slope in zip(drawn, [found[f"{blob}{step}"] for blob in "xz" for step in range(3)], strict=True):
        assert_array_equal(factor, factor[:, :1].repeat(4, axis=1))
        assert (np.abs(factor - 1) <= 0.5).all()
        assert_allclose(slope, 2 * factor**2, rtol=1e-6)
    assert len({factor.tobytes() for factor in drawn}) == 6


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_instances_of_a_layer_and_layers_of_a_file_do_not_disturb_each_other(rows):
    found = rows["instances"]
    x, z = np.float64(standard(4, 3)), np.float64(standard(2, 7))
    c, e = sigmoid(-6 * x), sigmoid(z)
    d = sigmoid(c)
    for name, value in {"a": 2 * x, "b": -6 * x, "c": c, "d": d, "e": e}.items():
        assert_allclose(found[name], value, rtol=1e-5, err_msg=name)
    assert_allclose(found["x_diff"], 2 * d * d * (1 - d) * c * (1 - c) * -6, rtol=1e-4)
    assert_allclose(found["z_diff"], 2 * e * e * (1 - e), rtol=1e-5)


def test_weights_shared_by_name(rows):
    found = rows["shared_by_name"]
    same_sides(found, "emitted", "own")
    assert_array_equal(found["emitted.one0"], found["emitted.two0"])


def test_weights_shared_with_another_net(rows):
    found = rows["share_with"]
    assert found["before"]
    assert_array_equal(found["weight"], standard(3, 3))
    assert_array_equal(found["two"], found["one"])
    assert_allclose(found["two"], standard(4, 3, seed=1) @ standard(3, 3).T, rtol=1e-5, atol=1e-6)


def test_weights_are_exchanged_with_caffes_own_layers(rows):
    found = rows["copied"]
    for way in ("own to emitted", "emitted to own"):
        assert_allclose(found[f"{way}.emitted"], found[f"{way}.own"], rtol=1e-5, atol=1e-6)
    assert not np.allclose(found["own to emitted.own"], found["emitted to own.own"])
    assert_array_equal(found["again"], found["saved"])


def test_weights_that_caffe_brings_along_are_not_filled(rows):
    found = rows["brought_along"]
    assert found["weight"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert found["bias"].tolist() == [7, 8]


# -- what is refused, and in which words -------------------------------------------------------------------------------


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
        "InnerProduct (rows.layer:", "blobs[0] `weight` [M, *K] has shape (2, 3), these bottoms need (2, 5)",
    ),
    "blobs brought along": (
        {"net": net_of("InnerProduct", {"x": (4, 3)}, param_str="M: 2", rest=WRONG_WEIGHT + BIAS)},
        "InnerProduct (rows.layer:", "blobs[0] `weight` [M, *K] has shape (1, 4), these bottoms need (2, 3)",
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
        "EuclideanLoss (rows.layer:", "top[0] `loss` has a shape of its own and can't take the place of bottom[0] `pred`",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def refusals(run_on_caffe, module):
    cases = {name: case for name, (case, *_) in REFUSED.items()}
    done = run_on_caffe(ROWS / "refused.py", files={"rows.py": module, "cases.json": json.dumps(cases)})
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
