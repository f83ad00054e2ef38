"""The derivative of a scan: a scan the other way round, over what the first one has left behind.

    forward   h' = f(h, x[t], w)                    for each t, from h = first
    backward  dh' = (df/dh) dh                      for each t from behind, from dh = 0
              dx[t] = (df/dx) dh,   dw = the sum over t of (df/dw) dh,   d first = dh behind the last

The sum is made of what all steps have left behind: where `w` is a factor of a product, that is one product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import cast

from layerdsl.gradient.engine import derive
from layerdsl.gradient.masks import mask_of, may_be_steep
from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.attributes import axis_of, index_of, over_of
from layerdsl.graph.size import whole
from layerdsl.operators.body import LEAVES, Body, body_of, parts_of, result, scan_with
from layerdsl.operators.build import build, expand, fit, number
from layerdsl.operators.families.scan import DERIVED
from layerdsl.operators.kernel import Rule
from layerdsl.operators.recurrence import Carry, is_again, recurrence
from layerdsl.operators.rewrite import Rewriter

UNKEPT = ("step", "inner", "scan", "use")  # given from outside, or no value but several


def _rule(argnum: int) -> Rule:
    return lambda g, node: _cotangents(g, node)[argnum]


DERIVED.append(_rule)


@lru_cache(maxsize=64)
def _cotangents(g: Node, scan: Node) -> tuple[Node, ...]:
    """The cotangent of every argument of a scan, given a bundle of those of its results."""
    scan = with_all(scan)
    body, leaves = body_of(scan), _leaves(scan)
    outside = dict(_known(scan, leaves))
    behind = [_carried(i, node, leaf) for i, (node, leaf) in enumerate(zip(body.nexts, leaves, strict=False))]
    targets = list(zip(body.nexts, behind, strict=True))
    last = [expand(number(0.0), leaf.axes) for leaf in behind]
    for index, cotangent in zip(cast("tuple[int, ...]", g.attr("indices")), g.args, strict=True):
        output = body.outputs[index]
        if output in body.nexts:
            i = body.nexts.index(output)
            cotangent, last[i] = _without_last(scan, cotangent, last[i])
        leaf = build("step", index=-1 - index, axes=output.axes, kind="real")
        outside[leaf] = expand(cotangent, (axis_of(scan), *output.axes))
        targets.append((output, leaf))
    derived = _shared(body, (_derived(targets, leaf) for leaf in leaves))
    carries = [Carry(leaf, first, value) for leaf, first, value in zip(behind, last, derived, strict=False)]
    return _of_arguments(scan, carries, derived, outside)


def _shared(body: Body, derived: Iterable[Node]) -> list[Node]:
    """What is derived, with values that it has in common once, and by the nodes of the steps where these have them."""
    known = (*body.nexts, *body.outputs)
    return list(Rewriter([])((*known, *derived)))[len(known) :]


def _without_last(scan: Node, cotangent: Node, last: Node) -> tuple[Node, Node]:
    """A cotangent of the last step's value alone is what the backward begins with; what is left, and that."""
    if cotangent.op == "add":
        left, last = _without_last(scan, cotangent.args[0], last)
        right, last = _without_last(scan, cotangent.args[1], last)
        return build("add", left, right), last
    end = whole(0) if scan.attr("backwards") else axis_of(scan).size - whole(1)
    if cotangent.op == "unat" and cotangent.attr("axis") == axis_of(scan) and cotangent.attr("index") == end:
        return expand(number(0.0), cotangent.axes), expand(build("add", last, cotangent.args[0]), last.axes)
    return cotangent, last


def _of_arguments(scan: Node, carries: list[Carry], derived: list[Node], outside: dict[Node, Node]) -> tuple[Node, ...]:
    """The cotangents outside of the loop, masked as in its steps, as a slope may wait there that is infinite."""
    axis, backwards = axis_of(scan), bool(scan.attr("backwards"))
    masks = [mask_of(value) if may_be_steep(arg) else None for value, arg in zip(derived, scan.args, strict=True)]
    found = recurrence(axis, not backwards, carries, [*derived, *(mask for mask in masks if mask)], outside)
    lifted = iter(found[len(derived) :])
    start = axis.size - whole(1) if backwards else whole(0)
    ways: list[Callable[[Node], Node]] = [
        lambda value: build("at", _with(axis, value), axis=axis, index=start),
        lambda value: _with(axis, value),
        lambda value: summed(value, axis),
    ]
    kinds = [way for way, args in zip(ways, parts_of(scan), strict=True) for _ in args]
    return tuple(
        fit(build("gate", way(next(lifted)), way(value)) if mask else way(value), arg)
        for way, mask, value, arg in zip(kinds, masks, found, scan.args, strict=False)
    )


