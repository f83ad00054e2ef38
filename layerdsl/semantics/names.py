"""What a name stands for, as a value and as a size."""

from __future__ import annotations

from functools import reduce
from typing import Final

from layerdsl.graph import Node
from layerdsl.graph.size import Size, Symbol, chosen, of, whole
from layerdsl.operators.build import as_size, as_test, build, number, size_of
from layerdsl.semantics.conditions import opposite, present_if, require, says_not_zero
from layerdsl.semantics.limits import check_length
from layerdsl.semantics.scope import BROKEN, Partial, Scope, Silent, suggestion
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree

CONSTANTS: Final[dict[str, float | bool]] = {
    "true": True,
    "false": False,
    "inf": float("inf"),
    "nan": float("nan"),
    "pi": 3.141592653589793,
}

# What a size may be.
SIZES: Final = "it is made of axis sizes, whole numbers, hyper-parameters that are `int`, and `+ - * // %`"


def check_new(scope: Scope, name: tree.Name) -> None:
    """Refuse a name that has a meaning already."""
    if name.value in scope.fixed:
        kind = scope.fixed[name.value]
        remedy = f"`update {name.value} = ...` gives it its next value" if "state" in kind else "choose another name"
        raise fault("LD108", f"`{name.value}` is {kind} and can't be assigned", name.span, help=remedy)
    if name.value in scope.values:
        message = f"`{name.value}` has a value already"
        remedy = f"a step hands it on by `carry {name.value}: [...] = ...` and `next {name.value} = ...`"
        told = "choose another name" if scope.scan is None else remedy
        raise fault("LD102", message, name.span, "a name is given once", help=told)
    if name.value in scope.axes and name.value not in scope.tops:
        raise fault("LD102", f"`{name.value}` is an axis", name.span, help="choose another name")


def name_value(scope: Scope, expr: tree.Name) -> Node:
    """The value of a name in a formula."""
    name = expr.value
    if name in scope.values:
        return _value(scope, expr)
    if name in scope.hypers:
        return _hyper(scope, expr)
    if scope.axes_of(name) is not None:
        return size_of(size(scope, expr))
    if name in CONSTANTS:
        return number(CONSTANTS[name])
    if name in ("train", "test"):
        phase = build("phase")
        return phase if name == "train" else build("not", phase)
    raise _unknown(scope, expr)


def _unknown(scope: Scope, expr: tree.Name) -> Exception:
    if scope.nones.get(expr.value):
        return fault("LD306", f"`{expr.value}` is absent here", expr.span, "a formula needs a value")
    if expr.value == "none":
        return fault(
            "LD306",
            "`none` is no value",
            expr.span,
            help="an optional hyper-parameter can be compared with it: `x != none`",
        )
    if expr.value in scope.tops:
        return fault(
            "LD101", f"top `{expr.value}` has no value yet", expr.span, "it is assigned further down, or never"
        )
    known = [*scope.values, *scope.hypers, *scope.axes, *CONSTANTS, "train", "test"]
    remedy = _known_otherwise(scope, expr.value) or suggestion(expr.value, known)
    return fault("LD101", f"unknown name `{expr.value}`", expr.span, "not found here", help=remedy)


def _known_otherwise(scope: Scope, name: str) -> str:
    """What a name is called here that Caffe and Python know."""
    top = name.removeprefix("grad").removeprefix("d").lstrip("_")
    if scope.in_gradient and top != name and top in scope.tops:
        return f"the gradient that arrives at `{top}` is `d({top})`"
    if name in ("phase", "training", "is_training", "TRAIN", "TEST"):
        return "`train` and `test` are conditions: `if train:`"
    if scope.calls and name in scope.collected.axes:
        return f"a function knows the axes of its arguments where they are declared, as in `x: [{name}]`"
    return ""


def _value(scope: Scope, expr: tree.Name) -> Node:
    value = scope.values[expr.value]
    if value is BROKEN:
        raise Silent
    if expr.value in scope.optional and expr.value not in scope.present:
        remedy = f"ask first: `if {expr.value} != none:`"
        raise fault("LD306", f"`{expr.value}` may be absent", expr.span, "a formula needs a value here", help=remedy)
    if isinstance(value, Partial):
        found = scope.value_where(value, scope.given)
        if found is not None:
            return found
        raise fault(
            "LD111",
            f"`{expr.value}` has a value in one branch only",
            expr.span,
            "used where the other branch may have been taken",
            help=f"give `{expr.value}` a value in every branch",
        )
    return value


