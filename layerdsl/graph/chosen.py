"""Sizes that a condition of the set-up chooses, one branch at a time."""

from __future__ import annotations

from layerdsl.graph.size import Choice, Size, Test, of


def chosen_by(size: Size) -> Choice | None:
    """The choice that a size is, if it is one and nothing else."""
    atom = size.terms[0][0][0] if len(size.terms) == 1 and len(size.terms[0][0]) == 1 else None
    return atom if isinstance(atom, Choice) and size == of(atom) else None


def in_branch(size: Size, test: Test, holds: bool) -> Size:
    """A size where the condition of the choice that it is holds, or does not; any other as it is."""
    choice = chosen_by(size)
    return size if choice is None or choice.test != test else choice.yes if holds else choice.no
