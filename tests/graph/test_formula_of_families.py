"""Matrices, boxes, constants and functions of Python as `layerdsl show` prints them: as the user writes them."""

import pytest

from layerdsl.pipeline import compile_source
from layerdsl.source import Source

LAYER = """
extern def worst(score: [N, M], most=1) -> index(M) [N] from picking

layer L(q: [B, C, D=C], s: [B, C], box: const [B, N, 4], score: const [B, N]) -> (y: [B, D], left: const [B, N]):
    const centre: [C] = file("centre.npy")
    y = solve(q, s - centre, C, D) + eigenvalues(q, C, D) + worst(s) * trace(q, C, D)
    left = nms(box, score, over=N) and nms(box, score, over=N, keep=3, plus=1, among=score > 0)
"""


@pytest.fixture(scope="module")
def shown():
    (layer,) = compile_source(Source("l.layer", LAYER)).layers
    return layer.formulas()


@pytest.mark.parametrize(
    "words",
    [
        "solve(q, s - centre, C, D)",
        "eigenvalues(q, C, D)",
        "worst(s, 1)",
        "nms(box, score, over=N, threshold=0.5) and",
        "nms(box, score, over=N, threshold=0.5, keep=3, among=score > 0, plus=1)",
        "d(s) = ",
        "D, C)",
    ],
)
def test_words(shown, words):
    assert words in shown
