"""The functions of the language: one table line each."""

from __future__ import annotations

from functools import reduce
from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import ONE, Choice, Size, whole
from layerdsl.operators.build import as_real, as_size, build, number, size_of
from layerdsl.semantics.builtin import (
    EACH,
    OVER,
    Bound,
    Builder,
    Builtin,
    Parameter,
    X,
    argument,
    each_axes,
    over_axes,
)
from layerdsl.semantics.expressions import align, condition, formula, need_number, real
from layerdsl.semantics.families.axes import NEW, new_axis
from layerdsl.semantics.families.boxes import BOXES
from layerdsl.semantics.families.labels import LABELS
from layerdsl.semantics.families.layout import LAYOUT
from layerdsl.semantics.families.matrices import MATRICES
from layerdsl.semantics.families.nothing import offset_of_extreme, offsets_of, take
from layerdsl.semantics.families.order import ORDER
from layerdsl.semantics.families.padding import PADDING
from layerdsl.semantics.families.running import RUNNING
from layerdsl.semantics.families.sampling import SAMPLING
from layerdsl.semantics.families.several import SEVERAL, cotangent
from layerdsl.semantics.families.windows import WINDOWS
from layerdsl.semantics.limits import check_derivatives
from layerdsl.semantics.lists import along
from layerdsl.semantics.names import length_of, ndim_of, need_present
from layerdsl.semantics.scope import Scope, listed, suggestion
from layerdsl.semantics.slips import not_along, summed_alone, value_first
from layerdsl.source import fault
from layerdsl.syntax import tree


def _elementwise(op: str, *names: str) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        args = [argument(scope, bound, name) for name in names]
        align(scope, expr.span, *args)
        return build(op, *args)

    return builder


def _reduction(op: str) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        return _reduced(op, scope, bound, argument(scope, bound, "x"))

    return builder


def _reduced(op: str, scope: Scope, bound: Bound, x: Node) -> Node:
    over = over_axes(scope, bound, x)
    return take(op, x, over) if over else _of_nothing(op, x)


def _of_nothing(op: str, x: Node) -> Node:
    """A reduction of a value without axes: of one number."""
    if op in ("sum", "mean", "max", "min", "prod", "logsumexp", "any", "all"):
        return x
    if op in ("norm", "count"):
        return build("abs", x) if op == "norm" else as_real(x)
    return number(1.0 if op == "softmax" else 0.0)


def _logical(op: str) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        return _reduced(op, scope, bound, condition(scope, bound["x"][0].value))

    return builder


def _position(op: str) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        x = argument(scope, bound, "x")
        over = over_axes(scope, bound, x)
        if over and offsets_of(x) == set(over):
            return offset_of_extreme(op, x)
        if len(over) != 1:
            names = ", ".join(dict.fromkeys(name.partition(".")[0] for name in over))
            remedy = f"one is made of several first: `join(x, P=[{names}])`" if over else "name it: `over=C`"
            raise fault("LD104", f"`{expr.function}` works over one axis", expr.span, help=remedy)
        return build(op, x, over=over)

    return builder


def _extreme(reduction: str, pair: str) -> Builder:
    """`max(x, over=C)` is a reduction, `max(a, b)` compares element by element."""

    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        values = [real(scope, argument.value) for argument in bound["x"]]
        if len(values) == 1:
            return _reduced(reduction, scope, bound, values[0])
        if "over" in bound:
            raise fault("LD104", f"`{expr.function}` of several values has no `over`", bound["over"][0].span)
        not_along(scope, expr, bound, values[0])
        align(scope, expr.span, *values)
        return reduce(lambda a, b: _pair(pair, a, b), values)

    return builder


def _pair(op: str, a: Node, b: Node) -> Node:
    """With the value that is known at set-up second: at a tie the other one counts as the smaller (ReLU at 0: 0)."""
    sizes = as_size(a), as_size(b)
    if sizes[0] is not None and sizes[1] is not None:
        return size_of(sizes[0].minimum(sizes[1]) if op == "minimum" else sizes[0].maximum(sizes[1]))
    return build(op, b, a) if a.static and not b.static else build(op, a, b)


def _along(op: str) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        return _normalised(op, scope, expr, bound, as_real(argument(scope, bound, "x")))

    return builder


