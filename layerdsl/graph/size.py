"""Sizes of axes as whole-number formulas over axis and hyper-parameter names, in a normal form that decides equality.

`(H + 1) * 2` and `2 * H + 2` are the same value; `H // 2`, `min(H, W)` and `a if c else b` are atoms of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import eq, floordiv, ge, gt, le, lt, mod, ne
from typing import Any, Final, Literal, Union


@dataclass(frozen=True)
class Symbol:
    """The size of an axis, or a hyper-parameter that is a whole number.

    `ndim(x)`, how many axes a bottom has, is known when sizes are, and counts as one.
    """

    name: str
    kind: Literal["axis", "hyper"] = "axis"


@dataclass(frozen=True)
class Pair:
    """`left // right`, `left % right`, `min(left, right)` or `max(left, right)` that could not be carried out."""

    op: Operator
    left: Size
    right: Size


@dataclass(frozen=True)
class Test:
    """A condition of the set-up by what it is made of: hyper-parameters, sizes, literals, comparisons, logic."""

    op: str
    attrs: tuple[tuple[str, Any], ...] = ()
    args: tuple[Test, ...] = ()
    node: object = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Choice:
    """`yes if test else no`."""

    test: Test
    yes: Size
    no: Size


Operator = Literal["//", "%", "min", "max"]
Atom = Union[Symbol, Pair, Choice]
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

    def minimum(self, other: Size) -> Size:
        """The smaller one."""
        return _extreme("min", self, other)

    def maximum(self, other: Size) -> Size:
        """The larger one."""
        return _extreme("max", self, other)

    def symbols(self) -> frozenset[Symbol]:
        """Every name in the formula."""
        return frozenset(symbol for monomial, _ in self.terms for atom in monomial for symbol in _symbols(atom))

    def substitute(self, values: Mapping[Symbol, Size]) -> Size:
        """The same formula with sizes in place of names."""
        return _fold(self, lambda symbol: values.get(symbol, of(symbol)))

    def evaluate(self, values: Mapping[str, int]) -> int:
        """The number, given one for every name.

        An optional hyper-parameter that is none has none; a word has 1 under `name == word`, an optional blob that is
        there under `name?`.
        """
        terms = ((count, (_atom_value(atom, values) for atom in monomial)) for monomial, count in self.terms)
        return sum(count * math.prod(factors) for count, factors in terms)

    def __str__(self) -> str:
        from layerdsl.graph.writing import plain_text  # which is written of sizes

        return plain_text(self)


def whole(number: int) -> Size:
    """A size that is a plain number."""
    return Size((((), number),) if number else ())


def of(atom: Atom) -> Size:
    """A size that is one atom."""
    return Size((((atom,), 1),))


def axis(name: str) -> Size:
    """The size of the axis of that name."""
    return of(Symbol(name))


def ndim(name: str) -> Size:
    """How many axes the bottom of that name has."""
    return of(Symbol(f"ndim({name})"))


ONE = whole(1)


def product(sizes: list[Size]) -> Size:
    """All of them multiplied."""
    result = ONE
    for size in sizes:
        result = result * size
    return result


def parts(size: Size) -> Iterator[Size]:
    """The sizes of which another one is made, where `text` may write a name for them."""
    for atom in (atom for monomial, _ in size.terms for atom in monomial):
        if of(atom) != size:
            yield of(atom)
        elif isinstance(atom, Pair):
            yield from (atom.left, atom.right)
        elif isinstance(atom, Choice):
            yield from (atom.yes, atom.no, *_tested(atom.test))


def _tested(test: Test) -> Iterator[Size]:
    yield from (value for _, value in test.attrs if isinstance(value, Size))
    for part in test.args:
        yield from _tested(part)


def _normal(terms: list[tuple[Monomial, int]]) -> Size:
    counts: dict[Monomial, int] = {}
    for monomial, count in terms:
        key = tuple(sorted(monomial, key=repr))
        counts[key] = counts.get(key, 0) + count
    return Size(tuple(sorted(((m, n) for m, n in counts.items() if n), key=repr)))


def chosen(test: Test, yes: Size, no: Size) -> Size:
    """The first where the condition holds, else the second."""
    return yes if yes == no else of(Choice(test, yes, no))


def _divide(op: Operator, left: Size, right: Size) -> Size:
    divisor = right.constant
    if not left.terms and divisor != 0:
        return left
    if divisor:
        if left.constant is not None:
            return whole(left.constant // divisor if op == "//" else left.constant % divisor)
        if all(count % divisor == 0 for _, count in left.terms):
            return Size(tuple((m, n // divisor) for m, n in left.terms)) if op == "//" else whole(0)
    if left == right:
        return ONE if op == "//" else whole(0)
    return of(Pair(op, left, right))


def _extreme(op: Literal["min", "max"], left: Size, right: Size) -> Size:
    difference = (left - right).constant
    if difference is not None:
        return left if (difference <= 0) == (op == "min") else right
    return of(Pair(op, *sorted((left, right), key=repr)))


def _symbols(atom: Atom) -> frozenset[Symbol]:
    if isinstance(atom, Symbol):
        return frozenset((atom,))
    if isinstance(atom, Choice):
        return atom.yes.symbols() | atom.no.symbols() | _test_symbols(atom.test)
    return atom.left.symbols() | atom.right.symbols()


def _test_symbols(test: Test) -> frozenset[Symbol]:
    own = [value.symbols() for key, value in test.attrs if isinstance(value, Size)]
    return frozenset().union(*own, *map(_test_symbols, test.args))


def settled(size: Size, outcome: Callable[[Test], bool | None]) -> Size:
    """The size with its choices made, as far as the outcome of their tests is known."""
    total = whole(0)
    for monomial, count in size.terms:
        total = total + product([whole(count), *(_settled(atom, outcome) for atom in monomial)])
    return total


def _settled(atom: Atom, outcome: Callable[[Test], bool | None]) -> Size:
    if isinstance(atom, Symbol):
        return of(atom)
    if isinstance(atom, Pair):
        return COMBINED[atom.op](settled(atom.left, outcome), settled(atom.right, outcome))
    yes, no = settled(atom.yes, outcome), settled(atom.no, outcome)
    known = outcome(atom.test)
    return chosen(atom.test, yes, no) if known is None else yes if known else no


def _fold(size: Size, value: Callable[[Symbol], Size]) -> Size:
    total = whole(0)
    for monomial, count in size.terms:
        total = total + product([whole(count), *(_folded(atom, value) for atom in monomial)])
    return total


def _folded(atom: Atom, value: Callable[[Symbol], Size]) -> Size:
    if isinstance(atom, Symbol):
        return value(atom)
    if isinstance(atom, Choice):
        return chosen(_folded_test(atom.test, value), _fold(atom.yes, value), _fold(atom.no, value))
    return COMBINED[atom.op](_fold(atom.left, value), _fold(atom.right, value))


def _folded_test(test: Test, value: Callable[[Symbol], Size]) -> Test:
    attrs = tuple((key, _fold(one, value) if isinstance(one, Size) else one) for key, one in test.attrs)
    return Test(test.op, attrs, tuple(_folded_test(arg, value) for arg in test.args), test.node)


COMBINED: Final[dict[str, Callable[[Size, Size], Size]]] = {
    "//": Size.__floordiv__,
    "%": Size.__mod__,
    "min": Size.minimum,
    "max": Size.maximum,
}


# -- numbers -----------------------------------------------------------------------------------------------------------


def _atom_value(atom: Atom, values: Mapping[str, int]) -> int:
    if isinstance(atom, Symbol):
        return values[atom.name]
    if isinstance(atom, Choice):
        return (atom.yes if _test_value(atom.test, values) else atom.no).evaluate(values)
    return WHOLE[atom.op](atom.left.evaluate(values), atom.right.evaluate(values))


WHOLE: Final[dict[str, Callable[[int, int], int]]] = {"//": floordiv, "%": mod, "min": min, "max": max}


def holds(test: Test, values: Mapping[str, Any]) -> bool:
    """Whether a condition holds, given a value for every name, as for `Size.evaluate`."""
    return bool(_test_value(test, values))


def _test_value(test: Test, values: Mapping[str, int]) -> Any:
    attrs = dict(test.attrs)
    match test.op:
        case "number":
            return attrs["value"]
        case "size":
            return attrs["size"].evaluate(values)
        case "isnone":
            return attrs["name"] not in values
        case "absent":
            return f"{attrs['name']}?" not in values
        case "hyper":
            return values[attrs["name"]]
        case "and":
            return all(_test_value(arg, values) for arg in test.args)
        case "or":
            return any(_test_value(arg, values) for arg in test.args)
        case "not":
            return not _test_value(test.args[0], values)
    if _is_word(test):
        name, word = (dict(arg.attrs) for arg in sorted(test.args, key=lambda arg: arg.op))
        return (f"{name['name']} == {word['value']}" in values) == (test.op == "eq")
    return RELATIONS[test.op](*(_test_value(arg, values) for arg in test.args))


def _is_word(test: Test) -> bool:
    return len(test.args) == 2 and {arg.op for arg in test.args} == {"hyper", "number"} and _kind(test.args) == "word"


def _kind(args: tuple[Test, ...]) -> str:
    return str(next(dict(arg.attrs)["kind"] for arg in args if arg.op == "hyper"))


RELATIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {"lt": lt, "le": le, "gt": gt, "ge": ge, "eq": eq, "ne": ne}


def is_test(test: Test) -> bool:
    """Whether a size may depend on such a condition."""
    known = ("number", "size", "isnone", "absent", "hyper", "and", "or", "not", *RELATIONS)
    return test.op in known and all(map(is_test, test.args))
