"""A layer used inside another like a function: `h = BatchNorm(x, eps=1e-3)`.

Its body is read anew at every use, with the values that it is given: bottoms are values, hyper-parameters what is known
of them, and its parameters and states become those of the layer around it, as `h.mean`, `h.variance`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.size import whole
from layerdsl.operators.build import as_real, build
from layerdsl.operators.families.used import held, use
from layerdsl.operators.rewrite import Rewriter
from layerdsl.semantics.axis_binding import bind_axes, know_sizes
from layerdsl.semantics.decided import outcome
from layerdsl.semantics.expressions import formula, static_condition
from layerdsl.semantics.inner_hypers import bind_hypers
from layerdsl.semantics.inner_several import Given, bind_several, taken_apart
from layerdsl.semantics.inner_tops import as_declared, result, top_axes
from layerdsl.semantics.limits import count_call
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import InnerLayer, Inside, Scope, Silent, listed, suggestion
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree
from layerdsl.syntax.texts import snake_case
from layerdsl.syntax.walk import walk as all_nodes

Arguments = dict[str, tree.Argument]


def one_top(scope: Scope, expr: tree.Call, called: InnerLayer, wanted: tree.Name | None = None) -> Node:
    """The value of a layer with one top, or of the top that `.name` picks."""
    found = tops(scope, expr, called)
    if wanted is None and len(found) == 1:
        return next(iter(found.values()))
    if wanted is None:
        first = next(iter(found))
        remedy = f"`{', '.join(found)} = {expr.function}(...)` names all, `{expr.function}(...).{first}` picks one"
        raise fault(
            "LD104", f"`{expr.function}` has {len(found)} tops, a formula needs one here", expr.span, help=remedy
        )
    if wanted.value not in found:
        remedy = suggestion(wanted.value, found) or f"its tops are {listed(found)}"
        raise fault("LD104", f"`{expr.function}` has no top `{wanted.value}`", wanted.span, help=remedy)
    return found[wanted.value]


def tops(scope: Scope, expr: tree.Call, called: InnerLayer, names: int = 1) -> dict[str, Node]:
    """The tops of a layer that is used here, by name; of those of any number there are as many as fill `names`."""
    layer = called.layer
    _check_use(scope, expr, layer)
    arguments, further = _bind(expr, layer)
    inner = _scope(scope, expr, called)
    assert inner.inside is not None
    bind_hypers(scope, inner, expr, layer, arguments)
    for blob in _blobs(layer):
        if blob.name.value in arguments:
            inner.inside.fillers[blob.name.value] = scope, arguments[blob.name.value].value
    given = [_given(scope, inner, blob, arguments, expr) for blob in layer.bottoms]  # a position may ask for any
    more = [_further(scope, layer.bottoms[-1], one) for one in further]
    values = {
        blob.name.value: _bottom(inner, blob, [one, *(more if blob.variadic else [])])
        for blob, one in zip(layer.bottoms, given, strict=True)
    }
    know_sizes(inner, layer)
    for top in layer.tops:
        top_axes(inner, top, max(1, names - len(layer.tops) + 1))
    _run(scope, inner, expr, layer)
    axes = {top.name.value: result(inner, top, expr) for top in layer.tops if _is_there(inner, top) is not False}
    found = {name: value for name, (value, _) in axes.items()}
    felt = _with_gradients(inner, found, {name: value for name, value in values.items() if value is not None})
    return dict(_outside(scope, inner, layer, felt, {name: own for name, (_, own) in axes.items()}, expr.span))


def _outside(
    scope: Scope, inner: Scope, layer: tree.Layer, felt: dict[str, Node], axes: dict[str, tuple[Axis, ...]], place: Span
) -> Iterator[tuple[str, Node]]:
    """The tops as the layer around sees them, those of one name taken apart."""
    for top in layer.tops:
        name = top.name.value
        if name in felt and not top.variadic:
            yield name, as_declared(scope, inner, felt[name], axes[name])
        elif name in felt:
            apart = list(taken_apart(inner, top, felt[name], axes[name], place))
            for i, (value, own) in enumerate(apart):
                yield f"{name}[{i}]" if len(apart) > 1 else name, as_declared(scope, inner, value, own)


def _scope(scope: Scope, expr: tree.Call, called: InnerLayer) -> Scope:
    layer = called.layer
    return Scope(
        scope.collected,
        functions=called.functions,
        layers=called.layers,
        inside=Inside(_prefix(scope, expr, layer), conditions=len(scope.given)),
        path=(*scope.path, layer),
        given=scope.given,
        in_gradient=scope.in_gradient,
        scan=scope.scan,
        by_hand=frozenset(each.name.value for each in all_nodes(layer.body) if isinstance(each, tree.Gradient)),
    )


def _check_use(scope: Scope, expr: tree.Call, layer: tree.Layer) -> None:
    """Refuse what would never end, and blobs where none can be."""
    name = layer.name.value
    if any(one is layer for one in scope.path):
        raise fault("LD110", f"`{name}` uses itself", expr.function_span, "formulas can't recurse")
    count_call(scope, expr.function_span)
    phases = [each for each in layer.body if isinstance(each, tree.Include)]
    if phases and scope.given_phase != phases[-1].phase.value:
        phase = phases[-1].phase.value
        remedy = f"use it under `if {phase}:`"
        raise fault("LD309", f"`{name}` is a layer for `{phase}` alone", expr.span, help=remedy)
    makes = next((each for each in all_nodes(layer.body) if isinstance(each, tree.Param)), None)
    if makes is not None and any(node.op == "phase" for node in walk(scope.given)):
        remedy = "nets for training and for testing share their blobs: use it before the `if`"
        message = f"`{name}` has a {makes.kind} and can't be used in one phase alone"
        raise fault("LD309", message, expr.span, help=remedy)


def _prefix(scope: Scope, expr: tree.Call, layer: tree.Layer) -> str:
    """A name for this use: that of the value, or of the layer; a number behind it where there is one already."""
    aim, name = scope.target
    wanted = name if aim is expr else snake_case(layer.name.value)
    full = f"{scope.inside.prefix}.{wanted}" if scope.inside is not None else wanted
    known, number = scope.collected.prefixes, 2
    unique = full
    while unique in known:
        unique, number = f"{full}{number}", number + 1
    known.add(unique)
    return unique


# -- arguments ---------------------------------------------------------------------------------------------------------


def _bind(expr: tree.Call, layer: tree.Layer) -> tuple[Arguments, list[tree.Argument]]:
    """Arguments by the name of their bottom or hyper-parameter, and the further ones of bottoms of any number."""
    bottoms = [blob.name.value for blob in layer.bottoms]
    hypers = [each.name.value for each in layer.body if isinstance(each, tree.Hyper)]
    blobs = [each.name.value for each in _blobs(layer)]
    bound: Arguments = {}
    further: list[tree.Argument] = []
    for argument in expr.arguments:
        if isinstance(argument.value, (tree.By, tree.Each)):
            raise fault("LD104", f"`{expr.function}` takes values", argument.span)
        name = argument.name or next((each for each in bottoms if each not in bound), None)
        if name is None and bottoms and layer.bottoms[-1].variadic:
            further.append(argument)
            continue
        if name is None:
            count = f"{len(bottoms)} bottom{'s' * (len(bottoms) != 1)}"
            remedy = f"hyper-parameters are given by name: `{hypers[0]}=...`" if hypers else ""
            raise fault("LD104", f"`{expr.function}` has {count}", argument.span, "one too many", help=remedy)
        if name not in (*bottoms, *hypers, *blobs):
            raise _unknown(expr, argument, [*bottoms, *hypers, *blobs])
        if name in bound:
            raise fault("LD104", f"`{name}` is given twice", argument.span)
        bound[name] = argument
    return bound, further


def _blobs(layer: tree.Layer) -> list[tree.Param]:
    """Its parameters and states: an argument of such a name says what it starts from."""
    return [each for each in all_nodes(layer.body) if isinstance(each, tree.Param)]


def _unknown(expr: tree.Call, argument: tree.Argument, known: list[str]) -> Fault:
    name, place = argument.name or "", argument.name_span or argument.span
    remedy = suggestion(name, known) or f"it has {listed(known)}"
    return fault("LD104", f"`{expr.function}` has nothing named `{name}`", place, help=remedy)


def _given(scope: Scope, inner: Scope, blob: tree.BlobDecl, arguments: Arguments, expr: tree.Call) -> Given | None:
    """The value that a bottom is given, and its place; none for one that is left out."""
    name, argument = blob.name.value, arguments.get(blob.name.value)
    assert blob.type is not None
    there = _is_there(inner, blob)
    left_out = argument is None or (isinstance(argument.value, tree.Name) and scope.nones.get(argument.value.value))
    if argument is None or (left_out and blob.type.optional):
        if there is False or blob.type.optional:
            inner.nones[name] = True
            return None
        why = "" if blob.given is None else f"it has it where `{blob.given.span.on_one_line}`"
        raise fault("LD104", f"`{expr.function}` lacks its bottom `{name}`", expr.span, why)
    if there is False and blob.given is not None:
        why = f"it has it where `{blob.given.span.on_one_line}`"
        raise fault("LD104", f"`{expr.function}` has no bottom `{name}` here", argument.span, why)
    value = _as_blob(_handed_on(scope, inner, blob, argument.value), blob.type, argument.value.span)
    stack = _stack(scope, blob, argument.value)
    if not any(axis.star for axis in value.axes):
        inner.ndims[name] = whole(len(value.axes) - (stack is not None))
    return value, argument.value.span, stack


def _further(scope: Scope, blob: tree.BlobDecl, argument: tree.Argument) -> Given:
    """One more value for bottoms of any number."""
    assert blob.type is not None
    place = argument.value.span
    return _as_blob(formula(scope, argument.value), blob.type, place), place, _stack(scope, blob, argument.value)


def _stack(scope: Scope, blob: tree.BlobDecl, given: tree.Expr) -> Axis | None:
    """The axis of any number of values that are handed on as such."""
    return scope.stacks.get(given.value) if blob.variadic and isinstance(given, tree.Name) else None


def _handed_on(scope: Scope, inner: Scope, blob: tree.BlobDecl, given: tree.Expr) -> Node:
    """The value given for a bottom; a blob that may be absent may be so inside as well, where that is foreseen."""
    name, outer = blob.name.value, given.value if isinstance(given, tree.Name) else ""
    foreseen = blob.type is not None and blob.type.optional
    if not foreseen or outer not in scope.optional or outer in scope.present:
        inner.nones[name] = False
        return formula(scope, given)
    inner.optional[name] = "a bottom"
    inner.under[name] = scope.under.get(outer) or build("not", build("absent", name=outer))
    inside = scope.child()
    inside.present = scope.present | {outer}
    return formula(inside, given)


def _bottom(inner: Scope, blob: tree.BlobDecl, given: list[Given | None]) -> Node | None:
    """The value of a bottom, as the formulas of the layer see it; of any number of them there may be more."""
    name = blob.name.value
    assert blob.type is not None
    there = [one for one in given if one is not None]
    if not there:
        _know_axes(inner, blob.type)
        return None
    inner.fixed[name] = f"a bottom declared `{blob.type.qualifier}`" if blob.type.qualifier else "a bottom"
    if blob.variadic:
        value = bind_several(inner, blob, there)
    else:
        ((value, place, _),) = there
        inner.taken |= frozenset(value.names)
        bind_axes(inner, blob, value, place)
    inner.values[name] = held(value, inner.blob_name(name)) if name in inner.by_hand else value
    return value


def _know_axes(inner: Scope, kind: tree.BlobType) -> None:
    """Make known the axes of a bottom that is left out, where their sizes are stated."""
    for axis in kind.axes:
        if axis.name is not None and axis.size is not None and axis.name not in inner.axes:
            inner.add_axis(Axis(axis.name, size(inner, axis.size)))


def _is_there(inner: Scope, blob: tree.BlobDecl) -> bool | None:
    """Whether a bottom or top of the layer is there; None where that is left to the net."""
    return None if blob.given is None else outcome(static_condition(inner, blob.given, "told by hyper-parameters"))


def _as_blob(value: Node, kind: tree.BlobType, place: Span) -> Node:
    """A value as it would come out of a blob."""
    if value.kind == "word":
        raise fault("LD305", "a word stands where a bottom is needed", place)
    if kind.qualifier == "index":
        if value.kind != "index":
            remedy = "declare the bottom `index`, or round: `round(x)`, `floor(x)`"
            raise fault("LD307", "this bottom takes whole numbers", place, "this may have a fraction", help=remedy)
        return value
    value = as_real(value)
    return build("stop", value) if kind.qualifier == "const" and not value.static else value


# -- the body ----------------------------------------------------------------------------------------------------------


#: What is read before the body, or by whoever wires the layer.
_BEFORE: Final = (tree.Hyper, tree.Include)


def _run(scope: Scope, inner: Scope, expr: tree.Call, layer: tree.Layer) -> None:
    """Read the body; what is wrong in it is told with the place where it is used."""
    from layerdsl.semantics.statements import run

    told = scope.collected.faults
    before = len(told)
    run(inner, tuple(each for each in layer.body if not isinstance(each, _BEFORE)))
    if len(told) > before:
        place = expr.function_span
        note = f"`{layer.name.value}` is used in line {place.line} of {place.source.name}"
        told[before:] = [replace(each, notes=(*each.notes, note)) for each in told[before:]]
        raise Silent


def _with_gradients(inner: Scope, found: dict[str, Node], bottoms: dict[str, Node]) -> dict[str, Node]:
    """The tops with the gradients that the layer gives by hand."""
    assert inner.inside is not None
    overrides = inner.inside.overrides
    if not inner.by_hand:
        return found
    return _given_by_hand(inner, found, bottoms, overrides)


def _given_by_hand(
    inner: Scope, found: dict[str, Node], bottoms: dict[str, Node], overrides: dict[str, Node]
) -> dict[str, Node]:
    """The tops with these gradients; where a condition decides about one, a choice between the tops with each."""
    choice = next((name for name, value in overrides.items() if value.op == "select"), None)
    if choice is not None:
        test, *sides = overrides[choice].args
        yes, no = (_given_by_hand(inner, found, bottoms, {**overrides, choice: value}) for value in sides)
        return {name: build("select", test, yes[name], no[name]) for name in found}
    overrides = {name: value for name, value in overrides.items() if value.op != "derived"}
    leaves = {
        name: node.args[0]
        for name in inner.by_hand
        if isinstance(node := inner.values.get(name), Node) and node.op == "held"
    }
    free = {inner.blob_name(name): leaf for name, leaf in (leaves | bottoms).items() if name not in overrides}
    rest = Rewriter([lambda node: free.get(str(node.attr("key"))) if node.op == "held" else None])
    values = rest(found.values())
    given = {inner.blob_name(name): (leaves[name], overrides[name]) for name in overrides if name in leaves}
    names = tuple(inner.blob_name(name) for name in found)
    return dict(zip(found, use(values, names, given), strict=True))
