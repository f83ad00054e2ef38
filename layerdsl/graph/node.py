"""The intermediate form: one node per operator, with named axes on every value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from layerdsl.graph.size import Size
from layerdsl.source import Span

Kind = Literal["real", "bool", "index", "word"]


@dataclass(frozen=True)
class Axis:
    """A named axis with its size; `star` for a group such as `*S`, which the emitted code flattens into one."""

    name: str
    size: Size
    star: bool = False

    def __str__(self) -> str:
        plain = str(self.size) == self.name
        return ("*" if self.star else "") + (self.name if plain else f"{self.name}={self.size}")


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: the formula, the name that the user gave it, and what it was derived for."""

    span: Span | None = None
    name: str = ""
    of: str = ""  # the blob whose derivative this is, in a backward
    made: Span | None = None  # the expression itself, where `span` is that of the statement that names it

    @property
    def place(self) -> Span | None:
        """The expression that made the value."""
        return self.made or self.span


@dataclass(frozen=True, eq=False)
class Node:
    """`op` applied to `args`; `attrs` holds what is not a value (axes, indices, names).

    Nodes are compared by identity. A static one is a number known at set-up: a literal, a hyper-parameter, a size, the
    phase, or what is made of them.
    """

    op: str
    args: tuple[Node, ...]
    axes: tuple[Axis, ...]
    kind: Kind
    attrs: tuple[tuple[str, object], ...] = ()
    origin: Origin = field(default=Origin(), repr=False)
    static: bool = False

    def attr(self, name: str) -> object:
        """The attribute of that name."""
        return dict(self.attrs)[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the axes, in order."""
        return tuple(axis.name for axis in self.axes)


def is_big(axes: tuple[Axis, ...]) -> bool:
    """Whether a value may be too large for the cache: it has a group of axes, or more than one axis."""
    return len(axes) > 1 or any(axis.star for axis in axes)


def walk(outputs: Iterable[Node]) -> Iterator[Node]:
    """Every node that the outputs need, arguments before users, each once; deep graphs need no recursion."""
    done: set[Node] = set()
    for output in outputs:
        stack: list[tuple[Node, bool]] = [(output, False)]
        while stack:
            node, ready = stack.pop()
            if node in done:
                continue
            if ready:
                done.add(node)
                yield node
            else:
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args) if arg not in done)
