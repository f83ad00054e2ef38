"""Windows that are read element by element are a look at their array, and what is folded is added up as it is made.

Done when all else is: products, sums and extreme values of windows have operators of their own by then, and what else
reads windows (an order, a product of matrices) wants them laid out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from layerdsl.graph import Node, is_big, walk
from layerdsl.operators.build import build
from layerdsl.operators.families.windows import along_of
from layerdsl.operators.rewrite import Rewriter
from layerdsl.operators.types import ELEMENTWISE, REDUCTIONS


def window_views(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The rewrites of this module."""
    laid_out = _laid_out(nodes)

    def rule(node: Node) -> Node | None:
        if node.op == "window" and is_big(node.axes) and node not in laid_out:
            return _seen(node)
        return _added_up(node) if node.op == "fold" and _is_made_in_parts(node.args[0]) else None

    return Rewriter([rule])(nodes)


def _laid_out(nodes: Sequence[Node]) -> set[Node]:
    """The windows that are results themselves, or that something reads which is not made part by part."""
    readers: dict[Node, list[Node]] = defaultdict(list)
    for node in walk(nodes):
        for arg in node.args:
            readers[arg].append(node)
    windows = [node for node in walk(nodes) if node.op == "window"]
    return {w for w in windows if w in nodes or any(one.op not in ELEMENTWISE | REDUCTIONS for one in readers[w])}


def _is_made_in_parts(node: Node) -> bool:
    return node.op in ELEMENTWISE and is_big(node.axes)


def _seen(window: Node) -> Node:
    along = along_of(window)
    return build("seen", build("bordered", *window.args, along=along, outside=window.attr("outside")), along=along)


def _added_up(fold: Node) -> Node:
    along = along_of(fold)
    return build("inside_border", build("overlaid", *fold.args, along=along), along=along)
