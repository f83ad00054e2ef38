"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LONGEST: Final = 100  # characters; nobody misspells a longer name into another one, and the table is quadratic


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a misspelling of, or None where none is near.

    >>> nearest("smoth", ["smooth", "label"])
    'smooth'

    Another case is nearer than another letter. One slip is allowed in words of up to four letters, then one more for
    every three letters; among names of one letter only the other case is near. The first of equals wins.
    """
    if len(word) > LONGEST:
        return None
    near = [(_cost(word, each), each) for each in candidates if each != word and len(each) <= LONGEST]
    best = min(near, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] <= _allowed(word, best[1]) else None


def distance(left: str, right: str) -> int:
    """How many letters have to be put in, left out, changed, or swapped with their neighbour (each pair once).

    >>> distance("lable", "label")
    1
    """
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _cost(word: str, candidate: str) -> float:
    """The distance without regard to case, and a little more where the case differs."""
    return distance(word.lower(), candidate.lower()) + distance(word, candidate) / (2 * LONGEST)


def _allowed(word: str, candidate: str) -> float:
    longer = max(len(word), len(candidate))
    slips = 0 if longer < 2 else max(1, (longer + 1) // 3)
    return slips + 0.5  # the half is for differences of case, which together count less than one slip
