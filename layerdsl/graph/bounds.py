"""What can be told of the sign of a size, whatever its axes are: those are at least 1, hyper-parameters any number.

Where nothing is told, the emitted class looks when the sizes are known.
"""

from __future__ import annotations

from functools import lru_cache

from layerdsl.graph.size import ONE, Atom, Choice, Pair, Size, Symbol, of, whole


def is_natural(size: Size) -> bool:
    """Whether it can be told that a size is never below 0; those of axes are at least 1, of hyper-parameters any."""
    return _is_sum(_witness(size))


def is_positive(size: Size) -> bool:
    """Whether it can be told that a size is never below 1."""
    least = _witness(size)
    return _is_sum(least) and any(not monomial for monomial, _ in least.terms)


def _is_sum(size: Size) -> bool:
    """Whether nothing is taken away in a formula, and no hyper-parameter is in it."""
    return all(count > 0 and all(map(_is_counted, monomial)) for monomial, count in size.terms)


def _is_counted(atom: Atom) -> bool:
    if isinstance(atom, Choice):
        return _is_sum(atom.yes) and _is_sum(atom.no)
    return atom.kind == "axis" if isinstance(atom, Symbol) else _is_sum(atom.left) and _is_sum(atom.right)


@lru_cache(maxsize=1024)
def _witness(size: Size) -> Size:
    """A size that is never above a multiple of this one: whoever is natural, or positive, tells it of the other.

    An axis stands in it for what it has beyond 1, and what is taken away by `a // 2` is multiplied out.
    """
    for monomial, count in size.terms:
        atom = monomial[0] if len(monomial) == 1 else None
        if count < 0 and isinstance(atom, Pair) and atom.op == "//" and (atom.right.constant or 0) > 0:
            rest = size - Size(((monomial, count),))
            return _witness(rest * atom.right + whole(count) * atom.left)
    axes = [symbol for symbol in size.symbols() if symbol.kind == "axis" and "(" not in symbol.name]
    return size.substitute({symbol: of(symbol) + ONE for symbol in axes})
