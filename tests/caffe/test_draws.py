"""`_chance`: conditions that are true with a chance."""

import numpy as np
import pytest

from layerdsl.caffe.draws import _chance


class Words:
    """A generator whose bytes are known, and the words that follow them."""

    def __init__(self, drawn, words):
        self.drawn = {np.uint8: (256, drawn), np.uint32: (2**32, words)}

    def randint(self, low, high, shape, dtype):
        end, values = self.drawn[dtype]
        assert (low, high) == (0, end)
        return np.array(values, dtype).reshape(shape)


def drawn(chance, *drawn, words=()):
    out = np.ones(len(drawn), np.bool_)
    _chance(Words(drawn, words), chance, out)
    return list(out)


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (0.0, [False, False, False, False]),
        (1.0, [True, True, True, True]),
        (0.5, [True, True, False, False]),
        (1 / 256, [True, False, False, False]),
        (1 - 1 / 256, [True, True, True, False]),
        (-1.0, [False, False, False, False]),
        (7.0, [True, True, True, True]),
        (float("nan"), [False, False, False, False]),
    ],
)
def test_a_byte_below_the_chance_is_true(chance, expected):
    assert drawn(chance, 0, 127, 128, 255) == expected


@pytest.mark.parametrize(
    ("chance", "drawn_bytes", "words", "expected"),
    [
        (2.0**-40, (0, 1, 0), (0, 1), [True, False, False]),
        (1 - 2.0**-40, (255, 254, 255), (2**32 - 1, 2**32 - 2), [False, True, True]),
        (0.5 + 2.0**-30, (128, 127, 128), (2**10 - 1, 2**10), [True, True, False]),
        (1e-300, (0, 0, 5), (0, 1), [True, False, False]),
    ],
)
def test_a_word_decides_where_the_byte_does_not(chance, drawn_bytes, words, expected):
    assert drawn(chance, *drawn_bytes, words=words) == expected


@pytest.mark.parametrize("chance", [0.3, 0.5, 0.001])
def test_the_share_is_the_chance(chance):
    out = np.zeros((1000, 1000), np.bool_)
    _chance(np.random.RandomState(3), chance, out)
    assert abs(out.mean() - chance) < 0.002
    turned = np.zeros((1000, 1000), np.bool_).T[::2]
    _chance(np.random.RandomState(3), chance, turned)
    assert abs(turned.mean() - chance) < 0.002


def test_draws_of_different_places_differ():
    """Also beyond what is drawn at a time."""
    out = np.zeros(200_000, np.bool_)
    _chance(np.random.RandomState(3), 0.5, out)
    assert not (out[:65536] == out[65536:131072]).all()
    assert abs((out[1:] == out[:-1]).mean() - 0.5) < 0.01


def test_a_part_of_no_places():
    _chance(np.random.RandomState(0), 0.5, np.zeros((0, 3), np.bool_))
