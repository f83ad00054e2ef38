"""What Caffe does with a Python layer, row by row, and what an emitted layer does then."""

import pathlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

SCRIPT = pathlib.Path(__file__).resolve().parent / "scripts" / "rows_in_nets.py"


def standard(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def rows(run_on_caffe, module):
    """What the script found: name of its function to the arrays by their names."""
    found = {}
    for name, array in run_on_caffe(SCRIPT, files={"rows.py": module}).arrays.items():
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


def test_a_second_backward_finds_what_the_first_one_found(rows):
    found = rows["again"]
    layers = {key.split(".")[0] for key in found}
    assert len(layers) == 15
    for layer in layers:
        assert found[f"{layer}.first"].any()
        assert_array_equal(found[f"{layer}.second"], found[f"{layer}.first"], err_msg=layer)


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
