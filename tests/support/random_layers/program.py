"""A program with everything that it is tried with; as a text, so that a failure can be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

MARK = "# tried with "


@dataclass(frozen=True)
class Program:
    """A `.layer` file whose last layer is tried.

    sizes: of every axis, of a group the product of `groups`. given: hyper-parameters that are not at their default.
    counts: how many blobs `*xs` are; present: the optional blobs that are there. seed: of all values. ties: whether the
    values are among a few, so that many are equal or 0.
    """

    text: str
    sizes: Mapping[str, int]
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    given: Mapping[str, object] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    present: tuple[str, ...] = ()
    train: bool = True
    seed: int = 0
    ties: bool = False

    def written(self) -> str:
        """The text, behind a line that holds the rest."""
        rest = {name: value for name, value in asdict(self).items() if name != "text"}
        return f"{MARK}{json.dumps(rest)}\n{self.text}"


def read(written: str) -> Program:
    """The program that `written` gave."""
    head, text = written.split("\n", 1)
    rest = json.loads(head.removeprefix(MARK))
    groups = {name: tuple(sizes) for name, sizes in rest["groups"].items()}
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in rest["given"].items()}
    return Program(text, **{**rest, "groups": groups, "given": given, "present": tuple(rest["present"])})
