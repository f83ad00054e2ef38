"""Defaults that break what the layer itself requires."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerdsl.graph import HyperDecl, Requirement, walk
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def broken_defaults(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD505: a requirement that does not hold for the defaults."""
    for requirement in layer.graph.requirements:
        named = _hypers_of(requirement, layer.graph.hypers)
        if named and _never_holds(requirement, named):
            values = ", ".join(f"`{each.name}` is `{_written(each.default)}`" for each in named)
            message = f"the {'defaults break' if len(named) > 1 else 'default breaks'} `{requirement.written}`"
            advice = "a hyper-parameter without a sensible default is declared without one"
            yield Diagnostic("LD505", message, requirement.span, values, help=advice)


def _hypers_of(requirement: Requirement, hypers: tuple[HyperDecl, ...]) -> tuple[HyperDecl, ...]:
    """The hyper-parameters on which a requirement depends; none where it depends on more than their defaults."""
    names = set()
    for node in walk([requirement.condition]):
        symbols = node.attr("size").symbols() if node.op == "size" else ()  # type: ignore[attr-defined]
        if node.op in ("phase", "list", "absent") or any(
            symbol.kind == "axis" or "(" in symbol.name for symbol in symbols
        ):
            return ()
        names |= {symbol.name for symbol in symbols}
        names |= {str(node.attr("name"))} if node.op in ("hyper", "isnone") else set()
    named = tuple(each for each in hypers if each.name in names)
    return () if any(each.required or each.kind == "list" for each in named) else named


def _never_holds(requirement: Requirement, named: tuple[HyperDecl, ...]) -> bool:
    from layerdsl.operators.reference import evaluate
    from layerdsl.operators.world import World

    values = {each.name: each.default for each in named}
    world = World(sizes={name: value for name, value in values.items() if type(value) is int}, hypers=values)
    return not bool(evaluate([requirement.condition], world)[0].data)


def _written(value: object) -> str:
    """A value as the language writes it."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
