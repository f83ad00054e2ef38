"""Constants from files: what is read, what fits, and what is said where it does not."""

import json
import math

import numpy as np
import pytest

from layerdsl.caffe import files
from layerdsl.caffe.files import _embedded, _from_file, _from_net, _numbers


@pytest.fixture(autouse=True)
def beside(tmp_path, monkeypatch):
    """The folder in which the functions look."""
    monkeypatch.setattr(files, "__file__", str(tmp_path / "emitted.py"))
    monkeypatch.setattr(files, "_FILES", {})
    return tmp_path


def filled(path, shape, whole=0, dtype=np.float32):
    out = np.full(shape, 7, dtype)
    _from_file("Layer (a.layer:3)", "mean", path, whole, out)
    return out


def refusal(path, shape, whole=0):
    with pytest.raises(ValueError, match=r"^Layer \(a\.layer:3\): ") as caught:
        filled(path, shape, whole)
    return str(caught.value)


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i4", "u1", "?", ">f4"])
def test_arrays_of_every_kind_of_numbers(beside, dtype):
    np.save(beside / "mean.npy", np.array([[1, 0, 1]], dtype))
    assert filled("mean.npy", (1, 3)).tolist() == [[1, 0, 1]]


def test_json_in_a_folder(beside):
    (beside / "data").mkdir()
    (beside / "data" / "mean.json").write_text("[[1, 2.5], [NaN, Infinity]]")
    found = filled("data/mean.json", (2, 2))
    assert found[0].tolist() == [1, 2.5]
    assert math.isnan(found[1, 0])
    assert math.isinf(found[1, 1])


def test_one_number(beside):
    (beside / "mean.json").write_text("2.5")
    assert filled("mean.json", ()).tolist() == 2.5
    assert filled("mean.json", (1, 1)).tolist() == [[2.5]]


def test_axes_of_size_one_count_nothing(beside):
    np.save(beside / "mean.npy", np.arange(6.0).reshape(1, 3, 1, 2))
    assert filled("mean.npy", (3, 2)).tolist() == [[0, 1], [2, 3], [4, 5]]
    assert filled("mean.npy", (3, 1, 2, 1)).ravel().tolist() == [0, 1, 2, 3, 4, 5]


def test_the_result_may_be_a_view(beside):
    np.save(beside / "mean.npy", np.arange(6.0).reshape(3, 2))
    out = np.empty((2, 3)).T
    _from_file("", "mean", "mean.npy", 0, out)
    assert out.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_a_file_is_read_once(beside):
    np.save(beside / "mean.npy", np.zeros(2))
    filled("mean.npy", (2,))
    (beside / "mean.npy").unlink()
    assert filled("mean.npy", (2,)).tolist() == [0, 0]


def test_nothing_is_unpickled(beside):
    np.save(beside / "mean.npy", np.array([{}, []], object), allow_pickle=True)
    assert "can't read `mean.npy`" in refusal("mean.npy", (2,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2", "can't read `mean.json` ("),
        ("", "can't read `mean.json` ("),
        ('{"a": 1}', "holds no array of numbers"),
        ('["a", "b"]', "holds no array of numbers"),
        ("null", "holds no array of numbers"),
        ("[1, 2, 3]", "`mean.json` has shape (3,), `mean` needs (2,)"),
        ("[[1, 2], [3, 4]]", "`mean.json` has shape (2, 2), `mean` needs (2,)"),
        ("[1, 2.5]", "`mean.json` has to hold whole numbers"),
        ("[1, NaN]", "`mean.json` has to hold whole numbers"),
    ],
)
def test_refusals(beside, text, said):
    (beside / "mean.json").write_text(text)
    assert said in refusal("mean.json", (2,), whole=1)


def test_rows_of_different_lengths_are_no_array(beside):
    (beside / "mean.json").write_text("[[1], [2, 3]]")
    refusal("mean.json", (2,))


def test_a_file_that_is_not_there(beside):
    assert f"can't read `mean.npy` ({beside / 'mean.npy'})" in refusal("mean.npy", (2,))


def test_no_npy_at_all(beside):
    (beside / "mean.npy").write_bytes(b"\x93NUMPY")
    assert "can't read `mean.npy`" in refusal("mean.npy", (2,))


def message(*fields):
    """A message in protobuf's wire format: number, wire type and value of each field."""
    return b"".join(varint(number << 3 | wire) + value for number, wire, value in fields)


