"""What the tests of the syntax share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from layerdsl.source import Diagnostic, Source, Span
from layerdsl.syntax import parse, tree


def _plain(node: Any) -> Any:
    """A tree without its spans and source: what has to be the same when a text is printed and read again."""
    if isinstance(node, tuple):
        return tuple(map(_plain, node))
    if not is_dataclass(node):
        return (type(node).__name__, node)
    kept = (getattr(node, field.name) for field in fields(node))
    return (type(node).__name__, *(_plain(value) for value in kept if not isinstance(value, Span | Source)))


@pytest.fixture(scope="session")
def plain() -> Callable[[Any], Any]:
    return _plain


@pytest.fixture(scope="session")
def read() -> Callable[[str], tree.File]:
    """Parse a text in which there is no fault."""

    def read(text: str) -> tree.File:
        file, faults = parse(Source("test.layer", text))
        assert faults == ()
        return file

    return read


@pytest.fixture(scope="session")
def faults() -> Callable[[str], tuple[Diagnostic, ...]]:
    """All faults of a text."""
    return lambda text: parse(Source("test.layer", text))[1]


@pytest.fixture(scope="session")
def programs() -> str:
    """The programs by which the language was designed."""
    return (Path(__file__).parent / "language.layer").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def value(read: Callable[[str], tree.File]) -> Callable[[str], tree.Expr]:
    """Parse one expression."""

    def value(text: str) -> tree.Expr:
        (layer,) = read(f"layer A(x: [N]) -> y: [N]:\n    y = {text}\n").items
        assert isinstance(layer, tree.Layer)
        (statement,) = layer.body
        assert isinstance(statement, tree.Assign)
        return statement.value

    return value
