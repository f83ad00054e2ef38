"""Mathematics that NumPy has not. Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes
into the emitted file when a layer needs them."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

# -log(erfc(x)) / x as a polynomial in x / (x + 6), less its sign; tools/erf_table.py prints it.
_ERF: Final = (
    -1293.032524956009,
    4323.201733179056,
    -6602.6340742340135,
    5710.453757179423,
    -2845.715174794366,
    580.0517241353772,
    128.25840443776698,
    -64.95258827619534,
    -54.985126009712914,
    24.140613268190727,
    1.4827907220226622,
    -16.705599668881735,
    -5.933746959972756,
    -2.2528097096550037,
    -7.087601519945958,
    -7.519532353063277,
    -3.8197186342055174,
    -1.1283791670955126,
)

# The same as far as single precision can tell.
_ERF_SINGLE: Final = (
    -92.15879112938048,
    149.98217091144713,
    -137.03582759807395,
    43.092843559362734,
    -1.3862741608695937,
    -16.416708293116123,
    -5.952805902623597,
    -2.2520187492415897,
    -7.087620680216,
    -7.519532116479729,
    -3.8197186353339463,
    -1.1283791670946128,
)


def _erf(x: Any, u: Any, h: Any, out: Any) -> None:
    """out = the error function of x; u, h: room for as many numbers, in double precision."""
    table = _ERF_SINGLE if out.dtype == np.float32 else _ERF
    np.absolute(x, out=u)
    np.minimum(u, 6, out=u)
    np.add(u, 6, out=h)
    np.divide(u, h, out=u)
    np.multiply(u, table[0], out=h)
    for coefficient in table[1:-1]:
        np.add(h, coefficient, out=h)
        np.multiply(h, u, out=h)
    np.add(h, table[-1], out=h)
    np.absolute(x, out=u)
    np.minimum(u, 6, out=u)
    np.multiply(h, u, out=h)
    np.expm1(h, out=u)
    np.copysign(u, x, out=out)


# exp(x * x) * (x + 3) / 6 * erfc(x) as a polynomial in v = (x - 3) / (x + 3); tools/erfc_table.py prints it.
_ERFC: Final = (
    -2.6886415000542664e-10,
    -1.0640507447057396e-09,
    4.1382603775509576e-10,
    8.135502988768277e-09,
    6.682099017175088e-09,
    -3.8864532230682495e-08,
    -6.707990336956e-08,
    1.6658353481051975e-07,
    4.6038927559163163e-07,
    -7.916305409708784e-07,
    -2.9115822553172353e-06,
    5.066398500167611e-06,
    1.7926874851911262e-05,
    -4.612964972452066e-05,
    -9.138494326298083e-05,
    0.0005056770013288882,
    -0.00020206943828412707,
    -0.004471205770825033,
    0.01992129354789799,
    -0.05174454365009211,
    0.0983713928506834,
    -0.1472324088616473,
    0.17900115118138996,
)

# The same as far as single precision can tell.
_ERFC_SINGLE: Final = (
    6.718642207573316e-06,
    1.6246739761057475e-05,
    -4.785480692000088e-05,
    -9.118689368274278e-05,
    0.0005062232480536487,
    -0.0002020256692748159,
    -0.0044712750793351325,
    0.019921283832807807,
    -0.051744540610138834,
    0.09837139330768736,
    -0.1472324088788151,
    0.1790011511783387,
)


def _erfc(x: Any, u: Any, h: Any, out: Any) -> None:
    """out = 1 - the error function of x; u, h: room for as many numbers, in double precision.

    Of a number below 0 it is 2 less that of the number without its sign.
    """
    table = _ERFC_SINGLE if out.dtype == np.float32 else _ERFC
    top = 11 if out.dtype == np.float32 else 28  # there exp(-x * x) is 0
    np.absolute(x, out=u)
    np.minimum(u, top, out=u)
    np.add(u, 3, out=h)
    np.subtract(u, 3, out=u)
    np.divide(u, h, out=u)
    np.multiply(u, table[0], out=h)
    for coefficient in table[1:-1]:
        np.add(h, coefficient, out=h)
        np.multiply(h, u, out=h)
    np.add(h, table[-1], out=h)
    np.subtract(1, u, out=u)
    np.multiply(h, u, out=h)
    np.absolute(x, out=u)
    np.minimum(u, top, out=u)
    np.multiply(u, u, out=u)
    np.negative(u, out=u)
    np.exp(u, out=u)
    np.multiply(h, u, out=h)
    np.copysign(1, x, out=u)
    np.multiply(h, u, out=h)
    np.subtract(1, u, out=u)
    np.add(h, u, out=out)


def _erfc_of(x: float) -> float:
    """One minus the error function of one number."""
    return math.erfc(x)


def _erf_of(x: float) -> float:
    """The error function of one number."""
    return math.erf(x)


def _power(x: Any, exponent: float, out: Any) -> None:
    """out = x to the power of one number, by the words that stand for `x**2` and the like where that is written out.

    `np.power` is 4 to 50 times slower; these differ from it by two units in the last place at most, and in the roots
    of -0 and -infinity. out: memory that `x` has no part in.
    """
    if exponent == 0:
        out[...] = 1
    elif exponent == 1:
        np.copyto(out, x)
    elif exponent == 0.5:
        np.sqrt(x, out=out)
    elif exponent in (-1, -2):
        np.reciprocal(x, out=out)
    elif exponent in (2, 3, 4):
        np.square(x, out=out)
    else:
        np.power(x, exponent, out=out)
    if exponent == 3:
        np.multiply(out, x, out=out)
    elif exponent in (-2, 4):
        np.multiply(out, out, out=out)


def _sign(x: Any, above: Any, below: Any, out: Any) -> None:
    """out = 1, 0 or -1, also 0 for what is no number; above, below: room for conditions of its shape.

    NumPy 1.19 takes ten times as long for `np.sign`.
    """
    signs = above.view(np.int8)
    np.greater(x, 0, out=above)
    np.less(x, 0, out=below)
    np.subtract(signs, below.view(np.int8), out=signs)
    np.copyto(out, signs)


# NumPy before 1.22 computes some functions element by element, ten times slower than exp and log.
_SLOW_SPECIAL = tuple([int(part) for part in np.__version__.split(".")[:2]]) < (1, 22)

# tanh(x) = x + x * z * (...), z = x * x, for |x| < 0.625, within a unit in the last place (Cephes, tanhf).
_TANH_NEAR = (-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)


def _tanh(x: Any, near: Any, spare: Any, bits: Any, out: Any) -> None:
    """out = tanh(x), within three units in the last place; near, spare, bits: room of its shape, bits in integers."""
    if not _SLOW_SPECIAL or out.dtype != np.float32 or out.size < 2048:
        np.tanh(x, out=out)
        return
    np.multiply(x, 2, out=near)
    np.exp(near, out=spare)
    np.add(spare, 1, out=spare)
    np.divide(2, spare, out=spare)
    np.subtract(1, spare, out=out)
    np.multiply(x, x, out=spare)
    np.multiply(spare, _TANH_NEAR[0], out=near)
    for factor in _TANH_NEAR[1:]:
        np.add(near, factor, out=near)
        np.multiply(near, spare, out=near)
    np.add(near, 1, out=near)
    np.multiply(near, x, out=near)
    np.less(spare, 0.390625, out=bits)
    np.negative(bits, out=bits)
    far, near = out.view(bits.dtype), near.view(bits.dtype)
    np.bitwise_xor(near, far, out=near)
    np.bitwise_and(near, bits, out=near)
    np.bitwise_xor(near, far, out=far)


def _log1p_unit(x: Any, u: Any, spare: Any, out: Any) -> None:
    """out = log(1 + x), exact also for small x between 0 and 1; u, spare: room of its shape.

    What is lost in u = 1 + x is put back: log(1 + x) = log(u) - ((u - 1) - x) / u. Few numbers are quicker one by one.
    """
    if not _SLOW_SPECIAL or out.size < 768:
        np.log1p(x, out=out)
        return
    np.add(x, 1, out=u)
    np.subtract(u, 1, out=spare)
    np.subtract(spare, x, out=spare)
    np.divide(spare, u, out=spare)
    np.log(u, out=out)
    np.subtract(out, spare, out=out)
