"""Operators that NumPy has no word for, said with those that it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from layerdsl.graph import Node
from layerdsl.graph.attributes import axis_of, over_of
from layerdsl.graph.size import product
from layerdsl.operators.build import as_real, build, expand, number, size_of, total
from layerdsl.operators.kernel import is_whole
from layerdsl.passes.layout import few_added, framed_at_once, patched

LOWEST = -3.4028234663852886e38  # the lowest float32
SMALLEST = 1.1754943508222875e-38  # the smallest positive one with all digits


def _count(node: Node) -> Node:
    return size_of(product([axis.size for axis in node.args[0].axes if axis.name in over_of(node)]))


def _mean(node: Node) -> Node:
    return build("div", build("sum", as_real(node.args[0]), over=over_of(node)), _count(node))


def _var(node: Node) -> Node:
    (x,) = node.args
    return build("mean", build("square", build("sub", x, build("mean", x, over=over_of(node)))), over=over_of(node))


def _how_many(node: Node) -> Node:
    x = as_real(node.args[0])
    return build("sum", x, over=over_of(node)) if over_of(node) else x


def _shifted(node: Node) -> Node:
    """`x` less its largest value, which leaves the exponentials at most 1."""
    (x,) = node.args
    largest = build("maximum", build("max", x, over=over_of(node)), number(LOWEST))
    return build("sub", x, largest)


def _softmax(node: Node) -> Node:
    exponentials = build("exp", _shifted(node))
    return build("div", exponentials, _not_nothing(build("sum", exponentials, over=over_of(node))))


def _not_nothing(total: Node) -> Node:
    """The sum of exponentials, at least 1 where any value is finite; where all are -inf, their shares in it are 0."""
    return build("maximum", total, number(SMALLEST))


def _logsoftmax(node: Node) -> Node:
    shifted = _shifted(node)
    total = build("sum", build("exp", shifted), over=over_of(node))
    return build("sub", shifted, build("log", _not_nothing(total)))


def _logsumexp(node: Node) -> Node:
    shifted = _shifted(node)
    return build("add", build("log", build("sum", build("exp", shifted), over=over_of(node))), shifted.args[1])


def _sigmoid(node: Node) -> Node:
    """`1 / (1 + exp(-x))`; where the exponential overflows, this is the 0 that it should be."""
    return build("reciprocal", build("add", build("exp", build("neg", *node.args)), number(1.0)))


def _softplus(node: Node) -> Node:
    (x,) = node.args
    small = build("log1p_unit", build("exp", build("neg", build("abs", x))))
    return build("add", build("maximum", x, number(0.0)), small)


def _clip(node: Node) -> Node:
    x, low, high = node.args
    return build("minimum", build("maximum", x, low), high)


def _sum_of_products(node: Node) -> Node | None:
    """A sum of products is a `dot`, which needs no array for the products."""
    (x,) = node.args
    if x.op == "square":
        return build("dot", x.args[0], x.args[0], over=over_of(node))
    if x.op in ("add", "sub") and all(arg.op in ("square", "mul") and len(arg.axes) == len(x.axes) for arg in x.args):
        return build(x.op, *(build("sum", arg, over=over_of(node)) for arg in x.args))
    if x.op == "gate":
        return _masked_differences(node)
    a, b = (set(arg.names) for arg in (x.args if x.op == "mul" else (x, x)))
    if x.op != "mul" or not set(over_of(node)) <= a & b:
        return None
    products = build("dot", *x.args, over=over_of(node))
    return products if a == b or (a - b and b - a) else _of_differences(products)


def _of_differences(node: Node) -> Node | None:
    """Squared distances of the rows of two matrices, and sums of their weighted differences, by matrix products."""
    a, b = node.args
    over = set(over_of(node))
    if a is b and a.op == "sub" and _is_outer(a) and over == set(a.args[0].names) & set(a.args[1].names):
        return build("pairs", *a.args, over=over_of(node))
    for w, x in ((a, b), (b, a)):
        if x.op == "sub" and _is_outer(x) and len(over) == 1 and over <= set(w.names) == _rows(x):
            return build("spread", w, *x.args, over=over_of(node))
    return None


def _rows(difference: Node) -> set[str]:
    """The axes that only one side of a difference has."""
    a, b = difference.args
    return set(a.names) ^ set(b.names)


def _both_ways(node: Node) -> Node | None:
    """Differences of the rows of one matrix, weighted and summed over either index: one sum with weights both ways."""
    if node.op != "sub":
        return None
    s, turned = node.args
    t = turned.args[0] if turned.op == "rename" else turned
    if s.op != "spread" or t.op != "spread" or s.args != t.args or turned.op != "rename":
        return None
    w, a, b = s.args
    (row,), (column,) = (tuple(x for x in v.axes if x.name in w.names) for v in (a, b))
    same_rows = b.op == "rename" and b.args[0] is a and set(s.names) == set(a.names) and set(t.names) == set(b.names)
    if not same_rows:
        return None
    other = build("rename", w, axes=((row.name, column), (column.name, row)))
    return build("spread", build("add", w, other), a, b, over=over_of(s))


def _masked_differences(node: Node) -> Node | None:
    """Weights of differences that a mask discards are 0: the differences of all pairs are never laid out."""
    test, inner = node.args[0].args
    if inner.op != "mul":
        return None
    for x, w in (inner.args, inner.args[::-1]):
        if x.op == "sub" and _is_outer(x) and set(test.names) <= set(w.names):
            return _of_differences(build("dot", build("gate", test, w), x, over=over_of(node)))
    return None


def _is_outer(node: Node) -> bool:
    """Whether a difference is one of all rows of a matrix with all rows of another."""
    a, b = (set(arg.names) for arg in node.args)
    return len(a) == len(b) == 2 and len(a & b) == 1


def _added_to(node: Node) -> Node | None:
    """Scattered values are added in place to what they are added to."""
    a, b = node.args
    if b.op == "scatter" and _is_whole(a, node):
        g = b.args[0] if node.op == "add" else build("neg", b.args[0])
        return build("put", a, g, b.args[1], axis=b.attr("axis"))
    if a.op == "scatter" and _is_whole(b, node):
        rest = b if node.op == "add" else build("neg", b)
        return build("put", rest, a.args[0], a.args[1], axis=a.attr("axis"))
    return patched(node)


def _added_by(node: Node) -> Node | None:
    """What is scattered by an index that names a place twice is added up; where none can be, it is put there."""
    g, index = node.args
    lost = tuple(axis for axis in index.axes if axis.name not in node.names)
    if not lost or index.op == "places":
        return None
    alone = tuple(name for name in g.names if name not in (*node.names, *index.names))
    sums = build("add_by", total(g, alone), index, along=(node.attr("axis"),), over=lost, once=False, named="")
    return expand(sums, node.axes)


def _of_runs(node: Node) -> Node | None:
    """What is added up by the first places of running extremes belongs to runs of equals."""
    g, index = node.args
    axis = axis_of(index) if index.op == "cumargmax" else None
    if axis is None or node.attr("along") != (axis,) or node.attr("over") != (axis,):
        return None
    if not set(g.names) <= set(index.names):
        return None
    return build("sum_of_runs", g, index.args[0], axis=axis, reverse=index.attr("reverse"))


def minus_into_small_factor(node: Node) -> Node | None:
    """A minus is cheaper in the smaller factor."""
    if node.op != "neg" or node.args[0].op != "mul" or node.static:
        return None
    a, b = node.args[0].args
    if len(b.axes) < len(a.axes):
        return build("mul", a, build("neg", b))
    return build("mul", build("neg", a), b) if len(a.axes) < len(b.axes) else None


def _is_whole(node: Node, like: Node) -> bool:
    return node.op != "scatter" and set(node.names) == set(like.names)


def _of_numbers(node: Node) -> Node | None:
    """What is picked from positions, which are stored as whole numbers, is a number as all others are."""
    x, *rest = node.args
    return build("pick", build("real", x), *rest, **dict(node.attrs)) if is_whole(x) else None


def _one_by_one(node: Node) -> Node | None:
    """`argmax` alone and `max` over several axes are NumPy's own; `any` and `all` over nothing are their argument."""
    return node.args[0] if not over_of(node) else None


