"""The sizes that a top states for a group of axes: `*D=shape`, `*P=[2, M]`, `*ones=[1] * (4 - ndim(x))`."""

from __future__ import annotations

from typing import Final

from layerdsl.graph.listing import Either, FromHyper, Listing, Ones, Written
from layerdsl.operators.build import as_test
from layerdsl.semantics.conditions import opposite, present_if
from layerdsl.semantics.names import size
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree

REMEDY: Final = "a `list[int]` hyper-parameter, `[M, 2]`, `[1] * n`, or one of these by `if` and `else`"


def listing(scope: Scope, expr: tree.Expr) -> Listing:
    """The sizes of a group."""
    match expr:
        case tree.Name():
            return _named(scope, expr)
        case tree.Sequence(items=items):
            return Written(tuple(size(scope, item) for item in items))
        case tree.Binary(op="*", left=tree.Sequence(items=(tree.Number(value=1),)), right=count):
            return Ones(size(scope, count))
        case tree.Conditional():
            return _either(scope, expr)
    raise fault("LD303", "the sizes of a group are a list", expr.span, help=REMEDY)


def _named(scope: Scope, expr: tree.Name) -> FromHyper:
    declared = scope.hypers.get(expr.value)
    if declared is None or declared.kind != "list" or declared.element != "int" or declared.optional:
        raise fault("LD303", "the sizes of a group are a list", expr.span, help=REMEDY)
    return FromHyper(declared.name)


def _either(scope: Scope, expr: tree.Conditional) -> Listing:
    from layerdsl.semantics.expressions import settled, static_condition  # formulas hold sizes, and sizes conditions

    test = static_condition(scope, expr.condition, "no way to say it: shapes are known before the data")
    decided = settled(scope, test)
    if decided is not None:
        return listing(scope, expr.then if decided else expr.orelse)
    known = as_test(test)
    if known is None:
        remedy = "it is made of hyper-parameters, sizes, comparisons, `and`, `or` and `not`"
        raise fault("LD210", "a size can't depend on this condition", expr.condition.span, help=remedy)
    yes = listing(scope.where(test, present_if(test, True)), expr.then)
    return Either(known, yes, listing(scope.where(opposite(test), present_if(test, False)), expr.orelse))
