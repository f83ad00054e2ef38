"""Convolutions of many tiny images: their windows are laid out together, in room of no more than two megabytes."""

import numpy as np
import pytest
from running import start

TEXT = """layer A(x: [N, C, H, W]) -> y: [N, F, H, W]:
    param w: [F=8, C, KH=3, KW=3] = gaussian()
    param b: [F] = 0
    y = dot(window(x, H by KH, W by KW, pad=1), w, over=[C, KH, KW]) + b
"""


def convolution(shape):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    ran = start(TEXT, dtype=np.float32, x=x)
    return ran, ran.net.layer


def products(monkeypatch, run):
    """How many products of matrices it takes."""
    found, dot = [], np.dot
    monkeypatch.setattr(np, "dot", lambda *args, **words: found.append(args) or dot(*args, **words))
    run()
    return len(found)


def arrays(layer):
    own = {id(value): value for value in vars(layer).values() if isinstance(value, np.ndarray)}
    return sum(value.nbytes for value in own.values())


def test_a_product_is_of_many_tiny_images(monkeypatch):
    ran, _ = convolution((1000, 2, 5, 5))
    assert products(monkeypatch, ran.forward) <= 10


@pytest.mark.parametrize("shape", [(1000, 2, 5, 5), (20000, 3, 2, 1), (7, 64, 40, 40)], ids=str)
def test_beside_what_one_image_needs_the_room_has_a_bound(shape):
    _, layer = convolution(shape)
    _, c, h, w = shape
    assert arrays(layer) <= 4 * (c * h * w * 9 + c * (h + 2) * (w + 2) + 8 * h * w) + 2**21
