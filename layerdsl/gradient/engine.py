"""autograd's reverse pass run over graph nodes: what comes back is a graph of our own operators, free of shapes.

The forward graph is traced as it stands (a primitive gives back the node that it stands for), so that the backward
refers to the very values of the forward.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from functools import cache
from typing import Any

from autograd.core import VSpace, make_vjp
from autograd.extend import Box, defvjp, primitive

from layerdsl.gradient.masks import masked
from layerdsl.graph import Node, walk
from layerdsl.operators.build import build, expand, fit, made_for, number
from layerdsl.operators.derivatives import rule
from layerdsl.operators.families.scan import added

_wrt: ContextVar[str] = ContextVar("wrt", default="")  # what is being derived for, to be told to every node made


class NodeBox(Box):  # type: ignore[misc] # autograd has no annotations
    """What autograd hands around in place of a node while it traces."""

    __slots__: list[str] = []


class NodeSpace(VSpace):  # type: ignore[misc]
    """Cotangents are nodes too; autograd adds them up where a value is used more than once."""

    def __init__(self, node: Node) -> None:
        self.axes = node.axes

    def zeros(self) -> Node:
        """The cotangent of what nothing depends on."""
        return expand(number(0.0), self.axes)

    def _add(self, a: Node, b: Node) -> Node:
        return added(a, b) if a.op == b.op == "bundle" else build("add", a, b)

    _mut_add = _add


NodeBox.register(Node)
VSpace.register(Node, NodeSpace)


@cache
def _primitive(op: str, arguments: int) -> Callable[..., Any]:
    function = primitive(lambda *args, node: node)
    defvjp(function, *(_vjp_maker(op, argnum) for argnum in range(arguments)))
    return function  # type: ignore[no-any-return]


def _vjp_maker(op: str, argnum: int) -> Callable[..., Callable[[Node], Node]]:
    derivative = rule(op, argnum)
    if derivative is None:
        return lambda ans, *args, node: lambda g: expand(number(0.0), node.args[argnum].axes)

    def maker(ans: Node, *args: Node, node: Node) -> Callable[[Node], Node]:
        def vjp(g: Node) -> Node:
            with made_for(replace(node.origin, name="", of=_wrt.get())):
                return _masked_fit(masked(g, node, argnum, derivative(g, node)), node.args[argnum])

        return vjp

    return maker


def _masked_fit(g: Node, like: Node) -> Node:
    """A masked cotangent summed over axes that only the mask has is masked still, where the mask is closed all along.

    Else `where(m > 0, log(x), 0)` with an axis of `m` that `x` lacks would end in `0 / x` where nothing is let through.
    """
    if g.op != "gate" or like.op in ("bottom", "blob"):
        return fit(g, like)
    lost = tuple(name for name in g.args[0].names if name not in like.names)
    if not lost:  # the mask has to stay outside of the sum: one inside it may have more axes
        return build("gate", g.args[0], _masked_fit(g.args[1], like))
    return build("gate", build("any", g.args[0], over=lost), fit(g, like))


def derive(output: Node, wrt: Node, cotangent: Node) -> Node:
    """The cotangent of `wrt`, given the one of `output`: one reverse pass of autograd."""
    needs = dependents(output, wrt)

    def forward(boxed: Any) -> Any:
        values: dict[Node, Any] = {wrt: boxed}
        for node in walk([output]):
            if node in needs and node is not wrt:
                arguments = [values.get(arg, arg) for arg in node.args]
                values[node] = _primitive(node.op, len(arguments))(*arguments, node=node)
        return values[output]

    if output not in needs:
        return expand(number(0.0), wrt.axes)
    vjp, _ = make_vjp(forward, wrt)
    token = _wrt.set(wrt.origin.name)
    try:
        result: Node = vjp(cotangent)
    finally:
        _wrt.reset(token)
    return result


def dependents(output: Node, wrt: Node) -> set[Node]:
    """Every node below `output` through which a derivative reaches `wrt`."""
    reached = {wrt}
    for node in walk([output]):
        if any(arg in reached and rule(node.op, i) is not None for i, arg in enumerate(node.args)):
            reached.add(node)
    return reached
