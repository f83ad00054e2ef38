"""The random numbers of a check: the same for the same layer, unless another seed is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

_SEED: ContextVar[int] = ContextVar("seed", default=0)


@contextmanager
def seed(number: int) -> Iterator[None]:
    """What is checked here is tried at other points, on other shapes and with other draws than those of seed 0."""
    token = _SEED.set(number)
    try:
        yield
    finally:
        _SEED.reset(token)


def current() -> int:
    """The seed that was asked for."""
    return _SEED.get()


def seeded(text: str) -> np.random.RandomState:
    """Random numbers that are the same on every machine and do not depend on what else is checked."""
    return np.random.RandomState(zlib.crc32(text.encode(), _SEED.get()))
