"""Calls: the arguments bound to the parameters of a built-in or of a function of the user's."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Node
from layerdsl.semantics.builtin import Builtin, Parameter
from layerdsl.semantics.builtins import BUILTINS
from layerdsl.semantics.library import imported
from layerdsl.semantics.loops import each_of, over_rounds
from layerdsl.semantics.scope import Scope, suggestion
from layerdsl.source import Fault, fault
from layerdsl.syntax import tree
from layerdsl.syntax.elsewhere import FUNCTIONS, KEYWORDS


def call(scope: Scope, expr: tree.Call) -> Node:
    """The value of a call."""
    each = each_of(scope, expr)
    if each is not None:
        return over_rounds(scope, expr, each)
    if expr.function in scope.functions:
        from layerdsl.semantics.functions import expand_call

        return expand_call(scope, expr, scope.functions[expr.function])
    if expr.function in scope.layers:
        from layerdsl.semantics.inner import one_top

        return one_top(scope, expr, scope.layers[expr.function])
    builtin = BUILTINS.get(expr.function)
    if builtin is None:
        raise _unknown(scope, expr)
    _check_axes(scope, expr, builtin)
    return builtin.build(scope, expr, bind(expr, builtin))


def _check_axes(scope: Scope, expr: tree.Call, builtin: Builtin) -> None:
    """Refuse NumPy's `axis=1` where an argument of any name is taken for an axis."""
    known = {*scope.axes, *(parameter.name for parameter in builtin.parameters)}
    for argument in expr.arguments if builtin.free_keywords else ():
        if argument.name in KEYWORDS and argument.name not in known:
            remedy = f"axes have names: it is used as `{builtin.usage}`"
            place = argument.name_span or argument.span
            raise fault("LD109", f"`{expr.function}` has no argument `{argument.name}`", place, help=remedy)


def _unknown(scope: Scope, expr: tree.Call) -> Fault:
    name = expr.function
    if name in FUNCTIONS:
        return fault("LD109", f"there is no function `{name}`", expr.function_span, help=FUNCTIONS[name])
    if name in scope.values or name in scope.hypers:
        return fault("LD103", f"`{name}` is a value, not a function", expr.function_span)
    if imported(name):
        return fault("LD103", f"`{name}` is not imported", expr.function_span, help=imported(name))
    known = [*scope.functions, *scope.layers, *BUILTINS]
    return fault("LD103", f"unknown function `{name}`", expr.function_span, help=suggestion(name, known))


def bind(expr: tree.Call, builtin: Builtin) -> dict[str, list[tree.Argument]]:
    """Arguments by parameter name; faults for what is unknown, given twice or missing."""
    bound: dict[str, list[tree.Argument]] = {}
    positional = [p for p in builtin.parameters if not p.keyword_only]
    for argument in expr.arguments:
        if argument.name is not None:
            _bind_keyword(expr, builtin, bound, argument)
        else:
            _bind_positional(expr, positional, bound, argument)
    for parameter in builtin.parameters:
        if parameter.required and parameter.name not in bound:
            raise fault(
                "LD104",
                f"`{expr.function}` lacks its argument `{parameter.name}`",
                expr.span,
                help=f"it is used as `{builtin.usage}`",
            )
    return bound


def _bind_keyword(
    expr: tree.Call, builtin: Builtin, bound: dict[str, list[tree.Argument]], argument: tree.Argument
) -> None:
    names = [parameter.name for parameter in builtin.parameters]
    name = argument.name or ""
    if builtin.free_keywords and name not in names[1:]:
        bound.setdefault("*", []).append(argument)
        return
    if name not in names:
        place = argument.name_span or argument.span
        if name in KEYWORDS:
            raise fault("LD109", f"`{expr.function}` has no argument `{name}`", place, help=KEYWORDS[name])
        hint = suggestion(name, names) or f"it is used as `{builtin.usage}`"
        raise fault("LD104", f"`{expr.function}` has no argument `{name}`", place, help=hint)
    if name in bound:
        raise fault("LD104", f"`{name}` is given twice", argument.span)
    bound[name] = [argument]


def _bind_positional(
    expr: tree.Call, positional: list[Parameter], bound: dict[str, list[tree.Argument]], argument: tree.Argument
) -> None:
    for parameter in positional:
        if parameter.name not in bound or parameter.repeated:
            bound.setdefault(parameter.name, []).append(argument)
            return
    count = "one value" if len(positional) == 1 else f"{len(positional)} values"
    raise fault(
        "LD104", f"`{expr.function}` takes {count} in a row", argument.span, "one too many", help=_meant(expr, argument)
    )


def _meant(expr: tree.Call, argument: tree.Argument) -> str:
    """What an argument without its name may have been meant for."""
    builtin, value = BUILTINS[expr.function], argument.value
    keywords = [parameter.name for parameter in builtin.parameters if parameter.keyword_only]
    if keywords and keywords[0] in OF_AXES and _names_axes(value):
        return f"axes are named: `{keywords[0]}={argument.span.on_one_line}`"
    match value:
        case tree.Compare(operands=(tree.Name(value=name), given), ops=("==",)) if name in keywords:
            return f"one `=` names an argument: `{name}={given.span.on_one_line}`"
    return f"it is used as `{builtin.usage}`"


OF_AXES: Final = ("over", "each")


def _names_axes(value: tree.Expr) -> bool:
    items = value.items if isinstance(value, tree.Sequence) else (value,)
    return all(isinstance(item, tree.Name) for item in items)
