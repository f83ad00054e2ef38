"""What an exception says, printed where nobody hears of it: in the `caffe` program, which ends at `error_already_set`.

pycaffe hands an exception on to the program that called it; below a method of a layer there is then a frame of Python.
Where C++ called the method by itself there is none: then the text goes to standard error before it is lost.

Written for Python 2.7 as well: the source of these functions goes to the end of every emitted file.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any


def _print_unheard_errors(*layers: Any) -> None:
    """In the `caffe` program, which says nothing of an exception but that there was one, print it before."""
    for layer in layers:
        for name in ("setup", "reshape", "forward", "backward"):
            setattr(layer, name, _printing(vars(layer)[name]))


def _printing(method: Any) -> Any:
    """The method, whose exceptions are printed where no caller in Python gets them."""

    def run(*given: Any) -> None:
        try:
            method(*given)
        except Exception:
            if sys._getframe().f_back is None:
                traceback.print_exc()
                sys.stderr.flush()
            raise

    run.__name__ = method.__name__
    vars(run)["__wrapped__"] = method  # for what reads its text, as `inspect` does
    return run
