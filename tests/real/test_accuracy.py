"""No function is less exact than its bound on Caffe's own NumPy and on that of Python 2.7."""

from accurate import beyond_bounds


def test_within_bounds(real_caffe, tmp_path):
    assert beyond_bounds(["caffe", "python2"], "float32", tmp_path, 200) == []