def _hyper(scope: Scope, expr: tree.Name) -> Node:
    declared = scope.hypers[expr.value]
    need_present(scope, expr)
    if declared.kind == "filler":
        remedy = f"`param weight: [...] = {expr.value}` is filled by it"
        raise fault("LD303", f"`{expr.value}` is a filler, a formula needs a number here", expr.span, help=remedy)
    if declared.kind == "file":
        remedy = f"`const table: [C] = file({expr.value})` has its numbers"
        raise fault("LD303", f"`{expr.value}` is a file, a formula needs a number here", expr.span, help=remedy)
    if declared.kind == "list":
        raise fault(
            "LD303",
            f"`{expr.value}` is a list, a formula needs a number here",
            expr.span,
            "its entries belong to the places of an axis",
            help=f"`values({expr.value}, C)` has one entry for each place of axis C, `len({expr.value})` says how many",
        )
    return hyper_node(scope, expr.value)


def need_present(scope: Scope, expr: tree.Name) -> None:
    """Refuse a hyper-parameter that may be none here."""
    name = expr.value
    if scope.hypers[name].optional and scope.hypers[name].name not in scope.present:
        remedy = f"ask first: `if {name} != none:`"
        raise fault("LD306", f"`{name}` may be `none`", expr.span, "a formula needs a number here", help=remedy)


def hyper_node(scope: Scope, name: str) -> Node:
    """A hyper-parameter as a value in a formula."""
    declared = scope.hypers[name]
    if declared.kind == "int":
        return build("size", size=of(Symbol(declared.name, "hyper")))
    kinds = {"float": "real", "bool": "bool", "word": "word"}
    return build("hyper", name=declared.name, kind=kinds[declared.kind])


def size(scope: Scope, expr: tree.Expr) -> Size:
    """An expression that has to be a whole number known from shapes and hyper-parameters."""
    match expr:
        case tree.Number(value=int() as value):
            return whole(value)
        case tree.Name():
            return _size_name(scope, expr)
        case tree.Unary(op="-", operand=operand):
            return -size(scope, operand)
        case tree.Conditional():
            return _size_choice(scope, expr)
        case tree.Call(function="min" | "max" as function) if function not in scope.functions:
            return _size_extreme(scope, expr)
        case tree.Call(function="len", arguments=(argument,)) if argument.name is None:
            return length_of(scope, argument.value)
        case tree.Call(function="ndim", arguments=(argument,)) if argument.name is None:
            return ndim_of(scope, argument.value)
        case tree.Binary(op="**", left=left, right=right):
            return _size_power(scope, left, right, expr.span)
        case tree.Binary(op="+" | "-" | "*" | "//" | "%" as op, left=left, right=right):
            return _size_binary(scope, op, left, right, expr.span)
    raise fault("LD210", "a size has to be a whole number", expr.span, help=SIZES)


def length_of(scope: Scope, expr: tree.Expr) -> Size:
    """How many entries a list hyper-parameter has, or how many blobs there are under one name."""
    if isinstance(expr, tree.Name) and expr.value in scope.hypers and scope.hypers[expr.value].kind == "list":
        need_present(scope, expr)
        return of(Symbol(f"len({scope.hypers[expr.value].name})", "hyper"))
    if isinstance(expr, tree.Name) and expr.value in scope.lists:
        return whole(len(scope.lists[expr.value]))
    if isinstance(expr, tree.Name) and expr.value in scope.alone:
        return whole(1)
    if isinstance(expr, tree.Name) and expr.value in scope.stacks:
        return scope.stacks[expr.value].size
    remedy = "the size of an axis is its name: `N`"
    raise fault("LD303", "`len` counts the entries of a list hyper-parameter, or `*` blobs", expr.span, help=remedy)


def ndim_of(scope: Scope, expr: tree.Expr) -> Size:
    """How many axes a bottom has."""
    if isinstance(expr, tree.Name) and expr.value not in scope.ndims and expr.value in scope.nones:
        label = "the value that it is given here has a group of axes"
        raise fault("LD210", f"how many axes `{expr.value}` has can't be told", expr.span, label)
    if not isinstance(expr, tree.Name) or expr.value not in scope.ndims:
        remedy = "`ndim(x)` counts those that the blob `x` has in the net"
        raise fault("LD303", "`ndim` counts the axes of a bottom", expr.span, help=remedy)
    if expr.value in scope.optional and expr.value not in scope.present:
        remedy = f"ask first: `ndim({expr.value}) if {expr.value} != none else ...`"
        raise fault("LD306", f"`{expr.value}` may be absent", expr.span, "an absent blob has no axes", help=remedy)
    found = scope.ndims[expr.value]
    scope.collected.ndims |= {symbol.name for symbol in found.symbols()}
    return found


