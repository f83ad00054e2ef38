"""Numbers known at set-up are taken out of what they go through, to where another product can take them up.

`(2 * g / s) * 3` becomes `(g / s) * 2 * 3`, whose numbers are one: a pass over the array less. So it is with operators
that are linear, such as sums over windows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from layerdsl.graph import Node, is_big, walk
from layerdsl.operators.build import build, is_number, made_for, number
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.rewrite import rebuilt
from layerdsl.passes.factors import factors_of, is_product, joined


def with_numbers_outside(outputs: Sequence[Node]) -> tuple[Node, ...]:
    """The outputs with numbers outside of divisions and linear operators that products read, and nothing else."""
    nodes = list(walk(outputs))
    readers = defaultdict[Node, list[Node]](list)
    for node in nodes:
        for arg in node.args:
            readers[arg].append(node)
    made: dict[Node, Node] = {}
    for node in nodes:
        args = tuple(made[arg] for arg in node.args)
        new = node if args == node.args else rebuilt(node, args)
        if readers[node] and all(map(is_product, readers[node])):
            for i in _passed(node):
                if len(readers[node.args[i]]) == 1:
                    new = _number_outside(new, i)
        made[node] = new
    return tuple(made[output] for output in outputs)


def _passed(node: Node) -> tuple[int, ...]:
    """The arguments through which a number passes."""
    if node.static or node.kind != "real":
        return ()
    if node.op == "div" and not node.args[1].static:
        return (0,)
    kernel = KERNELS.get(node.op)
    same = kernel is not None and bool(node.args) and set(node.names) == set(node.args[0].names)
    return (0,) if kernel is not None and same and kernel.linear == (0,) else ()


def _number_outside(node: Node, i: int) -> Node:
    """A node without the number of one argument, times it; the number costs a pass over that argument."""
    arg = node.args[i]
    if not is_product(arg) or not is_big(arg.axes):
        return node
    coefficient, factors = factors_of(arg)
    if is_number(coefficient, 1) or any(set(factor.names) != set(arg.names) for factor in factors):
        return node
    with made_for(arg.origin):
        bare = joined(number(1.0), factors)
    with made_for(node.origin):
        return build("mul", rebuilt(node, (*node.args[:i], bare, *node.args[i + 1 :])), coefficient)
