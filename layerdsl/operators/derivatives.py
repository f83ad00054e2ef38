"""The derivative of every operator: per argument, from the cotangent of the value to the cotangent of the argument.

A rule of an elementwise operator says what one element gives; the sum over axes along which the argument was
broadcast is added by `gradient.engine`. `None` stands for an argument that has no derivative. At kinks the rules
take the side that Caffe's own layers take: see `docs/backward.md`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, cast

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import over_of, renames_of
from layerdsl.graph.size import product
from layerdsl.operators.build import build, contract, expand, number, size_of
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.types import TYPES

Rule = Callable[[Node, Node], Node]  # (cotangent, node) -> cotangent of one argument


def mul(a: Node, b: Node) -> Node:
    """`a * b`."""
    return build("mul", a, b)


def add(a: Node, b: Node) -> Node:
    """`a + b`."""
    return build("add", a, b)


def sub(a: Node, b: Node) -> Node:
    """`a - b`."""
    return build("sub", a, b)


def div(a: Node, b: Node) -> Node:
    """`a / b`."""
    return build("div", a, b)


def neg(a: Node) -> Node:
    """`-a`."""
    return build("neg", a)


def gate(condition: Node, g: Node) -> Node:
    """`where(test, g, 0)`."""
    return build("gate", condition, g)


def _not(condition: Node) -> Node:
    return build("not", condition)


def _power(g: Node, node: Node) -> Node:
    """`p * x**(p - 1)`, and 0 where `p` is 0, also for `x` of 0."""
    x, p = node.args
    if p.op == "number":
        exponent = cast(float, p.attr("value"))
        return mul(g, mul(p, build("pow", x, number(exponent - 1))))
    less = build("where", build("eq", p, number(0)), number(0.0), build("real", sub(p, number(1))))
    return mul(g, mul(p, build("pow", x, less)))


def _power_exponent(g: Node, node: Node) -> Node:
    """0 where the base is 0: there `x**p` does not depend on `p` for any `p` above 0."""
    x, _ = node.args
    return gate(build("ne", x, number(0.0)), mul(g, mul(node, build("log", x))))


def _extreme(g: Node, node: Node) -> Node:
    """To the first of equals, as Caffe's pooling does."""
    (x,) = node.args
    over = over_of(node)
    found = "argmax" if node.op == "max" else "argmin"
    if len(over) == 1:
        axis = next(a for a in x.axes if a.name == over[0])
        return build("scatter", g, build(found, x, over=over), axis=axis, axes=x.axes)
    return _extreme_over_many(g, node)


def _extreme_over_many(g: Node, node: Node) -> Node:
    """Over several axes: those that come last are one, others are taken one by one, from the last to the first.

    Both keep "the first of equals".
    """
    (x,) = node.args
    over = over_of(node)
    if x.names[-len(over) :] == over:
        parts = ((_joined(x.axes[-len(over) :]), x.axes[-len(over) :]),)
        flat = build("join", x, parts=parts)
        return build("split", _extreme(g, build(node.op, flat, over=(parts[0][0].name,))), parts=parts)
    inner = build(node.op, x, over=over[-1:])
    outer = build(node.op, inner, over=over[:-1])
    return _extreme(_extreme(g, outer), inner)


def _joined(axes: tuple[Axis, ...]) -> Axis:
    """These axes as one."""
    return Axis("_".join(axis.name for axis in axes) + "_flat", product([axis.size for axis in axes]))


def _count(node: Node) -> Node:
    """How many elements a reduction takes together."""
    sizes = [axis.size for axis in node.args[0].axes if axis.name in over_of(node)]
    return size_of(product(sizes))


def _prod(g: Node, node: Node) -> Node:
    """The product of all the others, right also where one element is 0."""
    (x,) = node.args
    zero = build("eq", x, number(0.0))
    others = build("prod", build("where", zero, number(1.0), x), over=over_of(node))
    zeros = build("count", zero, over=over_of(node))
    nonzero = gate(build("and", _not(zero), build("eq", zeros, number(0))), div(mul(g, others), x))
    return add(nonzero, gate(build("and", zero, build("eq", zeros, number(1))), mul(g, others)))


def _var(g: Node, node: Node) -> Node:
    (x,) = node.args
    centred = sub(x, build("mean", x, over=over_of(node)))
    return mul(div(mul(g, number(2.0)), _count(node)), centred)


def _std(g: Node, node: Node) -> Node:
    """0 where all elements are equal, the least of the subgradients."""
    (x,) = node.args
    centred = sub(x, build("mean", x, over=over_of(node)))
    return mul(div(g, mul(_count(node), _or_one(node))), centred)


