"""`LAYERDSL_DEBUG=nan`: an emitted layer stops where it gives a NaN or an infinity to others, and says where it arose.

Others are the next forward too, which gets the states. A method is followed line by line by Python's own tracing.
Lines whose result is not finite are remembered, each with the line that made what it took; at the end the way is gone
back from what got out. So what is discarded on the way, like the logarithm of a negative number behind a `where`, stops
nobody.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes to the end of every emitted file.
"""
# ruff: noqa: UP031, C404, C419 - what is emitted runs on Python 2.7

from __future__ import annotations

import linecache
import os
import re
import sys
from typing import Any

import numpy as np

from layerdsl.caffe.unheard import _printing


def _stop_at_nan(layer: Any, place: str) -> None:
    """With LAYERDSL_DEBUG=nan in the environment, stop where a NaN or an infinity gets out, and tell its way."""
    if os.environ.get("LAYERDSL_DEBUG") == "nan":
        layer.forward = _printing(_followed(layer.forward, place))
        layer.backward = _printing(_followed(layer.backward, place))


def _followed(method: Any, place: str) -> Any:
    """The method, followed line by line; support functions are one step."""

    def run(*given: Any) -> None:
        made: Any = []  # for all that was made and is not finite: line, name, array, its values, whence, of what
        file, outer = method.__func__.__code__.co_filename, sys.gettrace()

        def called(frame: Any, *_: Any) -> Any:
            ours = frame.f_code.co_filename == file and "self" in frame.f_locals
            return _line_by_line(made) if ours else None

        for _, array in _results(method.__self__, *given):
            if not _finite(array) and not _comes_in(array, *given):
                array[...] = 0  # left from another pass: it will be written
        for array in _temporaries(method.__self__):
            array[np.isnan(array)] = 0  # so will these
        held = [each for each in _blobs(method.__self__, *given) if _finite(each[1])]
        sys.settrace(called)
        try:
            method(*given)
        finally:
            sys.settrace(outer)
        for name, array in _results(method.__self__, *given) + held:
            if not _finite(array):
                raise FloatingPointError("%s: %s is not finite%s" % (place, name, _way(file, made, array)))

    return run


def _finite(array: Any) -> bool:
    return bool(np.all(np.isfinite(array)))


def _results(layer: Any, *given: Any) -> Any:
    """What a method gives to others: the tops of forward, the diffs of bottoms and learned blobs of backward."""
    if len(given) == 2:
        return [("top[%d]" % i, given[1][i].data) for i in range(len(given[1]))]
    diffs = [("the diff of bottom[%d]" % i, given[2][i].diff) for i in range(len(given[2])) if given[1][i]]
    return diffs + [("the diff of blobs[%d]" % i, layer.blobs[i].diff) for i in range(len(layer.blobs))]


def _blobs(layer: Any, *given: Any) -> Any:
    """What the layer itself keeps of a forward: its states, among all of its blobs."""
    return [("blobs[%d]" % i, layer.blobs[i].data) for i in range(len(layer.blobs))] if len(given) == 2 else []


def _temporaries(layer: Any) -> Any:
    """The arrays of a layer in which nothing is kept from one method to the next, and those for the parts of a loop."""
    found = []
    for name, value in vars(layer).items():
        found += [value] if re.match("_t[0-9]+$", name) else []
        found += [each for part in value for each in part] if re.match("_(for|back)ward_parts[0-9]+$", name) else []
    return [each for each in found if isinstance(each, np.ndarray) and each.dtype.kind == "f"]


def _comes_in(array: Any, *given: Any) -> bool:
    """Whether an array is also what a method is given, as where a top takes the place of a bottom."""
    blobs = [given[0][i].data if len(given) == 2 else given[0][i].diff for i in range(len(given[0]))]
    return any([np.may_share_memory(array, each) for each in blobs])


def _line_by_line(made: Any) -> Any:
    """What Python calls before each line of a method and at its end."""
    last: Any = [0, {}]

    def line(frame: Any, *_: Any) -> Any:
        number, before = last
        now = _named(frame, number)
        text = linecache.getline(frame.f_code.co_filename, number).strip()
        for name in [each for each in now if not _finite(now[each])]:
            read = [each for each in before if each != name] + [name] * (text.count(name) > 1 and name in before)
            spoilt = [each for each in read if not _finite(before[each])]
            whence = [_maker(made, each, now.get(each)) for each in spoilt]
            written = text.startswith(name + " = ") or (_writes(text, name) and spoilt)
            if written or name not in before or _differs(before[name], now[name]):
                made.append((number, name, now[name], np.array(now[name]), [each for each in whence if each], before))
        after = _named(frame, frame.f_lineno)
        last[:] = frame.f_lineno, dict([(name, np.array(after[name])) for name in after])
        return line

    return line


