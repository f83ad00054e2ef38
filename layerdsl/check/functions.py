"""Functions on plain arrays: those of the language and those that a file defines or imports, by their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from layerdsl.check.case import Array
from layerdsl.graph import Axis, Node
from layerdsl.graph.size import whole
from layerdsl.libraries import load
from layerdsl.operators.build import build
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import Named, World
from layerdsl.semantics.builtins import BUILTINS
from layerdsl.semantics.expressions import formula
from layerdsl.semantics.scope import Callable, Collected, Scope
from layerdsl.syntax import tree

Functions = Mapping[str, Callable]


def functions_of(file: tree.File, importing: tuple[str, ...] = ()) -> dict[str, Callable]:
    """What a file can call besides the language's own functions."""
    found: dict[str, Callable] = {}
    for item in file.items:
        if isinstance(item, tree.Import) and file.source.name not in importing:
            found.update(_imported(file, item, (*importing, file.source.name)))
        elif isinstance(item, (tree.Function, tree.Extern)):
            found[item.name.value] = Callable(item, found)
    return found


def _imported(file: tree.File, item: tree.Import, importing: tuple[str, ...]) -> dict[str, Callable]:
    loaded = load(item.module, file)
    there = functions_of(loaded[0], importing) if loaded else {}
    return {here.value: there[name.value] for name, here in item.names if name.value in there}


def is_function(name: str, functions: Functions) -> bool:
    """Whether an example can call it."""
    return name in functions or name in BUILTINS


def call(expr: tree.Call, arguments: Sequence[Array], functions: Functions) -> Array:
    """The value of a call with these values for its arguments.

    Axes are named as a function of the file declares them, else by their places: values of one shape fit each other.
    `Fault` where the call is wrong.
    """
    names = [f"argument {i}" for i in range(len(arguments))]
    declared = _declared(expr, functions)
    leaves = {n: _leaf(n, value, kind) for n, value, kind in zip(names, arguments, declared, strict=True)}
    scope = Scope(Collected(), values=dict(leaves), functions=dict(functions))
    for axis in _in_one_order([leaf.axes for leaf in leaves.values()]):
        scope.add_axis(axis)
    given = tuple(_renamed(one, name) for one, name in zip(expr.arguments, names, strict=True))
    node = formula(scope, tree.Call(expr.function, given, expr.function_span, expr.span))
    known = {leaf: Named(leaf.names, value) for leaf, value in zip(leaves.values(), arguments, strict=True)}
    (result,) = evaluate([node], World(), known)
    return result.over(node.names)


def _in_one_order(groups: Sequence[tuple[Axis, ...]]) -> list[Axis]:
    """All axes once, each group in its own order as far as the others allow: `[N, K]` and `[M, K]` make `[N, M, K]`."""
    found: dict[str, Axis] = {}
    order: list[str] = []
    for group in groups:
        for i, axis in enumerate(group):
            if axis.name not in found:
                later = [order.index(one.name) for one in group[i:] if one.name in found]
                order.insert(min(later, default=len(order)), axis.name)
                found[axis.name] = axis
    return [found[name] for name in order]


def _renamed(argument: tree.Argument, name: str) -> tree.Argument:
    return tree.Argument(argument.name, tree.Name(name, argument.value.span), argument.span, argument.name_span)


def _leaf(name: str, value: Array, declared: tree.BlobType | None) -> Node:
    names = _axis_names(value, declared)
    axes = tuple(Axis(axis, whole(size)) for axis, size in zip(names, value.shape, strict=True))
    return build("bottom", name=name, axes=axes, kind=_kind(value))


def _axis_names(value: Array, declared: tree.BlobType | None) -> list[str]:
    axes = declared.axes if declared is not None else ()
    if len(axes) != value.ndim or any(axis.star for axis in axes):
        return [f"axis {i + 1}" for i in range(value.ndim)]
    return [axis.name or str(size) for axis, size in zip(axes, value.shape, strict=True)]


def _kind(value: Array) -> str:
    if value.dtype == np.bool_:
        return "bool"
    return "index" if value.dtype.kind == "i" else "real"


def _declared(expr: tree.Call, functions: Functions) -> list[tree.BlobType | None]:
    """How each argument is declared, where it is."""
    function = functions[expr.function].function if expr.function in functions else None
    declared = {one.name.value: one.type for one in function.arguments} if function else {}
    free = iter([name for name in declared if name not in {one.name for one in expr.arguments}])
    return [declared.get(one.name or next(free, "")) for one in expr.arguments]