def _with(axis: Axis, value: Node) -> Node:
    return value if axis.name in value.names else expand(value, (axis, *value.axes))


def _leaves(scan: Node) -> list[Node]:
    """The leaves of the body in the order of the arguments; of one that the body does not read a new one."""
    body = body_of(scan)
    held = {(leaf.op, leaf.attr("index")): leaf for leaf in walk((*body.nexts, *body.outputs)) if leaf.op in LEAVES}
    leaves: list[Node] = []
    for op, args in zip(LEAVES, parts_of(scan), strict=True):
        for i, arg in enumerate(args):
            axes = tuple(axis for axis in arg.axes if op != "step" or axis.name != axis_of(scan).name)
            leaves.append(held.get((op, i)) or build(op, index=i, axes=axes, kind=arg.kind))
    return leaves


@lru_cache(maxsize=64)
def with_all(scan: Node) -> Node:
    """The scan that leaves all behind that its steps work out and the backward may read, as do those within it."""
    body = _within(body_of(scan))
    made = list(walk((*body.nexts, *body.outputs)))
    made += [one for node in made if node.op == "scan" for one in _unread(node, made)]
    kept = [node for node in made if not node.static and node.op not in UNKEPT and not is_again(node)]
    others = [node for node in kept if node not in body.outputs]
    return scan_with(scan, Body(body.nexts, (*body.outputs, *others))) if others or body is not body_of(scan) else scan


def _within(body: Body) -> Body:
    """The body in which scans leave all behind; the same where they do already."""
    new = body.rewritten(Rewriter([_with_all_within]))
    return body if (new.nexts, new.outputs) == (body.nexts, body.outputs) else new


def _unread(scan: Node, nodes: Iterable[Node]) -> Iterator[Node]:
    """The sequences of a scan that are not among these nodes."""
    read = {node.attr("index") for node in nodes if node.op == "result" and node.args[0] is scan}
    return (result(scan, i) for i in range(len(body_of(scan).outputs)) if i not in read)


def _with_all_within(node: Node) -> Node | None:
    """A sequence of a scan within a step, by the scan that leaves all behind."""
    scan = with_all(node.args[0]) if node.op == "result" else node
    return None if node.op != "result" or scan is node.args[0] else result(scan, index_of(node))


def _known(full: Node, leaves: Sequence[Node]) -> Iterator[tuple[Node, Node]]:
    """The values of the forward's steps, as they are known outside."""
    for leaf, arg in zip(leaves, full.args, strict=True):
        if leaf.op != "carried":
            yield leaf, arg
    for i, node in enumerate(body_of(full).outputs):
        if node.op not in ("step", "inner") and not node.static:
            yield node, result(full, i)


def _carried(index: int, node: Node, leaf: Node) -> Node:
    name = dict(leaf.attrs).get("name") or node.origin.name
    return build("carried", index=index, name=f"d_{name}" if name else "", axes=node.axes, kind="real")


def _derived(targets: Sequence[tuple[Node, Node]], leaf: Node) -> Node:
    """The cotangent of a leaf from those of the values of a step."""
    real = [(value, cotangent) for value, cotangent in targets if value.kind == "real"]
    if leaf.kind != "real" or not real:
        return expand(number(0.0), leaf.axes)
    objective = build("objective", *(value for value, _ in real), cotangents=tuple(g for _, g in real))
    return derive(objective, leaf, number(1.0))


def summed(value: Node, axis: Axis) -> Node:
    """The sum over an axis, moved into products, so that it becomes part of theirs; of a mask where it ever opens."""
    if value.kind == "bool":
        return build("any", value, over=(axis.name,)) if axis.name in value.names else value
    if axis.name not in value.names:
        value = expand(value, (axis, *value.axes))
    if value.op in ("add", "sub") and all(axis.name in arg.names for arg in value.args):
        return build(value.op, *(fit(summed(arg, axis), _less(arg, axis)) for arg in value.args))
    if value.op == "neg":
        return build("neg", summed(value.args[0], axis))
    if value.op in ("dot", "mul"):
        attrs = dict(value.attrs)
        over = cast("tuple[str, ...]", attrs.get("over", ()))
        if all(axis.name in arg.names for arg in value.args):
            return build("dot", *value.args, over=(*over, axis.name))
        return build(value.op, *(summed(arg, axis) if axis.name in arg.names else arg for arg in value.args), **attrs)
    if value.op == "sum":
        return build("sum", *value.args, over=(*over_of(value), axis.name))
    return build("sum", value, over=(axis.name,))


def _less(node: Node, axis: Axis) -> Node:
    """A stand-in that has the axes without this one."""
    return build("step", index=0, axes=tuple(one for one in node.axes if one.name != axis.name), kind=node.kind)
