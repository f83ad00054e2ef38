"""Products of windows with values that have their positions, summed, and folded products: without laying windows out.

Correlation, local attention, filters whose weights differ from place to place. Weights, which have no positions, go
into convolutions (`passes/windows.py`), and what is no product is worked out on windows laid out.
"""

from __future__ import annotations

from functools import reduce
from itertools import chain

from layerdsl.graph import Node
from layerdsl.graph.attributes import over_of
from layerdsl.graph.size import product
from layerdsl.operators.build import as_real, build, size_of, total
from layerdsl.operators.families.window_products import fold_dot, window_dot
from layerdsl.operators.families.windows import along_of, names_of

Names = tuple[str, ...]


def placed(node: Node) -> Node | None:
    """`dot(window(x), a, over)`, or the same as a sum or a mean of products."""
    if node.op == "mean":
        found, count = placed(build("sum", *node.args, over=over_of(node))), _count(node)
        return None if found is None else build("div", found, count)
    factors = list(chain.from_iterable(map(_factors, node.args)))
    for i, window in enumerate(factors):
        others = factors[:i] + factors[i + 1 :]
        if window.op == "window" and window.attr("outside") == 0 and others:
            made = _placed(window, others, over_of(node))
            if made is not None:
                return made
    return None


def _count(node: Node) -> Node:
    return size_of(product([axis.size for axis in node.args[0].axes if axis.name in over_of(node)]))


def _factors(node: Node) -> list[Node]:
    return [*_factors(node.args[0]), *_factors(node.args[1])] if node.op == "mul" else [node]


def _product(factors: list[Node]) -> Node:
    return reduce(lambda a, b: build("mul", a, b), map(as_real, factors))


def _placed(window: Node, others: list[Node], over: Names) -> Node | None:
    """Factors without an axis of the sum stand outside, and what only one is summed over, that one is before."""
    outer = [factor for factor in others if not set(factor.names) & set(over)]
    inner = [factor for factor in others if factor not in outer]
    if not inner:
        return _product([build("sum", as_real(window), over=over), *outer]) if set(over) <= set(window.names) else None
    along, a, x = along_of(window), _product(inner), window.args[0]
    if not _is_placed(window, a, over):
        return None
    x = total(as_real(x), tuple(name for name in over if name in x.names and name not in a.names))
    a = total(a, tuple(name for name in over if name not in window.names))
    kept = {*window.names, *a.names} - set(over)
    return _product([window_dot(x, a, along, kept), *outer])


def _is_placed(window: Node, a: Node, over: Names) -> bool:
    """Whether a factor has positions and no axis of another meaning, and is no matrix at each of them."""
    along = along_of(window)
    places, axes = set(names_of(along, "place")), set(names_of(along, "axis"))
    if (axes - places) & set(a.names) or not places & set(a.names) or not places & set(over) <= set(a.names):
        return False
    return not _is_of_matrices(set(window.names) - set(names_of(along, "offset")), set(a.names), set(over))


def _is_of_matrices(left: set[str], right: set[str], over: set[str]) -> bool:
    """Whether a sum is made of products of matrices, for which BLAS is faster: each side has rows of its own."""
    return bool(over & left & right and left - right - over and right - left - over)


def folded(node: Node) -> Node | None:
    """`fold(dot(g, a, over))`, or of a product that has more axes than each of its factors."""
    along, inner = along_of(node), node.args[0]
    if inner.op not in ("dot", "mul"):
        return None
    g, a = inner.args
    over = set(over_of(inner)) if inner.op == "dot" else set[str]()
    offsets, places, axes = (set(names_of(along, which)) for which in ("offset", "place", "axis"))
    mixed = (axes - places) & {*g.names, *a.names} | (offsets | places) & over
    smaller = over or all(set(inner.names) > set(factor.names) for factor in (g, a))
    apart = not over <= set(g.names) & set(a.names) or _is_of_matrices(set(g.names), set(a.names), over)
    return None if mixed or apart or not smaller else fold_dot(as_real(g), as_real(a), along, node.names)