LOWERINGS: Final[dict[str, Callable[[Node], Node | None]]] = {
    "add_by": _of_runs,
    "mean": _mean,
    "var": _var,
    "std": lambda n: build("sqrt", build("var", n.args[0], over=over_of(n))),
    "norm": lambda n: build("sqrt", build("sum", build("square", n.args[0]), over=over_of(n))),
    "count": _how_many,
    "softmax": _softmax,
    "logsoftmax": _logsoftmax,
    "logsumexp": _logsumexp,
    "sigmoid": _sigmoid,
    "logsigmoid": lambda n: build("neg", build("softplus", build("neg", n.args[0]))),
    "softplus": _softplus,
    "relu": lambda n: build("maximum", n.args[0], number(0.0)),
    "clip": _clip,
    "scatter": _added_by,
    "unslice": framed_at_once,
    "unat": framed_at_once,
    "sum": lambda n: few_added(n) or _sum_of_products(n),
    "dot": _of_differences,
    "add": _added_to,
    "sub": lambda n: _both_ways(n) or _added_to(n),
    "stop": lambda n: n.args[0],
    "parts": lambda n: n.args[0],
    "pick": _of_numbers,
    "any": _one_by_one,
    "all": _one_by_one,
}


def lower(node: Node) -> Node | None:
    """The same value in operators that NumPy has."""
    lowering = LOWERINGS.get(node.op)
    return None if lowering is None else lowering(node)
