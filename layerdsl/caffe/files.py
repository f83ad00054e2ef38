"""Constants from `.npy`, `.json` and `.binaryproto` files, and those that the emitted file carries.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: UP031, B904 - what is emitted runs on Python 2.7

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

_FILES: dict[str, Any] = {}  # what has been read, by path


def _from_file(where: str, name: str, path: str, whole: int, out: Any) -> None:
    """Fills `out` with the numbers of a file beside this one, which is read once."""
    _from_path(where, name, path, _beside(path), whole, out)


def _from_net(where: str, name: str, path: str, whole: int, out: Any) -> None:
    """Fills `out` with the numbers of a file that the net names: as Caffe finds it, or else beside this one."""
    _from_path(where, name, path, path if os.path.exists(path) else _beside(path), whole, out)


def _from_path(where: str, name: str, path: str, full: str, whole: int, out: Any) -> None:
    full = os.path.abspath(full)
    if full not in _FILES:
        _FILES[full] = _numbers(where, path, full)
    _fit(where, name, path, _FILES[full], whole, out)


def _beside(path: str) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), *path.split("/"))


def _embedded(where: str, name: str, path: str, whole: int, values: Any, out: Any) -> None:
    """Fills `out` with numbers that stand in the emitted file."""
    _fit(where, name, path, np.array(values, np.float64), whole, out)


def _numbers(where: str, path: str, full: str) -> Any:
    """The array in a file. `ValueError` where there is none."""
    try:
        found = _read_array(full)
    except Exception as error:
        raise ValueError("%s: can't read `%s` (%s): %s" % (where, path, full, error))
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
        raise ValueError("%s: `%s` (%s) holds no array of numbers" % (where, path, full))
    return found


def _read_array(full: str) -> Any:
    """What a `.npy` or `.json` file holds; any other is one of Caffe's `BlobProto`s, as `.binaryproto` files are."""
    if full.endswith(".npy"):
        return np.load(full, allow_pickle=False)
    if full.endswith(".json"):
        with open(full) as file:
            return np.array(json.load(file))
    with open(full, "rb") as file:
        return _blob_array(bytearray(file.read()))


def _blob_array(data: Any) -> Any:
    """The numbers of a `BlobProto` in protobuf's wire format; diffs and what is not known are passed over."""
    old: Any = {}
    shape: Any = None
    parts: Any = []
    for field, wire, value in _wire(data, 0, len(data)):
        if field in (1, 2, 3, 4) and wire == 0:
            old[field] = value
        elif field == 7 and wire == 2:
            shape = [size for packed in _wire(data, *value) if packed[0] == 1 for size in _varints(data, packed)]
        elif field in (5, 8) and wire in (2, 5 if field == 5 else 1):
            kind = np.dtype("<f4" if field == 5 else "<f8")
            start, stop = value
            parts.append(np.frombuffer(bytes(data[start:stop]), kind))
    found = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    if shape is None and old:
        shape = [old.get(axis, 1) for axis in (1, 2, 3, 4)]
    return found if shape is None else found.reshape(shape)


def _wire(data: Any, at: int, end: int) -> Any:
    """The fields of a message: number, wire type, and the value of a varint or where the bytes of others stand."""
    while at < end:
        key, at = _varint(data, at, end)
        wire = key & 7
        if wire not in (0, 1, 2, 5):
            raise ValueError("no BlobProto")
        value, stop = _varint(data, at, end) if wire in (0, 2) else (0, at)
        if wire != 0:
            start, stop = stop, stop + {1: 8, 2: value, 5: 4}[wire]
            value = (start, stop)
        if stop > end:
            raise ValueError("the file ends too early")
        yield key >> 3, wire, value
        at = stop


def _varint(data: Any, at: int, end: int) -> Any:
    """A number of seven bits to the byte, and where the next one stands."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise ValueError("the file ends too early")
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
    raise ValueError("no BlobProto")


def _varints(data: Any, field: Any) -> Any:
    """The numbers of a repeated field, packed or not."""
    _, wire, value = field
    if wire == 0:
        return [value]
    found, (at, end) = [], value
    while at < end:
        number, at = _varint(data, at, end)
        found.append(number)
    return found


def _fit(where: str, name: str, path: str, found: Any, whole: int, out: Any) -> None:
    """Copies an array of the right shape; axes of size 1 count nothing."""
    if [size for size in found.shape if size != 1] != [size for size in out.shape if size != 1]:
        raise ValueError("%s: `%s` has shape %s, `%s` needs %s" % (where, path, found.shape, name, out.shape))
    if whole and not np.array_equal(found, np.rint(found)):
        raise ValueError("%s: `%s` has to hold whole numbers" % (where, path))
    out[...] = found.reshape(out.shape)
