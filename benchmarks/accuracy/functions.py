"""What is measured element by element: each formula with its exact value and slopes, in mpmath's numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import copysign, hypot, log2
from typing import Any

import mpmath as mp

Number = Any  # mpmath's
Exact = Callable[..., Number]

mp.mp.dps = 50


@dataclass(frozen=True)
class Function:
    """A formula of `a` (and `b`), what it is worth, and its slopes: one for each argument, or none.

    domain: for which arguments it is measured, told by Python's numbers.
    near: places around which the sample is dense, beside 0 and the ends of the range of numbers.
    library: the file of the standard library that has it.
    least: what units are counted of, at least, in the value and in the slopes: 1 where a unit is one of the last place
        of 1, for results that are differences by nature; `why` says so in the page.
    """

    formula: str
    value: Exact
    slopes: tuple[Exact, ...] = ()
    domain: Callable[..., bool] = lambda *values: True
    near: tuple[float, ...] = ()
    library: str = ""
    least: tuple[float, float] = (0.0, 0.0)
    why: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """`a`, or `a` and `b`."""
        return ("a", "b")[: self.value.__code__.co_argcount]


def sech_squared(a: Number) -> Number:
    """The slope of tanh."""
    return 1 / mp.cosh(a) ** 2


def logistic(a: Number) -> Number:
    """`1 / (1 + exp(-a))`."""
    return 1 / (1 + mp.exp(-a))


def logistic_slope(a: Number) -> Number:
    """Of `logistic`, without a difference."""
    return 1 / (2 + mp.exp(a) + mp.exp(-a))


def softplus(a: Number) -> Number:
    """`log(1 + exp(a))`."""
    return mp.log1p(mp.exp(a)) if a < 0 else a + mp.log1p(mp.exp(-a))


def normal_below(a: Number) -> Number:
    """The chance that a normal draw is less than `a`."""
    return mp.erfc(-a / mp.sqrt(2)) / 2 if abs(a) < 1e4 else step(a)


def normal_density(a: Number) -> Number:
    """Of a normal draw."""
    return mp.exp(-a * a / 2) / mp.sqrt(2 * mp.pi)


def floored(a: Number, b: Number) -> Number:
    """`a // b`; for quotients beyond 50 digits as well."""
    with mp.workdps(700):
        return mp.floor(a / b)


def remainder(a: Number, b: Number) -> Number:
    """`a % b`, of the sign of `b`."""
    with mp.workdps(700):
        return a - b * mp.floor(a / b)


def whole(b: float) -> bool:
    """Whether a number is whole."""
    return b == int(b)


def inverse(a: Number) -> Number:
    """`1 / a`, infinite at 0."""
    return 1 / a if a else mp.inf


def not_vanishing(a: float) -> bool:
    """Where exp(a) is neither below the smallest normal number nor 0."""
    return a > -87 or a < -800


def positive(a: float) -> bool:
    """Also 0, but not -0, at which a slope is infinite on its own side."""
    return copysign(1, a) > 0


def one(*_: Number) -> Number:
    """The slope of what goes through."""
    return mp.mpf(1)


def step(a: Number) -> Number:
    """1 above 0."""
    return mp.mpf(1 if a > 0 else 0)


def tanh_argument(a: Number) -> Number:
    """What gelu_tanh has in its tanh."""
    return mp.sqrt(2 / mp.pi) * (a + mp.mpf("0.044715") * a**3)


def gelu_tanh_slope(a: Number) -> Number:
    """`u * tanh`'s half and its product's rule, without a difference."""
    u = tanh_argument(a)
    inner = mp.sqrt(2 / mp.pi) * (1 + 3 * mp.mpf("0.044715") * a**2)
    return logistic(2 * u) + a * inner * sech_squared(u) / 2


def mish_slope(a: Number) -> Number:
    """By the rule of the product."""
    s = softplus(a)
    return mp.tanh(s) + a * sech_squared(s) * logistic(a)


PI = 3.141592653589793
SELU, SCALE = mp.mpf("1.6732632423543772"), mp.mpf("1.0507009873554805")

BY_VALUE = (
    "The slope is made from the value, as in Caffe: that costs no second exponential. Where the value is nearly 1, the "
    "difference that is left is as exact as a 1."
)
DIFFERENCE = "A sum of terms of either sign, which is 0 at some place: its unit is one of 1."
STEEP = (
    "Below 0 the function falls so steeply that rounding what stands inside it makes about `a**2` units. The slope is "
    "0 at some place, so that its unit is one of 1."
)
SQUARED = (
    "The square in the exponential is rounded, which at a square of `s` makes `s / 2` units; the slope is tiny there."
)
EXPONENT = "One less than the exponent is rounded, and the logarithm of the base multiplies what is lost."

PLAIN = (
    Function("abs(a)", lambda a: abs(a), (mp.sign,)),
    Function("sign(a)", lambda a: mp.sign(a)),
    Function("-a", lambda a: -a, (lambda a: mp.mpf(-1),)),
    Function("sqrt(a)", lambda a: mp.sqrt(a), (lambda a: inverse(2 * mp.sqrt(a)),), positive),
    Function("cbrt(a)", lambda a: mp.sign(a) * mp.cbrt(abs(a)), (lambda a: inverse(3 * mp.cbrt(a * a)),)),
    Function("square(a)", lambda a: a * a, (lambda a: 2 * a,)),
    Function("reciprocal(a)", lambda a: 1 / a, (lambda a: -1 / a**2,), lambda a: a != 0),
    Function("a**3", lambda a: a**3, (lambda a: 3 * a * a,)),
    Function("a**1.25", lambda a: a**1.25, (lambda a: 1.25 * a**0.25,), lambda a: a > 0),
    Function("a**-2.5", lambda a: a**-2.5, (lambda a: -2.5 * a**-3.5,), lambda a: a > 0),
    Function("exp(a)", lambda a: mp.exp(a), (mp.exp,)),
    Function("exp2(a)", lambda a: mp.mpf(2) ** a, (lambda a: mp.log(2) * mp.mpf(2) ** a,)),
    Function("expm1(a)", lambda a: mp.expm1(a), (mp.exp,)),
    Function("log(a)", lambda a: mp.log(a), (inverse,), lambda a: a > 0, (1,)),
    Function("log2(a)", lambda a: mp.log(a) / mp.log(2), (lambda a: 1 / (mp.log(2) * a),), lambda a: a > 0, (1,)),
    Function("log10(a)", lambda a: mp.log10(a), (lambda a: 1 / (mp.log(10) * a),), lambda a: a > 0, (1,)),
    Function("log1p(a)", lambda a: mp.log1p(a), (lambda a: 1 / (1 + a),), lambda a: a > -1, (-1,)),
    Function("sin(a)", lambda a: mp.sin(a), (mp.cos,), near=(PI, PI / 2, 100 * PI)),
    Function("cos(a)", lambda a: mp.cos(a), (lambda a: -mp.sin(a),), near=(PI, PI / 2, 100 * PI)),
    Function("tan(a)", lambda a: mp.tan(a), (lambda a: mp.sec(a) ** 2,), near=(PI, PI / 2, 100 * PI)),
    Function(
        "arcsin(a)", lambda a: mp.asin(a), (lambda a: inverse(mp.sqrt(1 - a * a)),), lambda a: abs(a) <= 1, (1, -1)
    ),
    Function(
        "arccos(a)", lambda a: mp.acos(a), (lambda a: -inverse(mp.sqrt(1 - a * a)),), lambda a: abs(a) <= 1, (1, -1)
    ),
    Function("arctan(a)", lambda a: mp.atan(a), (lambda a: 1 / (1 + a * a),)),
    Function("sinh(a)", lambda a: mp.sinh(a), (mp.cosh,)),
    Function("cosh(a)", lambda a: mp.cosh(a), (mp.sinh,)),
    Function("tanh(a)", lambda a: mp.tanh(a), (sech_squared,), least=(0, 1), why=BY_VALUE),
    Function("arcsinh(a)", lambda a: mp.asinh(a), (lambda a: 1 / mp.sqrt(1 + a * a),)),
    Function("arccosh(a)", lambda a: mp.acosh(a), (lambda a: inverse(mp.sqrt(a * a - 1)),), lambda a: a >= 1, (1,)),
    Function("arctanh(a)", lambda a: mp.atanh(a), (lambda a: 1 / (1 - a * a),), lambda a: abs(a) < 1, (1, -1)),
    Function("erf(a)", lambda a: mp.erf(a), (lambda a: 2 / mp.sqrt(mp.pi) * mp.exp(-a * a),), why=SQUARED),
    Function("erfc(a)", lambda a: mp.erfc(a) if abs(a) < 1e4 else mp.mpf(2 if a < 0 else 0),
             (lambda a: -2 / mp.sqrt(mp.pi) * mp.exp(-a * a),), near=(9, 26), why=SQUARED),
    Function("sigmoid(a)", lambda a: logistic(a), (logistic_slope,), least=(0, 1), why=BY_VALUE),
    Function("log_sigmoid(a)", lambda a: -softplus(-a), (lambda a: logistic(-a),)),
    Function("softplus(a)", lambda a: softplus(a), (logistic,)),
    Function("relu(a)", lambda a: max(a, 0), (step,)),
    Function("clip(a, -1, 2)", lambda a: min(max(a, -1), 2), (lambda a: mp.mpf(int(-1 <= a <= 2)),), near=(-1, 2)),
    Function("floor(a)", lambda a: mp.floor(a), near=(1, -1, 2.5)),
    Function("ceil(a)", lambda a: mp.ceil(a), near=(1, -1, 2.5)),
    Function("round(a)", lambda a: mp.nint(a), near=(1, -1.5, 2.5)),
    Function("trunc(a)", lambda a: mp.sign(a) * mp.floor(abs(a)), near=(1, -1, 2.5)),
)  # fmt: skip

OF_TWO = (
    Function("a + b", lambda a, b: a + b, (one, one)),
    Function("a - b", lambda a, b: a - b, (one, lambda a, b: mp.mpf(-1))),
    Function("a * b", lambda a, b: a * b, (lambda a, b: b, lambda a, b: a)),
    Function("a / b", lambda a, b: a / b, (lambda a, b: 1 / b, lambda a, b: -a / b**2), lambda a, b: b != 0),
    Function("a // b", floored, domain=lambda a, b: b != 0 and abs(a) < 1e6 * abs(b)),
    Function("a % b", remainder, (one, lambda a, b: -floored(a, b)), lambda a, b: b != 0 and abs(a) < 1e6 * abs(b)),
    Function(
        "pow(a, b)",
        lambda a, b: a**b,
        (lambda a, b: b * a ** (b - 1), lambda a, b: a**b * mp.log(a)),
        lambda a, b: a > 1e-37 and 1e-30 < abs(b) < 1e30 and (b - 1) * log2(a) < 127,
        (1,),
        why=EXPONENT,
    ),
    Function(
        "atan2(a, b)",
        lambda a, b: mp.atan2(a, b),
        (lambda a, b: b / (a * a + b * b), lambda a, b: -a / (a * a + b * b)),
        lambda a, b: a != 0 or b > 0,
    ),
    Function(
        "hypot(a, b)",
        lambda a, b: mp.sqrt(a * a + b * b),
        (lambda a, b: a / mp.sqrt(a * a + b * b), lambda a, b: b / mp.sqrt(a * a + b * b)),
        lambda a, b: 1e-36 < hypot(a, b) < 3e38,
    ),
    Function("max(a, b)", lambda a, b: max(a, b), (lambda a, b: step(a - b), lambda a, b: 1 - step(a - b))),
    Function("min(a, b)", lambda a, b: min(a, b), (lambda a, b: 1 - step(a - b), lambda a, b: step(a - b))),
)

LIBRARY = (
    Function("elu(a)", lambda a: a if a > 0 else mp.expm1(a), (lambda a: mp.exp(min(a, 0)),), library="activations"),
    Function(
        "selu(a)",
        lambda a: SCALE * (a if a > 0 else SELU * mp.expm1(a)),
        (lambda a: SCALE * (1 if a > 0 else SELU * mp.exp(a)),),
        library="activations",
    ),
    Function(
        "silu(a)",
        lambda a: a * logistic(a),
        (lambda a: logistic(a) + a * logistic_slope(a),),
        not_vanishing,
        near=(-1.2784645,),
        library="activations",
        least=(0, 1),
        why=DIFFERENCE,
    ),
    Function(
        "gelu(a)",
        lambda a: a * normal_below(a),
        (lambda a: normal_below(a) + a * normal_density(a),),
        lambda a: a > -12 or a < -60,
        near=(-0.7517916,),
        library="activations",
        least=(0, 1),
        why=STEEP,
    ),
    Function(
        "gelu_tanh(a)",
        lambda a: a * logistic(2 * tanh_argument(a)),
        (gelu_tanh_slope,),
        lambda a: -8 < a < 1e6,
        near=(-0.7524615,),
        library="activations",
        least=(0, 1),
        why=STEEP,
    ),
    Function(
        "mish(a)",
        lambda a: a * mp.tanh(softplus(a)),
        (mish_slope,),
        not_vanishing,
        near=(-1.1924312,),
        library="activations",
        least=(0, 1),
        why=DIFFERENCE,
    ),
    Function(
        "softsign(a)",
        lambda a: a / (1 + abs(a)),
        (lambda a: 1 / (1 + abs(a)) ** 2,),
        library="activations",
        least=(0, 1),
        why=DIFFERENCE,
    ),
    Function(
        "log_cosh(a)",
        lambda a: mp.log1p(2 * mp.sinh(a / 2) ** 2) if abs(a) < 50 else abs(a) - mp.log(2) + mp.exp(-2 * abs(a)),
        (mp.tanh,),
        library="losses",
        near=(1, -1),
    ),
    Function(
        "charbonnier(a, eps=0.5)",
        lambda a: mp.sqrt(a * a + 0.25),
        (lambda a: a / mp.sqrt(a * a + 0.25),),
        lambda a: abs(a) < 1e18,
        library="losses",
    ),
)

FUNCTIONS = (*PLAIN, *OF_TWO, *LIBRARY)
