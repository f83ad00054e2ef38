"""What can be said with less: neutral elements, folded numbers, broadcasts that vanish, masks moved outwards.

A mask (`gate(c, g)`: `g` where `c` holds, else 0) moves outwards through everything linear, so that what it discards
is discarded after it was multiplied by a derivative that may be infinite: `gate(c, g) * d` is `gate(c, g * d)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from layerdsl.graph import Node
from layerdsl.graph.attributes import axis_of, over_of
from layerdsl.graph.size import product
from layerdsl.operators.build import build, expand, is_number, made_for, number, size_of
from layerdsl.operators.kernel import KERNELS, is_whole
from layerdsl.operators.rewrite import Rule
from layerdsl.operators.types import ELEMENTWISE, union
from layerdsl.passes.factors import factors_of, joined
from layerdsl.passes.folding import folded, large
from layerdsl.passes.layout import laid_out


def neutral(node: Node) -> Node | None:
    """`x + 0`, `x * 1`, `x / 1`, `x * 0`, `--x` and their kin."""
    if node.op in ("and", "or"):
        return _known_condition(node, *node.args) or _known_condition(node, *node.args[::-1])
    if node.op in ("add", "mul"):
        return _neutral_pair(node, *node.args) or _neutral_pair(node, *node.args[::-1])
    if _is_of_zero(node):
        return expand(number(0.0), node.axes)
    match node.op, node.args:
        case ("sub", (x, zero)) if _is_zero(zero) and _covers(x, node):
            return x
        case ("sub", (zero, x)) if _is_zero(zero) and _covers(x, node):
            return build("neg", x)
        case ("div", (x, one)) if is_number(one, 1) and x.kind == "real":
            return x
        case ("neg", (x,)) if x.op == "neg":
            return x.args[0]
        case ("not", (x,)):
            return _negated(x)
        case ("real", (x,)) if x.kind == "real":
            return x
    return _decided(node)


#: The argument that makes a value 0 where it is.
ZERO_OF: Final = {"div": 0, "gate": 1, "unslice": 0, "unat": 0, "scatter": 0}


def _is_of_zero(node: Node) -> bool:
    """Whether a value is 0 because one of its arguments is."""
    if node.op in ZERO_OF:
        return _is_zero(node.args[ZERO_OF[node.op]])
    if node.op == "window" and node.attr("outside") == 0:
        return _is_zero(node.args[0])
    return node.op in KERNELS and any(_is_zero(node.args[i]) for i in KERNELS[node.op].linear)


def _known_condition(node: Node, x: Node, other: Node) -> Node | None:
    """`x and true` is `x`, `x and false` is false, and so on."""
    inner = other.args[0] if other.op == "expand" else other
    if inner.op != "number":
        return None
    decides = bool(inner.attr("value")) == (node.op == "or")
    return expand(number(node.op == "or") if decides else x, node.axes)


def _neutral_pair(node: Node, x: Node, other: Node) -> Node | None:
    """A sum with 0, a product with 0, 1 or -1."""
    if node.op == "add":
        return x if _is_zero(other) and _covers(x, node) else None
    if _is_zero(other):
        return expand(number(0.0), node.axes)
    if is_number(other, 1) and x.kind == "real":
        return x
    return build("neg", x) if is_number(other, -1) else None


def _decided(node: Node) -> Node | None:
    """A choice whose outcome is known, or does not matter."""
    match node.op, node.args:
        case ("select", (_, a, b)) if a is b:
            return a
        case ("select" | "where", (test, a, b)) if test.op == "number":
            return expand(a if test.attr("value") else b, node.axes)
        case ("gate", (test, a)) if test.op == "number":
            return expand(a if test.attr("value") else number(0.0), node.axes)
        case ("select", (test, a, b)) if test.op == "not":
            return build("select", test.args[0], b, a)
    return None


NEGATED: Final = {"eq": "ne", "ne": "eq"}


def _negated(x: Node) -> Node | None:
    if x.op == "not":
        return x.args[0]
    return build(NEGATED[x.op], *x.args) if x.op in NEGATED else None


def _is_zero(node: Node) -> bool:
    return is_number(node.args[0] if node.op == "expand" else node, 0)


def _covers(x: Node, node: Node) -> bool:
    return set(x.names) == set(node.names) and x.kind == "real"


def signs(node: Node) -> Node | None:
    """A minus moves outwards until it meets an addition, which takes it in."""
    match node.op, node.args:
        case ("mul" | "div", (a, b)) if a.op == "neg" and b.op == "neg":
            return build(node.op, a.args[0], b.args[0])
        case ("mul" | "div", (a, b)) if a.op == "neg":
            return build("neg", build(node.op, a.args[0], b))
        case ("mul" | "div", (a, b)) if b.op == "neg":
            return build("neg", build(node.op, a, b.args[0]))
        case ("add", (a, b)) if b.op == "neg":
            return build("sub", a, b.args[0])
        case ("add", (a, b)) if a.op == "neg":
            return build("sub", b, a.args[0])
        case ("sub", (a, b)) if b.op == "neg":
            return build("add", a, b.args[0])
        case ("sum", (a,)) if a.op == "neg":
            return build("neg", build("sum", a.args[0], over=node.attr("over")))
        case ("gate", (test, g)) if g.op == "neg":
            return build("neg", build("gate", test, g.args[0]))
        case ("square" | "abs" | "cosh" | "cos", (a,)) if a.op == "neg":
            return build(node.op, a.args[0])
        case ("scatter" | "rename" | "unslice" | "split" | "join" | "flip", (a, *rest)) if a.op == "neg":
            return build("neg", build(node.op, a.args[0], *rest, **dict(node.attrs)))
    return None


def broadcasts(node: Node) -> Node | None:
    """Operators broadcast by themselves: an `expand` before one, or two in a row, is not needed."""
    if node.op in ELEMENTWISE | {"select"} and any(arg.op == "expand" for arg in node.args):
        args = tuple(arg.args[0] if arg.op == "expand" else arg for arg in node.args)
        return expand(build(node.op, *args, **dict(node.attrs)), node.axes)
    if node.op == "expand":
        (x,) = node.args
        inner = x.args[0] if x.op == "expand" else x
        return (
            inner
            if set(inner.names) == set(node.names)
            else build("expand", inner, axes=node.axes)
            if inner is not x
            else None
        )
    if node.op == "sum" and node.args[0].op == "expand":
        return _sum_of_expanded(node)
    if node.op == "dot" and any(arg.op == "expand" for arg in node.args):
        return _dot_of_expanded(node)
    return None


def _sum_of_expanded(node: Node) -> Node:
    (x,) = node.args[0].args
    over = over_of(node)
    counted = product([axis.size for axis in node.args[0].axes if axis.name in over and axis.name not in x.names])
    inner = tuple(name for name in over if name in x.names)
    value = build("sum", x, over=inner) if inner else x
    return expand(build("mul", value, build("real", size_of(counted))), node.axes)


def _dot_of_expanded(node: Node) -> Node:
    a, b = (arg.args[0] if arg.op == "expand" else arg for arg in node.args)
    return build("sum", expand(build("mul", a, b), union(*(arg.axes for arg in node.args))), over=node.attr("over"))


def factors(node: Node) -> Node | None:
    """Factors that lack the axes of a sum leave it; small factors are multiplied with each other first."""
    if node.op == "sum" and node.args[0].op in ("mul", "div"):
        return _out_of_sum(node)
    if node.op == "dot":
        return _out_of_dot(node)
    if node.op == "div" and node.args[1].static and node.args[0].op == "mul" and node.args[0].args[1].static:
        (x, factor), divisor = node.args[0].args, node.args[1]
        return None if node.static else build("mul", x, build("div", factor, divisor))
    if node.op == "div" and _smaller(node.args[1], node.args[0]) and not node.static:
        return build("mul", node.args[0], build("div", number(1.0), node.args[1]))
    if node.op == "mul":
        return _regrouped(node)
    return None


def _out_of_sum(node: Node) -> Node | None:
    inner = node.args[0]
    a, b = inner.args
    over = set(over_of(node))
    if not over & set(b.names) and over <= set(a.names):
        return build(inner.op, build("sum", a, over=over_of(node)), b)
    if inner.op == "mul" and not over & set(a.names) and over <= set(b.names):
        return build("mul", build("sum", b, over=over_of(node)), a)
    return None


def _out_of_dot(node: Node) -> Node | None:
    """A factor of a factor that lacks the axes summed leaves the product."""
    over = set(over_of(node))
    for x, other in (node.args, node.args[::-1]):
        if x.op not in ("mul", "div") or x.static:
            continue
        for big, small in (x.args, x.args[::-1]) if x.op == "mul" else (x.args,):
            if not over & set(small.names) and over <= set(big.names) and set(small.names) <= set(node.names):
                return build(x.op, build("dot", big, other, over=over_of(node)), small)
    return None


def _smaller(a: Node, b: Node) -> bool:
    return set(a.names) < set(b.names)


def _regrouped(node: Node) -> Node | None:
    """`(X * a) * b` is `X * (a * b)` where `a` and `b` have fewer axes than `X`."""
    a, b = node.args
    if a.static and not b.static:
        return build("mul", b, a)
    if b.static and a.op == "div" and a.args[1].static and not a.static:
        return build("mul", a.args[0], build("div", b, a.args[1]))
    for x, y in (node.args, node.args[::-1]):
        if x.op == "mul" and not x.static:
            for big, small in (x.args, x.args[::-1]):
                joined = set(small.names) | set(y.names)
                if (
                    (_smaller(small, big) or (small.static and y.static))
                    and (joined < set(node.names) or y.static)
                    and joined < set(node.names)
                    and joined <= set(big.names)
                ):
                    return build("mul", big, build("mul", small, y))
        if x.op == "div" and not x.static and _smaller(x.args[0], x.args[1]) and _smaller(y, x):
            return build("div", build("mul", x.args[0], y), x.args[1])
    return None


def gates(node: Node) -> Node | None:
    """Masks outwards; a mask on a mask is one mask."""
    if node.op in ("mul", "div"):
        return _gate_of_product(node)
    if node.op in ("add", "sub") and all(arg.op == "gate" for arg in node.args):
        return _two_gates(node)
    if node.op == "where":
        return _common_factor(node)
    if node.op == "gate":
        return _gate_of_gate(node)
    if node.op in ("sum", "dot"):
        return _gate_of_sum(node)
    return None


COMPLEMENTS: Final = {"gt": "le", "le": "gt", "lt": "ge", "ge": "lt"}


def _two_gates(node: Node) -> Node | None:
    """Two values behind the same mask, or behind a mask and its opposite."""
    (c, a), (d, b) = (arg.args for arg in node.args)
    if c is d:
        return build("gate", c, build(node.op, a, b))
    opposite = (d.op == "not" and d.args[0] is c) or (COMPLEMENTS.get(c.op) == d.op and c.args == d.args)
    if opposite:
        return build("where", c, a, b if node.op == "add" else build("neg", b))
    if c.op == "not" and c.args[0] is d and node.op == "add":
        return build("where", d, b, a)
    return None


def _common_factor(node: Node) -> Node | None:
    """Factors that both sides of a choice have leave it."""
    test, a, b = node.args
    if node.kind != "real":
        return None
    (first, left), (second, right) = factors_of(a), factors_of(b)
    common = [factor for factor in left if factor in right and (factor.axes or not factor.static)]
    if not common or len(set(common)) < len(common) or not any(factor.axes for factor in common):
        return None
    rest = [joined(scale, _less(side, common)) for scale, side in ((first, left), (second, right))]
    return build("mul", joined(number(1.0), common), build("where", test, *rest))


def _less(factors: Sequence[Node], common: Sequence[Node]) -> list[Node]:
    """The factors but for these, each once: of `x * x` one `x` is left."""
    rest = list(factors)
    for factor in common:
        rest.remove(factor)
    return rest


def _gate_of_product(node: Node) -> Node | None:
    a, *rest = node.args
    if a.op == "gate":
        return build("gate", a.args[0], build(node.op, a.args[1], *rest))
    if node.op == "mul" and rest[0].op == "gate":
        return build("gate", rest[0].args[0], build("mul", a, rest[0].args[1]))
    return None


def _gate_of_gate(node: Node) -> Node | None:
    test, g = node.args
    if g.op != "gate":
        return None
    inner, value = g.args
    return g if inner is test else build("gate", build("and", test, inner), value)


def _gate_of_sum(node: Node) -> Node | None:
    over = set(over_of(node))
    for i, arg in enumerate(node.args):
        if arg.op == "gate" and not over & set(arg.args[0].names):
            args = (*node.args[:i], arg.args[1], *node.args[i + 1 :])
            return build("gate", arg.args[0], build(node.op, *args, over=node.attr("over")))
    return None


def scatters(node: Node) -> Node | None:
    """A sum over the axis along which values were scattered takes them together again."""
    if node.op == "sum" and node.args[0].op == "scatter":
        return _sum_of_scatter(node)
    return None


def picks(node: Node) -> Node | None:
    """A pick is made early: `log(p)[C=label]` is `log(p[C=label])`.

    That is less work, and nothing goes back to the other entries, whose slope may be infinite.
    """
    if node.op == "pick" and node.args[0].op in ELEMENTWISE and not node.args[0].static:
        return _pick_of_elementwise(node) if not _is_made_real(node.args[0]) else None
    return None


def _is_made_real(node: Node) -> bool:
    """Whether positions are made numbers as all others are: before one is picked, as NumPy's `take` refuses them."""
    return node.op == "real" and is_whole(node.args[0])


def _sum_of_scatter(node: Node) -> Node | None:
    scattered = node.args[0]
    axis = axis_of(scattered).name
    over = over_of(node)
    if axis not in over or not set(scattered.args[1].names) <= set(scattered.names):
        return None
    rest = tuple(name for name in over if name != axis)
    return build("sum", scattered.args[0], over=rest) if rest else scattered.args[0]


def _pick_of_elementwise(node: Node) -> Node:
    value, index = node.args
    axis = axis_of(node)
    args = [build("pick", arg, index, axis=axis) if axis.name in arg.names else arg for arg in value.args]
    with made_for(replace(value.origin, name="")):  # whoever speaks of the operator names the line where it stands
        picked = build(value.op, *args, **dict(value.attrs))
    return expand(picked, node.axes)


_NUMBERS: Final[tuple[Rule, ...]] = (folded, large, neutral)
SIMPLER: Final[tuple[Rule, ...]] = (*_NUMBERS, broadcasts, laid_out, signs, gates, factors, scatters, picks)
