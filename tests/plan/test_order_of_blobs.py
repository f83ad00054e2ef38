"""Blobs lie as values are kept, in whatever order axes are first named."""

import re

import pytest
from layers import layers

from layerdsl.pipeline import python_module

AS_THEY_LIE = {
    "a later bottom has a new axis ahead": ("x: [N, D], c: [R, D]", "[N, R]", "dot(x, c / (1 + c**2), over=D)"),
    "in the midst of known ones": ("x: [N, C], h: [T, N, D, C]", "[T, N, D, C]", "x * h"),
    "a top has a new axis ahead": ("x: [N, C], l: index(K) [N]", "[N, K=4, C]", "x * float(index(K) == l)"),
}


@pytest.mark.parametrize("case", AS_THEY_LIE)
def test_no_blob_is_turned(case):
    bottoms, top, formula = AS_THEY_LIE[case]
    text = python_module(list(layers(f"layer A({bottoms}) -> y: {top}:\n    y = {formula}\n").values()))
    assert not re.findall(r"\.(?:data|diff)\.reshape\([^)]*\)\.transpose.*", text)


def test_the_order_stays_where_another_turns_as_many():
    text = python_module(list(layers("layer A(x: [N, C], h: [C, N]) -> y: [N, C]:\n    y = x * h\n").values()))
    assert "h = bottom[1].data.reshape(C, N).transpose(1, 0)" in text
    assert "x = bottom[0].data.reshape(N, C)\n" in text
