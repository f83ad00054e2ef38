"""How the files begin that layerdsl writes, by which it knows its own again, those of older versions too.

>>> emitted("losses/dice.prototxt", "# Dice: overlap\\nlayer {\\n  name: \\"dice\\"\\n  type: \\"Python\\"\\n"
...         "  bottom: \\"x\\"  # [N]\\n")
True
>>> emitted("losses/dice.py", "import caffe\\n")
False
"""

from __future__ import annotations

import re
from typing import Final

# How many characters of a file are enough to tell: a prototxt begins with a sentence of the user's, of any length.
ENOUGH: Final = 1 << 16

_CODING = r"(# -\*- coding: utf-8 -\*-\n)?"

# The ending of the name and the beginning of the text; the name of a class's file may end as that of a helper.
_HEADS: Final = (
    (
        "_netspec.py",
        re.compile(_CODING + r'"""The layers of `[^`\n]*` for nets that are written with caffe\.NetSpec\.\n'),
    ),
    (".py", re.compile(_CODING + r'"""Layers for Caffe, made by layerdsl from ')),
    (
        ".prototxt",
        re.compile(
            r'# \w+(:.*)?\nlayer \{\n  name: "\w+"\n  type: "Python"\n  (# )?(bottom|top): "\w+"  # .*\[', re.ASCII
        ),
    ),
)


def emitted(path: str, head: str) -> bool:
    """Whether a file of this name, which begins with `head`, is one that layerdsl has written."""
    return any(path.endswith(ending) and pattern.match(head) for ending, pattern in _HEADS)
