"""`_chance`: conditions that are true with a chance."""

import numpy as np
import pytest

from layerdsl.caffe.draws import _chance


class Words:
    """A generator whose words are known."""

    def __init__(self, *words):
        self.words = words

    def randint(self, low, high, shape, dtype):
        assert (low, high) == (0, 2**32)
        return np.array(self.words, dtype).reshape(shape)


def drawn(chance, *words):
    out = np.zeros(len(words), np.bool_)
    _chance(Words(*words), chance, out)
    return list(out)


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (0.0, [False, False, False, False]),
        (1.0, [True, True, True, True]),
        (0.5, [True, True, False, False]),
        (2.0**-32, [True, False, False, False]),
        (1 - 2.0**-32, [True, True, True, False]),
        (-1.0, [False, False, False, False]),
        (7.0, [True, True, True, True]),
        (float("nan"), [False, False, False, False]),
    ],
)
def test_a_word_below_the_chance_is_true(chance, expected):
    assert drawn(chance, 0, 2**31 - 1, 2**31, 2**32 - 1) == expected


def test_the_share_is_the_chance():
    out = np.zeros((1000, 1000), np.bool_)
    _chance(np.random.RandomState(3), 0.3, out)
    assert abs(out.mean() - 0.3) < 0.002
