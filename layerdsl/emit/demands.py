"""What `require` asks of the hyper-parameters alone, for the NetSpec helper, which knows nothing but them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from layerdsl.emit.names import attribute
from layerdsl.emit.refusals import axis_symbols, hyper_names
from layerdsl.emit.scalars import scalar
from layerdsl.emit.sizes import symbol_text
from layerdsl.emit.violations import violations
from layerdsl.emit.wiring import RequireFact
from layerdsl.graph import LayerGraph

# What a condition may name besides hyper-parameters: what every Python has.
_CALLED: Final = frozenset({"abs", "float", "len", "max", "min"})


def require_facts(layer: LayerGraph) -> Iterator[RequireFact]:
    """The requirements that can be told where nothing is known but the hyper-parameters."""
    early = [one for one in layer.requirements if not axis_symbols(one.condition)]
    names = {attribute(hyper.name): hyper.name for hyper in layer.hypers}
    for one, failed in violations(early):
        code = _of_hypers(scalar(failed, lambda symbol: symbol_text(symbol, {})), names)
        if code is not None:
            yield RequireFact(one.message or f"requires {one.written}", code, tuple(hyper_names(one.condition)))


def _of_hypers(code: str, names: Mapping[str, str]) -> str | None:
    """A condition over the attributes of a layer as one over `hyper`, a mapping by name; None where it needs others."""
    tree = _ByName(names).visit(ast.parse(code, mode="eval"))
    known = {"hyper", *_CALLED}
    plain = all(node.id in known for node in ast.walk(tree) if isinstance(node, ast.Name))
    quotient = any(isinstance(node, ast.Div) for node in ast.walk(tree))  # another number on Python 2
    return ast.unparse(tree) if plain and not quotient else None


class _ByName(ast.NodeTransformer):
    """`self.delta` becomes `hyper['delta']`."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if node.attr not in self._names:
            return self.generic_visit(node)
        return ast.Subscript(ast.Name("hyper"), ast.Constant(self._names[node.attr]), ast.Load())
