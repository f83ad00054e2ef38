"""The error function against the one of Python, which is right to the last bit but one."""

import math

import numpy as np
import pytest
from running import run, start

from layerdsl.caffe.special import _erf, _erfc


def erf(x):
    out = np.empty_like(x)
    _erf(x, np.empty(x.shape), np.empty(x.shape), out)
    return out


def expected(x):
    return np.array([math.erf(one) for one in x.astype(np.float64).flat]).reshape(x.shape)


RANGES = {
    "from end to end": np.linspace(-7, 7, 200_001),
    "small": np.concatenate([s * np.logspace(-300, 0, 20_001) for s in (1, -1)]),
    "where it reaches 1": np.linspace(5, 6.5, 20_001),
}


@pytest.mark.parametrize("name", RANGES)
def test_double_precision(name):
    x = RANGES[name]
    x = x[x != 0]
    assert np.max(np.abs(erf(x) / expected(x) - 1)) < 1e-15


@pytest.mark.parametrize("name", RANGES)
def test_single_precision_is_the_nearest_number(name):
    """But where the next digits are so close to the middle of two numbers that a double can't tell."""
    x = RANGES[name].astype(np.float32)
    x = x[np.abs(x) > 1e-37]
    wanted = expected(x)
    found = erf(x)
    assert np.max(np.abs(found - wanted) / np.spacing(np.abs(found))) < 0.50002


def test_ends():
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, 5e-324])
    found = erf(x)
    np.testing.assert_array_equal(found, [0, 0, 1, -1, np.nan, 1, 5e-324])
    assert list(np.signbit(found[:2])) == [False, True]


def test_numbers_and_arrays_of_no_axes():
    x = np.array(0.5)
    assert float(erf(x)) == pytest.approx(math.erf(0.5), rel=1e-15)


def erfc(x):
    out = np.empty_like(x)
    with np.errstate(under="ignore"):
        _erfc(x, np.empty(x.shape), np.empty(x.shape), out)
    return out


def complement(x):
    return np.array([math.erfc(one) for one in x.astype(np.float64).flat]).reshape(x.shape)


def test_one_minus_it_is_the_nearest_number_in_single_precision():
    """Also where it is nearly 0, down to the smallest normal number."""
    x = np.concatenate([np.linspace(-7, 9.1, 100_001), -np.logspace(-30, 0, 2001), np.logspace(-30, 0, 2001)])
    x = x.astype(np.float32)
    found = erfc(x)
    assert np.max(np.abs(found - complement(x)) / np.spacing(found)) < 0.502


def test_one_minus_it_in_double_precision():
    """The square of `x` is rounded before its exponential is taken."""
    x = np.linspace(-7, 26, 100_001)
    assert np.max(np.abs(erfc(x) / complement(x) - 1) / (2e-15 + 2e-16 * x * x)) < 1


def test_ends_of_one_minus_it():
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, 28])
    np.testing.assert_array_equal(erfc(x), [1, 1, 0, 2, np.nan, 0, 2, 0])
    np.testing.assert_array_equal(erfc(x.astype(np.float32)), [1, 1, 0, 2, np.nan, 0, 2, 0])


def test_the_normal_distribution_has_digits_far_below_its_mean():
    """`1 + erf(x)` is a difference there, and would be 0."""
    x = np.array([[-8.0, -5.5, 0.5]], np.float32)
    text = "layer A(x: [N, C]) -> y: [N, C]:\n    y = (1 + erf(x)) / 2\n"
    np.testing.assert_allclose(run(text, x=x, dtype=np.float32).value("y"), complement(-x) / 2, rtol=1e-6)


FORMULA = "layer A(x: [N, C, *S]) -> y: [N, C, *S]:\n    hyper k: float = 0.5\n    y = erf(x - 1) * erf(k)\n"


@pytest.mark.parametrize("shape", [(1, 1), (2, 3, 5), (3, 2, 200, 300)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_a_layer(shape, dtype):
    x = np.random.RandomState(1).uniform(-3, 3, shape).astype(dtype)
    ran = run(FORMULA, x=x, dtype=dtype)
    exact = np.finfo(dtype).eps * 4
    np.testing.assert_allclose(ran.value("y"), expected(x - 1) * math.erf(0.5), rtol=exact, atol=exact)
    slope = 2 / math.sqrt(math.pi) * np.exp(-((x - 1) ** 2)) * math.erf(0.5)
    np.testing.assert_allclose(ran.diff("x"), slope, rtol=exact * 8)


def test_with_another_number_for_the_hyper_parameter():
    ran = start(FORMULA, x=np.ones((1, 1)) * 2, param_str="k: -2").forward()
    assert ran.value("y")[0, 0] == pytest.approx(math.erf(1) * math.erf(-2), rel=1e-15)
