"""Emitted modules run piece by piece: the functions that many of them carry are compiled once.

It runs on Python 2.7 as well, where it is imported by old_numpy_server.py.
"""

import __future__

import contextlib
import re
import types

PARTS = re.compile(r"\b(262144|524288|2097152)\b")  # how many elements a part has, or a room for windows,
ROWS = re.compile(r"\b8192\b")  # and how many of them stay together
FLAGS = __future__.division.compiler_flag  # which emitted modules ask for
COMPILED = {}


def load(text, standin):
    """The module which the text of an emitted file makes, as `standin.load` would."""
    module = types.ModuleType("emitted")
    with standin.with_caffe(module):
        for piece in re.split(r"\n\n\n(?=\S)", text):
            exec(_compiled(piece), module.__dict__)
    return module


@contextlib.contextmanager
def cut(made, text, most, together):
    """The functions that a class of this file cuts its loops with, which cut them into parts of so many elements.

    Gives their names.
    """
    names = made.reshape.__globals__
    pieces = [each for each in re.split(r"\n\n\n(?=\S)", text) if each.startswith("def ") and PARTS.search(each)]
    changed = [re.match(r"def (\w+)", each).group(1) for each in pieces]
    kept = {name: names[name] for name in changed}
    for each in pieces:
        exec(_compiled(ROWS.sub(str(together), PARTS.sub(str(most), each))), names)
    try:
        yield changed
    finally:
        names.update(kept)


def _compiled(piece):
    """The code of some lines at the left margin; that of a class is used once."""
    if piece not in COMPILED:
        code = compile(piece, "<emitted>", "exec", FLAGS, 1)
        if piece.startswith("class "):
            return code
        COMPILED[piece] = code
    return COMPILED[piece]
