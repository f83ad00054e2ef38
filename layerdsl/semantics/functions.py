"""Functions of the user's and of the libraries: their bodies are read anew at every call, with the values given."""

from __future__ import annotations

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import whole
from layerdsl.semantics.expressions import formula, size
from layerdsl.semantics.scope import Callable, Scope, suggestion
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree


def expand_call(scope: Scope, expr: tree.Call, called: Callable) -> Node:
    """The value of a call of a function that is written in the language."""
    function = called.function
    if function.name.value in scope.calls:
        raise fault("LD110", f"`{function.name.value}` calls itself", expr.function_span, "formulas can't recurse")
    arguments = _bind(expr, function)
    inner = Scope(
        scope.collected,
        functions=called.functions,
        calls=(*scope.calls, function.name.value),
        given=scope.given,
        in_gradient=scope.in_gradient,
    )
    for declared, default in zip(function.arguments, function.defaults, strict=True):
        given = arguments.get(declared.name.value)
        value = formula(scope, given.value) if given is not None else formula(inner, _default(default))
        place = given.span if given is not None else declared.span
        if declared.type is not None:
            _bind_axes(inner, declared, value, place)
        inner.values[declared.name.value] = value
        inner.fixed[declared.name.value] = "an argument"
    return _body(inner, function)


def _default(default: tree.Expr | None) -> tree.Expr:
    assert default is not None  # `_bind` has seen to it
    return default


def _bind(expr: tree.Call, function: tree.Function) -> dict[str, tree.Argument]:
    names = [argument.name.value for argument in function.arguments]
    bound: dict[str, tree.Argument] = {}
    rest = list(names)
    for argument in expr.arguments:
        name = argument.name or (rest[0] if rest else None)
        if name is None:
            raise fault("LD104", f"`{expr.function}` takes {len(names)} arguments", argument.span, "one too many")
        if name not in names:
            hint = suggestion(name, names) or f"its arguments are {', '.join(f'`{n}`' for n in names)}"
            raise fault("LD104", f"`{expr.function}` has no argument `{name}`", argument.name_span, help=hint)
        if name in bound:
            raise fault("LD104", f"`{name}` is given twice", argument.span)
        bound[name] = argument
        rest = [n for n in rest if n != name]
    _need_all(expr, function, bound)
    return bound


def _need_all(expr: tree.Call, function: tree.Function, bound: dict[str, tree.Argument]) -> None:
    for declared, default in zip(function.arguments, function.defaults, strict=True):
        if declared.name.value not in bound and default is None:
            raise fault("LD104", f"`{expr.function}` lacks its argument `{declared.name.value}`", expr.span)


def _bind_axes(inner: Scope, declared: tree.BlobDecl, value: Node, place: Span) -> None:
    """Match the declared axes with those of the value: the star takes what the others leave."""
    assert declared.type is not None
    axes = declared.type.axes
    stars = [i for i, axis in enumerate(axes) if axis.star]
    if len(stars) > 1:
        raise fault("LD209", "only one group of axes fits into a declaration", axes[stars[1]].span)
    spare = len(value.axes) - (len(axes) - len(stars))
    if spare < 0 or (spare > 0 and not stars):
        raise _misfit(inner, declared, value, place)
    position = 0
    found = _in_order(inner, axes, value)
    for axis in axes:
        taken = found[position : position + (spare if axis.star else 1)]
        position += len(taken)
        _bind_axis(inner, axis, taken, declared, value, place)


def _in_order(inner: Scope, declared: tuple[tree.AxisDecl, ...], value: Node) -> tuple[Axis, ...]:
    """The axes of a value in the order in which the layer first names them; one of literal size goes where it fits."""
    rank = {name: i for i, name in enumerate(inner.collected.axis_order)}
    axes = sorted(value.axes, key=lambda axis: rank.get(axis.name, len(rank)))
    last = declared[-1] if declared else None
    if last is not None and isinstance(last.size, tree.Number):
        wanted = whole(int(last.size.value))
        fitting = [axis for axis in axes if axis.size == wanted]
        if len(fitting) == 1 and not last.star:
            axes = [*(axis for axis in axes if axis is not fitting[0]), fitting[0]]
    return tuple(axes)


def _bind_axis(
    inner: Scope,
    axis: tree.AxisDecl,
    taken: tuple[Axis, ...],
    declared: tree.BlobDecl,
    value: Node,
    place: Span,
) -> None:
    if axis.name is not None:
        known = inner.axes.setdefault(axis.name, taken)
        if [a.name for a in known] != [a.name for a in taken]:
            raise _misfit(inner, declared, value, place)
    if axis.size is not None:
        wanted = size(inner, axis.size) if not isinstance(axis.size, tree.Number) else whole(int(axis.size.value))
        inner.require_equal(wanted, taken[0].size, taken[0].name, place)


def _misfit(inner: Scope, declared: tree.BlobDecl, value: Node, place: Span) -> Fault:
    assert declared.type is not None
    return fault(
        "LD204",
        f"argument `{declared.name.value}` is declared `{declared.type.span.text}`",
        place,
        f"this value has axes `{inner.listed(value)}`",
    )


def _body(inner: Scope, function: tree.Function) -> Node:
    from layerdsl.semantics.statements import run

    *before, last = function.body
    if not isinstance(last, tree.Return) or len(last.values) != 1:
        raise fault("LD011", "a function ends in `return value`", last.span)
    run(inner, tuple(before), allowed=("Assign", "If", "Require"))
    return formula(inner, last.values[0])