def _softmin(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    return _normalised("softmax", scope, expr, bound, build("neg", argument(scope, bound, "x")))


def _normalised(op: str, scope: Scope, expr: tree.Call, bound: Bound, x: Node) -> Node:
    _need_over(scope, expr, bound, x)
    return _reduced(op, scope, bound, x)


def _need_over(scope: Scope, expr: tree.Call, bound: Bound, x: Node) -> None:
    """A softmax over everything, the batch too, is what nobody means."""
    if "over" not in bound and len(x.axes) > 1:
        raise fault(
            "LD104",
            f"`{expr.function}` needs `over`",
            expr.span,
            f"the value has axes `{scope.listed(x)}`",
            help=f"name the axis along which it sums to 1, as in `{expr.function}(x, over=C)`",
        )


def _where(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    test = condition(scope, bound["condition"][0].value)
    a, b = (formula(scope, bound[name][0].value) for name in ("a", "b"))
    if (a.kind == "bool") != (b.kind == "bool"):
        for name, value in (("a", a), ("b", b)):
            need_number(value, bound[name][0].span)
    align(scope, expr.span, test, a, b)
    return build("where", test, a, b)


def _clip(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = argument(scope, bound, "x")
    low = argument(scope, bound, "low")
    high = argument(scope, bound, "high")
    value_first(bound, x, low, high)
    align(scope, expr.span, x, low, high)
    return build("clip", x, low, high)


def _dot(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    a, b = argument(scope, bound, "a"), argument(scope, bound, "b")
    align(scope, expr.span, a, b)
    shared = {axis.name for axis in a.axes} & {axis.name for axis in b.axes}
    over = over_axes(scope, bound, a, b)
    if "over" not in bound:
        over = tuple(name for name in over if name in shared)
    alone = [name for name in over if name not in shared]
    if alone:
        summed_alone(expr, alone[0], a, b)
    return build("dot", as_real(a), as_real(b), over=over) if over else build("mul", a, b)


def _rename(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    x = formula(scope, bound["x"][0].value)
    pairs = [_renamed(scope, x, argument) for argument in bound.get("*", [])]
    new = [axis.name for _, axis in pairs]
    kept = [name for name in x.names if name not in {old for old, _ in pairs}]
    clash = [name for name in new if name in kept or new.count(name) > 1]
    if clash:
        raise fault(
            "LD207", f"the value has axis `{clash[0]}` already", expr.span, help="rename onto a name it does not have"
        )
    return build("rename", x, axes=tuple(pairs)) if pairs else x


def _renamed(scope: Scope, x: Node, argument: tree.Argument) -> tuple[str, Axis]:
    """The old name of an axis and the new axis."""
    held = {axis.name: axis for axis in x.axes}
    source = [axis.name for axis in scope.axes.get(argument.name or "", ())] or [argument.name or ""]
    if len(source) != 1 or source[0] not in held:
        place = argument.name_span or argument.span
        turned = isinstance(argument.value, tree.Name) and argument.value.value in held
        remedy = f"the old name stands left: `{argument.value.span.text}={argument.name}`" if turned else ""
        there = f"its axes are {scope.described(x)}"
        raise fault("LD203", f"the value has no axis `{argument.name}`", place, there, help=remedy)
    if not isinstance(argument.value, tree.Name):
        raise fault("LD203", "an axis is renamed to a name", argument.value.span, help="`rename(x, N=M)`")
    old = held[source[0]]
    new = Axis(argument.value.value, old.size, old.star)
    known = scope.axes.get(new.name)
    if known is not None and len(known) == 1:
        scope.require_equal(known[0].size, new.size, new.name, argument.span)
        new = Axis(new.name, old.size if _is_chosen(known[0].size) else known[0].size, old.star)
    return old.name, scope.add_axis(new, after=old.name)


def _is_chosen(length: Size) -> bool:
    """Whether a length is one of several: in a branch a value keeps its own."""
    return any(isinstance(atom, Choice) for monomial, _ in length.terms for atom in monomial)


def _index(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    if "axis" not in bound:
        return build("coord", axis=new_axis(scope, expr, bound, "index(H)"))
    name = bound["axis"][0].value
    if not isinstance(name, tree.Name):
        raise fault(
            "LD203", "`index` takes the name of an axis", name.span, help="`index(H)` is the coordinate along H"
        )
    axes = scope.axis_named(name)
    if name.value in scope.alone:
        return number(0)
    if len(axes) != 1:
        one = f"`join(x, P=[{name.value}])` has one axis in its place, with `index(P)`"
        raise fault("LD206", f"`{name.value}` is a group of axes, it has no one coordinate", name.span, help=one)
    return build("coord", axis=axes[0])


def _draw(distribution: str, kind: str, *names: str) -> Builder:
    def builder(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
        if scope.in_gradient:
            raise fault(
                "LD309", "a gradient draws nothing", expr.span, help="name the draw in the forward and use it here"
            )
        args = [argument(scope, bound, name) for name in names]
        scope.collected.draws += 1
        attrs = {"distribution": distribution, "kind": kind, "number": scope.collected.draws}
        return build("draw", *args, **attrs, axes=each_axes(scope, bound))

    return builder


def _float(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    return as_real(formula(scope, bound["x"][0].value))


def _stop(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    return build("stop", formula(scope, bound["x"][0].value))


def _d(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    name = bound["top"][0].value
    if not isinstance(name, tree.Name) or name.value not in scope.tops:
        tops = f"{'the tops are' if len(scope.tops) > 1 else 'the top is'} {listed(scope.tops)}"
        near = suggestion(name.value, scope.tops) if isinstance(name, tree.Name) else ""
        raise fault("LD403", "`d(...)` takes the name of a top", name.span, help=near or tops)
    if not scope.in_gradient:
        message = f"`d({name.value})` is known in the backward only"
        raise fault("LD403", message, expr.span, help="it belongs into `gradient x = ...`")
    if name.value in scope.stacks:
        return cotangent(scope, name)
    return build("cotangent", name=scope.blob_name(name.value), axes=scope.tops[name.value])


def _grad(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    value, wrt = real(scope, bound["value"][0].value), real(scope, bound["wrt"][0].value)
    if value.axes:
        raise fault(
            "LD404",
            "`grad` differentiates one number",
            bound["value"][0].span,
            f"this value has axes `{scope.listed(value)}`",
            help="take its `sum` first",
        )
    if wrt.kind == "index":
        remedy = "only a value that can change by a little has one: a bottom without `index`, a parameter, a formula"
        raise fault("LD402", "an index has no derivative", bound["wrt"][0].span, help=remedy)
    check_derivatives(value, expr.span)
    return build("grad", value, wrt)


def _values(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    """`values(list, C)`: a list hyper-parameter as a value along an axis, one entry for each place."""
    name, axis_name = bound["list"][0].value, bound["axis"][0].value
    declared = scope.hypers.get(name.value) if isinstance(name, tree.Name) else None
    if isinstance(axis_name, tree.Name) and axis_name.value in scope.alone:
        inner = scope.child()  # of any number of blobs there is one here, which makes no axis
        inner.axes[axis_name.value], inner.alone = (Axis(axis_name.value, ONE),), frozenset()
        return build("at", _values(inner, expr, bound), axis=Axis(axis_name.value, ONE), index=whole(0))
    if isinstance(name, tree.Name) and name.value in scope.lists and isinstance(axis_name, tree.Name):
        return along(scope.lists[name.value], _axis_of_list(scope, name, axis_name, expr))
    if declared is None or declared.kind != "list" or not isinstance(name, tree.Name):
        raise fault("LD303", "`values` takes a hyper-parameter that is a list", name.span)
    if not isinstance(axis_name, tree.Name):
        raise fault("LD203", "`values` takes the name of an axis", axis_name.span)
    need_present(scope, name)
    axis = _axis_of_list(scope, name, axis_name, expr)
    return build("list", name=declared.name, axis=axis, kind="index" if declared.element == "int" else "real")


def _axis_of_list(scope: Scope, name: tree.Name, axis_name: tree.Name, expr: tree.Call) -> Axis:
    length = length_of(scope, name)
    if axis_name.value not in scope.axes:
        scope.add_axis(Axis(axis_name.value, length))
    (axis,) = scope.axis_named(axis_name)
    scope.require_equal(axis.size, length, axis.name, expr.span)
    return axis


def _length(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    return size_of(length_of(scope, bound["list"][0].value))


def _ndim(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    return size_of(ndim_of(scope, bound["blob"][0].value))


def _unary(name: str, op: str | None = None) -> tuple[str, Builtin]:
    return name, Builtin(f"{name}(x)", (X,), _elementwise(op or name, "x"))


def _binary(name: str, op: str | None = None) -> tuple[str, Builtin]:
    parameters = (Parameter("a"), Parameter("b"))
    return name, Builtin(f"{name}(a, b)", parameters, _elementwise(op or name, "a", "b"))


def _reducing(name: str, builder: Builder) -> tuple[str, Builtin]:
    return name, Builtin(f"{name}(x, over=C)", (X, OVER), builder)


def _comparing(name: str, pair: str) -> tuple[str, Builtin]:
    usage = f"{name}(x, over=C)` or `{name}(a, b)"
    return name, Builtin(usage, (Parameter("x", repeated=True), OVER), _extreme(name, pair))


def _drawing(usage: str, distribution: str, kind: str, *names: str) -> tuple[str, Builtin]:
    parameters = (*(Parameter(name) for name in names), EACH)
    return usage.split("(")[0], Builtin(usage, parameters, _draw(distribution, kind, *names))


PLAIN: Final = (
    "abs sign sqrt square exp expm1 log log1p log2 log10 exp2 sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh "
    "arccosh arctanh floor ceil round trunc reciprocal cbrt erf erfc relu sigmoid softplus isnan isinf isfinite"
).split()

BUILTINS: Final[dict[str, Builtin]] = dict(
    [
        *(_unary(name) for name in PLAIN),
        _unary("log_sigmoid", "logsigmoid"),
        _binary("atan2", "arctan2"),
        _binary("hypot"),
        _binary("pow"),
        *(_reducing(name, _reduction(name)) for name in ("sum", "mean", "prod", "var", "std", "norm", "logsumexp")),
        *(_reducing(name, _logical(name)) for name in ("any", "all", "count")),
        *(_reducing(name, _position(name)) for name in ("argmax", "argmin")),
        *(_comparing(name, pair) for name, pair in (("max", "maximum"), ("min", "minimum"))),
        _reducing("softmax", _along("softmax")),
        _reducing("log_softmax", _along("logsoftmax")),
        _reducing("softmin", _softmin),
        ("where", Builtin("where(condition, a, b)", (Parameter("condition"), Parameter("a"), Parameter("b")), _where)),
        ("clip", Builtin("clip(x, low, high)", (X, Parameter("low"), Parameter("high")), _clip)),
        ("dot", Builtin("dot(a, b, over=K)", (Parameter("a"), Parameter("b"), OVER), _dot)),
        ("rename", Builtin("rename(x, N=M)", (X,), _rename, free_keywords=True)),
        ("index", Builtin("index(H)", (NEW,), _index, free_keywords=True)),
        ("float", Builtin("float(condition)", (X,), _float)),
        ("stop_gradient", Builtin("stop_gradient(x)", (X,), _stop)),
        ("d", Builtin("d(top)", (Parameter("top"),), _d)),
        ("grad", Builtin("grad(value, wrt)", (Parameter("value"), Parameter("wrt")), _grad)),
        ("values", Builtin("values(list, C)", (Parameter("list"), Parameter("axis")), _values)),
        ("len", Builtin("len(list)", (Parameter("list"),), _length)),
        ("ndim", Builtin("ndim(blob)", (Parameter("blob"),), _ndim)),
        _drawing("uniform(low, high, each=N)", "uniform", "real", "low", "high"),
        _drawing("normal(mean, std, each=N)", "normal", "real", "mean", "std"),
        _drawing("randint(low, high, each=N)", "randint", "index", "low", "high"),
        _drawing("bernoulli(p, each=N)", "bernoulli", "bool", "p"),
        *RUNNING,
        *WINDOWS,
        *SAMPLING,
        *SEVERAL,
        *ORDER,
        *LABELS,
        *LAYOUT,
        *PADDING,
        *MATRICES,
        *BOXES,
    ]
)  # fmt: skip
