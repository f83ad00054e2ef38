"""Powers whose exponent the net says: what `np.power` gives, by faster words."""

import numpy as np
import pytest

from layerdsl.caffe.special import _power

WORDS = [0, 1, 2, 3, 4, 0.5, -1, -2]
EDGES = np.array([0.0, 1.0, -1.0, -2.5, np.inf, np.nan, 1e-40, -1e-40, 3e38, -3e38, 1e20, -1e20, 1e-20], np.float32)


def powers(x, exponent):
    out = np.full_like(x, 7)
    with np.errstate(all="ignore"):
        _power(x, exponent, out)
    return out


@pytest.mark.parametrize("exponent", [*WORDS, 1.5, 2.5, 5, -3, -0.5, 0.25])
def test_within_two_units_in_the_last_place(exponent):
    x = np.exp(np.random.default_rng(0).uniform(-8, 8, 40000)).astype(np.float32)
    wanted = x.astype(np.float64) ** exponent
    assert np.max(np.abs(powers(x, exponent) - wanted) / np.spacing(wanted.astype(np.float32))) <= 2


@pytest.mark.parametrize("exponent", [*WORDS, 2.0, -1.0, np.float32(0.5), np.int64(3), 1.5, -3])
def test_at_the_edges(exponent):
    with np.errstate(all="ignore"):
        wanted = np.power(EDGES.astype(np.float64), float(exponent)).astype(np.float32)
    np.testing.assert_allclose(powers(EDGES, exponent), wanted, rtol=3e-7, atol=2e-45)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, -1, -2])
@pytest.mark.parametrize("x", [-0.0, -np.inf])
def test_signs_of_zero_and_infinity(exponent, x):
    x = np.array([x], np.float32)
    with np.errstate(all="ignore"):
        wanted = np.power(x, np.float32(exponent))
    found = powers(x, exponent)
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(wanted))


@pytest.mark.parametrize("exponent", [*WORDS, 2.5])
def test_views_and_values_that_lack_an_axis(exponent):
    x = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
    whole = np.zeros((2, 3, 8), np.float32)
    _power(x[:, :, None], exponent, whole[:, :, ::2])
    np.testing.assert_allclose(whole[:, :, ::2], np.broadcast_to((x**exponent)[:, :, None], (2, 3, 4)), rtol=3e-7)
    assert not whole[:, :, 1::2].any()
