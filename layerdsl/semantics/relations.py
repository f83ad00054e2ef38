"""Comparisons: of numbers, of words with their choices, and with `none`."""

from __future__ import annotations

from functools import reduce
from typing import Final

from layerdsl.graph import Node
from layerdsl.operators.build import build, expand, number
from layerdsl.semantics.conditions import opposite
from layerdsl.semantics.expressions import elementwise, formula, need_number
from layerdsl.semantics.scope import Scope
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

RELATIONS: Final = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}


def compare(scope: Scope, expr: tree.Compare) -> Node:
    """`a < b <= c`, which is `a < b and b <= c`."""
    pairs = zip(expr.operands, expr.ops, expr.operands[1:], strict=False)
    parts = [_relation(scope, left, op, right, expr.span) for left, op, right in pairs]
    return reduce(lambda a, b: elementwise(scope, "and", expr.span, a, b), parts)


def _relation(scope: Scope, left: tree.Expr, op: str, right: tree.Expr, span: Span) -> Node:
    for one, other in ((left, right), (right, left)):
        if isinstance(other, tree.Name) and other.value == "none":
            return _none_test(scope, one, op, span)
    there = [e for e in (left, right) if not (isinstance(e, tree.Name) and scope.nones.get(e.value))]
    if op in ("==", "!=") and len(there) < 2:
        axes = formula(scope, there[0]).axes if there else ()
        return expand(number(op == "!="), axes)
    maybe = [e.value for e in (left, right) if isinstance(e, tree.Name) and _may_be_none(scope, e.value)]
    if maybe and op in ("==", "!="):
        inner = scope.child()
        maybe = [scope.hypers[name].name for name in maybe]
        inner.present = scope.present | frozenset(maybe)
        known = _plain_relation(inner, left, op, right, span)
        absent = reduce(lambda a, b: build("or", a, b), [build("isnone", name=name) for name in maybe])
        return build("select", absent, number(op == "!="), known)
    return _plain_relation(scope, left, op, right, span)


def _may_be_none(scope: Scope, name: str) -> bool:
    declared = scope.hypers.get(name)
    return (
        declared is not None and declared.optional and declared.name not in scope.present and name not in scope.values
    )


def _none_test(scope: Scope, expr: tree.Expr, op: str, span: Span) -> Node:
    if isinstance(expr, tree.Name) and expr.value in scope.nones and op in ("==", "!="):
        return number(scope.nones[expr.value] == (op == "=="))
    if isinstance(expr, tree.Name) and expr.value in scope.optional and op in ("==", "!="):
        there = scope.under.get(expr.value) or build("not", build("absent", name=expr.value))
        return there if op == "!=" else opposite(there)
    if not isinstance(expr, tree.Name) or expr.value not in scope.hypers or op not in ("==", "!="):
        message = "only an optional hyper-parameter or blob can be `none`"
        raise fault("LD306", message, span, help="ask with `x == none` or `x != none`")
    declared = scope.hypers[expr.value]
    if not declared.optional:
        raise fault(
            "LD306",
            f"`{expr.value}` is never `none`",
            expr.span,
            "it is not declared optional",
            help=f"declare it `hyper {expr.value}: {declared.kind}? = none`",
        )
    absent = build("isnone", name=declared.name)
    return absent if op == "==" else build("not", absent)


def _plain_relation(scope: Scope, left: tree.Expr, op: str, right: tree.Expr, span: Span) -> Node:
    a, b = formula(scope, left), formula(scope, right)
    words = "word" in (a.kind, b.kind)
    if words and (a.kind != b.kind or op not in ("==", "!=")):
        other = left if a.kind != "word" else right
        raise fault("LD305", "a word can only be compared with a word, by `==` or `!=`", other.span)
    if words:
        _check_choice(scope, left, b)
        _check_choice(scope, right, a)
    elif "bool" in (a.kind, b.kind) and (a.kind != b.kind or op not in ("==", "!=")):
        need_number(a, left.span)
        need_number(b, right.span)
    return elementwise(scope, RELATIONS[op], span, a, b)


def _check_choice(scope: Scope, expr: tree.Expr, word: Node) -> None:
    """A word that is none of the choices can never be equal."""
    if not isinstance(expr, tree.Name) or word.op != "number" or expr.value not in scope.hypers:
        return
    choices = scope.hypers[expr.value].choices
    if word.attr("value") not in choices:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise fault(
            "LD305",
            f'`{expr.value}` is never "{word.attr("value")}"',
            word.origin.span,
            help=f"its choices are {listed}",
        )
