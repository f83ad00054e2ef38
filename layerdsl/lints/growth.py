"""How a value grows with the size of an axis, where every element of the blobs stays as large as it is.

growth(sum(x**2, over=N), "N") is (1, 1), growth(mean(x**2), "N") is (0, 0), growth(sum(x) / count(ok), "N") too
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from layerdsl.graph import Node, Size, Symbol, walk
from layerdsl.graph.attributes import over_of
from layerdsl.graph.size import Choice

Powers = tuple[
    int, int
]  # the least and the largest power of the size with which a value grows, by choices of the set-up
Grown = Powers | None  # None where it is no power
Rule = Callable[[Node, str, "tuple[Grown, ...]"], Grown]


def growth(output: Node, axis: str) -> Grown:
    """The least and the largest power of the size with which a value grows; None where it is no power."""
    found: dict[Node, Grown] = {}
    for node in walk([output]):
        found[node] = RULES.get(node.op, _plain)(node, axis, tuple(found[arg] for arg in node.args))
    return found[output]


def _plain(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    """Any function: of what does not grow, something that does not."""
    return (0, 0) if all(arg == (0, 0) for arg in args) else None


def _size(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    """Of a product of sizes how often the axis is in it; of a choice of the set-up either."""
    size = cast(Size, node.attr("size"))
    return _power(size, axis)


def _power(size: Size, axis: str) -> Grown:
    if len(size.terms) != 1:
        return (0, 0) if Symbol(axis) not in size.symbols() else None
    atoms = size.terms[0][0]
    if len(atoms) == 1 and isinstance(atoms[0], Choice):
        sides = _power(atoms[0].yes, axis), _power(atoms[0].no, axis)
        known = [side for side in sides if side is not None]
        return (min(a for a, _ in known), max(b for _, b in known)) if len(known) == 2 else None
    return atoms.count(Symbol(axis)), atoms.count(Symbol(axis))


def _kept(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    return args[0]


def _largest(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    known = [arg for arg in args if arg is not None]
    return (max(a for a, _ in known), max(b for _, b in known)) if len(known) == len(args) else None


def _either(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    """A choice of the set-up: whoever offers a sum beside a mean means it."""
    known = [arg for arg in args[1:] if arg is not None]
    return (min(a for a, _ in known), max(b for _, b in known)) if len(known) == len(args) - 1 else None


def _of_values(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    return _largest(node, axis, args[1:])


def _product(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    a, b = args
    return None if a is None or b is None else (a[0] + b[0], a[1] + b[1])


def _quotient(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    a, b = args
    return None if a is None or b is None else (a[0] - b[1], a[1] - b[0])


def _summed(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    own = _product(node, axis, args) if node.op == "dot" else args[0]
    there = any(axis == one.name for arg in node.args for one in arg.axes)
    more = int(there and axis in over_of(node))
    return None if own is None else (own[0] + more, own[1] + more)


def _squared(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    return None if args[0] is None else (2 * args[0][0], 2 * args[0][1])


def _inverse(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    return None if args[0] is None else (-args[0][1], -args[0][0])


def _share(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    """Of a softmax: twice as many entries have half as much each, as they sum to 1."""
    own = _plain(node, axis, args)
    return (-1, -1) if own is not None and axis in over_of(node) else own


def _logarithm(node: Node, axis: str, args: tuple[Grown, ...]) -> Grown:
    """Of any power something that hardly grows."""
    return None if args[0] is None else (0, 0)


RULES: Final[dict[str, Rule]] = {
    "size": _size,
    **dict.fromkeys("neg abs relu real expand stop mean max min rename slice at pick".split(), _kept),
    **dict.fromkeys("add sub maximum minimum clip".split(), _largest),
    **dict.fromkeys("where gate".split(), _of_values),
    "select": _either,
    "mul": _product,
    "div": _quotient,
    "square": _squared,
    "reciprocal": _inverse,
    **dict.fromkeys("sum count dot".split(), _summed),
    "softmax": _share,
    **dict.fromkeys("log log2 log10".split(), _logarithm),
}
