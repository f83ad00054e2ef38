"""`sum_by`, `mean_by`, `count_by`, `one_hot`, `present`: what belongs to each label."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.operators.build import as_real, build, number
from layerdsl.operators.types import union
from layerdsl.semantics.builtin import OVER, Bound, Builder, Builtin, Parameter, X, argument, over_axes
from layerdsl.semantics.expressions import align, formula
from layerdsl.semantics.families.axes import NEW, free_of, new_axis
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree

LABEL: Final = Parameter("label")


def _label(scope: Scope, bound: Bound) -> Node:
    """The value that says to which place each element belongs."""
    label = formula(scope, bound["label"][0].value)
    if label.kind != "index":
        raise fault(
            "LD307",
            "a label has to be a whole number",
            bound["label"][0].span,
            "this value may have a fraction" if label.kind == "real" else "this is a condition",
            help="declare the bottom `index`, or round: `round(x)`, `floor(x)`",
        )
    return label


def _added(
    scope: Scope, expr: tree.Call, bound: Bound, x: Node, named: bool = True, usage: str = "sum_by(x, label, K)"
) -> Node:
    """The sums of `x` per label, over the axes of the label that `over` names."""
    label = _label(scope, bound)
    axis = new_axis(scope, expr, bound, usage)
    align(scope, expr.span, x, label)
    names = over_axes(scope, bound, label)
    if not names:
        here = build("eq", build("coord", axis=axis), label)
        return build("mul", as_real(here), x)
    over = tuple(one for one in label.axes if one.name in names)
    kept = union(one for one in union(x.axes, label.axes) if one.name not in names)
    if axis.name in (one.name for one in kept):
        free_of(axis, x if axis.name in x.names else label, expr.span)
    name = f"`{label.origin.name}` along axis {axis.name}" if label.origin.name else f"an index along axis {axis.name}"
    return build("add_by", x, label, along=(axis,), over=over, once=False, named=name if named else "")


def _sum_by(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    return _added(scope, expr, bound, as_real(argument(scope, bound, "x")))


def _count_by(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    return _added(scope, expr, bound, number(1.0), usage="count_by(label, K)")


def _mean_by(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    """0 for a label that nothing has."""
    total = _sum_by(scope, expr, bound)
    count = _added(scope, expr, bound, number(1.0), named=False)
    return build("div", total, build("maximum", count, number(1.0)))


def _here(scope: Scope, expr: tree.Call, bound: Bound) -> tuple[Node, Axis]:
    label = _label(scope, bound)
    axis = new_axis(scope, expr, bound, f"{expr.function}(label, K)")
    free_of(axis, label, expr.span)
    return label, axis


def _one_hot(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    label, axis = _here(scope, expr, bound)
    return as_real(build("eq", build("coord", axis=axis), label))


def _present(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    count = _added(scope, expr, bound, number(1.0), named=False, usage="present(label, K)")
    return build("gt", count, number(0.0))


def _function(usage: str, builder: Builder, *parameters: Parameter) -> tuple[str, Builtin]:
    return usage.split("(")[0], Builtin(usage, parameters, builder, free_keywords=True)


LABELS: Final = (
    _function("sum_by(x, label, K)", _sum_by, X, LABEL, NEW, OVER),
    _function("mean_by(x, label, K)", _mean_by, X, LABEL, NEW, OVER),
    _function("count_by(label, K)", _count_by, LABEL, NEW, OVER),
    _function("one_hot(label, K)", _one_hot, LABEL, NEW),
    _function("present(label, K)", _present, LABEL, NEW, OVER),
)
