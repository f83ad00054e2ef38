"""Formulas: from the tree to nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Final

from layerdsl.graph import Axis, Node, Origin
from layerdsl.graph.size import Size, chosen, whole
from layerdsl.operators.build import as_size, as_test, build, made_for, number, size_of
from layerdsl.operators.families.chosen_length import of_length
from layerdsl.semantics.conditions import opposite, present_if
from layerdsl.semantics.decided import outcome
from layerdsl.semantics.limits import check_length
from layerdsl.semantics.names import by_zero, name_value, not_zero
from layerdsl.semantics.scope import Scope, Silent
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

Rule = Callable[[Scope, tree.Expr], Node]

ARITHMETIC: Final = {"+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floordiv", "%": "mod", "**": "pow"}


def formula(scope: Scope, expr: tree.Expr) -> Node:
    """The node of an expression; every node made on the way remembers the expression's place."""
    with made_for(Origin(expr.span)):
        return RULES[type(expr)](scope, expr)


def real(scope: Scope, expr: tree.Expr) -> Node:
    """An expression that has to be a number."""
    node = formula(scope, expr)
    need_number(node, expr.span)
    return node


def condition(scope: Scope, expr: tree.Expr) -> Node:
    """An expression that has to be a condition."""
    node = formula(scope, expr)
    if node.kind != "bool":
        raise fault(
            "LD302",
            "a number stands where a condition is needed",
            expr.span,
            "this is a number",
            help="compare it: `... != 0`, `... > 0`",
        )
    return node


CHOICE: Final = "`where(condition, a, b)` chooses, `count(condition, over=...)` counts, `float(condition)` is 0 or 1"
STATIC_CHOICE: Final = "`a if condition else b` chooses, `float(condition)` is 0 or 1"


def need_number(node: Node, span: Span) -> None:
    """Refuse conditions and words where arithmetic is done."""
    if node.kind == "bool":
        remedy = STATIC_CHOICE if node.static else CHOICE
        message = "a condition stands where a number is needed"
        raise fault("LD301", message, span, "this is true or false", help=remedy)
    if node.kind == "word":
        raise fault("LD305", "a word stands where a number is needed", span, "a word can only be compared")


def _number(scope: Scope, expr: tree.Number) -> Node:
    return number(expr.value)


def _text(scope: Scope, expr: tree.Text) -> Node:
    return build("number", value=expr.value, kind="word")


def _sequence(scope: Scope, expr: tree.Sequence) -> Node:
    raise fault(
        "LD303",
        "a list is no value of a formula",
        expr.span,
        help="a list names axes, `over=[N, C]`, or is a hyper-parameter; values stand singly, `concat(a, b, over=C)`",
    )


def _unary(scope: Scope, expr: tree.Unary) -> Node:
    if expr.op == "not":
        return build("not", condition(scope, expr.operand))
    operand = real(scope, expr.operand)
    if expr.op == "+":
        return operand
    if operand.op == "number":
        return number(-operand.attr("value"))  # type: ignore[operator]
    return build("neg", operand)


def _binary(scope: Scope, expr: tree.Binary) -> Node:
    if expr.op in ("and", "or"):
        return _connect(scope, expr)
    left, right = real(scope, expr.left), real(scope, expr.right)
    if expr.op in ("/", "//", "%") and right.op == "number" and right.attr("value") == 0:
        raise by_zero(expr.right)
    return arithmetic(scope, ARITHMETIC[expr.op], left, right, expr.op_span)


def _connect(scope: Scope, expr: tree.Binary) -> Node:
    left = condition(scope, expr.left)
    known = settled(scope, left)
    if known is not None:
        return left if known == (expr.op == "or") else condition(scope, expr.right)
    inner = scope.child()
    inner.present = scope.present | present_if(left, expr.op == "and")
    if left.static:
        inner.guards = (*scope.guards, left if expr.op == "and" else opposite(left))
    right = condition(inner, expr.right)
    return elementwise(scope, expr.op, expr.op_span, left, right)


def arithmetic(scope: Scope, op: str, left: Node, right: Node, span: Span) -> Node:
    """Two numbers combined; sizes stay sizes, so that `H // 2` can be compared with another `H // 2`."""
    folded = fold(op, left, right)
    if folded is None:
        return elementwise(scope, op, span, left, right)
    divisor, result = as_size(right), as_size(folded)
    if result is not None:
        check_length(result, span)
    if op in ("floordiv", "mod") and divisor is not None:
        not_zero(scope, divisor, right.origin.span or span)
    return folded


def _power(base: Size, exponent: Size) -> Size | None:
    """`2**3`, of what is written out."""
    a, b = base.constant, exponent.constant
    return whole(a**b) if a is not None and b is not None and abs(a) <= 1 << 16 and 0 <= b <= 16 else None


WHOLE: Final[dict[str, Callable[[Size, Size], Size | None]]] = {
    "pow": _power,
    "add": Size.__add__,
    "sub": Size.__sub__,
    "mul": Size.__mul__,
    "floordiv": Size.__floordiv__,
    "mod": Size.__mod__,
}


