"""Which formula of the text a value stands for."""

from __future__ import annotations

import re
from typing import Final

from layerdsl.graph import Node

#: What stands before a formula in its statement.
_GIVEN: Final = re.compile(r"\s*(?:(?:update|gradient|next|carry)\s+)?\w+\s*=\s*")


def is_built_in(node: Node, arg: Node) -> bool:
    """Whether a value and its argument stand for one formula: then it is a built-in function that made the argument."""
    outer, inner = node.origin.place, arg.origin.place
    if outer is None or inner is None or outer.source != inner.source or outer.stop != inner.stop:
        return False
    before = outer.source.text[outer.start : inner.start]
    return not before or _GIVEN.fullmatch(before) is not None
