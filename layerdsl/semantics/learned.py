"""The blobs of a layer's own: learned ones and states."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final, cast

from layerdsl.graph import Axis, Extent, Learned
from layerdsl.graph.size import product
from layerdsl.semantics.declarations import check_axes, is_of, literal, unnamed
from layerdsl.semantics.families.stepping import each_of
from layerdsl.semantics.fillers import filler
from layerdsl.semantics.groups import group, is_group
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.source import fault
from layerdsl.syntax import tree

OPTIONS: Final = {"lr_mult": 1.0, "decay_mult": 1.0}


def learned(scope: Scope, declared: tree.Param) -> Learned:
    """A `param` or a `state`, with its filler."""
    check_axes(declared.axes, "param")
    known = frozenset(scope.collected.axis_order)
    extents = tuple(extent for axis in declared.axes for extent in _learned_extents(scope, axis))
    _in_memory(scope.collected.axis_order, [axis.name for extent in extents for axis in extent.axes], known)
    options = _options(declared) if declared.kind == "param" else OPTIONS
    state = declared.kind == "state"
    first, last = (declared.axes[0].span, declared.axes[-1].span) if declared.axes else (declared.name.span,) * 2
    written = f"[{first.to(last).on_one_line}]" if declared.axes else "[]"
    return Learned(
        scope.blob_name(declared.name.value),
        extents,
        written,
        filler(scope, _filler_of(scope, declared), _rank(extents)),
        0.0 if state else options["lr_mult"],
        0.0 if state else options["decay_mult"],
        state,
        declared.doc,
        declared.span,
        scope.given,
        declared.kind == "param" or _saved(scope, declared),
    )


def _rank(extents: tuple[Extent, ...]) -> int | None:
    """How many axes a blob has; None where a group says so only when shapes are known."""
    return None if any(extent.star for extent in extents) else len(extents)


def _saved(scope: Scope, declared: tree.Param) -> bool:
    """Whether a state is a blob; one that is not begins with a number."""
    saved = True
    for option in declared.options:
        word = option.value.value if isinstance(option.value, tree.Name) else None
        if option.name != "saved":
            remedy = "the solver never touches a state; `saved=false` makes it no blob"
            raise fault("LD502", f"a state has no option `{option.name}`", option.span, help=remedy)
        if word not in ("true", "false"):
            raise fault("LD503", "`saved` is `true` or `false`", option.value.span)
        saved = word == "true"
    if not saved and scope.given:
        remedy = "declare it before the `if`"
        raise fault("LD309", "a state that is not saved can't depend on a condition", declared.span, help=remedy)
    if not saved and filler(scope, declared.filler, len(declared.axes)).name != "constant":
        raise fault("LD309", "a state that is not saved begins with a number", declared.filler.span, help="`= 0`")
    return saved


def _in_memory(order: list[str], names: list[str], known: frozenset[str]) -> None:
    """An axis that a blob brings lies before the one that follows it there, so that nothing has to be turned."""
    for name, following in reversed(list(pairwise(names))):
        if name not in known and order.index(following) < order.index(name):
            order.remove(name)
            order.insert(order.index(following), name)


def _filler_of(scope: Scope, declared: tree.Param) -> tree.Expr:
    """What a blob starts from: where its layer is used, that may be said there."""
    given = scope.inside is not None and declared.name.value in scope.inside.fillers
    return declared.name if given else declared.filler


def _learned_extents(scope: Scope, axis: tree.AxisDecl) -> tuple[Extent, ...]:
    """An axis of a learned blob, or all those of a group; without its star, the group is one axis of the blob."""
    if axis.name is None and axis.size is not None:
        return (unnamed(scope, axis.size),)
    if axis.star and axis.size is not None:
        each_of(scope, axis)
        axis = replace(axis, size=None)
    assert axis.name is not None
    written = axis.size if axis.size is not None else tree.Name(axis.name, axis.span)
    if axis.name not in scope.axes and (axis.size is not None or axis.name in scope.hypers):
        scope.add_axis(Axis(axis.name, size(scope, written)))
    known = scope.axis_named(tree.Name(axis.name, axis.span), "size")
    if axis.size is not None:
        scope.require_equal(size(scope, axis.size), known[0].size, known[0].name, axis.span)
    if axis.star and is_group(scope, known):
        return (group(scope, axis.name, known),)
    if axis.star and scope.inside is None and not scope.calls and not known[0].star:
        remedy = f"leave out the star: `{axis.name}`"
        raise fault("LD205", f"`{axis.name}` is one axis and no group", axis.span, help=remedy)
    if axis.star or len(known) == 1:
        return tuple(Extent(one, one.size, axis.star and one.star, computed=True) for one in known)
    return (Extent(None, product([one.size for one in known]), star=False, computed=True, within=known),)


def carried_axes(scope: Scope, declared: tuple[tree.AxisDecl, ...]) -> tuple[Axis, ...]:
    """The axes of what a scan carries."""
    check_axes(declared, "carried value")
    extents = [extent for axis in declared for extent in _learned_extents(scope, axis)]
    return tuple(axis for extent in extents for axis in extent.axes)


def _options(declared: tree.Param) -> dict[str, float]:
    options: dict[str, float] = {}
    for option in declared.options:
        name = option.name or ""
        if name not in OPTIONS:
            raise fault("LD502", f"a param has no option `{name}`", option.span, help=suggestion(name, OPTIONS))
        if name in options:
            raise fault("LD502", f"`{name}` is given twice", option.span)
        value = literal(option.value)
        if not is_of("float", value):
            raise fault("LD503", f"`{name}` has to be a number", option.value.span)
        options[name] = float(cast(float, value))
    return {**OPTIONS, **options}
