"""All nodes of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from layerdsl.source import Source, Span


def walk(node: Any) -> Iterator[Any]:
    """The node itself and all nodes below it, in no particular order; takes a tuple of nodes as well."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting.extend(item)
        elif is_dataclass(item) and not isinstance(item, Span | Source):
            yield item
            waiting.extend(getattr(item, name) for name in _field_names(item.__class__))


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
