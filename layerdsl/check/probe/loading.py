"""A class by file or module and name; what hinders that, in words."""
# mypy: ignore-errors

from __future__ import division

import difflib
import os
import sys
import traceback

from .broken import explanation


class NotLoaded(Exception):
    """There is no such class to be tried; `entry` is the fault."""

    def __init__(self, said, line=0, help=""):
        Exception.__init__(self, said)
        self.entry = {
            "property": "set-up", "said": said, "blob": "", "place": None, "got": None, "wanted": None, "words": [],
            "where": "", "help": help, "hint": "", "level": "error", "line": line, "method": "", "path": "",
        }  # fmt: skip


def pretend(caffe):
    """`import caffe` gives the stand-in, with the switches that do nothing here."""
    for name in ("set_mode_cpu", "set_mode_gpu", "set_device", "set_random_seed"):
        if not hasattr(caffe, name):
            setattr(caffe, name, lambda *args: None)
    sys.modules["caffe"] = caffe


def load(task):
    """The module of the task, imported as Caffe would do it, with the folder of its file first on the path."""
    sys.path[:0] = [str(folder) for folder in task["path"]]
    try:
        return __import__(str(task["module"]), fromlist=["*"])
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _not_loaded(error, task)


def _not_loaded(error, task):
    path = task["file"] or ""
    frames = [frame for frame in traceback.extract_tb(sys.exc_info()[2]) if _same_file(frame[0], path)]
    line = frames[-1][1] if frames else 0
    if isinstance(error, SyntaxError):
        line = error.lineno or 0 if _same_file(error.filename or "", path) else 0
        said = "the file can't be read by Python %d: %s" % (sys.version_info[0], error.msg)
        return NotLoaded(
            said, line, explanation("SyntaxError: %s" % error.msg) or explanation("SyntaxError: invalid syntax")
        )
    if isinstance(error, SystemExit):
        return NotLoaded(
            "importing it ends the process (`sys.exit`)",
            line,
            'what runs a script belongs under `if __name__ == "__main__":`',
        )
    text = str(error).strip().split("\n")[0]
    said = "importing it fails: %s: %s" % (type(error).__name__, text)
    return NotLoaded(said, line, explanation("%s: %s" % (type(error).__name__, text)))


def _same_file(one, other):
    return bool(other) and os.path.basename(one) == os.path.basename(other)


def find(module, name, base):
    """The class of that name in the module; NotLoaded where there is none that Caffe could use."""
    found = getattr(module, name, None)
    if found is None:
        layers = [
            key
            for key, value in vars(module).items()
            if isinstance(value, type) and issubclass(value, base) and value is not base
        ]
        near = [one for one in layers if one.lower() == name.lower()] or difflib.get_close_matches(name, layers, 1)
        known = (
            "did you mean `%s`?" % near[0]
            if near
            else "layers in it are: %s" % ", ".join(sorted(layers))
            if layers
            else ""
        )
        raise NotLoaded("there is no `%s` in `%s`" % (name, module.__name__), 0, known)
    if not isinstance(found, type) or not issubclass(found, base):
        raise NotLoaded("`%s` is not derived from `caffe.Layer`" % name)
    missing = [each for each in ("setup", "reshape", "forward", "backward") if not callable(getattr(found, each, None))]
    if missing:
        raise NotLoaded(
            "`%s` has no method `%s`" % (name, missing[0]),
            0,
            "Caffe calls setup, reshape, forward and backward, so each has to be there, if only with `pass`",
        )
    return found
