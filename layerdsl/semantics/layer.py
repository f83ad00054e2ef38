"""One layer: from its tree to its graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal

from layerdsl.graph import Axis, Blob, Equality, Extent, LayerGraph, Learned, Node, Several, walk
from layerdsl.graph.lying import as_blobs_lie
from layerdsl.graph.size import Size, ndim
from layerdsl.operators.build import as_size, as_test
from layerdsl.semantics import declarations
from layerdsl.semantics.expressions import static_condition
from layerdsl.semantics.families.nothing import check_nothing
from layerdsl.semantics.groups import Opening
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import BROKEN, Callable, Collected, InnerLayer, Partial, Scope, Silent
from layerdsl.semantics.statements import run
from layerdsl.source import Diagnostic, Fault, fault
from layerdsl.syntax import tree

LayerResult = tuple[LayerGraph | None, tuple[Diagnostic, ...]]


def layer(
    declared: tree.Layer, functions: Mapping[str, Callable], layers: Mapping[str, InnerLayer] | None = None
) -> LayerResult:
    """The graph of a layer, or the faults for which it has none."""
    opened: frozenset[str] = frozenset()
    while True:
        scope = Scope(Collected(opened=opened), functions=dict(functions), layers=dict(layers or {}), path=(declared,))
        try:
            return _read(scope, declared)
        except Opening as found:
            opened |= {found.group}


def _read(scope: Scope, declared: tree.Layer) -> LayerResult:
    try:
        bottoms = _head(scope, declared)
    except Fault as found:
        return None, (*scope.collected.faults, found.diagnostic)
    run(scope, declared.body)
    _check_classes(scope, declared)
    tops = _tops(scope, declared)
    if scope.collected.faults:
        return None, tuple(scope.collected.faults)
    try:
        return _graph(scope, declared, bottoms, tops), ()
    except Fault as found:
        return None, (found.diagnostic,)


def _head(scope: Scope, declared: tree.Layer) -> tuple[Blob, ...]:
    """Hyper-parameters first: an axis of a bottom may be named after one."""
    for statement in declared.body:
        if isinstance(statement, tree.Hyper):
            _hyper(scope, statement)
    for bottom in declared.bottoms:  # a position may ask for one that is declared behind it
        scope.ndims[bottom.name.value] = ndim(bottom.name.value)
        if bottom.given is not None or (bottom.type is not None and bottom.type.optional):
            scope.optional[bottom.name.value] = "a bottom"
    _check_order(declared.bottoms, "bottom")
    _check_order(declared.tops, "top")
    for blob in (*declared.bottoms, *declared.tops):
        _presence(scope, blob)
    bottoms = tuple(_bottom(scope, bottom, _groups_of_others(declared, bottom)) for bottom in declared.bottoms)
    for top in declared.tops:
        _check_top_name(scope, top.name)
        declarations.top_axes(scope, top)
        scope.tops[top.name.value] = ()
    for top in declared.tops:
        scope.tops[top.name.value] = _named_axes(scope, top)
    return bottoms


IN_PLACE: Final = "in place is said in the net, by one blob name for both; here bottom and top have two names"


def _check_top_name(scope: Scope, name: tree.Name) -> None:
    if name.value in scope.tops:
        raise fault("LD102", f"there are two tops `{name.value}`", name.span, "a name is given once")
    if name.value in scope.values:
        raise fault("LD102", f"`{name.value}` is both a bottom and a top", name.span, help=IN_PLACE)
    if name.value in scope.fixed:
        kind = scope.fixed[name.value]
        raise fault("LD102", f"top `{name.value}` is {kind} already", name.span, help="choose another name")


def _check_classes(scope: Scope, declared: tree.Layer) -> None:
    """The axis in `index(C)` is one of the layer's, or a hyper-parameter."""
    for blob in declared.bottoms:
        name = blob.type.index_of if blob.type is not None else None
        if name is not None and name.value not in scope.hypers:
            try:
                scope.axis_named(name, "size")
            except Fault as found:
                scope.collected.tell(found.diagnostic)


def _named_axes(scope: Scope, top: tree.BlobDecl) -> tuple[Axis, ...]:
    assert top.type is not None
    return tuple(axis for stated in top.type.axes for axis in _as_stated(scope, stated))


