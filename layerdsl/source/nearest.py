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
    best, least = None, (LONGEST, 0)
    lower = word.lower()
    letters = frozenset(lower)
    for candidate in candidates:
        most = min(_slips(word, candidate), least[0])
        other = candidate.lower()
        # Two cheap bounds first: no slip changes the length, or brings in a letter, by more than one.
        if candidate == word or abs(len(other) - len(lower)) > most or len(letters.difference(other)) > most:
            continue
        cost = distance(lower, other, most)
        if cost <= most and (cost, distance(word, candidate)) < least:
            best, least = candidate, (cost, distance(word, candidate))
    return best


def distance(left: str, right: str, most: int = LONGEST) -> int:
    """How many letters have to be put in, left out, changed, or swapped with their neighbour (each pair once).

    >>> distance("lable", "label")
    1

    Where it is more than `most`, any number above `most` may come back.
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
        if min(row) > most and min(before) > most:  # a swap looks back by two rows
            return most + 1
    return row[-1]


def _slips(word: str, candidate: str) -> int:
    """How many slips may lie between two names of this length."""
    longer = max(len(word), len(candidate))
    return 0 if longer < 2 else max(1, (longer + 1) // 3)
