"""Sizes of axes as whole-number formulas over axis and hyper-parameter names, in a normal form that decides equality.

`(H + 1) * 2` and `2 * H + 2` are the same value; `H // 2` is an atom of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Union


@dataclass(frozen=True)
class Symbol:
    """The size of an axis, or a hyper-parameter that is a whole number."""

    name: str
    kind: Literal["axis", "hyper"] = "axis"


@dataclass(frozen=True)
class Division:
    """`left // right` or `left % right` that could not be carried out."""

    op: Literal["//", "%"]
    left: Size
    right: Size


Atom = Union[Symbol, Division]
Monomial = tuple[Atom, ...]


@dataclass(frozen=True)
class Size:
    """A sum of `coefficient * product of atoms`; equal sizes compare equal."""

    terms: tuple[tuple[Monomial, int], ...]

    @property
    def constant(self) -> int | None:
        """The number, where the size is one."""
        if not self.terms:
            return 0
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    def __add__(self, other: Size) -> Size:
        return _normal([*self.terms, *other.terms])

    def __neg__(self) -> Size:
        return Size(tuple((monomial, -count) for monomial, count in self.terms))

    def __sub__(self, other: Size) -> Size:
        return self + -other

    def __mul__(self, other: Size) -> Size:
        return _normal([(a + b, m * n) for a, m in self.terms for b, n in other.terms])

    def __floordiv__(self, other: Size) -> Size:
        return _divide("//", self, other)

    def __mod__(self, other: Size) -> Size:
        return _divide("%", self, other)

    def symbols(self) -> frozenset[Symbol]:
        """Every name in the formula."""
        return frozenset(symbol for monomial, _ in self.terms for atom in monomial for symbol in _symbols(atom))

    def substitute(self, values: Mapping[Symbol, Size]) -> Size:
        """The same formula with sizes in place of names."""
        return _fold(self, lambda symbol: values.get(symbol, of(symbol)))

    def evaluate(self, values: Mapping[str, int]) -> int:
        """The number, given one for every name."""
        number = _fold(self, lambda symbol: whole(values[symbol.name])).constant
        assert number is not None
        return number

    def __str__(self) -> str:
        return text(self, lambda symbol: symbol.name)


def whole(number: int) -> Size:
    """A size that is a plain number."""
    return Size((((), number),) if number else ())


def of(atom: Atom) -> Size:
    """A size that is one atom."""
    return Size((((atom,), 1),))


def axis(name: str) -> Size:
    """The size of the axis of that name."""
    return of(Symbol(name))


ONE = whole(1)


def product(sizes: list[Size]) -> Size:
    """All of them multiplied."""
    result = ONE
    for size in sizes:
        result = result * size
    return result


def is_natural(size: Size) -> bool:
    """Whether it can be told that a size is never below 0; those of axes are at least 1, of hyper-parameters any."""
    return _is_sum(_least(size))


def is_positive(size: Size) -> bool:
    """Whether it can be told that a size is never below 1."""
    least = _least(size)
    return _is_sum(least) and any(not monomial for monomial, _ in least.terms)


def _is_sum(size: Size) -> bool:
    """Whether nothing is taken away in a formula, and no hyper-parameter is in it."""
    return all(count > 0 and all(map(_is_counted, monomial)) for monomial, count in size.terms)


def _is_counted(atom: Atom) -> bool:
    return atom.kind == "axis" if isinstance(atom, Symbol) else _is_sum(atom.left) and _is_sum(atom.right)


def _least(size: Size) -> Size:
    """A size of the same sign or below, in which an axis stands for what it has beyond 1, and `a // 2` for its most."""
    for monomial, count in size.terms:
        atom = monomial[0] if len(monomial) == 1 else None
        if count < 0 and isinstance(atom, Division) and atom.op == "//" and (atom.right.constant or 0) > 0:
            rest = size - Size(((monomial, count),))
            return _least(rest * atom.right + whole(count) * atom.left)
    return size.substitute({symbol: of(symbol) + ONE for symbol in size.symbols() if symbol.kind == "axis"})


def text(size: Size, name: Callable[[Symbol], str]) -> str:
    """The size as a Python expression, with each name written as `name` says."""
    if not size.terms:
        return "0"
    ordered = sorted(size.terms, key=lambda term: (term[1] < 0, not term[0]))
    pieces = [_term_text(monomial, count, name) for monomial, count in ordered]
    return " + ".join(pieces).replace("+ -", "- ")


def _term_text(monomial: Monomial, count: int, name: Callable[[Symbol], str]) -> str:
    factors = [_atom_text(atom, name, alone=len(monomial) == 1 and count == 1) for atom in monomial]
    if not factors:
        return str(count)
    if count == -1:
        return "-" + " * ".join(factors)
    return " * ".join(factors if count == 1 else [str(count), *factors])


def _atom_text(atom: Atom, name: Callable[[Symbol], str], alone: bool) -> str:
    if isinstance(atom, Symbol):
        return name(atom)
    written = f"{_operand_text(atom.left, name)} {atom.op} {_operand_text(atom.right, name)}"
    return written if alone else f"({written})"


def _operand_text(size: Size, name: Callable[[Symbol], str]) -> str:
    written = text(size, name)
    return written if written.replace("_", "a").replace(".", "a").isalnum() else f"({written})"


def _normal(terms: list[tuple[Monomial, int]]) -> Size:
    counts: dict[Monomial, int] = {}
    for monomial, count in terms:
        key = tuple(sorted(monomial, key=repr))
        counts[key] = counts.get(key, 0) + count
    return Size(tuple(sorted(((m, n) for m, n in counts.items() if n), key=repr)))


def _divide(op: Literal["//", "%"], left: Size, right: Size) -> Size:
    divisor = right.constant
    if divisor:
        if left.constant is not None:
            return whole(left.constant // divisor if op == "//" else left.constant % divisor)
        if all(count % divisor == 0 for _, count in left.terms):
            return Size(tuple((m, n // divisor) for m, n in left.terms)) if op == "//" else whole(0)
    if left == right:
        return ONE if op == "//" else whole(0)
    return of(Division(op, left, right))


def _symbols(atom: Atom) -> frozenset[Symbol]:
    return frozenset((atom,)) if isinstance(atom, Symbol) else atom.left.symbols() | atom.right.symbols()


def _fold(size: Size, value: Callable[[Symbol], Size]) -> Size:
    total = whole(0)
    for monomial, count in size.terms:
        factors = [value(a) if isinstance(a, Symbol) else _fold_division(a, value) for a in monomial]
        total = total + product([whole(count), *factors])
    return total


def _fold_division(atom: Division, value: Callable[[Symbol], Size]) -> Size:
    return _divide(atom.op, _fold(atom.left, value), _fold(atom.right, value))
