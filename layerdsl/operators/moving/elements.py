"""Element by element. Branches go by the real parts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from layerdsl.operators.types import ELEMENTWISE
from layerdsl.operators.world import Array


def _abs(z: Array) -> Array:
    return np.where(z.real < 0, -z, z)


def _cbrt(z: Array) -> Array:
    root = np.exp(np.log(_abs(z)) / 3)
    return np.where(z.real < 0, -root, root)


def _relu(z: Array) -> Array:
    return np.where(z.real > 0, z, 0)


def _sigmoid(z: Array) -> Array:
    small = np.exp(-_abs(z))
    return np.asarray(np.where(z.real >= 0, 1, small) / (1 + small))


def _softplus(z: Array) -> Array:
    """At 0 both parts have to be those of the same side."""
    return np.asarray(np.where(z.real < 0, 0, z) + np.log(1 + np.exp(-_abs(z))))


def _erf(z: Array) -> Array:
    """The first term of its series around the real part."""
    return np.asarray(2 / math.sqrt(math.pi) * np.exp(-z.real * z.real) * 1j * z.imag)


def _pow(a: Array, b: Array) -> Array:
    a, b = np.broadcast_arrays(np.asarray(a), np.asarray(b))
    if not np.iscomplexobj(b) and b.size and np.ptp(b) == 0 and b.flat[0] == np.rint(b.flat[0]) and abs(b.flat[0]) < 64:
        return _whole_pow(a, int(b.flat[0]))
    even = np.where(np.mod(np.real(b), 2) == 1, -1.0, 1.0)  # of a negative number only whole powers are real
    return np.asarray(np.where(a.real < 0, even, 1.0) * np.exp(b * np.log(np.where(a.real < 0, -a, a) + 0j)))


def _whole_pow(a: Array, times: int) -> Array:
    if times < 0:
        return np.asarray(1 / _whole_pow(a, -times))
    result, factor = np.ones_like(a), a
    while times:
        result = result * factor if times % 2 else result
        factor, times = factor * factor, times // 2
    return result


def _mod(a: Array, b: Array) -> Array:
    return np.asarray(a - b * np.floor(np.real(a) / np.real(b)))


def _arctan2(y: Array, x: Array) -> Array:
    """Up to a constant: of the quotient that is small."""
    wide = np.abs(np.real(x)) > np.abs(np.real(y))
    return np.asarray(np.where(wide, np.arctan(y / x + 0j), -np.arctan(x / y + 0j)))


def _maximum(a: Array, b: Array) -> Array:
    return np.asarray(np.where(np.real(a) >= np.real(b), a, b))


def _minimum(a: Array, b: Array) -> Array:
    return np.asarray(np.where(np.real(a) <= np.real(b), a, b))


# The real part is taken from the plain meaning, so that constants do not count: `expm1` is `exp`.
ELEMENTS: Final[dict[str, Callable[..., Any]]] = {
    "neg": lambda z: -z,
    "abs": _abs,
    "sqrt": np.sqrt,
    "square": lambda z: z * z,
    "exp": np.exp,
    "expm1": np.exp,
    "exp2": lambda z: np.exp(z * math.log(2)),
    "log": np.log,
    "log1p": lambda z: np.log(1 + z),
    "log1p_unit": lambda z: np.log(1 + z),
    "log2": lambda z: np.log(z) / math.log(2),
    "log10": lambda z: np.log(z) / math.log(10),
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arcsinh": np.arcsinh,
    "arccosh": np.arccosh,
    "arctanh": np.arctanh,
    "reciprocal": lambda z: 1 / z,
    "cbrt": _cbrt,
    "erf": _erf,
    "erfc": lambda z: -_erf(z),
    "relu": _relu,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "logsigmoid": lambda z: -_softplus(-z),
    "real": lambda z: z,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": _pow,
    "mod": _mod,
    "maximum": _maximum,
    "minimum": _minimum,
    "arctan2": _arctan2,
    "hypot": lambda a, b: np.sqrt(a * a + b * b),
    "where": np.where,
    "gate": lambda test, z: np.where(test, z, 0),
    "clip": lambda z, low, high: _minimum(_maximum(z, low), high),
}

assert set(ELEMENTS) <= ELEMENTWISE