def _as_stated(scope: Scope, stated: tree.AxisDecl) -> tuple[Axis, ...]:
    """An axis of a top, which may have another length there: `[C=C + 1]`."""
    known = scope.axes.get(stated.name or "", ())
    if stated.star or stated.size is None or len(known) != 1:
        return tuple(known)
    return (replace(known[0], size=size(scope, stated.size)),)


def _hyper(scope: Scope, statement: tree.Hyper) -> None:
    name = statement.name.value
    if name in scope.hypers:
        raise fault("LD102", f"hyper-parameter `{name}` is declared twice", statement.name.span)
    try:
        scope.hypers[name] = declarations.hyper(scope, statement)
    except Fault as found:
        scope.collected.tell(found.diagnostic)
        scope.hypers[name] = declarations.without_default(statement)
    scope.fixed[name] = "a hyper-parameter"


def _presence(scope: Scope, declared: tree.BlobDecl) -> None:
    """The condition under which a blob is there, which is known before there is any."""
    if declared.given is None:
        return
    if declared.variadic or (declared.type is not None and declared.type.optional):
        sign, remedy = ("*", "any number is one or more") if declared.variadic else ("?", "the condition alone decides")
        message = f"`{sign}` and `if` don't go together"
        raise fault("LD209", message, declared.span, help=f"{remedy}: leave out the `{sign}`")
    name, place = declared.name.value, declared.given.span
    test = static_condition(scope, declared.given, "no way to say it: blobs are there from the set-up on")
    if any(node.op == "phase" for node in walk([test])):
        remedy = f"`{name}: [...]?` leaves it to the net whether it is there, which `if {name} != none:` asks"
        raise fault("LD309", f"`{name}` can't depend on the phase", place, help=remedy)
    if as_test(test) is None:
        remedy = "compare hyper-parameters, and join comparisons by `and`, `or`, `not`"
        raise fault("LD309", f"`{name}` can't depend on a value that is worked out", place, help=remedy)
    scope.under[name] = test


def _check_order(blobs: tuple[tree.BlobDecl, ...], of: str) -> None:
    """What may be absent stands behind what may not, and what there may be any number of is the last."""
    open_ended = [blob for blob in blobs if blob.variadic or (blob.type is not None and blob.type.optional)]
    for blob in blobs:
        late = [other for other in open_ended if other is not blob and other.span.start < blob.span.start]
        countable = blob.given is not None or (blob in open_ended and not blob.variadic)
        if late and (late[0].variadic or not countable):
            name, before = blob.name.value, late[0].name.value
            why = "there may be any number of" if late[0].variadic else "may be absent"
            message = f"{of} `{name}` stands behind `{before}`, which {why}"
            both = "any number of two kinds" if late[0].variadic and blob.variadic else "an optional one and any number"
            remedy = f"{both} are too many" if blob in open_ended else f"put `{name}` before it"
            raise fault("LD209", message, blob.span, help=remedy)


def _groups_of_others(declared: tree.Layer, blob: tree.BlobDecl) -> frozenset[str]:
    """The groups of axes that other bottoms declare, each with one group alone."""
    others = [other.type.axes for other in declared.bottoms if other is not blob and other.type is not None]
    groups = [[axis.name for axis in axes if axis.star] for axes in others]
    return frozenset(name for group in groups for name in group if len(group) == 1 and name is not None)


def _bottom(scope: Scope, declared: tree.BlobDecl, elsewhere: frozenset[str]) -> Blob:
    name = declared.name.value
    if name in scope.fixed:
        kind = scope.fixed[name]
        raise fault("LD102", f"bottom `{name}` is {kind} already", declared.name.span, help="choose another name")
    blob = declarations.bottom(scope, declared, elsewhere)
    scope.values[name] = declarations.bottom_node(blob)
    scope.fixed[name] = f"a bottom declared `{blob.qualifier}`" if blob.qualifier else "a bottom"
    if blob.optional:
        scope.optional[name] = "a bottom"
    blob = replace(blob, given=scope.under.get(name))
    if blob.several is not None:
        scope.several[name] = blob
    return blob


def _tops(scope: Scope, declared: tree.Layer) -> list[tuple[Blob, Node]]:
    tops: list[tuple[Blob, Node]] = []
    for top in declared.tops:
        try:
            tops.append(_top(scope, top))
        except Fault as found:
            scope.collected.tell(found.diagnostic)
        except Silent:
            continue
    return tops


