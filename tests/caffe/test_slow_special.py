"""tanh and log(1 + x) as they are computed where NumPy's own are slow: within three units in the last place."""

import numpy as np
import pytest

from layerdsl.caffe import special


@pytest.fixture(params=[True, False], ids=["older NumPy", "newer"])
def older(request, monkeypatch):
    monkeypatch.setattr(special, "_SLOW_SPECIAL", request.param)


def rooms(x, count):
    return [np.full_like(x, np.nan) for _ in range(count)]


def units(found, wanted):
    spacing = np.spacing(np.abs(wanted).astype(np.float32)).astype(np.float64)
    return np.max(np.abs(found.astype(np.float64) - wanted) / spacing)


def test_tanh(older):
    x = np.concatenate([np.linspace(-12, 12, 100001), np.geomspace(1e-38, 1, 5001), -np.geomspace(1e-38, 1, 5001)])
    x = x.astype(np.float32)
    out = np.empty_like(x)
    special._tanh(x, *rooms(x, 2), np.empty(x.shape, np.int32), out)
    assert units(out, np.tanh(x.astype(np.float64))) <= 3


def test_tanh_at_the_edges(older):
    x = np.tile(np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 90, -90, 3e38, 0.625, -0.625], np.float32), 300)
    out = np.empty_like(x)
    with np.errstate(all="ignore"):
        special._tanh(x, *rooms(x, 2), np.empty(x.shape, np.int32), out)
    np.testing.assert_allclose(out, np.tanh(x.astype(np.float64)), rtol=3e-7)
    assert np.signbit(out[1])


def test_tanh_in_double_precision(older):
    x = np.linspace(-3, 3, 1001)
    out = np.empty_like(x)
    special._tanh(x, *rooms(x, 2), np.empty(x.shape, np.int64), out)
    np.testing.assert_array_equal(out, np.tanh(x))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_log1p(older, kind):
    x = np.concatenate([[0], np.geomspace(1e-37, 1, 20001)]).astype(kind)
    out = np.empty_like(x)
    special._log1p_unit(x, *rooms(x, 2), out)
    wanted = np.log1p(x.astype(np.float64))
    np.testing.assert_allclose(out, wanted, rtol=3 * np.finfo(kind).eps)


def test_log1p_of_what_is_no_number(older):
    x = np.array([np.nan, 1], np.float32)
    out = np.empty_like(x)
    special._log1p_unit(x, *rooms(x, 2), out)
    assert np.isnan(out[0])
    assert out[1] == np.float32(np.log(2))
