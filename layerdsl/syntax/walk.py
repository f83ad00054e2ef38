"""All nodes of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from layerdsl.syntax import tree

_PLAIN = frozenset({"str", "str | None", "bool", "int | float", "tuple[str, ...]", "Span", "Span | None", "Source"})


def walk(node: Any) -> Iterator[Any]:
    """The node itself and all nodes below it, in no particular order; takes a tuple of nodes as well."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting.extend(item)
        elif item is not None:
            yield item
            waiting.extend([getattr(item, name) for name in _inner_fields(item.__class__)])


@cache
def _inner_fields(kind: Any) -> tuple[str, ...]:
    """The fields of a class of nodes that hold nodes."""
    assert kind.__module__ == tree.__name__
    return tuple(field.name for field in fields(kind) if field.type not in _PLAIN)