def _or_one(node: Node) -> Node:
    """A length, and 1 in place of 0: what it divides is 0 there as well."""
    return add(node, build("real", build("eq", node, number(0.0))))


def _norm(g: Node, node: Node) -> Node:
    """0 at the zero vector, the least of the subgradients."""
    return mul(div(g, _or_one(node)), node.args[0])


def _bell(x: Node) -> Node:
    """The slope of the error function."""
    return mul(number(2 / math.sqrt(math.pi)), _call("exp", neg(_call("square", x))))


def _one_minus_square(x: Node) -> Node:
    """`1 - x**2`, exact also where `x` is nearly 1."""
    return mul(sub(number(1.0), x), add(number(1.0), x))


def _turned(g: Node, node: Node, leg: Node) -> Node:
    """`g * leg / (a**2 + b**2)`, 0 where both are 0; by the length, as its square would underflow and overflow."""
    length = _or_one(build("hypot", *node.args))
    return mul(g, div(div(leg, length), length))


def _softmax(g: Node, node: Node) -> Node:
    return mul(node, sub(g, build("dot", g, node, over=over_of(node))))


def _softmax_of(node: Node) -> Node:
    return build("softmax", node.args[0], over=over_of(node))


def _pick(g: Node, node: Node) -> Node:
    return build("scatter", g, node.args[1], axis=node.attr("axis"), axes=node.args[0].axes)


def _scatter(g: Node, node: Node) -> Node:
    return build("pick", g, node.args[1], axis=node.attr("axis"))


def _rename(g: Node, node: Node) -> Node:
    there = renames_of(node)
    mine = {axis.name: axis for axis in node.args[0].axes}
    return build("rename", g, axes=tuple((new.name, mine[old]) for old, new in there if old in mine))


def _slice(g: Node, node: Node) -> Node:
    return build(
        "unslice", g, axis=node.attr("whole"), whole=node.attr("axis"), start=node.attr("start"), step=node.attr("step")
    )


def _unslice(g: Node, node: Node) -> Node:
    return build(
        "slice", g, axis=node.attr("whole"), whole=node.attr("axis"), start=node.attr("start"), step=node.attr("step")
    )


def _dot(other: int) -> Rule:
    return lambda g, n: contract(g, n.args[other], keep=n.args[1 - other].axes)


def _times(slope: Callable[[Node, Node], Node]) -> Rule:
    """A rule of the form `g * slope(x, value)`."""
    return lambda g, n: mul(g, slope(n.args[0], n))


def _over_slope(slope: Callable[[Node, Node], Node]) -> Rule:
    """A rule of the form `g / slope(x, value)`."""
    return lambda g, n: div(g, slope(n.args[0], n))


def _call(op: str, *args: Node) -> Node:
    return build(op, *args)


