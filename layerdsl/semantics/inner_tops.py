"""The tops of a layer that is used inside another: values with the axes that their declarations name."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from layerdsl.graph import Axis, Node
from layerdsl.graph.listing import elements
from layerdsl.graph.size import ONE, Size, Symbol, of
from layerdsl.operators.build import as_real, as_size, build, expand
from layerdsl.operators.families.used import in_order
from layerdsl.semantics.declarations import nearest_axis
from layerdsl.semantics.inner_several import know_count, one_of, stack_of_top
from layerdsl.semantics.listing import listing
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import BROKEN, Partial, Scope, Silent
from layerdsl.source import fault
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes


def top_axes(inner: Scope, top: tree.BlobDecl, count: int) -> None:
    """Make known the axes of a top whose sizes are stated; `d(top)` has those that are known.

    `count` says how many there are of one that may be any number.
    """
    assert top.type is not None
    if top.variadic:
        know_count(inner, top.name.value, count)
    for axis in top.type.axes:
        length = _length(inner, axis)
        if axis.name is not None and length is not None and axis.name not in inner.axes:
            inner.add_axis(Axis(axis.name, length))
    inner.tops[top.name.value] = tuple(one for axis in top.type.axes for one in _as_stated(inner, axis))


def _as_stated(inner: Scope, axis: tree.AxisDecl) -> tuple[Axis, ...]:
    """An axis of a top, which may have another length there: `[C=C + 1]`."""
    known = inner.axes.get(axis.name or "", ())
    length = _length(inner, axis)
    return tuple(known) if axis.star or length is None or len(known) != 1 else (replace(known[0], size=length),)


def _length(inner: Scope, axis: tree.AxisDecl) -> Size | None:
    """The stated size of an axis; none where there is no such axis for formulas to see."""
    if axis.size is None or not axis.star:
        return None if axis.size is None else size(inner, axis.size)
    length = elements(listing(inner, axis.size))
    if length is None:
        raise fault("LD703", "a group of axes whose sizes the net gives", axis.span, help="`rename` gives axes names")
    return None if length == ONE else length


def result(inner: Scope, top: tree.BlobDecl, expr: tree.Call) -> tuple[Node, tuple[Axis, ...]]:
    """The value of a top, and its axes in the declared order."""
    name, value = top.name.value, inner.values.get(top.name.value)
    if value is BROKEN:
        raise Silent
    if not isinstance(value, Node) or value.kind == "word":
        state = "in one branch only" if isinstance(value, Partial) else "a word" if value is not None else "no value"
        raise fault("LD105", f"top `{name}` of `{expr.function}` has {state} here", expr.span)
    value = value.args[0] if value.op == "parts" else value
    stack = stack_of_top(inner, name, value, expr) if top.variadic and inner.values[name] is value else None
    axes = _axes(inner, top, value if stack is None else one_of(value, stack), expr)
    axes = axes if stack is None else (stack, *axes)
    if top.type is not None and top.type.qualifier == "const":
        value = value if value.static or value.kind != "real" else build("stop", value)
    return as_real(expand(value, axes)) if value.kind == "bool" else expand(value, axes), axes


def as_declared(scope: Scope, inner: Scope, value: Node, axes: tuple[Axis, ...]) -> Node:
    """The value of a top with its axes in the declared order, under the names that they have in the layer around.

    An axis that is as long as one that the layer around knows is that one, if the top has it but once: a product with
    a matrix of `C` rows has an axis `C`.
    """
    new = {axis.name: axis for axis in axes}
    names = {axis.name for axis in axes if axis.name in inner.taken}
    for axis in axes:
        if axis.name not in inner.taken and axis.name.replace(".", "").isidentifier():
            new[axis.name] = _outside(scope, inner, axis, names)
            names.add(new[axis.name].name)
    _know_groups(scope, [axis.name for axis in new.values()])
    pairs = tuple((old, axis) for old, axis in new.items() if old in value.names and old != axis.name)
    value = build("rename", value, axes=pairs) if pairs else value
    return in_order(value, tuple(new[axis.name] for axis in axes)) if axes else value


def _know_groups(scope: Scope, names: list[str]) -> None:
    """A group that is seen as its axes has its name in the layer around as well."""
    for group in dict.fromkeys(name.partition(".")[0] for name in names if "." in name):
        own = [scope.axes[name][0] for name in names if name.startswith(f"{group}.") and name in scope.axes]
        scope.axes.setdefault(group, tuple(own))


def _outside(scope: Scope, inner: Scope, axis: Axis, names: Container[str]) -> Axis:
    """What an axis that the layer has brought is to the one around."""
    written = next((name for name, one in _brought(inner).items() if one.name == axis.name), axis.name)
    there = _known_axes(scope)
    alike = [name for name, ones in there.items() if axis.size.constant is None and _is_long(ones, axis.size)]
    numbered = (f"{written}{i}" for i in range(2, 1000))
    for name in (*_given_as(inner, written), *alike, *_hypers(scope, axis.size), written, *numbered):
        known = there.get(name)
        if _is_long(known, axis.size) if known is not None else _is_free(scope, name, axis.size):
            found = known[0] if known is not None else scope.add_axis(Axis(name, axis.size))
            if found.name not in names:
                return found
    return axis


def _known_axes(scope: Scope) -> dict[str, tuple[Axis, ...]]:
    """The axes that may be meant; in a function those of the layer, by their own names."""
    if not scope.calls:
        return scope.axes
    return {**{axis.name: (axis,) for axis in scope.collected.axes.values()}, **scope.axes}


def _is_long(axes: tuple[Axis, ...] | None, size: Size) -> bool:
    """Whether a name stands for one axis of this length."""
    return axes is not None and len(axes) == 1 and axes[0].size == size


def _is_free(scope: Scope, name: str, size: Size) -> bool:
    """Whether a name has no other meaning: a hyper-parameter is meant where it is the length."""
    return bool(name) and (name in _hypers(scope, size) or not (name in scope.hypers or name in scope.values))


def _hypers(scope: Scope, size: Size) -> list[str]:
    """The hyper-parameters that are this length."""
    own = [name for name, each in scope.hypers.items() if each.kind == "int" and size == of(Symbol(each.name, "hyper"))]
    values = [(name, scope.values.get(name)) for name, what in scope.fixed.items() if what == "a hyper-parameter"]
    return own + [name for name, value in values if isinstance(value, Node) and as_size(value) == size]


def _given_as(inner: Scope, written: str) -> list[str]:
    """The name by which the layer around gives the length of an axis: `K` for `M` in `InnerProduct(x, M=K)`."""
    assert inner.inside is not None
    declared = [each for each in all_nodes(inner.path[-1]) if isinstance(each, tree.AxisDecl) and each.name == written]
    sizes = [each.size.value for each in declared if isinstance(each.size, tree.Name)]
    return [inner.inside.names[name] for name in (*sizes, written) if name in inner.inside.names]


def _brought(inner: Scope) -> dict[str, Axis]:
    return inner.inside.axes if inner.inside is not None else {}


def _axes(inner: Scope, top: tree.BlobDecl, value: Node, expr: tree.Call) -> tuple[Axis, ...]:
    """The axes of the top in its order; those that the value has are the value's own."""
    assert top.type is not None
    held = {axis.name: axis for axis in value.axes}
    spare = [axis for axis in value.axes if axis.name not in _named(inner, top)]
    found: list[Axis] = []
    for axis in top.type.axes:
        if axis.star and axis.size is not None and _length(inner, axis) is None:
            continue
        if axis.name is not None:
            found.extend(held.get(one.name, one) for one in _called(inner, axis.name, held, axis))
            _check_size(inner, axis, found[-1] if found else None)
        elif axis.size is not None and size(inner, axis.size) != ONE:
            length = size(inner, axis.size)
            match = nearest_axis(length, spare)
            if match is not None:
                spare.remove(match)
                inner.require_equal(length, match.size, match.name, axis.span)
            found.append(match or Axis(str(length), length))
    if spare:
        message = f"the value of top `{top.name.value}` has axis `{spare[0].name}`, its declaration has not"
        raise fault("LD204", message, top.type.span, f"the value has axes `{inner.listed(value)}`")
    return tuple(found)


def _check_size(inner: Scope, axis: tree.AxisDecl, held: Axis | None) -> None:
    length = _length(inner, axis)
    if length is not None and held is not None:
        inner.require_equal(length, held.size, held.name, axis.span)


def _named(inner: Scope, top: tree.BlobDecl) -> set[str]:
    assert top.type is not None
    names = [axis.name for axis in top.type.axes if axis.name is not None]
    known = {**{name: (axis,) for name, axis in _brought(inner).items()}, **inner.axes}
    return {one.name for name in names for one in known.get(name, ())} | {name for name in names if name not in known}


def _called(inner: Scope, name: str, held: dict[str, Axis], axis: tree.AxisDecl) -> tuple[Axis, ...]:
    if name in inner.axes:
        return inner.axes[name]
    if name in _brought(inner):
        return (held.get(_brought(inner)[name].name, _brought(inner)[name]),)
    if name in held:
        return (held[name],)
    return inner.axis_named(tree.Name(name, axis.span), "size")
