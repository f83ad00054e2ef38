"""Windows times values that have their positions, on real Caffe, beside loops over the offsets written by hand."""

import pathlib

import numpy as np
import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

LAYERS = pathlib.Path(__file__).resolve().parents[1] / "layers" / "correlation.layer"
SHAPES = {
    "Correlation": [(2, 16, 12, 17), (2, 16, 12, 17)],
    "LocalAttention": [(2, 5, 8, 9), (2, 5, 8, 9), (2, 3, 8, 9)],
    "LookingBack": [(2, 11, 3, 6), (2, 11, 3, 6), (2, 11, 3, 6)],
    "Guided": [(2, 3, 8, 9), (2, 8, 9)],
    "Scattered": [(2, 3, 6, 5), (2, 6, 5, 3, 3)],
    "RowByRow": [(2, 3, 6, 9), (2, 3, 5, 3)],
    "Agreement": [(4, 9), (4, 4, 3)],
}
STEPS = 2  # how many steps of two places FlowNet's layer sees here, as its hyper-parameter says


@pytest.fixture(scope="module")
def both(on_both):
    text = python_module(compile_source(Source(str(LAYERS), LAYERS.read_text(encoding="utf-8"))).layers)
    cases = {name: {"module": "correlation", "layer": name, "param_str": ""} for name in SHAPES}
    cases["Correlation"]["param_str"] = str({"steps": STEPS})
    random = np.random.RandomState(5)
    arrays = {
        f"{name}.0.bottom{i}": random.standard_normal(shape).astype(np.float32)
        for name, shapes in SHAPES.items()
        for i, shape in enumerate(shapes)
    }
    arrays["Correlation.0.top_diff0"] = random.standard_normal((2, 25, 12, 17)).astype(np.float32)
    arrays["LocalAttention.0.top_diff0"] = random.standard_normal((2, 3, 8, 9)).astype(np.float32)
    return arrays, *on_both({"correlation": text}, cases, arrays)


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_on_real_caffe_and_the_stand_in(both, name):
    _, real, standin = both
    keys = [key for key in standin if key.startswith(f"{name}.") and not key.endswith("loss")]
    assert len(keys) >= 2 * len(SHAPES[name])
    for key in keys:
        assert np.allclose(real[key], standin[key], rtol=1e-4, atol=1e-5), key


def test_correlation_is_what_a_loop_by_hand_gives(both):
    """FlowNet's correlation: for each displacement the product of one picture with the other, moved, summed over C."""
    arrays, real, _ = both
    a, b, g = (np.asarray(arrays[f"Correlation.0.{name}"], np.float64) for name in ("bottom0", "bottom1", "top_diff0"))
    reach, pad = 2 * STEPS + 1, 2 * STEPS
    framed = np.pad(b, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    y, to_a, to_b = np.empty_like(g), np.zeros_like(a), np.zeros_like(framed)
    for k in range(reach * reach):
        place = (..., slice(k // reach * 2, k // reach * 2 + 12), slice(k % reach * 2, k % reach * 2 + 17))
        y[:, k] = (a * framed[place]).mean(axis=1)
        to_a += g[:, k : k + 1] * framed[place] / 16
        to_b[place] += g[:, k : k + 1] * a / 16
    assert np.allclose(real["Correlation.0.top0.data"], y, atol=1e-6)
    assert np.allclose(real["Correlation.0.bottom0.diff"], to_a, atol=1e-6)
    assert np.allclose(real["Correlation.0.bottom1.diff"], to_b[..., pad:-pad, pad:-pad], atol=1e-6)


def test_local_attention_is_attention_with_all_other_places_masked(both):
    arrays, real, _ = both
    q, k, v = (np.asarray(arrays[f"LocalAttention.0.bottom{i}"], np.float64).reshape(2, -1, 72) for i in range(3))
    rows, columns = np.divmod(np.arange(72), 9)
    near = (abs(rows[:, None] - rows) <= 1) & (abs(columns[:, None] - columns) <= 1)
    score = np.exp(np.where(near, np.einsum("ncp,ncq->npq", q, k) / np.sqrt(5), -np.inf))
    outside = 9 - near.sum(axis=1)  # what lies outside is 0: its score is 0, and so is what it gives
    share = score / (score.sum(axis=2) + outside)[..., None]
    assert np.allclose(
        real["LocalAttention.0.top0.data"].reshape(2, 3, 72), np.einsum("npq,ncq->ncp", share, v), atol=1e-5
    )
