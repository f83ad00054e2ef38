"""Functions on plain arrays: those of the language and those that a file defines or imports, by their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from layerdsl import libraries
from layerdsl.check.case import Array
from layerdsl.graph import Axis, Node
from layerdsl.graph.size import whole
from layerdsl.operators.build import build
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import Named, World
from layerdsl.semantics.builtins import BUILTINS
from layerdsl.semantics.expressions import formula
from layerdsl.semantics.module import functions
from layerdsl.semantics.scope import Callable, Collected, Scope
from layerdsl.source import Fault, fault
from layerdsl.syntax import tree

Functions = Mapping[str, Callable]


def functions_of(file: tree.File) -> Functions:
    """What a file can call besides the language's own functions."""
    return functions(file, libraries)


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
    _check_collected(scope.collected, expr)
    known = {leaf: Named(leaf.names, value) for leaf, value in zip(leaves.values(), arguments, strict=True)}
    (result,) = evaluate([node], World(draw=_drawn), known)
    return result.over(node.names)


def _drawn(node: Node, shape: tuple[int, ...]) -> Array:
    """What a function draws, the same in each run."""
    random = np.random.RandomState(0)
    return random.standard_normal(shape) if node.attr("distribution") == "normal" else random.random_sample(shape)


def _check_collected(found: Collected, expr: tree.Call) -> None:
    """Refuse what breaks a requirement, and a layer with blobs of its own in use: nobody says what they hold."""
    if found.faults:
        raise Fault(found.faults[0])
    for one in found.requirements:
        (holds,) = evaluate([one.condition], World())
        if not holds.data:
            raise fault("LD602", f"`{expr.function}` refuses this", expr.span, one.message or f"requires {one.written}")
    learned = next(iter([*found.blobs, *found.memories]), None)
    if learned is not None:
        kind = "state" if learned.state else "param"
        remedy = "an example calls a layer that uses it, and gives it by name"
        message = f"`{expr.function}` uses a layer with a {kind} `{learned.name}`, whose values nothing says"
        raise fault("LD602", message, expr.span, help=remedy)


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
    """The argument by the name of its value; a number that is written out stays, as it may say how long an axis is."""
    if isinstance(argument.value, tree.Number):
        return argument
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
