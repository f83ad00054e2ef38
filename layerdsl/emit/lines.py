"""Lines of Python put together: blocks under a condition, names that are taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

INDENT: Final = "    "


def indented(lines: Iterable[str]) -> list[str]:
    """One level deeper."""
    return [INDENT + line if line else line for line in lines]


def under(test: str, lines: list[str]) -> list[str]:
    """The lines where a condition holds; where there is none, as they are."""
    return [f"if {test}:", *indented(lines)] if test and lines else lines


def all_of(tests: Sequence[str]) -> str:
    """The condition that all of these hold; nothing where there are none."""
    return " and ".join(f"({test})" if len(tests) > 1 and " or " in test else test for test in tests)


def unpacked(names: Sequence[str]) -> str:
    """The names on the left of an assignment that takes a tuple apart, or in a `for`."""
    return f"{names[0]}," if len(names) == 1 else ", ".join(names)
