"""The axes of a bottom of a layer that is used inside another: each is one of the value's, or several for a group."""

from __future__ import annotations

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import Size
from layerdsl.operators.build import as_size
from layerdsl.semantics.functions import bind_axis, by_place, is_unseen, misfit, taken_axes
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import Scope
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes


def bind_axes(inner: Scope, blob: tree.BlobDecl, value: Node, place: Span) -> None:
    """Make the names of the declaration stand for the axes of the value.

    As in functions, an axis that an earlier bottom has named is the same one, and the others go by their places; a
    stated place is counted in the value's axes.
    """
    assert blob.type is not None
    declared = [axis for axis in blob.type.axes if not is_unseen(axis)]
    found: list[tuple[Axis, ...]] = []
    rest = by_place(inner, value)
    for part, ends in _parts(inner, declared, rest, place):
        fitting = taken_axes(inner, part, ends) if sum(_open(inner, axis) for axis in part) < 2 else None
        if fitting is None:
            raise misfit(inner, blob, value, place)
        found.extend(fitting)
    for axis, those in zip(declared, found, strict=True):
        if not axis.star and any(one.star for one in those):
            raise _grouped(inner, blob, axis, value, place)
        bind_axis(inner, axis, those, blob, value, place)


def _open(inner: Scope, axis: tree.AxisDecl) -> bool:
    """A group of which no earlier bottom says what is in it."""
    return axis.star and axis.name not in inner.axes


def _grouped(inner: Scope, blob: tree.BlobDecl, axis: tree.AxisDecl, value: Node, place: Span) -> Fault:
    return fault(
        "LD204",
        f"bottom `{blob.name.value}` is declared `{blob.type.span.on_one_line if blob.type else ''}`",
        place,
        f"this value has axes `{inner.listed(value)}`: a group is not one axis `{axis.name}`",
        help="declare the axes of the group one by one",
    )


def _parts(
    inner: Scope, declared: list[tree.AxisDecl], axes: list[Axis], place: Span
) -> list[tuple[list[tree.AxisDecl], list[Axis]]]:
    """The declaration and the axes cut where a place is stated."""
    parts: list[tuple[list[tree.AxisDecl], list[Axis]]] = []
    here: list[tree.AxisDecl] = []
    start, before = 0, None
    for axis in declared:
        if axis.begin is not None:
            begin = size(inner, axis.begin)
            at = _position(axes, start, begin, before, place)
            parts.append((here, axes[start:at]))
            here, start, before = [], at, begin
        here.append(axis)
    return [*parts, (here, axes[start:])]


def _position(axes: list[Axis], start: int, begin: Size, before: Size | None, place: Span) -> int:
    """Which of the axes stands at a stated place; a second one may be told from the first."""
    number = (begin if before is None else begin - before).constant
    if number is None:
        remedy = "write the number out where the layer is used"
        raise fault("LD210", f"`{begin}` has to be known here: it says which axis is meant", place, help=remedy)
    if before is not None:
        found = len(axes) if number < 0 else start + number
    else:
        found = number if number >= 0 else len(axes) + number
    uncertain = axes[:found] if number >= 0 else axes[found:] if before is None else []
    if not 0 <= found <= len(axes) or any(axis.star for axis in uncertain):
        listed = ", ".join("*" * axis.star + axis.name for axis in axes)
        raise fault("LD204", f"no axis of this value stands at place {number}", place, f"its axes are `[{listed}]`")
    return found


def know_sizes(inner: Scope, layer: tree.Layer) -> None:
    """An axis that is named like a hyper-parameter is as long as that says."""
    assert inner.inside is not None
    blobs = [*layer.bottoms, *layer.tops, *(each for each in all_nodes(layer.body) if isinstance(each, tree.Param))]
    named = {axis.name for axis in all_nodes(tuple(blobs)) if isinstance(axis, tree.AxisDecl) and axis.size is None}
    for name, value in list(inner.values.items()):
        length = as_size(value) if isinstance(value, Node) and inner.fixed.get(name) == "a hyper-parameter" else None
        if length is None or name not in named:
            continue
        for known in inner.axes.get(name, ()):
            inner.require_equal(length, known.size, known.name, layer.header)
        if name not in inner.axes:
            inner.add_axis(Axis(name, length))
