"""Names that are declared and that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.lints.warn import warning
from layerdsl.source import Diagnostic
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def unused(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD508: a hyper-parameter, parameter or state that no formula uses."""
    used = names_used(layer.tree)
    for statement in all_nodes(layer.tree.body):
        if isinstance(statement, (tree.Hyper, tree.Param, tree.Constant)) and statement.name.value not in used:
            kind = statement.kind if isinstance(statement, tree.Param) else type(statement).__name__.lower()
            name = statement.name
            yield warning("LD508", f"{KINDS[kind]} `{name.value}` is never used", name.span, help=USE)


USE: Final = "use it, or leave it out"
KINDS: Final = {"hyper": "hyper-parameter", "param": "parameter", "state": "state", "constant": "constant"}


def unused_bottoms(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD605: a bottom that no formula uses, and whose axes no other blob gets its size from."""
    used = names_used(layer.tree)
    if not layer.tree.tops:
        return  # it is there to take what nobody wants
    for bottom in layer.tree.bottoms:
        others = {axis for other in layer.tree.bottoms if other is not bottom for axis in _axes(other)}
        if bottom.name.value not in used and not (_axes(bottom) - others) & used:
            message = f"bottom `{bottom.name.value}` is never used"
            yield warning("LD605", message, bottom.name.span, "every net has to supply it", help=USE)


def _axes(blob: tree.BlobDecl) -> set[str]:
    return {axis.name for axis in blob.type.axes if axis.name} if blob.type else set()


def names_used(layer: tree.Layer) -> frozenset[str]:
    """Every name that stands somewhere but where it is given: in formulas, in sizes, as an axis."""
    given = {each.name.span for each in all_nodes((*layer.bottoms, *layer.tops, *layer.body)) if _gives(each)}
    names = [each for each in all_nodes((*layer.bottoms, *layer.tops, *layer.body)) if isinstance(each, tree.Name)]
    axes = [each.name for each in all_nodes((*layer.tops, *layer.body)) if isinstance(each, tree.AxisDecl)]
    sizes = {axis for bottom in layer.bottoms for axis in _axes(bottom)} & _hyper_names(layer)
    return frozenset({each.value for each in names if each.span not in given} | {name for name in axes if name} | sizes)


def _gives(node: object) -> bool:
    return isinstance(node, (tree.BlobDecl, tree.Hyper, tree.Param, tree.Constant, tree.Assign, tree.Gradient))


def _hyper_names(layer: tree.Layer) -> set[str]:
    return {statement.name.value for statement in layer.body if isinstance(statement, tree.Hyper)}
