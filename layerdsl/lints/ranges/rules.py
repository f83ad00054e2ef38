"""What every operator makes of the ranges of its arguments.

An operator of which nothing can be said stands in `UNKNOWN`; the tests see to it that none is forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, cast

from layerdsl.graph import Node, Size, walk
from layerdsl.graph.attributes import axis_of, over_of
from layerdsl.lints.ranges import interval as r
from layerdsl.lints.ranges.interval import ANYTHING, EVERYTHING, INF, TRUTH, Range, at_least, between, number
from layerdsl.lints.ranges.known import Known, quotient, remainder
from layerdsl.lints.spans import is_built_in
from layerdsl.operators.families.windows import Along

Rule = Callable[[Known, Node, tuple[Range, ...]], Range]
Function = Callable[[float], float]


def _same(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return args[0]


def _joined(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.join(args)


def _with_zero(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return args[0] | number(0)


def _true_or_false(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return TRUTH


def _undefined(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return EVERYTHING


# -- element by element ------------------------------------------------------------------------------------------------


def _growing(function: Function, zero: bool = True, infinite: bool = False) -> Rule:
    """A function that grows with its argument, with its limits at the infinities.

    `zero` says whether it comes to 0 for numbers that are not 0, `infinite` whether it overflows for ordinary ones.
    """

    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        (x,) = args
        return r.monotone(function, x, zero or x.zero, infinite or x.infinite)

    return rule


def _exp(x: float) -> float:
    return INF if x > LARGEST_EXPONENT else math.exp(x)


LARGEST_EXPONENT: Final = 88.72283  # the logarithm of the largest float32
SMALLEST_EXPONENT: Final = -103.97208  # below, `exp` is 0 in float32


def _exponential(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    ends = (0.0 if x.low < SMALLEST_EXPONENT else _exp(x.low), _exp(x.high))
    return between(*ends, zero=x.low < SMALLEST_EXPONENT, infinite=x.high > LARGEST_EXPONENT, nan=x.nan)


def _logarithm(function: Function, pole: float) -> Rule:
    """A logarithm that is minus infinity at `pole` and undefined below."""

    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        (x,) = args
        meets = x.zero if pole == 0 else x.low <= pole
        low, high = ((function(end) if end > pole else -INF) if end < INF else INF for end in (x.low, x.high))
        return between(low, high, infinite=meets or x.infinite, nan=x.nan or x.low < pole)

    return rule


def _inside(low: float, high: float, lowest: float, highest: float, function: Function, infinite: bool = False) -> Rule:
    """A growing function that is defined from `low` to `high` alone."""

    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        (x,) = args
        ends = (function(x.low) if x.low > low else lowest, function(x.high) if x.high < high else highest)
        beyond = x.low < low or x.high > high
        meets = infinite and (x.low <= low or x.high >= high)
        return between(*ends, zero=True, infinite=meets, nan=x.nan or beyond)

    return rule


def _root(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.powered(args[0], 0.5)


def _cube_root(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.monotone(lambda end: math.copysign(abs(end) ** (1 / 3), end), args[0], args[0].zero, args[0].infinite)


def _even(function: Function, infinite: bool) -> Rule:
    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        x = r.magnitude(args[0])
        return r.monotone(function, x, x.zero, infinite or x.infinite)

    return rule


def _bounded(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(-1, 1, nan=args[0].nan or args[0].infinite)


def _sign(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    return between(
        -1 if x.negative else 0 if x.zero else 1, 1 if x.positive else 0 if x.zero else -1, x.zero, nan=x.nan
    )


def _rounded(function: Function) -> Rule:
    def rule(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
        (x,) = args
        return r.monotone(lambda end: end if math.isinf(end) else function(end), x, True, x.infinite)

    return rule


def _relu(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.larger(args[0], number(0))


def _saturating(function: Function) -> Rule:
    """A function that comes to its limits by rounding; of no number it makes no number."""
    return _growing(function)


def _power(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """An exponent that is known at set-up is taken to be of ordinary size."""
    base, exponent = args
    if exponent.low == exponent.high and not math.isinf(exponent.low):
        return r.powered(base, exponent.low)
    undefined = base.nan or exponent.nan or base.negative
    far = not node.args[1].static and (math.isinf(exponent.low) or math.isinf(exponent.high))
    infinite = base.infinite or far or (base.zero and exponent.negative)
    if base.negative:
        return between(-INF, INF, infinite=infinite, nan=undefined)
    if base.high <= 1 and not exponent.negative:
        return between(0, 1, base.zero or far, nan=undefined)
    return between(0, INF, base.zero or far, infinite, undefined)


def _product(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    if node.args[0] is node.args[1]:
        return r.square(args[0])
    return args[0] * args[1]


def _total(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """`exp(a - m) + exp(b - m)` is 1 at least, where `m` is the largest of `a` and `b`."""
    plain = args[0] + args[1]
    return plain & Range(1, INF, False, True, True) if _has_largest(_terms(node)) else plain


def _terms(node: Node) -> list[Node]:
    return [term for arg in node.args for term in _terms(arg)] if node.op == "add" else [node]


def _has_largest(terms: list[Node]) -> bool:
    """Whether one of the terms is the exponential of 0."""
    inner = [term.args[0].args for term in terms if term.op == "exp" and term.args[0].op == "sub"]
    if len(inner) < len(terms) or len({largest for _, largest in inner}) > 1:
        return False
    return set(_compared(_without_stop(inner[0][1]))) == {value for value, _ in inner}


def _compared(node: Node) -> list[Node]:
    """The values of which the largest is taken."""
    return [value for arg in node.args for value in _compared(arg)] if node.op == "maximum" else [node]


def _difference(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """Of a value and its own largest or smallest the sign is known."""
    a, b = node.args
    plain = args[0] - args[1]
    if a is b:
        return between(0, 0, nan=plain.nan)
    if _is_extreme(b, a, "max") or _is_extreme(a, b, "min"):
        return plain & Range(-INF, 0, True, True, True)
    if _is_extreme(b, a, "min") or _is_extreme(a, b, "max") or _are_extremes(a, b):
        return plain & Range(0, INF, True, True, True)
    return plain


def _is_extreme(extreme: Node, x: Node, op: str) -> bool:
    source = extreme.args[0] if extreme.op in ("expand", "stop") else extreme
    bare = source.args[0] if source.op == "stop" else source
    pairwise = {"max": "maximum", "min": "minimum"}[op]
    if bare.op == pairwise:
        return any(arg is x or (arg.op == pairwise and _is_extreme(arg, x, op)) for arg in bare.args)
    return bare.op == op and _without_stop(bare.args[0]) is _without_stop(x)


def _are_extremes(a: Node, b: Node) -> bool:
    """Whether the second is the smallest of what the first is the largest of."""
    return (a.op, b.op) in (("max", "min"), ("maximum", "minimum")) and set(a.args) == set(b.args)


def _without_stop(node: Node) -> Node:
    return node.args[0] if node.op == "stop" else node


def _clip(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    x, low, high = args
    return r.smaller(r.larger(x, low), high)


def _quotient(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """Where a built-in function divides by how many places there are, there is one at least."""
    a, b = args
    divisor = node.args[1]
    counts = is_built_in(node, divisor) and _is_counted(divisor)
    return a / (b & Range(1, INF, False) if counts else b)


def _is_counted(node: Node) -> bool:
    """Whether a value is made of sizes and places alone."""
    return all(leaf.args or leaf.op in ("number", "size", "coord") for leaf in walk([node]))


def _hypot(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    a, b = (r.magnitude(arg) for arg in args)
    return r.powered(r.square(a) + r.square(b), 0.5)


def _shifted_log(function: Function) -> Rule:
    return _logarithm(function, -1)


# -- leaves ------------------------------------------------------------------------------------------------------------


def _number(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    value = node.attr("value")
    return number(float(value)) if isinstance(value, (int, float)) else ANYTHING


def _hyper(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return TRUTH if node.kind == "bool" else known.hypers.get(str(node.attr("name")), ANYTHING)


def _size(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return known.size(cast(Size, node.attr("size")))


def _state(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return known.states.get(str(node.attr("name")), ANYTHING)


def _coordinate(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(0, known.size(axis_of(node).size).high - 1)


def _draw(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    match node.attr("distribution"):
        case "bernoulli":
            return TRUTH
        case "uniform" | "randint":
            return args[0] | args[1]
    return ANYTHING


def _file(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    held = node.attr("numbers")
    values = getattr(held, "values", None)
    if values is None or not values.size:
        return ANYTHING
    return between(float(values.min()), float(values.max()), bool((values == 0).any()))


# -- over axes ---------------------------------------------------------------------------------------------------------


def _over(known: Known, node: Node) -> tuple[float, float]:
    """How many numbers a reduction takes together."""
    over = over_of(node)
    sizes = {axis.name: axis.size for arg in node.args for axis in arg.axes if axis.name in over}
    return known.entries(list(sizes.values()))


def _sum(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    total = r.times(args[0], *_over(known, node))
    if _has_one(node):
        return total & Range(1, INF, False, True, True)
    return total


def _has_one(node: Node) -> bool:
    """`sum(exp(x - max(x, over=C)), over=C)` is 1 at least."""
    (x,) = node.args
    if x.op != "exp" or x.args[0].op != "sub":
        return False
    a, b = x.args[0].args
    top = _without_stop(b)
    return _is_extreme(b, a, "max") and top.op == "max" and set(over_of(top)) <= set(over_of(node))


def _mean(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    mixed = x.negative and x.positive
    return between(x.low, x.high, x.zero or mixed, x.infinite, x.nan or (x.infinite and mixed))


def _dot(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    least, most = _over(known, node)
    return r.times(_product(known, node, args), least, most)


def _pairs(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.times(r.square(args[0] - args[1]), *_over(known, node))


def _prod(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    if x.negative:
        high = 1.0 if x.low >= -1 and x.high <= 1 else INF
        return between(-high, high, x.zero, x.infinite, x.nan or (x.infinite and x.zero))
    _, most = _over(known, node)
    return between(min(x.low, _raised(x.low, most)), max(x.high, _raised(x.high, most)), x.zero, x.infinite, x.nan)


def _raised(end: float, most: float) -> float:
    if math.isinf(most):
        return 0.0 if end < 1 else 1.0 if end == 1 else INF
    try:
        return float(end**most)
    except OverflowError:
        return INF


def _variance(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    width = x.high - x.low
    return between(0, width * width / 4 if width < 1e150 else INF, True, x.infinite, x.nan or x.infinite)


def _spread(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.powered(_variance(known, node, args), 0.5)


def _norm(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.powered(r.times(r.square(args[0]), *_over(known, node)), 0.5)


def _logsumexp(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    return between(x.low, x.high + math.log(_over(known, node)[1]), True, x.infinite, x.nan)


def _softmax(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(0, 1, nan=args[0].nan or args[0].infinite)


def _log_softmax(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    low = x.low - x.high - math.log(_over(known, node)[1])
    return between(low, 0, infinite=x.infinite, nan=x.nan or x.infinite)


def _count(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(0, _over(known, node)[1])


def _place(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return between(0, _over(known, node)[1] - 1)


# -- along axes --------------------------------------------------------------------------------------------------------


def _running_sum(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.times(args[0], 1, INF) | args[0]


def _running_product(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    (x,) = args
    if x.low >= 0:
        return between(0 if x.low < 1 else x.low, x.high if x.high <= 1 else INF, x.zero, x.infinite, x.nan)
    return between(-INF, INF, x.zero, x.infinite, x.nan)


def _recurrence(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """`y[i] = b[i] + a[i] * y[i - 1]`."""
    b, a = args
    if b.low >= 0 and a.low >= 0:
        return between(b.low, INF, b.zero, a.infinite or b.infinite, a.nan or b.nan)
    return between(-INF, INF, True, a.infinite or b.infinite, a.nan or b.nan)


def _added_up(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    """A sum of any number of them, or of none."""
    return r.times(args[0], 0, INF)


def _patch(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    a, b = args
    return (a + b if node.attr("plus") else a - b) | a


def _window(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return args[0] | number(float(cast(float, node.attr("outside"))))


def _window_sum(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    along = cast("tuple[Along, ...]", node.attr("along"))
    return r.times(args[0], 0, known.entries([one.offset.size for one in along])[1])


def _rank(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return at_least(0)


def _top(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return args[0] if node.args[0].op != "use" else ANYTHING


def _select(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return args[1] | args[2]


RULES: Final[dict[str, Rule]] = {
    # leaves
    "number": _number,
    "hyper": _hyper,
    "size": _size,
    "list": _hyper,
    "blob": _state,
    "coord": _coordinate,
    "draw": _draw,
    "file": _file,
    **dict.fromkeys(["isnone", "absent", "phase"], _true_or_false),
    # one argument
    "neg": lambda known, node, args: -args[0],
    "abs": lambda known, node, args: r.magnitude(args[0]),
    "sign": _sign,
    "sqrt": _root,
    "square": lambda known, node, args: r.square(args[0]),
    "exp": _exponential,
    "exp2": lambda known, node, args: _exponential(known, node, (args[0] * number(math.log(2)),)),
    "expm1": lambda known, node, args: _exponential(known, node, args) - number(1),
    "log": _logarithm(math.log, 0),
    "log2": _logarithm(math.log2, 0),
    "log10": _logarithm(math.log10, 0),
    "log1p": _shifted_log(math.log1p),
    "log1p_unit": _shifted_log(math.log1p),
    "sin": _bounded,
    "cos": _bounded,
    "tan": lambda known, node, args: Range(-INF, INF, nan=args[0].nan or args[0].infinite),
    "arcsin": _inside(-1, 1, -math.pi / 2, math.pi / 2, math.asin),
    "arccos": lambda known, node, args: (
        -_inside(-1, 1, -math.pi / 2, math.pi / 2, math.asin)(known, node, args) + number(math.pi / 2)
    ),
    "arctan": _saturating(math.atan),
    "sinh": lambda known, node, args: r.monotone(_sinh, args[0], args[0].zero, _steep(args[0])),
    "cosh": lambda known, node, args: r.monotone(_cosh, r.magnitude(args[0]), False, _steep(args[0])),
    "tanh": _saturating(math.tanh),
    "arcsinh": _growing(lambda x: x if math.isinf(x) else math.asinh(x)),
    "arccosh": _inside(1, INF, 0, INF, math.acosh),
    "arctanh": _inside(-1, 1, -INF, INF, math.atanh, infinite=True),
    "floor": _rounded(math.floor),
    "ceil": _rounded(math.ceil),
    "round": _rounded(round),
    "trunc": _rounded(math.trunc),
    "reciprocal": lambda known, node, args: r.reciprocal(args[0]),
    "cbrt": _cube_root,
    "erf": _saturating(math.erf),
    "erfc": lambda known, node, args: -_saturating(lambda x: -math.erfc(x))(known, node, args),
    "relu": _relu,
    "sigmoid": _saturating(lambda x: _exp(x) / (1 + _exp(x)) if x < 40 else 1.0),
    "softplus": lambda known, node, args: r.monotone(
        lambda x: math.log1p(_exp(x)) if x < 40 else x, args[0], True, args[0].infinite and args[0].high == INF
    ),
    "logsigmoid": lambda known, node, args: r.monotone(
        lambda x: -math.log1p(_exp(-x)) if x > -40 else x, args[0], True, args[0].infinite and args[0].low == -INF
    ),
    "real": _same,
    # two arguments
    "add": _total,
    "sub": _difference,
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "floordiv": lambda known, node, args: quotient(args[0], args[1]),
    "mod": lambda known, node, args: remainder(args[0], args[1]),
    "maximum": lambda known, node, args: r.larger(args[0], args[1]),
    "minimum": lambda known, node, args: r.smaller(args[0], args[1]),
    "arctan2": lambda known, node, args: between(-math.pi, math.pi, nan=args[0].nan or args[1].nan),
    "hypot": _hypot,
    **dict.fromkeys("lt le gt ge eq ne and or xor not isnan isinf isfinite any all".split(), _true_or_false),
    "where": lambda known, node, args: args[1] | args[2],
    "gate": lambda known, node, args: args[1] | number(0),
    "select": _select,
    "clip": _clip,
    # over axes
    "sum": _sum,
    "mean": _mean,
    "max": _same,
    "min": _same,
    "prod": _prod,
    "var": _variance,
    "std": _spread,
    "norm": _norm,
    "logsumexp": _logsumexp,
    "count": _count,
    "argmax": _place,
    "argmin": _place,
    "softmax": _softmax,
    "logsoftmax": _log_softmax,
    "dot": _dot,
    "pairs": _pairs,
    # axes and places
    **dict.fromkeys("expand rename stop parts pick slice at store store_each held variable of_length".split(), _same),
    **dict.fromkeys("split join joined flip crop rows cummax cummin".split(), _same),
    **dict.fromkeys("unslice unat uncrop shift gather window_at".split(), _with_zero),
    **dict.fromkeys("concat inset".split(), _joined),
    **dict.fromkeys("scatter fold add_by window_back window_put".split(), _added_up),
    "put": lambda known, node, args: args[0] + r.times(args[1], 0, INF),
    "patch": _patch,
    "cumsum": _running_sum,
    "cumprod": _running_product,
    "recur": _recurrence,
    "window": _window,
    "window_sum": _window_sum,
    **dict.fromkeys("argsort rank cumargmax nms places".split(), _rank),
    "top": _top,
    # matrices that have no inverse, or no root
    **dict.fromkeys("solve inverse det cofactors logdet cholesky eigenvalues eigenvectors".split(), _undefined),
}

#: Operators of which nothing is said: leaves that a net fills, and products whose numbers may have any sign.
UNKNOWN: Final = frozenset(
    """
    bottom bottoms cotangent cotangents derived of_shape grad spread extern use scan result bundle objective
    carried step inner conv conv_bias conv_back conv_weights window_extreme window_best
    """.split()
)


def _steep(x: Range) -> bool:
    return x.infinite or x.high > LARGEST_EXPONENT or x.low < -LARGEST_EXPONENT


def _sinh(x: float) -> float:
    return math.copysign(INF, x) if abs(x) > LARGEST_EXPONENT + 0.7 else math.sinh(x)


def _cosh(x: float) -> float:
    return INF if abs(x) > LARGEST_EXPONENT + 0.7 else math.cosh(x)
