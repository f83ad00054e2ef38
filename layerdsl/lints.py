"""What is found in a layer that compiles: what is hardly meant (warnings), and what could not work (errors)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.graph import HyperDecl, Learned, Requirement, walk
from layerdsl.semantics.reserved import reserved_names
from layerdsl.source import Diagnostic, Span
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def lints(layer: CompiledLayer) -> tuple[Diagnostic, ...]:
    """The findings of every rule, in the order of their places."""
    found = [each for rule in RULES for each in rule(layer)]
    return tuple(sorted(found, key=lambda each: each.span.start if each.span else 0))


def _warning(code: str, message: str, span: Span, label: str = "", help: str = "") -> Diagnostic:
    return Diagnostic(code, message, span, label, help=help, level="warning")


# Names that nothing uses ---------------------------------------------------------------------------------------------


def _unused(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD508: a hyper-parameter, parameter or state that no formula uses."""
    used = _used(layer.tree)
    for statement in all_nodes(layer.tree.body):
        if isinstance(statement, (tree.Hyper, tree.Param, tree.Constant)) and statement.name.value not in used:
            kind = statement.kind if isinstance(statement, tree.Param) else type(statement).__name__.lower()
            name = statement.name
            yield _warning("LD508", f"{KINDS[kind]} `{name.value}` is never used", name.span, help=USE)


USE: Final = "use it, or leave it out"
KINDS: Final = {"hyper": "hyper-parameter", "param": "parameter", "state": "state", "constant": "constant"}


def _unused_bottoms(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD605: a bottom that no formula uses, and whose axes no other blob gets its size from."""
    used = _used(layer.tree)
    if not layer.tree.tops:
        return  # it is there to take what nobody wants
    for bottom in layer.tree.bottoms:
        others = {axis for other in layer.tree.bottoms if other is not bottom for axis in _axes(other)}
        if bottom.name.value not in used and not (_axes(bottom) - others) & used:
            message = f"bottom `{bottom.name.value}` is never used"
            yield _warning("LD605", message, bottom.name.span, "every net has to supply it", help=USE)


def _axes(blob: tree.BlobDecl) -> set[str]:
    return {axis.name for axis in blob.type.axes if axis.name} if blob.type else set()


def _used(layer: tree.Layer) -> frozenset[str]:
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


# Defaults ------------------------------------------------------------------------------------------------------------


def _broken_defaults(layer: CompiledLayer) -> Iterator[Diagnostic]:
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
        if node.op in ("phase", "list") or any(symbol.kind == "axis" or "(" in symbol.name for symbol in symbols):
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


# Gradients and batches -----------------------------------------------------------------------------------------------


def _untrained(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD405: a layer with one number as its top, made of something that could learn, and nothing does."""
    program, graph = layer.derived, layer.graph
    if len(graph.tops) != 1 or graph.tops[0].extents or graph.overrides:
        return
    could = [bottom for bottom in graph.bottoms if not bottom.qualifier]
    if could and not program.bottom_diffs and not program.blob_diffs and not program.losses:
        name = graph.tops[0].name
        advice = f"for a metric declare what it looks at `const`, as in `{could[0].name}: const {could[0].written}`"
        yield _warning("LD405", f"nothing gets a gradient from `{name}`", layer.tree.tops[0].span, help=advice)


def _batch_sized(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD506: a learned blob that is as large as the batch, which Caffe has along the first axis of its blobs."""
    batch = {bottom.axes[0].name for bottom in layer.graph.bottoms if len(bottom.axes) > 1} & {"N"}
    for blob in layer.graph.blobs:
        for axis in blob.axes:
            if axis.name in batch:
                yield _batch_warning(blob, axis.name)


def _batch_warning(blob: Learned, axis: str) -> Diagnostic:
    kind = "state" if blob.state else "parameter"
    return _warning(
        "LD506",
        f"{kind} `{blob.name}` has axis `{axis}`, the batch",
        blob.span,
        "saved with the net, it fits no other batch size",
        help=f"leave `{axis}` out: it is broadcast",
    )


RULES: Final[tuple[Callable[[CompiledLayer], Iterator[Diagnostic]], ...]] = (
    lambda layer: reserved_names(layer.tree),
    _unused,
    _unused_bottoms,
    _broken_defaults,
    _untrained,
    _batch_sized,
)
