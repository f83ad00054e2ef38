"""What `grad(value, wrt)` differentiates by: a value of its own, whatever else is equal to it.

In `grad(sum(log(p)), p)` with `p = softmax(x)`, the logarithm of a softmax is not to be made a `log_softmax`, which
knows of no `p`; and of two values that are worked out alike, only the one that is named is meant. So, until the
derivative is there, such a value is a `variable`: nothing is rewritten across it, and no two of them are the same.
"""

from __future__ import annotations

from layerdsl.graph import Node, walk
from layerdsl.operators.body import deeply, replaced
from layerdsl.operators.build import build
from layerdsl.operators.kernel import Call, Kernel, register
from layerdsl.operators.rewrite import rebuilt
from layerdsl.operators.types import Attrs, Typed


def with_variables(outputs: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes, and those in the bodies of scans, with a variable for each `grad` by something other than a blob."""
    return deeply(_with_variables, _with_variables(outputs))


def _with_variables(outputs: tuple[Node, ...]) -> tuple[Node, ...]:
    known: dict[Node, Node] = {}
    for node in walk(outputs):
        args = tuple(known[arg] for arg in node.args)
        made = node if args == node.args else rebuilt(node, args)
        known[node] = _apart(made, len(known)) if made.op == "grad" and made.args[1].args else made
    return tuple(known[output] for output in outputs)


def _apart(grad: Node, number: int) -> Node:
    value, wrt = grad.args
    variable = build("variable", wrt, number=number)
    return rebuilt(grad, (*replaced([value], {wrt: variable}), variable))


def without_variable(node: Node) -> Node | None:
    """The value that a variable stands for, once nothing is left to derive."""
    return node.args[0] if node.op == "variable" else None


def _first(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return args[0].axes, args[0].kind


def _no_call(node: Node) -> Call:
    raise AssertionError("a variable is no call")


register(
    "variable",
    Kernel(type=_first, reference=lambda world, node, args: args[0], call=_no_call, derivative=(lambda g, node: g,)),
)
