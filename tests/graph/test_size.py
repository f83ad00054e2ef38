"""What can be told of sizes from their formulas alone."""

import itertools
import random

import pytest

from layerdsl.graph.bounds import is_natural, is_positive
from layerdsl.graph.size import Size, Symbol, axis, of, whole

H, W, K = axis("H"), axis("W"), of(Symbol("k", "hyper"))


@pytest.mark.parametrize(
    ("size", "natural", "positive"),
    [
        (H, True, True),
        (H - whole(1), True, False),
        (H - whole(2), False, False),
        (H * W - whole(1), True, False),
        (H // whole(2), True, False),
        (H - H // whole(2), True, True),
        (H - (H - whole(1)) // whole(2), True, True),
        (H + W - whole(2), True, False),
        (K, False, False),
        (H + K, False, False),
        (whole(0), True, False),
        (whole(3), True, True),
        (whole(-1), False, False),
        (H % whole(2), True, False),
    ],
)
def test_what_is_told(size, natural, positive):
    assert (is_natural(size), is_positive(size)) == (natural, positive)


def drawn(source: random.Random, depth: int) -> Size:
    if depth == 0:
        return source.choice([H, W, whole(source.randint(-3, 3))])
    left, right = drawn(source, depth - 1), drawn(source, depth - 1)
    operation = source.choice([Size.__add__, Size.__sub__, Size.__mul__, Size.__floordiv__, Size.__mod__])
    if operation in (Size.__floordiv__, Size.__mod__):
        right = whole(source.randint(1, 4))
    return operation(left, right)


def test_what_is_told_is_so():
    source = random.Random(5)
    told = 0
    for _ in range(3000):
        size = drawn(source, source.randint(1, 3))
        values = [size.evaluate({"H": h, "W": w}) for h, w in itertools.product(range(1, 7), repeat=2)]
        told += is_natural(size)
        assert min(values) >= 0 or not is_natural(size), size
        assert min(values) >= 1 or not is_positive(size), size
    assert told > 500
