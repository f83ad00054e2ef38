"""What works along axes, moves values to other places, or solves for them."""

from __future__ import annotations

from typing import Final, cast

from layerdsl.graph import Node
from layerdsl.lints.ranges import interval as r
from layerdsl.lints.ranges.arithmetic import product
from layerdsl.lints.ranges.interval import ANYTHING, INF, Range, at_least, between, number
from layerdsl.lints.ranges.known import Known
from layerdsl.lints.ranges.rule import Rule, joined, same, undefined, with_zero
from layerdsl.operators.families.windows import Along


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


def _products_added_up(known: Known, node: Node, args: tuple[Range, ...]) -> Range:
    return r.times(product(known, node, args), 0, INF)


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


ALONG: Final[dict[str, Rule]] = {
    **dict.fromkeys("expand rename stop parts pick slice at store store_each held variable of_length".split(), same),
    **dict.fromkeys("split join joined flip crop rows cummax cummin".split(), same),
    **dict.fromkeys("unslice unat uncrop shift gather window_at".split(), with_zero),
    **dict.fromkeys("concat inset".split(), joined),
    **dict.fromkeys("scatter fold add_by sum_of_runs window_back window_put".split(), _added_up),
    **dict.fromkeys(("window_dot", "fold_dot"), _products_added_up),
    "put": lambda known, node, args: args[0] + r.times(args[1], 0, INF),
    "patch": _patch,
    "cumsum": _running_sum,
    "cumprod": _running_product,
    "recur": _recurrence,
    "window": _window,
    "window_sum": _window_sum,
    **dict.fromkeys("argsort rank cumargmax nms places".split(), _rank),
    "top": _top,
    **dict.fromkeys("solve inverse det cofactors logdet cholesky eigenvalues eigenvectors".split(), undefined),
}
