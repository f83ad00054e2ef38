"""Functions of the user's and of the libraries: their bodies are read anew at every call, with the values given."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, ByPlace, Node
from layerdsl.graph.size import whole
from layerdsl.semantics.declarations import two_groups
from layerdsl.semantics.expressions import formula
from layerdsl.semantics.limits import count_call
from layerdsl.semantics.names import size
from layerdsl.semantics.order import in_order
from layerdsl.semantics.scope import Callable, Scope, Silent, listed, suggestion
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree


def expand_call(scope: Scope, expr: tree.Call, called: Callable) -> Node:
    """The value of a call of a function that is written in the language."""
    function = called.function
    values = results(scope, expr, called)
    if len(values) != 1:
        names = ", ".join(f"{'abcdefgh'[i % 8]}" for i in range(len(values)))
        message = f"`{function.name.value}` has {len(values)} results, a formula needs one here"
        raise fault("LD104", message, expr.span, help=f"`{names} = {function.name.value}(...)` gives each a name")
    return values[0]


ROUNDS: Final = "a block `for i in range(n):` works on a value again and again, by `carry` and `next`"


def results(scope: Scope, expr: tree.Call, called: Callable) -> tuple[Node, ...]:
    """The results of a call of a function that is written in the language."""
    function = called.function
    if isinstance(function, tree.Extern):
        from layerdsl.semantics.extern import outside  # it binds its arguments as the functions here do

        return (outside(scope, expr, function),)
    if any(one is function for one in scope.calls):
        message = f"`{function.name.value}` calls itself"
        raise fault("LD110", message, expr.function_span, "formulas can't recurse", help=ROUNDS)
    count_call(scope, expr.function_span)
    inner = Scope(
        scope.collected,
        functions=called.functions,
        layers=called.layers,
        calls=(*scope.calls, function),
        inside=scope.inside,
        path=scope.path,
        given=scope.given,
        in_gradient=scope.in_gradient,
        scan=scope.scan,
    )
    _bind(scope, inner, expr, function)
    return _body(inner, function)


def _bind(scope: Scope, inner: Scope, expr: tree.Call, function: tree.Function) -> None:
    """The arguments of a call as values of the function; a default may be made of those before it."""
    arguments = bind_arguments(expr, function)
    for declared, default in zip(function.arguments, function.defaults, strict=True):
        given = arguments.get(declared.name.value)
        value = formula(scope, given.value) if given is not None else formula(inner, _default(default))
        place = given.span if given is not None else declared.span
        if declared.type is not None:
            bind_axes(inner, declared, value, place)
        inner.values[declared.name.value] = value
        inner.fixed[declared.name.value] = "an argument"


def _default(default: tree.Expr | None) -> tree.Expr:
    assert default is not None  # `bind_arguments` has seen to it
    return default


def bind_arguments(expr: tree.Call, function: tree.Function | tree.Extern) -> dict[str, tree.Argument]:
    """The arguments of a call by the names of the parameters; LD104 where one is missing, unknown or given twice."""
    names = [argument.name.value for argument in function.arguments]
    bound: dict[str, tree.Argument] = {}
    rest = list(names)
    for argument in expr.arguments:
        name = argument.name or (rest[0] if rest else None)
        if name is None:
            count = f"{len(names)} argument{'s' * (len(names) != 1)}"
            raise fault("LD104", f"`{expr.function}` takes {count}", argument.span, "one too many")
        if name not in names:
            hint = suggestion(name, names) or f"its arguments are {listed(names)}"
            raise fault("LD104", f"`{expr.function}` has no argument `{name}`", argument.name_span, help=hint)
        if name in bound:
            raise fault("LD104", f"`{name}` is given twice", argument.span)
        bound[name] = argument
        rest = [n for n in rest if n != name]
    _need_all(expr, function, bound)
    return bound


def _need_all(expr: tree.Call, function: tree.Function | tree.Extern, bound: dict[str, tree.Argument]) -> None:
    for declared, default in zip(function.arguments, function.defaults, strict=True):
        if declared.name.value not in bound and default is None:
            message = f"`{expr.function}` lacks its argument `{declared.name.value}`"
            names = ", ".join(each.name.value for each in function.arguments)
            raise fault("LD104", message, expr.span, help=f"it is used as `{expr.function}({names})`")


def bind_axes(inner: Scope, declared: tree.BlobDecl, value: Node, place: Span) -> None:
    """Match the declared axes with those of the value, and make their names known inside the function."""
    assert declared.type is not None
    axes = [axis for axis in declared.type.axes if not is_unseen(axis)]
    stars = [axis for axis in axes if axis.star]
    if len(stars) > 1:
        raise two_groups(stars[1])
    taken = taken_axes(inner, axes, by_place(inner, value))
    if taken is None:
        raise misfit(inner, declared, value, place)
    for axis, those in zip(axes, taken, strict=True):
        bind_axis(inner, axis, those, declared, value, place)


def is_unseen(axis: tree.AxisDecl) -> bool:
    """An axis of size 1 without a name, which no formula sees."""
    return axis.name is None and isinstance(axis.size, tree.Number) and axis.size.value == 1


def taken_axes(inner: Scope, declared: list[tree.AxisDecl], rest: list[Axis]) -> list[tuple[Axis, ...]] | None:
    """For each declared axis those of the value: some are known, others go by place, the star takes what is left."""
    found: dict[int, tuple[Axis, ...]] = {}
    for i, axis in enumerate(declared):
        known = _known(inner, axis, rest)
        if known is not None:
            found[i], rest = known, [one for one in rest if one not in known]
    places = [i for i in range(len(declared)) if i not in found]
    stars = sum(declared[i].star for i in places)
    spare = len(rest) - (len(places) - stars)
    if spare < 0 or (spare > 0 and not stars):
        return None
    for i in places:
        count = spare if declared[i].star else 1
        found[i], rest = tuple(rest[:count]), rest[count:]
    return [found[i] for i in range(len(declared))]


def _known(inner: Scope, axis: tree.AxisDecl, rest: list[Axis]) -> tuple[Axis, ...] | None:
    """Axes that do not go by their place: what an earlier argument has named, and a size that just one axis has."""
    if axis.name in inner.axes:
        names = [one.name for one in inner.axes[axis.name]]
        held = tuple(one for one in rest if one.name in names)
        return held if len(held) == len(names) else None
    if isinstance(axis.size, tree.Number):
        fitting = tuple(one for one in rest if one.size == whole(int(axis.size.value)))
        return fitting if len(fitting) == 1 else None
    return None


def by_place(inner: Scope, value: Node) -> list[Axis]:
    """The axes of a value in the order in which they go by their place."""
    named = {name: i for i, name in enumerate(inner.collected.axis_order)}
    return in_order(value, named, inner.collected.orders)


def bind_axis(
    inner: Scope,
    axis: tree.AxisDecl,
    taken: tuple[Axis, ...],
    declared: tree.BlobDecl,
    value: Node,
    place: Span,
) -> None:
    """Takes the axes of an argument for one that its declaration names."""
    if axis.name is not None:
        if axis.name not in inner.axes:
            _note_by_place(inner, axis, taken, declared, value, place)
        known = inner.axes.setdefault(axis.name, taken)
        if {a.name for a in known} != {a.name for a in taken}:
            raise misfit(inner, declared, value, place)
    if axis.size is not None:
        wanted = size(inner, axis.size) if not isinstance(axis.size, tree.Number) else whole(int(axis.size.value))
        inner.require_equal(wanted, taken[0].size, taken[0].name, place)


def _note_by_place(
    inner: Scope, axis: tree.AxisDecl, taken: tuple[Axis, ...], declared: tree.BlobDecl, value: Node, place: Span
) -> None:
    """Note where an axis stands for another than the value's own of that name, unless its place is stated."""
    assert declared.type is not None
    if not axis.star and axis.begin is None and axis.name in value.names and axis.name != taken[0].name:
        written = declared.type.span.on_one_line
        inner.collected.by_place[ByPlace(declared.name.value, written, axis.name, taken[0].name, place)] = None


def misfit(inner: Scope, declared: tree.BlobDecl, value: Node, place: Span) -> Fault:
    """An argument with other axes than those declared."""
    assert declared.type is not None
    return fault(
        "LD204",
        f"argument `{declared.name.value}` is declared `{declared.type.span.on_one_line}`",
        place,
        f"this value has axes `{inner.listed(value)}`",
    )


#: The statements of a function.
STATEMENTS: Final = (tree.Assign, tree.Unpack, tree.If, tree.Require, tree.Scan, tree.For)


def _body(inner: Scope, function: tree.Function) -> tuple[Node, ...]:
    from layerdsl.semantics.statements import run

    *before, last = function.body or (None,)
    if not isinstance(last, tree.Return):
        raise Silent  # the parser has told of it
    run(inner, tuple(each for each in before if each is not None), allowed=STATEMENTS)
    return tuple(formula(inner, value) for value in last.values)
