"""Where a cotangent is 0 since masks discard everything from which it comes.

A mask moves outwards through a product, but not out of the sum of two masked values, nor out of a sum over an axis that
it has. Behind those a slope that is infinite would meet the 0 that they let through: `(gate(a, g) + gate(b, g)) / x`.
So such a cotangent is masked once more, by `a or b`, where it is multiplied by what may be infinite.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import over_of
from layerdsl.operators.build import build

#: Operators whose value or slope may be infinite.
STEEP: Final = frozenset(
    """
    log log2 log10 log1p sqrt cbrt reciprocal div pow exp exp2 expm1 sinh cosh tan arcsin arccos arctanh arccosh
    """.split()
)


def masked(g: Node, node: Node, argnum: int, derived: Node) -> Node:
    """What the derivative of a node makes of a cotangent, 0 where that is for its masks."""
    mask = mask_of(g) if g.op != "gate" and _is_steep(node, argnum) else None
    return derived if mask is None else build("gate", mask, derived)


def _is_steep(node: Node, argnum: int) -> bool:
    """Of a product, whether the other factor may be infinite."""
    return (node.args[argnum - 1] if node.op in ("mul", "square") else node).op in STEEP


def may_be_steep(value: Node) -> bool:
    """Whether a slope on the way to a value may be infinite."""
    return any(node.op in STEEP for node in walk([value]) if not node.static)


@lru_cache(maxsize=4096)
def mask_of(g: Node) -> Node | None:
    """A condition without which a cotangent is 0; None where none is known."""
    match g.op:
        case "gate":
            return g.args[0]
        case "add" | "sub":
            return _either(*g.args)
        case "mul":
            return mask_of(g.args[0]) or mask_of(g.args[1])
        case "div" | "neg" | "expand" | "real":
            return mask_of(g.args[0])
        case "sum":
            return _all_along(mask_of(g.args[0]), over_of(g))
        case "dot":
            return _all_along(mask_of(g.args[0]) or mask_of(g.args[1]), over_of(g))
    return None


def _either(a: Node, b: Node) -> Node | None:
    first, second = mask_of(a), mask_of(b)
    if first is None or second is None:
        return None
    return first if first is second else build("or", first, second)


def _all_along(mask: Node | None, over: tuple[str, ...]) -> Node | None:
    """The mask of a sum: open where it is open anywhere along the axes."""
    lost = () if mask is None else tuple(name for name in over if name in mask.names)
    return build("any", mask, over=lost) if mask is not None and lost else mask
