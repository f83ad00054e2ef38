"""`_parts`: the axes of a loop cut into parts that fit the cache."""

import numpy as np
import pytest

from layerdsl.caffe.shapes import _parts

LOOPS = [
    ((), 1, ()),
    ((0, 3), 1, ()),
    ((7,), 5, ()),
    ((1_000_000,), 1, ()),
    ((32, 64, 3136), 1, ()),
    ((4, 1_444), 512, ()),
    ((1, 21, 250_000), 1, (1,)),
    ((64, 3, 9_000), 1, (0,)),
    ((500, 300_000), 1, (0,)),
    ((5, 0, 9), 1, (1,)),
    ((3, 100, 20_000), 4, (0, 1)),
]


def length(part):
    return int(np.prod([one.stop - one.start for one in part]))


@pytest.mark.parametrize(("sizes", "inner", "added"), LOOPS)
def test_every_place_is_in_one_part(sizes, inner, added):
    met = np.zeros(sizes, np.int8)
    for part in _parts(sizes, inner, added):
        met[part] += 1
    assert (met == 1).all()


@pytest.mark.parametrize(("sizes", "inner", "added"), LOOPS)
def test_parts_are_no_larger_than_what_is_allocated_for_them(sizes, inner, added):
    """Which `emit/parts.py` writes into the emitted file."""
    most = 262144 if inner == 1 else max(524288, 8192 * inner)
    assert max([length(part) * inner for part in _parts(sizes, inner, added)], default=0) <= most


def test_what_is_added_up_stays_together_where_long_rows_are_left():
    assert all(part[1] == slice(0, 21) for part in _parts((1, 21, 250_000), 1, (1,)))
    first = _parts((500, 300_000), 1, (0,))[0]
    assert first == (slice(0, 32), slice(0, 8109))


@pytest.mark.parametrize(("sizes", "inner", "added"), [*LOOPS, ((9_000, 70, 10), 1, (0,)), ((50, 60, 40), 1, (0, 1))])
def test_a_part_adds_up_few_terms(sizes, inner, added):
    """Which single precision can do."""
    for part in _parts(sizes, inner, added):
        assert np.prod([part[i].stop - part[i].start for i in added]) <= 32
