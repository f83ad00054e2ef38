"""Names that are declared and that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.lints.values import idle
from layerdsl.lints.warn import warning
from layerdsl.operators.body import walk_deep
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
    reached = _reached(layer) if not idle(layer.tree) else used
    for bottom in layer.tree.bottoms:
        others = {axis for other in layer.tree.bottoms if other is not bottom for axis in _axes(other)}
        name = bottom.name
        if name.value not in used & reached and not (_axes(bottom) - others) & used:
            message = f"bottom `{name.value}` {'reaches no top' if name.value in used else 'is never used'}"
            optional = bottom.given is not None or (bottom.type is not None and bottom.type.optional)
            why = "it makes no difference to a net" if optional else "every net has to supply it"
            yield warning("LD605", message, name.span, why, help=USE)


def _reached(layer: CompiledLayer) -> frozenset[str]:
    """The bottoms of which tops, states, gradients by hand or requirements are made in the end.

    Of one that a net may leave out, or of which there may be any number, it may be that only a size depends.
    """
    graph = layer.graph
    ends = [one.condition for one in graph.requirements]
    ends += [node for _, node in (*graph.outputs, *graph.updates, *graph.overrides)]
    leaves = {str(node.attr("name")) for node in walk_deep(ends) if node.op in ("bottom", "bottoms")}
    plain = {one.name for one in graph.bottoms if not one.optional and one.several is None}
    return frozenset(leaves | {one.name for one in graph.bottoms} - plain)


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