def _size_choice(scope: Scope, expr: tree.Conditional) -> Size:
    """A size that is chosen at set-up."""
    from layerdsl.semantics.expressions import settled, static_condition  # formulas hold sizes, and sizes conditions

    test = static_condition(scope, expr.condition, "no size: it is known when shapes are")
    decided = settled(scope, test)
    if decided is not None:
        return size(scope, expr.then if decided else expr.orelse)
    yes = size(scope.where(test, present_if(test, True)), expr.then)
    no = size(scope.where(opposite(test), present_if(test, False)), expr.orelse)
    known = as_test(test)
    if known is None:
        remedy = "it is made of hyper-parameters, sizes, comparisons, `and`, `or` and `not`"
        raise fault("LD210", "a size can't depend on this condition", expr.condition.span, help=remedy)
    return chosen(known, yes, no)


def _size_extreme(scope: Scope, expr: tree.Call) -> Size:
    """`min(a, b)` and `max(a, b)` of sizes."""
    if len(expr.arguments) < 2 or any(argument.name for argument in expr.arguments):
        raise fault("LD210", f"`{expr.function}` of sizes takes them in a row", expr.span, help="`min(H, W)`")
    found = [size(scope, argument.value) for argument in expr.arguments]
    return reduce(Size.minimum if expr.function == "min" else Size.maximum, found)


def _size_name(scope: Scope, expr: tree.Name) -> Size:
    if expr.value in scope.values:
        return _size_of_node(_value(scope, expr), expr)
    if expr.value in scope.hypers:
        return _size_of_hyper(scope, expr)
    result = whole(1)
    for axis in scope.axis_named(expr, "size"):
        result = result * axis.size
    return result


def _size_of_hyper(scope: Scope, expr: tree.Name) -> Size:
    declared = scope.hypers[expr.value]
    if declared.kind != "int":
        raise fault(
            "LD210",
            f"`{expr.value}` is no whole number",
            expr.span,
            f"it is declared `{declared.kind}`",
            help=f"declare it `hyper {expr.value}: int`",
        )
    need_present(scope, expr)
    return of(Symbol(declared.name, "hyper"))


def _size_of_node(node: Node, expr: tree.Name) -> Size:
    known = as_size(node)
    if known is not None:
        return known
    if not node.static:
        label = "a size can't depend on data"
        raise fault("LD210", f"`{expr.value}` is not known at set-up", expr.span, label, help=SIZES)
    raise fault("LD210", "a size has to be a whole number", expr.span, help=SIZES)


def _size_power(scope: Scope, left: tree.Expr, right: tree.Expr, span: Span) -> Size:
    """`2**i`, where `i` is known while compiling."""
    base, exponent = size(scope, left), size(scope, right).constant
    if exponent is None or not 0 <= exponent <= 64:
        raise fault("LD210", "a size has no such power", right.span, help="the exponent is written out: `2**3`")
    result = whole(1)
    for _ in range(exponent):
        result = result * base
        check_length(result, span)
    return result


def _size_binary(scope: Scope, op: str, left: tree.Expr, right: tree.Expr, span: Span) -> Size:
    a, b = size(scope, left), size(scope, right)
    if op in ("//", "%") and b == whole(0):
        raise by_zero(right)
    if op in ("//", "%"):
        not_zero(scope, b, right.span)
    result = SIZE_OPERATORS[op](a, b)
    check_length(result, span)
    return result


SIZE_OPERATORS: Final = {
    "+": Size.__add__,
    "-": Size.__sub__,
    "*": Size.__mul__,
    "//": Size.__floordiv__,
    "%": Size.__mod__,
}


def not_zero(scope: Scope, divisor: Size, span: Span) -> None:
    """A whole number that divides may be a hyper-parameter that a net sets to 0: `setup()` looks at it first."""
    guarded = scope.child()
    guarded.given = (*scope.given, *scope.guards)
    key = (divisor, guarded.given)
    told = all(symbol.kind == "axis" for symbol in divisor.symbols()) or any(
        says_not_zero(test, divisor) for test in guarded.given
    )
    if not told and key not in scope.collected.ordered:
        scope.collected.ordered.add(key)
        require(guarded, build("ne", size_of(divisor), number(0)), f"{span.on_one_line} != 0", span)


def by_zero(divisor: tree.Expr) -> Fault:
    """A division by a literal 0."""
    remedy = "write `inf` or `nan` where that is meant"
    return fault("LD308", "division by zero", divisor.span, "this is 0", help=remedy)
