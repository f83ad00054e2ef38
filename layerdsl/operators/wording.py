"""Formulas put into words of the language: what binds how tightly, products and sums written flat."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Union

from layerdsl.graph import Size
from layerdsl.graph.size import ONE, whole

# How tightly a formula binds, as in the grammar: an operand has to bind as tightly as its place asks for.
LOOSEST, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)


@dataclass(frozen=True)
class Plain:
    """A formula in words; `static` where it is a number known at set-up."""

    text: str
    level: int
    static: bool = False


@dataclass(frozen=True)
class Product:
    """`number * over * ... / (under * ...)`; the number is a fraction of two floats."""

    number: tuple[float, float]
    over: tuple[Plain, ...] = ()
    under: tuple[Plain, ...] = ()


@dataclass(frozen=True)
class Sum:
    """Products to be added up."""

    terms: tuple[Product, ...]


@dataclass(frozen=True)
class Choice:
    """`where(condition, value, 0)`."""

    condition: Written
    value: Written


@dataclass(frozen=True)
class Negation:
    """A condition that must not hold."""

    condition: Plain


@dataclass(frozen=True)
class Chain:
    """`a <= b < c`: the operands and what stands between them."""

    operands: tuple[Plain, ...]
    relations: tuple[str, ...]


Written = Union[Plain, Product, Sum, Choice, Negation, Chain]


def text(written: Written) -> str:
    """The words."""
    return plain(written).text


def plain(written: Written) -> Plain:
    """The words and how tightly they bind."""
    match written:
        case Product():
            return _product(written)
        case Sum(terms):
            return _sum(terms)
        case Choice(Negation(condition), value):
            return call("where", condition, number(0), value)
        case Choice(condition, value):
            return call("where", condition, value, number(0))
        case Negation(condition):
            return Plain(f"not {_at(condition, NOT)}", NOT)
        case Chain(operands, relations):
            rest = zip(relations, operands[1:], strict=True)
            return Plain(operands[0].text + "".join(f" {sign} {operand.text}" for sign, operand in rest), COMPARISON)
    return written


def _at(written: Written, level: int) -> str:
    """The words, in brackets where they would fall apart."""
    formula = plain(written)
    return formula.text if formula.level >= level else f"({formula.text})"


# -- numbers -----------------------------------------------------------------------------------------------------------


def number(value: float) -> Written:
    """A literal; what is no finite number is a word."""
    if math.isnan(value) or math.isinf(value):
        return Plain("nan" if math.isnan(value) else "inf", ATOM, True) if not value < 0 else Plain("-inf", SIGN, True)
    simple = Fraction(value).limit_denominator(100)
    above, below = simple.numerator, simple.denominator
    return Product((above, below) if above / below == value and len(_literal(value)) > 6 else (value, 1))


def size(value: Size) -> Written:
    """A size as a factor, its coefficient as a number."""
    if len(value.terms) != 1:
        return number(0) if not value.terms else Plain(str(value), SUM, static=True)
    monomial, count = value.terms[0]
    factors = tuple(_plain_size(Size((((atom,), 1),))) for atom in monomial)
    return Product((count, 1), factors)


def _plain_size(atom: Size) -> Plain:
    words = str(atom)
    return Plain(words, PRODUCT if "//" in words or "%" in words else ATOM, static=True)


def _literal(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


# -- products ----------------------------------------------------------------------------------------------------------


def multiply(a: Written, b: Written) -> Written:
    """`a * b`, flat."""
    left, right = _as_product(a), _as_product(b)
    fraction = _fraction(left.number[0] * right.number[0], left.number[1] * right.number[1])
    return Product(fraction, left.over + right.over, left.under + right.under)


def divide(a: Written, b: Written) -> Written:
    """`a / b`, flat."""
    divisor = _as_product(b)
    above, below = divisor.number
    if not above:
        return infix(a, "/", b)
    return multiply(a, Product((math.copysign(below, above), abs(above)), divisor.under, divisor.over))


def negative(a: Written) -> Written:
    """`-a`."""
    if isinstance(a, Sum):
        return Sum(tuple(_negated(term) for term in a.terms))
    return _negated(_as_product(a))


def _negated(term: Product) -> Product:
    return Product((-term.number[0], term.number[1]), term.over, term.under)


def _as_product(written: Written) -> Product:
    return written if isinstance(written, Product) else Product((1, 1), (plain(written),))


def _fraction(above: float, below: float) -> tuple[float, float]:
    """In lowest terms where both are whole numbers, else as one number where that is short."""
    if above == int(above) and below == int(below):
        shared = math.gcd(int(above), int(below)) or 1
        return above / shared, below / shared
    quotient = above / below
    return (quotient, 1) if quotient * below == above and len(_literal(quotient)) < 6 else (above, below)


def _product(product: Product) -> Plain:
    above, below = product.number
    over, under = _powers(_ordered(product.over)), _powers(_ordered(product.under))
    if abs(above) != 1 or not over:
        over = [Plain(_literal(abs(above)), ATOM, static=True), *over]
    if below != 1:
        under = [Plain(_literal(below), ATOM, static=True), *under]
    sign = "-" if above < 0 else ""
    static = all(factor.static for factor in (*product.over, *product.under))
    if len(over) == 1 and not under:
        return Plain(sign + _at(over[0], SIGN), SIGN, static) if sign else over[0]
    words = " * ".join(_at(factor, SIGN) for factor in over)
    return Plain(sign + words + _divisor(under), PRODUCT, static)


def _divisor(under: Sequence[Plain]) -> str:
    if len(under) < 2:
        return "".join(f" / {_at(factor, SIGN)}" for factor in under)
    return f" / ({' * '.join(_at(factor, SIGN) for factor in under)})"


def _ordered(factors: Iterable[Plain]) -> list[Plain]:
    """What is known at set-up first, then the cotangents."""
    return sorted(factors, key=lambda factor: (not factor.static, not factor.text.startswith("d(")))


def _powers(factors: Sequence[Plain]) -> list[Plain]:
    """Equal factors as powers."""
    counts = {factor: factors.count(factor) for factor in factors}
    return [
        factor if n == 1 else Plain(f"{_at(factor, ATOM)}**{n}", POWER, factor.static) for factor, n in counts.items()
    ]


TWO, THREE, FOUR = Product((2, 1)), Product((3, 1)), Product((4, 1))


def power(base: Written, exponent: Written) -> Written:
    """`a**b`; a small whole power is a product, so that it joins the factors around it."""
    if isinstance(exponent, Product) and exponent in (TWO, THREE, FOUR):
        factor, times = _as_product(base), int(exponent.number[0])
        fraction = _fraction(factor.number[0] ** times, factor.number[1] ** times)
        return Product(fraction, factor.over * times, factor.under * times)
    return _power(plain(base), exponent)


def _power(base: Plain, exponent: Written) -> Plain:
    return Plain(f"{_at(base, ATOM)}**{_at(exponent, SIGN)}", POWER, base.static)


def infix(a: Written, sign: str, b: Written) -> Written:
    """`a // b`, `a % b`: left to right, as tight as a product."""
    return Plain(f"{_at(a, PRODUCT)} {sign} {_at(b, SIGN)}", PRODUCT)


# -- sums --------------------------------------------------------------------------------------------------------------


def add(a: Written, b: Written) -> Written:
    """`a + b`, flat."""
    return Sum(_terms(a) + _terms(b))


def _terms(written: Written) -> tuple[Product, ...]:
    return written.terms if isinstance(written, Sum) else (_as_product(written),)


def _sum(terms: Sequence[Product]) -> Plain:
    """What is added stands before what is taken away."""
    ordered = sorted(terms, key=lambda term: term.number[0] < 0) if terms[0].number[0] < 0 else terms
    words = [_at(term, PRODUCT) for term in ordered]
    signs = [" - " if word.startswith("-") else " + " for word in words]
    rest = "".join(sign + word.removeprefix("-") for sign, word in zip(signs[1:], words[1:], strict=True))
    return Plain(words[0] + rest, SUM, all(factor.static for term in terms for factor in (*term.over, *term.under)))


# -- conditions --------------------------------------------------------------------------------------------------------

OPPOSITE: Final = {"==": "!=", "!=": "=="}


def compare(a: Written, relation: str, b: Written) -> Written:
    """`a < b`."""
    return Chain((Plain(_at(a, SUM), SUM), Plain(_at(b, SUM), SUM)), (relation,))


def both(a: Written, b: Written) -> Written:
    """`a and b`; `a <= b and b < c` is `a <= b < c`."""
    if isinstance(a, Chain) and isinstance(b, Chain) and a.operands[-1] == b.operands[0]:
        return Chain(a.operands + b.operands[1:], a.relations + b.relations)
    return Plain(f"{_at(a, AND)} and {_at(b, NOT)}", AND)


def either(a: Written, b: Written) -> Written:
    """`a or b`."""
    return Plain(f"{_at(a, OR)} or {_at(b, AND)}", OR)


def negation(a: Written) -> Written:
    """`not a`, said as directly as it can be."""
    if isinstance(a, Negation):
        return a.condition
    if isinstance(a, Chain) and len(a.relations) == 1 and a.relations[0] in OPPOSITE:
        return Chain(a.operands, (OPPOSITE[a.relations[0]],))
    return Plain("test", ATOM) if a == Plain("train", ATOM) else Negation(plain(a))


def gate(test: Written, value: Written) -> Written:
    """`where(test, value, 0)`; one in the other is one."""
    return Choice(both(test, value.condition), value.value) if isinstance(value, Choice) else Choice(test, value)


def conditional(test: Written, a: Written, b: Written) -> Written:
    """`a if test else b`."""
    return Plain(f"{_at(a, OR)} if {_at(test, OR)} else {text(b)}", LOOSEST)


# -- the rest ----------------------------------------------------------------------------------------------------------


def call(name: str, /, *args: Written, **keywords: str) -> Plain:
    """`name(a, b, over=C)`."""
    written = [*(text(arg) for arg in args), *(f"{key}={value}" for key, value in keywords.items())]
    return Plain(f"{name}({', '.join(written)})", ATOM)


def selected(value: Written, selection: str) -> Plain:
    """`value[C=label]`."""
    return Plain(f"{_at(value, ATOM)}[{selection}]", ATOM)


def cut_length(start: Size, stop: Size, step: int) -> Size:
    """How many places `start:stop:step` takes."""
    return stop - start if step == 1 else (stop - start + whole(step) - ONE) // whole(step)
