"""Names in emitted code: the user's own, but for those that Python, NumPy or Caffe need for themselves."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Final

PYTHON_2: Final = frozenset({"print", "exec", "unicode", "xrange", "long", "basestring", "nonlocal", "async", "await"})
LOCALS: Final = frozenset(
    {"self", "bottom", "top", "propagate_down", "np", "caffe", "sizes", "shapes", "dtype", "bufsize"}
)
TAKEN: Final = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | PYTHON_2 | LOCALS
ATTRIBUTES: Final = frozenset(keyword.kwlist) | frozenset(
    "blobs phase param_str setup reshape forward backward print exec nonlocal async await type name".split()
)


class Names:
    """Gives every thing one name, and no two the same."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._given: dict[object, str] = {}

    def __call__(self, key: object, wanted: str) -> str:
        """The name of `key`: as wanted, with `_` behind it as often as needed; `axis4` for an axis of size 4 alone."""
        if key not in self._given:
            wanted = wanted.replace(".", "_")  # `h.weight` of a layer that is used inside another
            name = wanted if wanted.isidentifier() else "axis" + re.sub(r"\W+", "_", wanted).rstrip("_")
            while name in self._taken:
                name += "_"
            self._taken.add(name)
            self._given[key] = name
        return self._given[key]

    def new(self, wanted: str) -> str:
        """A name that nothing has: as wanted, with a number behind it where that is taken."""
        name = next(one for one in chain([wanted], (f"{wanted}{i}" for i in count(2))) if one not in self._taken)
        self._taken.add(name)
        return name

    @property
    def all(self) -> frozenset[str]:
        """Every name that is taken."""
        return frozenset(self._taken)


def attribute(name: str) -> str:
    """The attribute of the layer that holds a hyper-parameter: its name, unless Caffe's Layer has it already.

    Those get one `_` more than they have, so that `phase` and `phase_` stay two; `param_str_` is what older forks have.
    """
    bare = name.rstrip("_")
    if bare not in ATTRIBUTES:
        return name
    return f"{name}__" if bare == "param_str" else f"{name}_"
