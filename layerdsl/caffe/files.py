"""Constants that lie in a file beside the emitted one, `.npy` or `.json`, and those that the emitted one carries.

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
    """Fills `out` with the numbers of a file, which is read once."""
    if path not in _FILES:
        folder = os.path.dirname(os.path.abspath(__file__))
        _FILES[path] = _numbers(where, path, os.path.join(folder, *path.split("/")))
    _fit(where, name, path, _FILES[path], whole, out)


def _embedded(where: str, name: str, path: str, whole: int, values: Any, out: Any) -> None:
    """Fills `out` with numbers that stand in the emitted file."""
    _fit(where, name, path, np.array(values, np.float64), whole, out)


def _numbers(where: str, path: str, full: str) -> Any:
    """The array in a file. `ValueError` where there is none."""
    try:
        if path.endswith(".npy"):
            found = np.load(full, allow_pickle=False)
        else:
            with open(full) as file:
                found = np.array(json.load(file))
    except Exception as error:
        raise ValueError("%s: can't read `%s` (%s): %s" % (where, path, full, error))
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
        raise ValueError("%s: `%s` (%s) holds no array of numbers" % (where, path, full))
    return found


def _fit(where: str, name: str, path: str, found: Any, whole: int, out: Any) -> None:
    """Copies an array of the right shape; axes of size 1 count nothing."""
    if [size for size in found.shape if size != 1] != [size for size in out.shape if size != 1]:
        raise ValueError("%s: `%s` has shape %s, `%s` needs %s" % (where, path, found.shape, name, out.shape))
    if whole and not np.array_equal(found, np.rint(found)):
        raise ValueError("%s: `%s` has to hold whole numbers" % (where, path))
    out[...] = found.reshape(out.shape)