DERIVATIVES: Final[dict[str, tuple[Rule | None, ...]]] = {
    # one argument
    "neg": (lambda g, n: neg(g),),
    "abs": (_times(lambda x, y: _call("sign", x)),),
    "sqrt": (lambda g, n: mul(div(g, n), number(0.5)),),
    "square": (_times(lambda x, y: mul(number(2.0), x)),),
    "exp": (_times(lambda x, y: y),),
    "expm1": (_times(lambda x, y: _call("exp", x)),),
    "exp2": (_times(lambda x, y: mul(number(math.log(2)), y)),),
    "log": (_over_slope(lambda x, y: x),),
    "log1p": (_over_slope(lambda x, y: add(x, number(1.0))),),
    "log2": (_over_slope(lambda x, y: mul(number(math.log(2)), x)),),
    "log10": (_over_slope(lambda x, y: mul(number(math.log(10)), x)),),
    "sin": (_times(lambda x, y: _call("cos", x)),),
    "cos": (_times(lambda x, y: neg(_call("sin", x))),),
    "tan": (_times(lambda x, y: add(_call("square", y), number(1.0))),),
    "arcsin": (_over_slope(lambda x, y: _call("sqrt", _one_minus_square(x))),),
    "arccos": (_over_slope(lambda x, y: neg(_call("sqrt", _one_minus_square(x)))),),
    "arctan": (_over_slope(lambda x, y: add(_call("square", x), number(1.0))),),
    "sinh": (_times(lambda x, y: _call("cosh", x)),),
    "cosh": (_times(lambda x, y: _call("sinh", x)),),
    "tanh": (_times(lambda x, y: sub(number(1.0), _call("square", y))),),
    "arcsinh": (_over_slope(lambda x, y: _call("hypot", x, number(1.0))),),
    "arccosh": (_over_slope(lambda x, y: mul(*(_call("sqrt", add(x, number(one))) for one in (-1.0, 1.0)))),),
    "arctanh": (_over_slope(lambda x, y: _one_minus_square(x)),),
    "reciprocal": (lambda g, n: neg(mul(g, _call("square", n))),),
    "cbrt": (_over_slope(lambda x, y: mul(number(3.0), _call("square", y))),),
    "erf": (_times(lambda x, y: _bell(x)),),
    "erfc": (_times(lambda x, y: neg(_bell(x))),),
    "relu": (lambda g, n: gate(build("gt", n.args[0], number(0.0)), g),),
    "sigmoid": (_times(lambda x, y: mul(y, sub(number(1.0), y))),),
    "softplus": (_times(lambda x, y: _call("sigmoid", x)),),
    "logsigmoid": (_times(lambda x, y: _call("sigmoid", neg(x))),),
    "real": (lambda g, n: g,),
    "stop": (None,),
    "parts": (lambda g, n: g,),
    # two arguments
    "add": (lambda g, n: g, lambda g, n: g),
    "sub": (lambda g, n: g, lambda g, n: neg(g)),
    "mul": (lambda g, n: mul(g, n.args[1]), lambda g, n: mul(g, n.args[0])),
    "div": (lambda g, n: div(g, n.args[1]), lambda g, n: neg(div(mul(g, n), n.args[1]))),
    "pow": (_power, _power_exponent),
    "mod": (lambda g, n: g, lambda g, n: neg(mul(g, build("floordiv", *n.args)))),
    "maximum": (
        lambda g, n: gate(build("gt", n.args[0], n.args[1]), g),
        lambda g, n: gate(build("le", n.args[0], n.args[1]), g),
    ),
    "minimum": (
        lambda g, n: gate(build("le", n.args[0], n.args[1]), g),
        lambda g, n: gate(build("gt", n.args[0], n.args[1]), g),
    ),
    "clip": (
        lambda g, n: gate(build("and", build("ge", n.args[0], n.args[1]), build("le", n.args[0], n.args[2])), g),
        lambda g, n: gate(build("and", build("lt", n.args[0], n.args[1]), build("le", n.args[1], n.args[2])), g),
        lambda g, n: gate(build("gt", build("maximum", n.args[0], n.args[1]), n.args[2]), g),
    ),
    "arctan2": (
        lambda g, n: _turned(g, n, n.args[1]),
        lambda g, n: neg(_turned(g, n, n.args[0])),
    ),
    "hypot": (
        lambda g, n: mul(g, div(n.args[0], _or_one(n))),
        lambda g, n: mul(g, div(n.args[1], _or_one(n))),
    ),
    # choices
    "where": (None, lambda g, n: gate(n.args[0], g), lambda g, n: gate(_not(n.args[0]), g)),
    "gate": (None, lambda g, n: gate(n.args[0], g)),
    "select": (
        None,
        lambda g, n: build("select", n.args[0], g, expand(number(0.0), g.axes)),
        lambda g, n: build("select", n.args[0], expand(number(0.0), g.axes), g),
    ),
    # reductions
    "sum": (lambda g, n: g,),
    "mean": (lambda g, n: div(g, _count(n)),),
    "max": (_extreme,),
    "min": (_extreme,),
    "prod": (_prod,),
    "var": (_var,),
    "std": (_std,),
    "norm": (_norm,),
    "logsumexp": (lambda g, n: mul(g, _softmax_of(n)),),
    "softmax": (_softmax,),
    "logsoftmax": (lambda g, n: sub(g, mul(_softmax_of(n), build("sum", g, over=over_of(n)))),),
    "dot": (_dot(1), _dot(0)),
    # axes
    "expand": (lambda g, n: g,),
    "rename": (_rename,),
    "pick": (_pick, None),
    "scatter": (_scatter, None),
    "slice": (_slice,),
    "unslice": (_unslice,),
    "at": (lambda g, n: build("unat", g, axis=n.attr("axis"), index=n.attr("index"), axes=n.args[0].axes),),
    "unat": (lambda g, n: build("at", g, axis=n.attr("axis"), index=n.attr("index")),),
}

# Operators whose value does not change where it has a derivative at all, or whose value is no number.
WITHOUT_DERIVATIVE: Final = frozenset(TYPES) - frozenset(DERIVATIVES)


def rule(op: str, argnum: int) -> Rule | None:
    """The rule of an operator for one of its arguments, if it has a derivative there."""
    if op in KERNELS:
        return KERNELS[op].rule(argnum)
    known = DERIVATIVES.get(op, ())
    return known[argnum] if argnum < len(known) else None
