"""The name that was probably meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerdsl.source.nearest import distance, nearest

WORDS = st.text("abcAB", max_size=6)


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("smoth", ["smooth", "label"], "smooth"),
        ("lable", ["label", "table"], "label"),
        ("n", ["N", "C"], "N"),
        ("Eps", ["eps", "gaps"], "eps"),
        ("esp", ["eps", "exp"], "eps"),
        ("sgimoid", ["sigmoid", "softmax"], "sigmoid"),
        ("KHH", ["KH", "KW"], "KH"),
        ("x1", ["x2", "x"], "x2"),
        ("LD20", ["LD203", "LD204"], "LD203"),
        ("K", ["N", "T", "D"], None),
        ("mean", ["max", "count"], None),
        ("x", [], None),
        ("same", ["same"], None),
        ("n" * 100_000, ["n" * 99_999], None),
    ],
)
def test_nearest(word, candidates, meant):
    assert nearest(word, candidates) == meant


@pytest.mark.parametrize(
    ("left", "right", "cost"),
    [("", "", 0), ("ab", "ba", 1), ("ca", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("abcd", "acbd", 1)],
)
def test_distance(left, right, cost):
    assert distance(left, right) == cost


@given(WORDS, WORDS)
def test_distance_is_symmetric_and_bounded(left, right):
    cost = distance(left, right)
    assert cost == distance(right, left)
    assert abs(len(left) - len(right)) <= cost <= max(len(left), len(right))
    assert (cost == 0) == (left == right)


@given(WORDS, st.lists(WORDS))
def test_nearest_is_one_of_the_candidates_and_no_further_than_half_the_word(word, candidates):
    near = nearest(word, candidates)
    assert near is None or (near in candidates and near != word)
    if near is not None:
        assert distance(word.lower(), near.lower()) <= max(len(word), len(near)) / 2