def _top(scope: Scope, top: tree.BlobDecl) -> tuple[Blob, Node]:
    name = top.name.value
    value = scope.values.get(name)
    if value is None:
        raise fault("LD105", f"top `{name}` is never assigned", top.span, "declared here", help=f"`{name} = ...`")
    under = scope.under.get(name)
    if isinstance(value, Partial) and under is not None:
        value = scope.value_where(value, [under]) or value
    if isinstance(value, Partial):
        where = "in every branch" if top.given is None else f"where `{top.given.span.on_one_line}` holds"
        remedy = f"assign it {where}"
        raise fault("LD111", f"top `{name}` is assigned in one branch only", value.span, help=remedy)
    if value is BROKEN:
        raise Silent
    if value.kind == "word":
        raise fault("LD305", f"top `{name}` is a word", value.origin.span)
    blob, value = declarations.top(scope, top, value)
    return replace(blob, given=under), value


def _graph(scope: Scope, declared: tree.Layer, bottoms: tuple[Blob, ...], tops: list[tuple[Blob, Node]]) -> LayerGraph:
    gathered = scope.collected
    formulas = [*(node for _, node in tops), *gathered.updates.values(), *gathered.overrides.values()]
    check_nothing(formulas)
    bottoms = tuple(_as_used(blob, formulas) for blob in bottoms)
    blobs: list[Blob | Learned] = [*bottoms, *(blob for blob, _ in tops), *gathered.blobs]
    order = as_blobs_lie(gathered.axis_order, [[axis.name for axis in blob.axes] for blob in blobs])
    return LayerGraph(
        name=declared.name.value,
        doc=declared.doc or "",
        span=declared.header,
        bottoms=bottoms,
        tops=tuple(blob for blob, _ in tops),
        hypers=tuple(scope.hypers.values()),
        requirements=tuple(gathered.requirements),
        blobs=tuple(gathered.blobs),
        outputs=tuple((blob.name, node) for blob, node in tops),
        updates=tuple(gathered.updates.items()),
        overrides=tuple(gathered.overrides.items()),
        equalities=_once(gathered.equalities),
        order=order,
        phase=_phase(declared),
        sizes=tuple(_named_sizes(scope)),
        memories=tuple(_as_kept(one, order) for one in gathered.memories),
        ndims=tuple(blob.name for blob in bottoms if f"ndim({blob.name})" in gathered.ndims),
        by_place=tuple(gathered.by_place),
    )


def _as_kept(memory: Learned, order: tuple[str, ...]) -> Learned:
    """A state that is no blob as it lies in memory: with the axes that formulas see, in the order of the layer."""
    axes = sorted(memory.axes, key=lambda axis: order.index(axis.name))
    return replace(memory, extents=tuple(Extent(axis, axis.size, star=False, computed=True) for axis in axes))


def _named_sizes(scope: Scope) -> Iterator[tuple[str, Size]]:
    for name, value in scope.values.items():
        size = as_size(value) if isinstance(value, Node) else None
        if size is not None:
            yield name, size
    yield from scope.collected.sizes.items()


def _as_used(blob: Blob, formulas: list[Node]) -> Blob:
    """Any number of bottoms as the formulas take them: stacked, joined along an axis, or not at all."""
    if blob.several is None:
        return blob
    nodes = [node for node in walk(formulas) if node.op == "bottoms" and node.attr("name") == blob.name]
    joined = list(dict.fromkeys(str(node.attr("joined")) for node in nodes))
    if len(joined) > 1:
        message = f"`{blob.name}` is used both joined and as blobs of one shape"
        raise fault("LD209", message, blob.span, help="joined along one axis the blobs may differ, so use only that")
    return blob if joined == [""] else replace(blob, several=Several(None, joined[0] if joined else ""))


def _once(equalities: list[Equality]) -> tuple[Equality, ...]:
    """The first of those that hold the same two sizes against each other under the same conditions."""
    return tuple({(frozenset([one.left, one.right]), one.given): one for one in reversed(equalities)}.values())[::-1]


def _phase(declared: tree.Layer) -> Literal["TRAIN", "TEST"] | None:
    phases = [statement.phase.value for statement in declared.body if isinstance(statement, tree.Include)]
    return None if not phases else "TRAIN" if phases[-1] == "train" else "TEST"
