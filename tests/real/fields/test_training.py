"""Examples from the field on real Caffe: nets that are trained, and what their files hold."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from layerdsl.caffe.prototxt import parse
from layerdsl.emit.prototxt import layer_parameter
from layerdsl.pipeline import netspec
from layerdsl.source import Source

SCRIPTS = pathlib.Path(__file__).resolve().parent / "scripts"

# What a net says otherwise than the defaults do.
SETTINGS = {"prelu_inner_product": {"M": "6"}, "softmax_loss": {"ignore_label": "255"}}


def standard(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def integers(high, *shape, seed=0):
    return np.random.RandomState(seed).randint(0, high, shape).astype(np.float32)


def test_every_example_has_its_net(field, nets):
    assert {path.parent.name for path in field.glob("*/*.layer")} == {name.split("/")[0] for name in nets}


def test_the_nets_have_the_snippets_as_emitted(compiled, nets):
    """But for the names of blobs, which are the net's, and the bare pair that one net says in its `param_str`."""
    for name, path in nets.items():
        folder = name.split("/")[0]
        found = [layer for layer in parse(Source(name, path.read_text())).layer if layer.type == "Python"]
        expected = [layer_parameter(layer.wiring) for layer in compiled(folder, SETTINGS.get(folder))]
        for layer, snippet in zip(found, expected, strict=True):
            assert (len(layer.bottom), len(layer.top)) == (len(snippet.bottom), len(snippet.top))
            layer.bottom[:], layer.top[:] = snippet.bottom, snippet.top
            if folder == "anchors":
                assert layer.python_param.param_str == "'feat_stride': 16"
                layer.python_param.param_str = snippet.python_param.param_str
            assert layer == snippet


def test_a_net_written_with_the_helper_is_the_net_of_the_example(run_on_caffe, compiled, nets, modules):
    files = modules | {"prelu_inner_product_netspec.py": netspec(compiled("prelu_inner_product"))}
    inputs = {"data": standard(7, 3, 4, 5), "label": integers(6, 7)}
    done = run_on_caffe(SCRIPTS / "netspec.py", files=files, inputs=inputs)
    written, drawn = (
        [layer for layer in parse(Source("net.prototxt", text)).layer if layer.type == "Python"]
        for text in (done.json, nets["prelu_inner_product/net.prototxt"].read_text())
    )
    assert written == drawn
    assert all(done.arrays[key].any() for key in ("prelu.0", "inner_product.0", "inner_product.1"))


def test_training_goes_on_with_the_identity_as_without_it(run_on_caffe, field, modules):
    files = {name: field / "identity" / name for name in ("net.prototxt", "solver.prototxt")}
    arrays = run_on_caffe(SCRIPTS / "with_and_without.py", files=files | modules).arrays
    assert arrays["without.losses"][0] > arrays["without.losses"][-1] > 0
    for side in ("emitted", "python", "json"):
        for what in ("losses", "weight", "bias", "diff"):
            assert arrays[f"{side}.{what}"].tobytes() == arrays[f"without.{what}"].tobytes()


@pytest.mark.parametrize("kind", ["BINARYPROTO", "HDF5"])
def test_a_moving_average_survives_snapshot_and_restore(run_on_caffe, field, modules, kind):
    files = {"net.prototxt": field / "moving_average" / "net.prototxt"} | modules
    data = standard(9, 8, 3, 2, 2) + np.float32([5, -3, 1])[:, None, None]
    inputs = {"data": data, "label": integers(4, 9, 8)}
    found = run_on_caffe(SCRIPTS / "snapshots.py", files=files, inputs=inputs, args=[kind]).arrays
    average = np.zeros(3)
    for batch in np.float64(data[:5]):
        average = 0.9 * average + 0.1 * batch.mean(axis=(0, 2, 3))
    assert_allclose(found["middle.centre0"], average, rtol=1e-6)
    for name in ("centre0", "score0", "score1"):
        assert_array_equal(found[f"found.{name}"], found[f"middle.{name}"])
        assert_array_equal(found[f"tested.{name}"], found[f"middle.{name}"])
        assert_array_equal(found[f"end_again.{name}"], found[f"end.{name}"])
        assert (found[f"end.{name}"] != found[f"middle.{name}"]).all()
    assert_array_equal(found["again"], found["losses"])
    assert_array_equal(found["centred"], data[0] - found["middle.centre0"][:, None, None])


def bundled(field, folder):
    command = [pathlib.Path(sys.executable).with_name("layerdsl"), "compile"]
    command += [field / "blank_square" / "blank_square.layer", "--bundle", "digits_python_layers.py", "-o", folder]
    subprocess.run(command, check=True)
    return folder / "digits_python_layers.py"


def hole_of(image, before):
    """Top, left, height and width of what is blank in one channel."""
    rows, columns = np.nonzero((image == 0) & (before != 0))
    return rows.min(), columns.min(), len(set(rows)), len(set(columns)), len(rows)


def test_blank_square_in_place_as_digits_has_it(run_on_caffe, field, tmp_path):
    files = {"net.prototxt": field / "blank_square" / "net.prototxt"}
    files["digits_python_layers.py"] = bundled(field, tmp_path)
    data = np.random.RandomState(1).randint(1, 256, (5, 1, 12, 9)).astype(np.float32)
    inputs = {"data": data, "label": np.arange(5, dtype=np.float32)}
    found = run_on_caffe(SCRIPTS / "occlusion.py", files=files, inputs=inputs).arrays
    assert found["layers"].tolist() == ["data", "scale", "blank_square", "score", "loss"]
    assert found["tested_layers"].tolist() == ["data", "scale", "score", "loss"]
    whole = found["tested"]
    assert_allclose(whole, data * 0.0125, rtol=1e-6)
    places = set()
    for blanked, diff, weight in zip(found["blanked"], found["diffs"], found["weights"], strict=True):
        top, left, height, width, count = hole_of(blanked[0, 0], whole[0, 0])
        assert (height, width, count) == (6, 4, 24)
        assert 0 <= top < 6
        assert 0 <= left < 4
        hole = np.zeros((12, 9), bool)
        hole[top : top + 6, left : left + 4] = True
        assert_array_equal(blanked, np.where(hole, 0, whole))
        assert_array_equal(diff, np.where(hole, 0, weight.reshape(diff.shape)))
        places.add((top, left))
    assert len(places) > 5
    assert found["losses"][-1] < found["losses"][0] / 4
