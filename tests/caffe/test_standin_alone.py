"""What the stand-in offers beyond pycaffe: loading emitted text, float64, NaN where a layer forgets to write."""

import sys
import traceback

import numpy as np
import pytest

from layerdsl.caffe import standin

HALF = """
import numpy as np
import caffe


class Half(caffe.Layer):
    rows = None

    def setup(self, bottom, top):
        self.seen_at_setup = bottom[0].data.copy()

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        top[0].data[: self.rows] = bottom[0].data[: self.rows] / 2

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[: self.rows] = top[0].diff[: self.rows] / 2


class Forgets(Half):
    rows = 1


class Fails(Half):
    def forward(self, bottom, top):
        raise ValueError("nothing can be done")
"""


@pytest.fixture
def half():
    return standin.load(HALF, "half")


def test_a_loaded_module_gets_the_stand_in_and_nobody_else_does(half):
    assert half.__name__ == "half"
    assert issubclass(half.Half, standin.Layer)
    assert half.np is np
    assert "half" not in sys.modules
    assert sys.modules.get("caffe") is not standin.caffe


def test_a_file_on_disk_is_named_as_it_is(tmp_path):
    (tmp_path / "my_layers.py").write_text("# α\nimport caffe\nTEST = caffe.TEST\n", encoding="utf-8")
    module = standin.load_file(tmp_path / "my_layers.py")
    assert (module.__name__, module.__file__, module.TEST) == ("my_layers", str(tmp_path / "my_layers.py"), 1)


def test_a_traceback_shows_lines_of_a_text_that_is_nowhere_on_disk(half):
    with pytest.raises(ValueError, match="nothing can be done") as failed:
        standin.SingleLayer(half.Fails, [[1]]).forward()
    assert 'raise ValueError("nothing can be done")' in "".join(traceback.format_tb(failed.tb))


def test_install_puts_back_what_was_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "caffe", "another one")
    with standin.install() as caffe:
        assert sys.modules["caffe"] is caffe is standin.caffe
    assert sys.modules["caffe"] == "another one"
    monkeypatch.delitem(sys.modules, "caffe")
    with standin.install():
        assert sys.modules["caffe"] is standin.caffe
    assert "caffe" not in sys.modules


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_blob_has_the_dtype(half, dtype):
    single = standin.SingleLayer(half.Half, [[1, 3]], dtype=dtype)
    single.forward()
    single.blobs.add_blob(2)
    blobs = [single.bottom[0], single.top[0], single.blobs[0]]
    assert {array.dtype for blob in blobs for array in (blob.data, blob.diff)} == {np.dtype(dtype)}


def test_bottoms_are_shaped_at_set_up_and_filled_afterwards(half):
    single = standin.SingleLayer(half.Half, [[1, 3]])
    assert single.layer.seen_at_setup.tolist() == [0, 0]
    assert single.bottom[0].data.tolist() == [1, 3]


def run(layer, poison):
    single = standin.SingleLayer(layer, [[2, 6]], poison=poison)
    single.forward()
    single.backward(top_diffs=[[2, 6]])
    return single.top[0].data.tolist() + single.bottom[0].diff.tolist()


def test_poison_shows_what_a_layer_forgets(half):
    assert run(half.Half, poison=True) == [1, 3, 1, 3]
    assert run(half.Forgets, poison=False) == [1, 0, 1, 0]
    np.testing.assert_equal(run(half.Forgets, poison=True), [1, np.nan, 1, np.nan])


def test_poison_spares_what_is_in_place_or_not_asked_for(half):
    single = standin.SingleLayer(half.Half, [[2, 6]], in_place={0: 0}, poison=True)
    single.forward()
    single.backward(top_diffs=[[4, 4]])
    assert single.top[0].data.tolist() == [1, 3]
    assert single.bottom[0].diff.tolist() == [2, 2]
    unasked = standin.SingleLayer(half.Forgets, [[2, 6]], poison=True)
    unasked.backward([False])
    assert unasked.bottom[0].diff.tolist() == [0, 0]


def test_an_array_from_before_a_blob_grew_is_worthless(half):
    single = standin.SingleLayer(half.Half, [[2, 6]])
    single.forward()
    old = single.top[0].data
    single.forward([[2, 6, 8]])
    assert np.isnan(old).all()
    assert single.top[0].data.tolist() == [1, 3, 4]


def test_wrong_numbers_of_arrays_are_refused(half):
    single = standin.SingleLayer(half.Half, [[2, 6]])
    with pytest.raises(ValueError, match="2 arrays for 1 bottoms"):
        single.forward([[1], [1]])
    with pytest.raises(ValueError, match="2 values of propagate_down for 1 bottoms"):
        single.backward([True, True])
    with pytest.raises(standin.AbortError, match="loss_weight must be unspecified or specified once per top blob"):
        standin.SingleLayer(half.Half, [[2, 6]], loss_weights=[1, 1])