def varint(value):
    head = b""
    while value > 127:
        head, value = head + bytes([value & 127 | 128]), value >> 7
    return head + bytes([value])


def chunk(data):
    return varint(len(data)) + data


def floats(*values, kind="<f4"):
    return np.array(values, kind).tobytes()


SHAPE = message((1, 2, chunk(varint(2) + varint(300))))


@pytest.mark.parametrize(
    "proto",
    [
        message((5, 2, chunk(floats(*range(600)))), (7, 2, chunk(SHAPE))),
        message((8, 2, chunk(floats(*range(600), kind="<f8"))), (7, 2, chunk(SHAPE))),
        message(
            *((5, 5, floats(i)) for i in range(600)), (7, 2, chunk(message((1, 0, varint(2)), (1, 0, varint(300)))))
        ),
        message((5, 2, chunk(floats(*range(600)))), (2, 0, varint(2)), (3, 0, varint(300)), (4, 0, varint(1))),
        message((7, 2, chunk(SHAPE)), *((5, 2, chunk(floats(*range(i, i + 200)))) for i in (0, 200, 400))),
        message((6, 2, chunk(floats(7))), (99, 1, b"x" * 8), (5, 2, chunk(floats(*range(600)))), (7, 2, chunk(SHAPE))),
    ],
)
def test_blobs_as_caffe_writes_them(beside, proto):
    (beside / "mean.binaryproto").write_bytes(proto)
    assert filled("mean.binaryproto", (2, 300)).tolist() == np.arange(600.0).reshape(2, 300).tolist()


def test_a_blob_of_one_number(beside):
    (beside / "mean.binaryproto").write_bytes(message((7, 2, chunk(b"")), (5, 2, chunk(floats(2.5)))))
    assert filled("mean.binaryproto", ()) == 2.5


@pytest.mark.parametrize(
    ("proto", "said"),
    [
        (b"", "has shape (0,)"),
        (b"\x80", "the file ends too early"),
        (b"\xff" * 11, "no BlobProto"),
        (message((5, 2, varint(400) + b"1234")), "the file ends too early"),
        (message((5, 2, varint(1 << 62))), "the file ends too early"),
        (message((5, 2, chunk(b"12345"))), "can't read"),
        (message((5, 5, b"12")), "the file ends too early"),
        (message((5, 4, b"")), "no BlobProto"),
        (message((5, 2, chunk(floats(1, 2, 3))), (7, 2, chunk(SHAPE))), "can't read"),
        (message((5, 2, chunk(floats(1, 2, 3))), (7, 2, chunk(message((1, 0, varint((1 << 64) - 1)))))), "can't read"),
        (b"\x89PNG\r\n\x1a\n", "can't read"),
    ],
)
def test_what_is_no_blob(beside, proto, said):
    (beside / "mean.binaryproto").write_bytes(proto)
    assert said in refusal("mean.binaryproto", (2,))


def test_a_file_that_the_net_names_is_looked_for_from_here_first(beside, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (beside / "mean.json").write_text("[1, 2]")
    out = np.empty(2)
    _from_net("", "mean", "mean.json", 0, out)
    assert out.tolist() == [1, 2]
    (tmp_path / "elsewhere" / "mean.json").write_text("[3, 4]")
    _from_net("", "mean", "mean.json", 0, out)
    assert out.tolist() == [3, 4]
    _from_net("", "mean", str(beside / "mean.json"), 0, out)
    assert out.tolist() == [1, 2]


def test_numbers_that_are_carried_along():
    out = np.empty((2, 2), np.float32)
    _embedded("", "mean", "mean.json", 0, ((1, 2), (3, 4.5)), out)
    assert out.tolist() == [[1, 2], [3, 4.5]]


def test_both_readers_read_the_same(beside):
    from layerdsl.operators.families.files import read_numbers

    (beside / "mean.json").write_text(json.dumps([[1, 2], [3, 4]]))
    np.save(beside / "mean.npy", some := np.random.RandomState(0).randn(3, 2))
    for name in ("mean.json", "mean.npy"):
        np.testing.assert_array_equal(read_numbers(str(beside / name)), _numbers("", name, str(beside / name)))
    np.testing.assert_array_equal(read_numbers(str(beside / "mean.npy")), some)
