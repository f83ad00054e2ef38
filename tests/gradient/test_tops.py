"""What arrives at several tops goes once through what they have in common."""

import re

import numpy as np
import pytest
from layers import layer
from running import run, slopes

from layerdsl.pipeline import python_module

SHARED = "layer A(x: [N, K]) -> (a: [N, K], b: [N, K]):\n    a = tanh(x)\n    b = exp(a)\n"
OPTIONAL = "layer A(x: [N, K]) -> (a: [N, K], b: [N, K]?):\n    a = tanh(x)\n    b = exp(a)\n"
THREE = "layer A(x: [N, K]) -> (a: [N, K], b: [N], c: []):\n    a = tanh(x)\n    b = sum(a, over=K)\n    c = max(b)\n"


def test_what_tops_share_is_gone_through_once():
    text = python_module([layer(SHARED)])
    backward = text[text.index("def backward") :]
    assert len(re.findall(r"np\.subtract\(1", backward)) == 1


def test_an_optional_top_keeps_a_way_of_its_own():
    """Where it is absent, nothing of its way is computed."""
    text = python_module([layer(OPTIONAL)])
    backward = text[text.index("def backward") :]
    assert "self._has_b" in backward


@pytest.mark.parametrize("text", [SHARED, OPTIONAL, THREE])
def test_all_that_arrives_reaches_the_bottom(text):
    random = np.random.RandomState(0)
    shapes = {"a": (2, 3), "b": (2,) if text == THREE else (2, 3), "c": ()}
    diffs = {name: random.randn(*shapes[name]) for name in ("abc" if text == THREE else "ab")}
    ran = run(text, diffs, x=random.randn(2, 3))
    np.testing.assert_allclose(ran.diff("x"), slopes(ran, "x", diffs), atol=1e-8)
