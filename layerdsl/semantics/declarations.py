"""Declarations: axes, blobs and hyper-parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, cast

from layerdsl.caffe.param_str import conversion
from layerdsl.graph import Axis, Blob, Extent, HyperDecl, Node, Origin, Several, Symbol
from layerdsl.graph.listing import elements
from layerdsl.graph.size import ONE, Size, of, product
from layerdsl.graph.size import axis as axis_size
from layerdsl.operators.build import build, made_for
from layerdsl.semantics.fillers import written_filler
from layerdsl.semantics.groups import bottom_group, group, is_group, made_elsewhere, written
from layerdsl.semantics.listing import listing
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import Scope
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree


def bottom(scope: Scope, declared: tree.BlobDecl, elsewhere: frozenset[str] = frozenset()) -> Blob:
    """A bottom: its named axes become known, with sizes of their own or those of hyper-parameters.

    `elsewhere` are the groups that other bottoms have as well, and which end where they do there.
    """
    kind = _type(declared, "bottom", elsewhere)
    stack = _stack(scope, declared)
    extents = tuple(replace(_bottom_extent(scope, axis), begin=_begin(scope, axis)) for axis in kind.axes)
    return replace(_blob(declared, kind, extents), several=stack)


def bottom_node(blob: Blob, joined: str = "") -> Node:
    """A bottom as a value; of any number of them all stacked, or joined along one of their axes."""
    kind = "index" if blob.qualifier == "index" else "real"
    axes = tuple(axis for axis in blob.axes if not joined or blob.several is None or axis != blob.several.axis)
    with made_for(Origin(blob.span, blob.name)):
        if blob.several is None:
            return build("bottom", name=blob.name, axes=axes, kind=kind)
        return build("bottoms", name=blob.name, axes=axes, kind=kind, joined=joined)


def _stack(scope: Scope, declared: tree.BlobDecl) -> Several | None:
    """The axis along which any number of blobs lie, named as they are."""
    if not declared.variadic:
        return None
    name = declared.name.value
    return Several(scope.add_stack(name, of(Symbol(f"count({name})", "hyper"))))


def _begin(scope: Scope, axis: tree.AxisDecl) -> Size | None:
    """The stated position of an axis, which only numbers and hyper-parameters can say."""
    if axis.begin is None:
        return None
    begin = size(scope, axis.begin)
    named = [symbol.name for symbol in begin.symbols() if symbol.kind == "axis" and "(" not in symbol.name]
    if named:
        label = f"`{named[0]}` is the size of an axis"
        raise fault("LD210", "a position can't depend on sizes", axis.begin.span, label, help="`[*A, C at 1, *B]`")
    return begin


def _type(
    declared: tree.BlobDecl, of: Literal["bottom", "top"], elsewhere: frozenset[str] = frozenset()
) -> tree.BlobType:
    if declared.type is None:
        raise fault("LD003", f"`{declared.name.value}` needs its axes", declared.span, help="`x: [N, C, *S]`")
    if declared.variadic and declared.type.optional:
        remedy = "any number is one or more: leave out the `?`"
        raise fault("LD209", f"`*{declared.name.value}` can't be optional as well", declared.type.span, help=remedy)
    check_axes(declared.type.axes, of, elsewhere)
    return declared.type


def check_axes(
    axes: tuple[tree.AxisDecl, ...],
    of: Literal["bottom", "top", "param", "carried value"],
    elsewhere: frozenset[str] = frozenset(),
) -> None:
    """At most one group up to each stated position; a top has as many as it likes, as their sizes are known."""
    stars: list[tree.AxisDecl] = []
    for axis in axes:
        if axis.begin is not None and of != "bottom":
            remedy = "leave it out: the order of the declaration is that of the blob"
            raise fault("LD209", f"a {of} needs no positions", axis.begin.span, help=remedy)
        if axis.star and axis.size is not None and of not in ("top", "param"):
            remedy = "a top may have a group of stated sizes, here they are those of the blob: leave them out"
            raise fault("LD209", f"a {of} has no group of stated sizes", axis.size.span, help=remedy)
        stars = [] if axis.begin is not None else stars
        stars += [axis] if axis.star and axis.name not in elsewhere else []
        if len(stars) > 1 and of not in ("top", "param"):
            raise two_groups(axis)
    seen: set[str] = set()
    for axis in axes:
        if axis.name is not None and axis.name in seen:
            remedy = "give the second one another name"
            raise fault("LD205", f"axis `{axis.name}` is declared twice", axis.span, help=remedy)
        seen.add(axis.name or "")


def two_groups(second: tree.AxisDecl) -> Fault:
    """A second `*S` in one declaration."""
    return fault(
        "LD209",
        "only one group of axes fits into a declaration",
        second.span,
        "where would the first one end?",
        help=f"name the axes of one of them: `H, W` in place of `{second.span.on_one_line}`, or say where an axis "
        "between them stands: `[*A, C at 1, *B]`",
    )


def _blob(declared: tree.BlobDecl, kind: tree.BlobType, extents: tuple[Extent, ...]) -> Blob:
    index_of = kind.index_of.value if kind.index_of is not None else ""
    qualifier = cast(Literal["", "const", "index"], kind.qualifier or "")
    optional, under = (
        kind.optional or declared.given is not None,
        declared.given.span.on_one_line if declared.given else "",
    )
    name, written = declared.name.value, kind.span.on_one_line
    return Blob(name, extents, written, qualifier, index_of, declared.span, optional, under=under)


def _bottom_extent(scope: Scope, axis: tree.AxisDecl) -> Extent:
    if axis.name is None and axis.size is not None:
        return unnamed(scope, axis.size)
    assert axis.name is not None
    whole = bottom_group(scope, axis.name) if axis.star else None
    if whole is not None:
        return whole
    known = scope.axes.get(axis.name)
    if axis.size is not None:
        length = size(scope, axis.size)
        return Extent(scope.add_axis(Axis(axis.name, length)), length, star=False, computed=True)
    if known is None:
        declared = scope.hypers.get(axis.name)
        length = of(Symbol(axis.name, "hyper")) if declared is not None else axis_size(axis.name)
        known = (scope.add_axis(Axis(axis.name, length, axis.star)),)
    if axis.star != known[0].star:
        message = f"`{axis.name}` is both one axis and a group of axes"
        raise fault("LD205", message, axis.span, help=f"write `*{axis.name}` in both, or give one another name")
    return Extent(known[0], known[0].size, axis.star, computed=_is_computed(known[0]))


def _is_computed(axis: Axis) -> bool:
    return axis.size != axis_size(axis.name)


def unnamed(scope: Scope, expr: tree.Expr) -> Extent:
    """An axis with a size and no name: a literal 1 is nothing to the formulas, others go by their size."""
    length = size(scope, expr)
    if length == ONE:
        return Extent(None, length, star=False, computed=True)
    return Extent(scope.add_axis(Axis(str(length), length)), length, star=False, computed=True)


def top_axes(scope: Scope, declared: tree.BlobDecl) -> None:
    """See to it that the axes of a top are of a known size where they name a hyper-parameter."""
    previous: str | None = None
    _stack(scope, declared)
    for axis in _type(declared, "top").axes:
        hyper = scope.hypers.get(axis.name or "")
        if axis.name is not None and axis.size is None and axis.name not in scope.axes and hyper is not None:
            scope.add_axis(Axis(axis.name, size(scope, tree.Name(axis.name, axis.span)), axis.star), after=previous)
        elif axis.name is not None and axis.size is not None:
            length = elements(listing(scope, axis.size)) if axis.star else size(scope, axis.size)
            if length is not None and not (axis.star and length == ONE):
                scope.add_axis(Axis(axis.name, length), after=previous)
        previous = axis.name or previous


def top(scope: Scope, declared: tree.BlobDecl, value: Node) -> tuple[Blob, Node]:
    """A top with its value: axes are matched by name, computed ones by the axis they mention and then by order."""
    kind = _type(declared, "top")
    stack = _stack(scope, declared)
    if stack is not None and value.op == "parts":
        joined, points = cast(Axis, value.attr("axis")).name, str(value.attr("points"))
        stack, value = Several(None, joined, points), value.args[0]
    if stack is not None and stack.axis is not None and stack.axis.name not in value.names:
        stack = _like_bottoms(scope, stack.axis, value, declared.span) or stack
    made_elsewhere(scope, [axis.name or "" for axis in kind.axes], value)
    spare = [axis for axis in _spare_axes(scope, kind, value) if stack is None or axis != stack.axis]
    extents = tuple(_top_extent(scope, declared, axis, value, spare) for axis in kind.axes)
    if spare:
        name, extra = declared.name.value, written(spare)
        raise fault(
            "LD204",
            f"the value of `{name}` has axis `{extra[0]}`, its declaration `{kind.span.on_one_line}` has not",
            scope.collected.assigned[name],
            f"the value has axes `{scope.listed(value)}`",
            help=_without(name, extra, kind),
        )
    blob = replace(_blob(declared, kind, extents), several=stack)
    if {a.name for a in blob.axes} != set(value.names):
        value = build("expand", value, axes=blob.axes)
    return blob, value


def _like_bottoms(scope: Scope, tops: Axis, value: Node, place: Span) -> Several | None:
    """The axis of any number of bottoms as that of the tops: there are as many."""
    found = next((axis for axis in value.axes if axis.name in scope.several), None)
    if found is None:
        return None
    scope.require_equal(tops.size, found.size, tops.name, place)
    return Several(found)


def _without(name: str, spare: list[str], kind: tree.BlobType) -> str:
    """How a value loses the axes that its declaration has not."""
    unnamed = [axis for axis in spare if not axis.isidentifier()]
    if unnamed:
        return (
            f"an axis has a name where it is to be summed over: declare it `K={unnamed[0]}` in place of `{unnamed[0]}`"
        )
    axes = ", ".join(spare)
    over = axes if len(spare) == 1 else f"[{axes}]"
    if not kind.axes:
        return "`sum(...)` and `mean(...)` give one number"
    return f"sum over {'it' if len(spare) == 1 else 'them'}, as in `sum(..., over={over})`, or declare `{name}` with it"


def _spare_axes(scope: Scope, kind: tree.BlobType, value: Node) -> list[Axis]:
    known = [scope.axes.get(axis.name or "", ()) for axis in kind.axes]
    known = [axes for axes in known if is_group(scope, axes)]
    named = {axis.name for axis in kind.axes if axis.name is not None} | {axis.name for axes in known for axis in axes}
    return [axis for axis in value.axes if axis.name not in named]


def _top_extent(scope: Scope, declared: tree.BlobDecl, axis: tree.AxisDecl, value: Node, spare: list[Axis]) -> Extent:
    """One axis of a top; `spare` are those of its value that no axis with a name stands for."""
    held = {a.name: a for a in value.axes}
    if axis.star and axis.size is not None:
        return _listed_extent(scope, axis, axis.size, held)
    if axis.name is not None and is_group(scope, scope.axes.get(axis.name, ())):
        return _group_extent(scope, axis, axis.name, held)
    if axis.name is not None and axis.name in held:
        return _held_extent(scope, axis, held[axis.name], value)
    if axis.name is not None:
        known = scope.axis_named(tree.Name(axis.name, axis.span), "top")[0]
        return Extent(known, known.size, axis.star and known.star, computed=True)
    assert axis.size is not None
    return _sized_extent(scope, declared, axis, size(scope, axis.size), value, spare)


def _sized_extent(
    scope: Scope, declared: tree.BlobDecl, axis: tree.AxisDecl, length: Size, value: Node, spare: list[Axis]
) -> Extent:
    """An axis with a size and no name: a 1, or the axis of the value with this size, which is taken from `spare`."""
    if length == ONE:
        return Extent(None, length, star=False, computed=True)
    match = nearest_axis(length, spare)
    if match is None:
        raise fault(
            "LD204",
            f"the value of `{declared.name.value}` has no axis of size `{length}`",
            axis.span,
            f"the value has axes `{scope.listed(value)}`",
            help=f"an axis along which the value repeats has a name: `K={length}`",
        )
    spare.remove(match)
    scope.require_equal(length, match.size, match.name, axis.span)
    return Extent(match, length, star=False, computed=True)


def _group_extent(scope: Scope, axis: tree.AxisDecl, name: str, held: dict[str, Axis]) -> Extent:
    """A group whose axes the formulas see; without its star, it is one axis of the blob."""
    known = scope.axes[name]
    for one in known:
        if one.name in held:
            scope.require_equal(one.size, held[one.name].size, name, axis.span)
    axes = tuple(held.get(one.name, one) for one in known)
    if axis.star:
        return group(scope, name, axes)
    return Extent(None, product([one.size for one in axes]), star=False, computed=True, within=axes)


def _listed_extent(scope: Scope, axis: tree.AxisDecl, sizes: tree.Expr, held: dict[str, Axis]) -> Extent:
    """A group whose axes have the sizes in a list: as many elements as the value has along it."""
    listed = listing(scope, sizes)
    count = elements(listed)
    known = held.get(axis.name or "")
    if count is not None and known is not None:
        scope.require_equal(count, known.size, known.name, axis.span)
    if count == ONE and known is None:
        return Extent(None, ONE, star=True, computed=True, listed=listed)
    if known is None and count is not None and axis.name is not None:
        known = scope.axes[axis.name][0]
    if known is None:
        remedy = f"`rename(x, S={axis.name})` gives an axis of the value this name"
        raise fault("LD204", f"the value has no axis `{axis.name}` to be made a group", axis.span, help=remedy)
    return Extent(known, known.size, star=True, computed=True, listed=listed)


def _held_extent(scope: Scope, axis: tree.AxisDecl, held: Axis, value: Node) -> Extent:
    if axis.size is not None:
        scope.require_equal(size(scope, axis.size), held.size, held.name, axis.span, value)
    else:
        known = scope.axes.get(held.name)
        if known is not None and len(known) == 1:
            scope.require_equal(known[0].size, held.size, held.name, axis.span, value)
    return Extent(held, held.size, axis.star and held.star, computed=True)


def nearest_axis(length: Size, spare: list[Axis]) -> Axis | None:
    """The axis that a computed size mentions, or else the next one."""
    names = {symbol.name for symbol in length.symbols()}
    return next((axis for axis in spare if axis.name in names), spare[0] if spare else None)


PYTHON_TYPES: Final = {"float": (int, float), "int": (int,), "bool": (bool,), "word": (str,)}


def hyper(scope: Scope, declared: tree.Hyper) -> HyperDecl:
    """A hyper-parameter, its default checked against its type."""
    result = without_default(declared)
    if declared.default is None:
        return result
    none = isinstance(declared.default, tree.Name) and declared.default.value == "none"
    if result.kind == "filler" and not none:
        return replace(result, default=written_filler(scope, declared.default), required=False)
    value = literal(declared.default)
    if not fits(result, value):
        message = f"the default of `{declared.name.value}` is not of its type"
        written = declared.type.span.on_one_line
        remedy = "write it `float`, or the number without a fraction" if written == "int" and value is not None else ""
        raise fault("LD503", message, declared.default.span, f"`{written}` is declared", help=remedy)
    convert = conversion(result.kind, result.optional, result.choices, result.element)
    return replace(result, default=convert(value), required=False)


def without_default(declared: tree.Hyper) -> HyperDecl:
    """A hyper-parameter by its type alone."""
    kind = declared.type
    return HyperDecl(
        name=declared.name.value,
        kind=cast(Literal["float", "int", "bool", "word", "list", "filler", "file"], kind.kind),
        optional=kind.optional,
        required=not kind.optional,
        default=None,
        choices=kind.choices,
        element=kind.element or "",
        doc=declared.doc,
        span=declared.span,
    )


def literal(expr: tree.Expr) -> object:
    """The Python value of a literal; anything else is refused."""
    match expr:
        case tree.Number(value=value) | tree.Text(value=value):
            return value
        case tree.Name(value="true" | "false" as value):
            return value == "true"
        case tree.Name(value="none"):
            return None
        case tree.Name(value="inf"):
            return float("inf")
        case tree.Unary(op="-", operand=operand):
            inner = literal(operand)
            if isinstance(inner, (int, float)):
                return -inner
        case tree.Sequence(items=items):
            return tuple(literal(item) for item in items)
    label = "not a number, word, list, `true`, `false` or `none`"
    raise fault("LD503", "a default has to be written out", expr.span, label)


def fits(declared: HyperDecl, value: object) -> bool:
    """Whether a value is of the declared type."""
    if value is None:
        return declared.optional
    if declared.kind == "list":
        items = value if isinstance(value, tuple) else (value,) if is_of("float", value) else (None,)
        return all(is_of(declared.element, item) for item in items)
    if declared.kind in ("filler", "file"):
        return isinstance(value, str) and bool(value)
    if declared.kind == "word":
        return value in declared.choices if declared.choices else isinstance(value, str)
    return is_of(declared.kind, value)


def is_of(kind: str, value: object) -> bool:
    """Whether a Python value is one of a type of hyper-parameters; `True` is no number."""
    return isinstance(value, PYTHON_TYPES[kind]) and (kind == "bool" or not isinstance(value, bool))
