"""What goes wrong inside a layer: where in its file, and what it means to who wrote it."""
# mypy: ignore-errors

from __future__ import division

import linecache
import os
import re
import sys
import traceback

METHODS = ("__init__", "setup", "reshape", "forward", "backward")


class Broken(Exception):
    """An exception that came out of a layer.

    stage: the method it came out of; line: where in the layer's own file (0: not there); refusal: whether the layer
    raised it itself, by a `raise` or `assert` of its own.
    """

    def __init__(self, stage, error, frames):
        Exception.__init__(self, "%s: %s" % (type(error).__name__, error))
        own = _own_frames(frames)
        named = [frame[2] for frame in frames if frame[2] in METHODS]
        self.stage = named[-1] if named else stage
        self.error = error
        self.line = own[-1][1] if own else 0
        self.path = own[-1][0] if own else ""
        self.refusal = bool(frames) and bool(own) and frames[-1][:2] == own[-1][:2] and _raises(frames[-1])

    @staticmethod
    def caught(stage, function, *args, **named):
        """The result of the function; whatever comes out of it is `Broken`, also an attempt to end the process."""
        try:
            return function(*args, **named)
        except (KeyboardInterrupt, Broken):
            raise
        except BaseException as error:
            frames = [tuple(frame)[:4] for frame in traceback.extract_tb(sys.exc_info()[2])]
            raise Broken(stage, error, frames)

    @property
    def said(self):
        """`forward fails: ValueError: ...`."""
        if isinstance(self.error, SystemExit):
            return "`%s` ends the process (`sys.exit`)" % self.stage
        words = "refuses" if self.refusal else "fails"
        text = str(self.error).strip().split("\n")[0]
        return "`%s` %s: %s%s" % (self.stage, words, type(self.error).__name__, ": " + text if text else "")

    @property
    def help(self):
        """What it means, where it is one of the usual mistakes."""
        return explanation("%s: %s" % (type(self.error).__name__, self.error))


class Shapeless(Broken):
    """A top to which `reshape` gives no shape: it has no memory, and Caffe ends where that is looked at."""

    def __init__(self, number):
        Broken.__init__(self, "reshape", ValueError("no shape"), [])
        self.top = "top[%d]" % number

    @property
    def said(self):
        """`reshape gives top[1] no shape`."""
        return "`reshape` gives `%s` no shape" % self.top

    @property
    def help(self):
        """What to do."""
        return "`%s.reshape(...)` belongs into `reshape`" % self.top


def _own_frames(frames):
    """Those in the layer's own file: what is neither ours, nor NumPy's, nor Python's."""
    ours = os.path.dirname(os.path.abspath(__file__))
    library = os.path.dirname(os.path.abspath(os.__file__))
    return [frame for frame in frames if not _is_library(frame[0], ours, library)]


def _is_library(path, ours, library):
    base = os.path.basename(path)
    return (
        path.startswith((ours, library))
        or "site-packages" in path
        or "dist-packages" in path
        or base
        in (
            "standin.py",
            "pycaffe.py",
        )
    )


def _raises(frame):
    """Whether the line is a `raise` or `assert`; of a long one Python 2 names the last line."""
    path, number = frame[:2]
    lines = [linecache.getline(path, n).strip() for n in range(number, max(number - 5, 0), -1)]
    for line in lines:
        if line.startswith(("raise", "assert")) or re.search(r":\s*raise\b", line):
            return True
        if line.endswith((":", "]")):
            return False
    return False


# What people who wrote for another Python, NumPy or Caffe meet, by the words of the exception.
EXPLANATIONS = (
    (
        r"no attribute 'param_str_'",
        "Caffe of before 2015 called it `param_str_`; since then it is `self.param_str`",
    ),
    (
        r"name '(xrange|unicode|basestring|long|raw_input|reduce|unichr|file|execfile|cmp)' is not defined",
        "Python 3 has no `{0}`; `2to3 -w FILE` rewrites it, or `--caffe` names the Python that your Caffe runs on",
    ),
    (
        r"'dict' object has no attribute '(iteritems|itervalues|iterkeys|has_key)'",
        "Python 3 has no `dict.{0}`; `2to3 -w FILE` rewrites it",
    ),
    (
        (
            r"float64' object cannot be interpreted|'float' object cannot be interpreted|must be integers|"
            r"float'? object cannot be|only integers, slices|rvalue of type int from this Python object of type float|"
            r"list indices must be integers|expected a sequence of integers or a single integer"
        ),
        (
            "in Python 3 `/` of two integers gives a float: `//` is the division that rounds down, as `/` did in "
            "Python 2"
        ),
    ),
    (
        r"rvalue of type int from this Python object of type (u?int\d+|long)",
        "`reshape` takes Python's own integers: `int(size)`",
    ),
    (
        r"module 'numpy' has no attribute '(\w+)'",
        "NumPy 1.24 and later have no `np.{0}`; `float`, `int`, `bool` and `object` are Python's own",
    ),
    (
        r"No module named '?(caffe[.\w]+)'?|cannot import name .* from 'caffe'|module 'caffe' has no attribute",
        "the stand-in has `caffe.Layer`, `TRAIN` and `TEST` alone: `--caffe PYTHON` runs it on your own Caffe",
    ),
    (
        r"No module named '?([\w.]+)'?",
        ("`{0}` is not installed here: install it beside layerdsl, or let `--caffe PYTHON` name a Python that has it"),
    ),
    (
        (
            r"'map' object is not subscriptable|'filter' object|'zip' object is not|'range' object does not|"
            r"'dict_(keys|values|items)' object"
        ),
        "in Python 3 `map`, `filter`, `zip`, `range` and `dict.keys` give no list: `list(...)` makes one",
    ),
    (
        r"a bytes-like object is required|must be str, not bytes",
        "Python 3 tells text from bytes",
    ),
    (
        r"IndexError: Index out of range",
        "`bottom` and `top` hold as many blobs as the net gives the layer: here one for each `--bottom`, and `--tops`",
    ),
    (
        r"No to_python \(by-value\) converter",
        "`bottom` and `top` can be indexed, not iterated over",
    ),
    (
        r"yaml\.load\(\)|load\(\) missing 1 required positional argument: 'Loader'",
        "newer PyYAML wants `yaml.safe_load(...)`",
    ),
    (
        r"MissingFormatArgument|unindent|inconsistent use of tabs",
        "Python 3 takes no mixture of tabs and spaces",
    ),
    (
        r"Missing parentheses in call to 'print'|SyntaxError: invalid syntax|multiple exception types must be",
        "it may be written for Python 2: `2to3 -w FILE` rewrites it, or `--caffe` names the Python of your Caffe",
    ),
    (
        r"takes (exactly )?\d+ (positional )?arguments? (\()?but|takes exactly",
        (
            "Caffe calls `setup(bottom, top)`, `reshape(bottom, top)`, `forward(bottom, top)` and `backward(top, "
            "propagate_down, bottom)`"
        ),
    ),
    (
        r"Check failed: data_",
        "a top has no memory until `reshape` gives it a shape: `top[0].reshape(...)` belongs there",
    ),
    (
        r"can't set attribute|object has no setter|has no attribute '(data|diff)'",
        "memory of Caffe is written to, not replaced: `top[0].data[...] = ...`",
    ),
)


def explanation(text):
    """Words for an exception that many meet; empty where it is none of those."""
    for pattern, words in EXPLANATIONS:
        found = re.search(pattern, text)
        if found:
            return words.format(*found.groups()) if found.groups() else words
    return ""