def fold(op: str, left: Node, right: Node) -> Node | None:
    """The result of whole-number arithmetic on sizes, where it is one."""
    a, b = as_size(left), as_size(right)
    result = WHOLE[op](a, b) if op in WHOLE and a is not None and b is not None else None
    return None if result is None else size_of(result)


def elementwise(scope: Scope, op: str, span: Span, *args: Node) -> Node:
    """An operator applied element by element, once the sizes of equal axes are known to agree."""
    align(scope, span, *args)
    return build(op, *args)


def align(scope: Scope, span: Span, *args: Node) -> None:
    """Hold that axes of one name have one size in all arguments."""
    seen: dict[str, Axis] = {}
    for arg in args:
        for axis in arg.axes:
            known = seen.setdefault(axis.name, axis)
            scope.require_equal(known.size, axis.size, axis.name, span, *args)


def _compare(scope: Scope, expr: tree.Compare) -> Node:
    from layerdsl.semantics.relations import compare  # the two call each other: a comparison holds formulas

    return compare(scope, expr)


def _conditional(scope: Scope, expr: tree.Conditional) -> Node:
    test = static_condition(scope, expr.condition, "`where(condition, a, b)`")
    known = settled(scope, test)
    if known is not None:
        return formula(scope, expr.then if known else expr.orelse)
    a = formula(scope.where(test, present_if(test, True)), expr.then)
    b = formula(scope.where(opposite(test), present_if(test, False)), expr.orelse)
    return _chosen_size(test, a, b) or choice(scope, expr.span, test, a, b)


def choice(scope: Scope, span: Span, test: Node, a: Node, b: Node) -> Node:
    """The first value where a condition of the set-up holds, else the second.

    An axis that is of one length in the one and of another in the other has one that is chosen as well.
    """
    known = as_test(test)
    if known is not None:
        sizes = {axis.name: axis.size for axis in b.axes}
        pairs = [(axis, sizes.get(axis.name, axis.size)) for axis in a.axes]
        axes = {axis.name: replace(axis, size=chosen(known, axis.size, no)) for axis, no in pairs if no != axis.size}
        a, b = of_length(a, axes, test), of_length(b, axes, opposite(test))
    align(scope, span, a, b)
    return build("select", test, a, b)


def _chosen_size(test: Node, a: Node, b: Node) -> Node | None:
    """Sizes stay sizes, so that a chosen one can be that of an axis."""
    yes, no, known = as_size(a), as_size(b), as_test(test)
    return None if yes is None or no is None or known is None else size_of(chosen(known, yes, no))


def static_condition(scope: Scope, expr: tree.Expr, instead: str) -> Node:
    """A condition on the phase, on hyper-parameters or on sizes."""
    test = condition(scope, expr)
    if not test.static:
        raise fault(
            "LD304",
            "this condition depends on data",
            expr.span,
            "`if` is decided once, at set-up",
            help=f"conditions on data are {instead}",
        )
    return test


def settled(scope: Scope, test: Node) -> bool | None:
    """Whether a condition is known while compiling, in what is used with values that may be written out."""
    return outcome(test) if test.static and (scope.calls or scope.inside is not None) else None


def _call(scope: Scope, expr: tree.Call) -> Node:
    from layerdsl.semantics.calls import call  # the two call each other: a formula holds calls, a call formulas

    return call(scope, expr)


def _pick(scope: Scope, expr: tree.Pick) -> Node:
    from layerdsl.semantics.selection import select  # places may be formulas

    value = formula(scope, expr.value)
    return reduce(lambda node, one: select(scope, node, one), expr.selections, value)


def _field(scope: Scope, expr: tree.Field) -> Node:
    """A top of a layer that is used; the parser has told of all else."""
    from layerdsl.semantics.inner import one_top  # what a layer is given are formulas

    if not isinstance(expr.value, tree.Call):
        raise Silent
    if expr.value.function not in scope.layers:
        remedy = "`.` picks a top of a layer"
        raise fault("LD112", f"`{expr.value.function}` is no layer", expr.value.function_span, help=remedy)
    return one_top(scope, expr.value, scope.layers[expr.value.function], expr.name)


def _each(scope: Scope, expr: tree.Each) -> Node:
    remedy = "`sum(f(x, i) for i in range(3))` adds them up"
    raise fault("LD104", "`for` makes several values, here stands one", expr.span, help=remedy)


def _by(scope: Scope, expr: tree.By) -> Node:
    remedy = "it belongs into `window(x, H by KH)` or `fold(g, H by KH)`"
    raise fault("LD211", f"`{expr.span.on_one_line}` stands outside of a window", expr.span, help=remedy)


RULES: Final[dict[type, Callable[..., Node]]] = {
    tree.Number: _number,
    tree.Text: _text,
    tree.Name: name_value,
    tree.Sequence: _sequence,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Compare: _compare,
    tree.Conditional: _conditional,
    tree.Call: _call,
    tree.Pick: _pick,
    tree.Field: _field,
    tree.By: _by,
    tree.Each: _each,
}
