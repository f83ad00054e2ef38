"""Emitted modules run piece by piece: the functions that many of them carry are compiled once.

It runs on Python 2.7 as well, where it is imported by old_numpy_server.py.
"""

import __future__

import re
import types

FLAGS = __future__.division.compiler_flag  # which emitted modules ask for
COMPILED = {}


def load(text, standin):
    """The module which the text of an emitted file makes, as `standin.load` would."""
    module = types.ModuleType("emitted")
    module.__dict__["__builtins__"] = dict(vars(standin._builtins()), __import__=standin._import)
    for piece in re.split(r"\n\n\n(?=\S)", text):
        exec(_compiled(piece), module.__dict__)
    return module


def _compiled(piece):
    """The code of some lines at the left margin; that of a class is used once."""
    if piece not in COMPILED:
        code = compile(piece, "<emitted>", "exec", FLAGS, 1)
        if piece.startswith("class "):
            return code
        COMPILED[piece] = code
    return COMPILED[piece]
