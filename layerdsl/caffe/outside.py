"""The call of a Python function that is not the layer's own: its arguments, its result, and what can go wrong.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: UP031, B904, B905 - what is emitted runs on Python 2.7

from __future__ import annotations

import importlib
import sys
import traceback
from typing import Any

import numpy as np


def _function_of(module: str, name: str, where: str) -> Any:
    """A function of a Python module: of one beside this file, or else of one on PYTHONPATH."""
    package = __name__.rpartition(".")[0]
    errors: Any = []
    for path in ([package + "." + module] if package else []) + [module]:
        try:
            found = getattr(importlib.import_module(path), name, None)
        except Exception as error:
            missing = isinstance(error, ImportError) and module.rpartition(".")[2] in str(error)
            errors.append((missing, _told()))
            continue
        if callable(found):
            return found
        raise ValueError("%s: there is no function `%s` in `%s`" % (where, name, path))
    told = min(errors)[1]  # a module that is there and can't be imported says more than one that is not there
    place = "it is looked for beside this file and on PYTHONPATH"
    raise ValueError("%s: can't import `%s` for `%s` (%s): %s" % (where, module, name, place, told))


def _told() -> str:
    """The error that is being handled: `ZeroDivisionError: division by zero, in matching.py:12`."""
    kind, error, trace = sys.exc_info()
    text = "%s: %s" % (getattr(kind, "__name__", kind), error)
    foreign = [frame for frame in traceback.extract_tb(trace)[1:] if not frame[0].startswith("<")]
    inside = [frame for frame in foreign if "importlib" not in frame[0]]
    return "%s, in %s:%d" % (text, inside[-1][0], inside[-1][1]) if inside else text


def _extern(*given: Any) -> None:
    """Calls a function with copies of arrays, and with plain numbers, and puts its result into `out`.

    given: the arguments; then place, module and function, of each argument how it is handed over ("real", "bool" or
    "whole" arrays, a "number", or "" for what is known at set-up), whether the result is whole numbers, how many
    places it names one of, and `out`.
    """
    where, module, name, kinds, whole, _, out = given[-7:]
    function = _function_of(module, name, where)
    arguments = [_handed(value, kind) for value, kind in zip(given, kinds)]
    try:
        result = np.asarray(function(*arguments))
    except Exception:
        raise ValueError("%s: `%s` of `%s` failed: %s" % (where, name, module, _told()))
    said = "%s: `%s` of `%s` has to return" % (where, name, module)
    if result.dtype.kind not in "biuf":
        raise ValueError("%s numbers, not %s" % (said, result.dtype))
    if result.shape != out.shape:
        raise ValueError("%s an array of shape %s, not %s" % (said, out.shape, result.shape))
    if whole and not np.array_equal(result, np.rint(result)):
        raise ValueError("%s whole numbers" % said)
    out[...] = result


def _handed(value: Any, kind: str) -> Any:
    """An argument as the function gets it: its own copy of an array."""
    if not kind:
        return value
    if kind == "number":
        return float(np.asarray(value))
    return np.array(value, {"whole": np.intp, "bool": np.bool_}.get(kind), order="C")
