"""Names of axes that formulas give twice, to axes of different blobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.graph import Equality, LayerGraph, Size, walk
from layerdsl.lints.warn import warning
from layerdsl.operators.build import as_size
from layerdsl.source import Diagnostic, Span
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def made_one(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD202: a name that only formulas give makes one axis of two, so that sizes have to agree that nothing states."""
    named, stated, formulas = _named(layer.graph), _stated(layer.graph), _formulas(layer.tree)
    for each in layer.graph.equalities:
        is_said = each.axis in named or not stated.isdisjoint((each.left - each.right, each.right - each.left))
        if not is_said and _is_of_blobs(each) and any(span.start <= each.span.start < span.stop for span in formulas):
            yield _said(each)


def _is_of_blobs(each: Equality) -> bool:
    """Whether it asks of blobs alone to agree: what has to be a number or hyper-parameter is so on purpose."""
    symbols = (each.left - each.right).symbols()
    numbers = (each.left.constant, each.right.constant)
    return numbers == (None, None) and all(symbol.kind == "axis" for symbol in symbols)


def _said(each: Equality) -> Diagnostic:
    message = f"the name `{each.axis}` makes one axis of two: the layer demands `{each.left} == {each.right}`"
    alone = _alone(each.left - each.right)
    notes = (f"that is so for {alone} alone",) if alone else ()
    label = f"`{each.axis}` has size `{each.left}` before"
    return warning("LD202", message, each.span, label, *notes, help=REMEDY.format(each.left, each.right))


REMEDY: Final = "another name keeps them apart; where they are meant to agree, say so: `require {0} == {1}`"


def _named(graph: LayerGraph) -> set[str]:
    """The axes that a declaration names, as a blob's or as a hyper-parameter."""
    blobs = [blob.axes for blob in (*graph.bottoms, *graph.tops)] + [blob.axes for blob in graph.held]
    return {axis.name for axes in blobs for axis in axes} | {hyper.name for hyper in graph.hypers}


def _stated(graph: LayerGraph) -> set[Size]:
    """The differences of sizes that a `require` says are 0."""
    conditions = [node for each in graph.requirements for node in walk([each.condition]) if node.op == "eq"]
    pairs = [(as_size(a), as_size(b)) for a, b in (node.args for node in conditions)]
    return {a - b for a, b in pairs if a is not None and b is not None}


def _formulas(layer: tree.Layer) -> list[Span]:
    """Where the statements of a layer are that declare nothing."""
    return [each.span for each in all_nodes(layer.body) if isinstance(each, FORMULAS)]


FORMULAS: Final = (tree.Assign, tree.Unpack, tree.Update, tree.Next, tree.Gradient)


def _alone(difference: Size) -> str:
    """`N = 1` where a difference of sizes is 0 for that one number alone."""
    symbols, first = difference.symbols(), difference.terms[:1]
    if len(symbols) != 1 or len(difference.terms) > 2 or not first:
        return ""
    (symbol,) = symbols
    at = [difference.evaluate({symbol.name: number}) for number in (0, 1, 2)]
    slope, straight = at[1] - at[0], at[2] - at[1] == at[1] - at[0]
    return f"`{symbol.name} = {-at[0] // slope}`" if straight and slope and at[0] % slope == 0 else ""
