"""The hyper-parameters of a layer that is used inside another: what is known of them at set-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from layerdsl.graph import HyperDecl, Node
from layerdsl.operators.build import as_size, build, number
from layerdsl.semantics import declarations
from layerdsl.semantics.decided import literal
from layerdsl.semantics.expressions import formula
from layerdsl.semantics.names import hyper_node
from layerdsl.semantics.scope import Scope
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree

Arguments = Mapping[str, tree.Argument]


def bind_hypers(scope: Scope, inner: Scope, expr: tree.Call, layer: tree.Layer, arguments: Arguments) -> None:
    """Give every hyper-parameter its value: what the call says, or the default."""
    for statement in layer.body:
        if isinstance(statement, tree.Hyper):
            declared = declarations.hyper(inner, statement)
            given = arguments.get(declared.name)
            inner.fixed[declared.name] = "a hyper-parameter"
            if given is not None:
                _bind(scope, inner, declared, given.value)
                _remember(scope, inner, declared.name, given.value)
            elif declared.required:
                message = f"`{expr.function}` lacks its hyper-parameter `{declared.name}`"
                remedy = f"give it by name: `{declared.name}=...`"
                raise fault("LD104", message, expr.span, help=remedy)
            else:
                _set(inner, declared, declared.default)


def _remember(scope: Scope, inner: Scope, name: str, given: tree.Expr) -> None:
    """How the layer around says it, for what is told of it."""
    if inner.inside is not None:
        if isinstance(given, tree.Name):
            inner.inside.names[name] = given.value
        text = given.span.on_one_line if isinstance(given, tree.Name) else f"({given.span.on_one_line})"
        inner.inside.given[name] = text if scope.inside is None else scope.inside.in_words(text)


def _bind(scope: Scope, inner: Scope, declared: HyperDecl, expr: tree.Expr) -> None:
    """What the layer around gives: one of its own hyper-parameters, something written out, or a formula of them."""
    own = scope.hypers.get(expr.value) if isinstance(expr, tree.Name) and expr.value not in scope.values else None
    if declared.kind == "filler" and own is None and not (isinstance(expr, tree.Name) and expr.value == "none"):
        assert inner.inside is not None
        inner.inside.fillers[declared.name] = scope, expr
        _set(inner, declared, "")
    elif isinstance(expr, tree.Name) and own is not None and (own.optional or own.kind in ("list", "filler", "file")):
        _hand_on(scope, inner, declared, own, expr)
    elif isinstance(expr, tree.Name) and scope.nones.get(expr.value):
        _set(inner, declared, _checked(declared, None, expr.span))
    elif isinstance(expr, tree.Name) and expr.value in scope.lists:
        _set(inner, declared, _checked(declared, scope.lists[expr.value], expr.span))
    elif isinstance(expr, tree.Sequence) or (isinstance(expr, tree.Name) and expr.value == "none"):
        _set(inner, declared, _checked(declared, _items(expr), expr.span))
    elif declared.kind == "file":
        _set(inner, declared, _checked(declared, expr.value if isinstance(expr, tree.Text) else None, expr.span))
    elif declared.kind == "list":
        _list_of_one(inner, declared, _static(scope, declared, expr))
    else:
        _know(inner, declared, _static(scope, declared, expr))


def _list_of_one(inner: Scope, declared: HyperDecl, value: Node) -> None:
    """A number in place of a list: the only one in it."""
    known = literal(value)
    if known is None:
        _know(inner, declared, value)
    else:
        _set(inner, declared, (known,))


def _items(expr: tree.Expr) -> object:
    return declarations.literal(expr)


def _hand_on(scope: Scope, inner: Scope, declared: HyperDecl, own: HyperDecl, expr: tree.Name) -> None:
    """One of the layer's own that may be absent, or is a list, goes by its own name inside as well."""
    optional = own.optional and own.name not in scope.present
    if optional and not declared.optional:
        remedy = f"ask first: `if {expr.value} != none:`"
        raise fault("LD306", f"`{expr.value}` may be `none`", expr.span, f"`{declared.name}` may not", help=remedy)
    if (own.kind, own.element) not in _FITTING.get(
        (declared.kind, declared.element), {(declared.kind, declared.element)}
    ):
        raise _wrong(declared, expr.span)
    if own.kind == "word" and not set(own.choices) <= set(declared.choices):
        raise _wrong(declared, expr.span)
    if own.kind in ("filler", "file"):
        default = None if own.kind == "filler" else own.default
        inner.hypers[declared.name] = replace(declared, name=own.name, optional=optional, default=default)
    elif own.kind == "list" or optional:
        inner.hypers[declared.name] = replace(declared, name=own.name, kind=own.kind, optional=optional)
    else:
        _know(inner, declared, hyper_node(scope, expr.value))


# What may be handed to which kind, besides its own: whole numbers are numbers.
_FITTING = {
    ("float", ""): {("float", ""), ("int", "")},
    ("list", "float"): {("list", "float"), ("list", "int")},
}


def _checked(declared: HyperDecl, value: object, place: Span) -> object:
    if not declarations.fits(declared, value):
        raise _wrong(declared, place)
    return value


def _wrong(declared: HyperDecl, place: Span) -> Fault:
    kind = (
        f"a list of {declared.element}"
        if declared.kind == "list"
        else "a word"
        if declared.kind == "word"
        else declared.kind
    )
    choices = ", ".join(f'"{choice}"' for choice in declared.choices)
    remedy = f"its choices are {choices}" if choices else ""
    return fault(
        "LD503",
        f"hyper-parameter `{declared.name}` is declared as {kind}",
        place,
        "this is something else",
        help=remedy,
    )


def _static(scope: Scope, declared: HyperDecl, expr: tree.Expr) -> Node:
    """A value of the right kind that is known at set-up."""
    value = formula(scope, expr)
    if not value.static:
        label = "this depends on data"
        raise fault("LD304", f"hyper-parameter `{declared.name}` is known at set-up", expr.span, label)
    kinds = {"float": ("real", "index"), "int": ("index",), "bool": ("bool",), "word": ("word",)}
    kind = declared.element if declared.kind == "list" else declared.kind
    if value.kind not in kinds[kind] or (kind == "int" and as_size(value) is None):
        raise _wrong(declared, expr.span)
    word = literal(value)
    if declared.kind == "word" and (word if word is not None else None) not in (None, *declared.choices):
        raise _wrong(declared, expr.span)
    return value


def _set(inner: Scope, declared: HyperDecl, value: object) -> None:
    """A value that is written out."""
    if declared.optional:
        inner.nones[declared.name] = value is None
    if isinstance(value, tuple):
        inner.lists[declared.name] = cast("tuple[float, ...]", value)
    elif isinstance(value, str):
        inner.values[declared.name] = build("number", value=value, kind="word")
    elif value is not None:
        inner.values[declared.name] = number(cast(float, value))


def _know(inner: Scope, declared: HyperDecl, value: Node) -> None:
    if declared.optional:
        inner.nones[declared.name] = False
    inner.values[declared.name] = value
