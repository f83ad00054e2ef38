"""How orders, sums by label and running values are put into the words of the language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axes_of, axis_of, start_of
from layerdsl.operators import wording as w
from layerdsl.operators.wording import Plain, Written

# What is asked of an order: all places, the first few, or those in the middle; its places, or the values there.
PLACES: Final = ("argsort", "argtop_k", "middle_places")
VALUES: Final = ("sort", "top_k", "middle_values")


def _listed(axes: Sequence[Axis]) -> str:
    names = [axis.name for axis in axes]
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _ordered(node: Node, x: Written, names: Sequence[str]) -> Written:
    along, short = axes_of(node, "along"), axis_of(node)
    options = {"last": "true"} if node.attr("last") else {}
    if start_of(node).constant != 0:
        return w.call(names[2], x, over=_listed(along), **options)
    if len(along) == 1 and along[0].name == short.name:
        turned = {"reverse": "true"} if node.attr("reverse") else {}
        return w.call(names[0], x, over=_listed(along), **turned, **options)
    turned = {} if node.attr("reverse") else {"reverse": "true"}
    return w.call(names[1], x, Plain(short.name, w.ATOM), over=_listed(along), **turned, **options)


def argsort(node: Node, args: tuple[Written, ...]) -> Written:
    """`argsort(x, over=C)`, `argtop_k(x, K, over=C)`."""
    return _ordered(node, args[0], PLACES)


def rank(node: Node, args: tuple[Written, ...]) -> Written:
    """The rank is the order of the order."""
    return w.call("argsort", args[0], over=axis_of(node).name)


def gather(node: Node, args: tuple[Written, ...]) -> Written:
    """`sort(x, over=C)` where the places are an order of the same value, `x[C=places]` elsewhere."""
    x, index = node.args
    if index.op == "argsort" and index.args[0] is x:
        return _ordered(index, args[0], VALUES)
    return w.selected(args[0], f"{_listed(axes_of(node, 'along'))}={w.text(args[1])}")


def add_by(node: Node, args: tuple[Written, ...]) -> Written:
    """`sum_by(x, label, K)`; the adjoint of sorting has no word in the language: `scatter(g, C=places)`."""
    (g, index), along, over = args, axes_of(node, "along"), axes_of(node, "over")
    if node.attr("once"):
        return w.call("scatter", g, Plain(f"{_listed(along)}={w.text(index)}", w.ATOM))
    given = {} if len(over) == len(node.args[1].axes) else {"over": _listed(over)}
    axis = Plain(_listed(along), w.ATOM)
    if node.args[0].op == "number" and node.args[0].attr("value") == 1:
        return w.call("count_by", index, axis, **given)
    return w.call("sum_by", g, index, axis, **given)


def running(node: Node, args: tuple[Written, ...]) -> Written:
    """`cumsum(x, over=C)`."""
    options = {"reverse": "true"} if node.attr("reverse") else {}
    return w.call(node.op, *args, over=axis_of(node).name, **options)