def _differs(before: Any, now: Any) -> bool:
    """Whether what is not finite was another value before, as that of another pass may be the same."""
    if np.shape(before) != np.shape(now):
        return True
    same = (before == now) | (np.isnan(before) & np.isnan(now))
    return not np.all(same | np.isfinite(now))


def _writes(line: str, name: str) -> bool:
    """Whether a line puts values into an array or number: an operator of NumPy's, a support function, or a sum."""
    if line.startswith((name + " = ", name + " += ")):
        return True
    return bool(re.search(r"(out=|copyto\(){0}\b|^_\w+\(.*, {0}(\[.*\])?\)$".format(re.escape(name)), line))


def _named(frame: Any, number: int) -> Any:
    """The arrays and numbers of floating point that a line speaks of, by their names; none in the head of a loop."""
    text = linecache.getline(frame.f_code.co_filename, number)
    found = {}
    for name in re.findall(r"(?<![\w.'])(?:self\.)?[A-Za-z_]\w*", "" if text.strip().startswith("for ") else text):
        values = vars(frame.f_locals["self"]) if name.startswith("self.") else frame.f_locals
        value = values.get(name.replace("self.", ""))
        if isinstance(value, (float, np.ndarray)) and np.asarray(value).dtype.kind == "f":
            found[name] = value
    for side, index, kind in re.findall(r"\b(top|bottom)\[(\w+)\]\.(data|diff)", text):
        blobs = frame.f_locals[side]
        known = [int(index)] if index.isdigit() else [frame.f_locals[index]] if index in frame.f_locals else []
        for place in range(len(blobs)) if " for %s in " % index in text else known:
            found["%s[%d].%s" % (side, place, kind)] = getattr(blobs[place], kind)
    return found


def _maker(made: Any, name: str, array: Any) -> Any:
    """Who made what is not finite in an array: the last that is called so or shares its memory."""
    for each in reversed(made):
        arrays = isinstance(array, np.ndarray) and isinstance(each[2], np.ndarray)
        if (each[1] == name or (arrays and np.may_share_memory(array, each[2]))) and not _finite(each[2]):
            return each
    return None


def _way(file: str, made: Any, array: Any) -> str:
    """The way back from a result to where it arose: formulas, lines, values."""
    step, text, line, before = _maker(made, "", array), "", "", {}
    while step:
        number, name, _, was, whence, before = step
        place = tuple(np.argwhere(~np.isfinite(was))[0])
        line = linecache.getline(file, number).strip()
        text += "\n  %s\n    line %d, %s\n    " % (_formula(file, number), number, line)
        text += "`%s` is %s" % (name, was[place]) + (" at %s" % list(map(int, place)) if place else "")
        before = {} if _takes_in(line) else before
        step = whence[0] if whence else None
    given = [
        name
        for name, values in sorted(before.items())
        if values.size and (line.count(name) > 1 or "out=" + name not in line)
    ]
    ranges = ["`%s` from %s to %s" % (name, np.min(before[name]), np.max(before[name])) for name in given]
    return text + (", made of " + ", ".join(ranges) if ranges else "")


def _takes_in(line: str) -> bool:
    """Whether a line takes an array that the layer has not made: a bottom, the diff of a top, a learned blob."""
    return bool(re.search(r"(= |, )(bottom|top|self\.blobs)\[\w+\]\.(data|diff)", line))


def _formula(file: str, number: int) -> str:
    """The comment above a line in its block, which names the formula; of what a loop made, the one in it."""
    own = linecache.getline(file, number)
    taken = [name for name in re.findall(r"(?:self\.)?[A-Za-z_]\w*", own) if not _writes(own.strip(), name)]
    block = depth = len(own) - len(own.lstrip())
    while " = _windows(" in linecache.getline(file, number):
        number += 1  # a view is made ahead of the formula that looks at it
    while number > 0 and not _takes_in(own):
        line = linecache.getline(file, number)
        here, words = len(line) - len(line.lstrip()), line.strip()
        if here > depth == block and any([_writes(words, name) for name in taken]):
            return _formula(file, number)
        if here <= depth and words.startswith("#") and not words.endswith(" in parts that fit the cache"):
            return words.strip("# ")
        if words.startswith("def "):
            break
        number, depth = number - 1, min(here, depth)
    return "it came in"
