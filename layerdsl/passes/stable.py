"""Formulas made stable where that is exact mathematics; each rewrite has a name, and the reference lists them."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Node
from layerdsl.graph.attributes import literal_of, over_of
from layerdsl.graph.size import product
from layerdsl.operators.build import build, is_number, number, size_of
from layerdsl.operators.rewrite import Rule


def log_of(node: Node) -> Node | None:
    """`log(softmax(x))`, `log(sigmoid(x))`, `log(exp(x))`, `log(sum(exp(x)))`, `log(1 + exp(x))`, `log(1 + x)`."""
    if node.op != "log":
        return None
    (x,) = node.args
    match x.op:
        case "softmax":
            return build("logsoftmax", *x.args, over=x.attr("over"))
        case "sigmoid":
            return build("logsigmoid", *x.args)
        case "exp":
            return x.args[0]
        case "sum" | "mean" if x.args[0].op == "exp":
            return _log_of_exponentials(x)
        case "reciprocal" if not x.static:
            return build("neg", build("log", *x.args))
        case "div" if is_number(x.args[0], 1) and not x.static:
            return build("neg", build("log", x.args[1]))
        case "mul" | "div" if _scaled_sum(x):
            return build("add" if x.op == "mul" else "sub", build("log", x.args[0]), build("log", x.args[1]))
        case "add" if not x.static:
            return _log_one_plus(x)
        case "sub" if is_number(x.args[0], 1) and not x.static:
            return build("log1p", build("neg", x.args[1]))
    return None


def _log_of_exponentials(x: Node) -> Node:
    """The logarithm of a sum or a mean of exponentials."""
    (exponential,) = x.args
    whole = build("logsumexp", *exponential.args, over=x.attr("over"))
    if x.op == "sum":
        return whole
    sizes = [axis.size for axis in exponential.axes if axis.name in over_of(x)]
    return build("sub", whole, build("log", build("real", size_of(product(sizes)))))


def _scaled_sum(x: Node) -> bool:
    """Whether a sum of exponentials is multiplied or divided by a number known at set-up."""
    source, scale = x.args
    return source.op == "sum" and source.args[0].op == "exp" and scale.static and not source.static


def _log_one_plus(x: Node) -> Node | None:
    other = _one_plus(x)
    if other is None:
        return None
    return build("softplus", *other.args) if other.op == "exp" else build("log1p", other)


def _one_plus(x: Node) -> Node | None:
    """The `y` of `1 + y` or `y + 1`."""
    if x.op == "add":
        for one, other in (x.args, x.args[::-1]):
            if is_number(one, 1):
                return other
    return None


def log_of_picked(node: Node) -> Node | None:
    """`log(softmax(x)[C=label])` is `log(softmax(x))[C=label]`: what picks, cuts or renames lets it through."""
    if node.op != "log":
        return None
    (x,) = node.args
    source = x
    while source.op in LOOKS:
        source = source.args[0]
    if source is x or source.op not in ("softmax", "sigmoid", "exp"):
        return None
    return build(x.op, build("log", x.args[0]), *x.args[1:], **dict(x.attrs))


LOOKS: Final = frozenset({"pick", "at", "slice", "rename"})


def log1p_of_exp(node: Node) -> Node | None:
    """`log1p(exp(x))` is `softplus(x)`; `log1p(-sigmoid(x))` is `log_sigmoid(-x)`."""
    if node.op != "log1p":
        return None
    (x,) = node.args
    if x.op == "exp":
        return build("softplus", *x.args)
    if x.op == "neg" and x.args[0].op == "sigmoid":
        return build("logsigmoid", build("neg", *x.args[0].args))
    return None


def logistic(node: Node) -> Node | None:
    """`a / (1 + exp(-x))` is `a * sigmoid(x)`, and `1 - sigmoid(x)` is `sigmoid(-x)`."""
    if node.op == "div":
        bottom = _one_plus(node.args[1])
        if bottom is not None and bottom.op == "exp" and not node.static:
            value = build("sigmoid", build("neg", *bottom.args))
            return value if is_number(node.args[0], 1) else build("mul", node.args[0], value)
    if node.op == "sub" and is_number(node.args[0], 1) and node.args[1].op == "sigmoid":
        return build("sigmoid", build("neg", *node.args[1].args))
    return None


def exp_minus_one(node: Node) -> Node | None:
    """`exp(x) - 1` is `expm1(x)`."""
    if node.op == "sub" and node.args[0].op == "exp" and is_number(node.args[1], 1) and not node.static:
        return build("expm1", *node.args[0].args)
    return None


def complement_of_erf(node: Node) -> Node | None:
    """`1 - erf(x)` is `erfc(x)`, and `1 + erf(x)` is `erfc(-x)`, which have digits where they are nearly 0."""
    if node.static:
        return None
    if node.op == "sub" and is_number(node.args[0], 1) and node.args[1].op == "erf":
        return build("erfc", *node.args[1].args)
    other = _one_plus(node)
    return build("erfc", build("neg", *other.args)) if other is not None and other.op == "erf" else None


def one_plus_tanh(node: Node) -> Node | None:
    """`1 + tanh(x)` is `2 * sigmoid(2 * x)`, and `1 - tanh(x)` is `2 * sigmoid(-2 * x)`, likewise."""
    if node.static:
        return None
    less = node.op == "sub" and is_number(node.args[0], 1)
    other = node.args[1] if less else _one_plus(node)
    if other is None or other.op != "tanh":
        return None
    return build("mul", build("sigmoid", build("mul", *other.args, number(-2.0 if less else 2.0))), number(2.0))


def normalised_exp(node: Node) -> Node | None:
    """`exp(x) / sum(exp(x), over=C)` is `softmax(x, over=C)`."""
    if node.op != "div" or node.args[1].op != "sum" or node.args[0] is not node.args[1].args[0]:
        return None
    return build("softmax", *node.args[0].args, over=node.args[1].attr("over")) if node.args[0].op == "exp" else None


def root_of_squares(node: Node) -> Node | None:
    """`sqrt(sum(x**2))` is `norm(x)`, which has a derivative at zero; so has `sqrt(mean(x**2))`."""
    if node.op != "sqrt" or node.args[0].op not in ("sum", "mean") or node.args[0].args[0].op != "square":
        return None
    inner = node.args[0]
    (x,) = inner.args[0].args
    over = over_of(inner)
    length = build("norm", x, over=over)
    if inner.op == "sum":
        return length
    sizes = [axis.size for axis in x.axes if axis.name in over]
    return build("div", length, build("sqrt", size_of(product(sizes))))


def variance(node: Node) -> Node | None:
    """`mean((x - mean(x))**2)` is `var(x)`, whose derivative knows that `x - mean(x)` sums to 0."""
    if node.op != "mean" or node.args[0].op != "square" or node.args[0].args[0].op != "sub":
        return None
    x, centre = node.args[0].args[0].args
    matches = centre.op == "mean" and centre.args[0] is x and set(over_of(centre)) == set(over_of(node))
    return build("var", x, over=node.attr("over")) if matches else None


def powers(node: Node) -> Node | None:
    """Powers that have a cheaper word: `x**2`, `x**0.5`, `x**1`, `x**-1`, `x * x`."""
    if node.op == "mul" and node.args[0] is node.args[1] and not node.static:
        return build("square", node.args[0])
    if node.op != "pow" or node.args[1].op != "number" or node.static:
        return None
    x, exponent = node.args[0], literal_of(node.args[1])
    words = {2.0: "square", 0.5: "sqrt", -1.0: "reciprocal"}
    if exponent in words:
        return build(words[exponent], x)
    if exponent == 1.0:
        return x
    if exponent == 3.0:
        return build("mul", build("square", x), x)
    if exponent == 4.0:
        return build("square", build("square", x))
    return build("expand", number(1.0), axes=x.axes) if exponent == 0.0 else None


def square_of_root(node: Node) -> Node | None:
    """`sqrt(x**2)` is `abs(x)`."""
    return build("abs", *node.args[0].args) if node.op == "sqrt" and node.args[0].op == "square" else None


STABLE: Final[tuple[Rule, ...]] = (
    powers,
    normalised_exp,
    log_of,
    log_of_picked,
    log1p_of_exp,
    logistic,
    exp_minus_one,
    complement_of_erf,
    one_plus_tanh,
    root_of_squares,
    variance,
    square_of_root,
)
