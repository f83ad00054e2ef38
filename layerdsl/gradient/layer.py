"""The backward of a layer: one cotangent for every bottom and parameter that has one."""

from __future__ import annotations

from typing import Final

from layerdsl.gradient import scan as scan  # gives `scan` its derivative
from layerdsl.gradient.engine import dependents, derive
from layerdsl.graph import Blob, LayerGraph, Node, Origin, Program, walk
from layerdsl.operators.build import build, expand, fit, made_for, number
from layerdsl.operators.presence import presence
from layerdsl.operators.rewrite import Rewriter

LEAVES: Final = ("bottom", "bottoms", "blob")


def differentiate(layer: LayerGraph, outputs: tuple[Node, ...]) -> Program:
    """The program of a layer; `outputs` are the nodes of its tops and updates, rewritten as passes see fit."""
    names = [name for name, _ in layer.outputs]
    tops = tuple(zip(names, outputs, strict=False))
    updates = tuple(zip([name for name, _ in layer.updates], outputs[len(names) :], strict=True))
    leaves = _leaves(outputs)
    overrides = dict(layer.overrides)
    bottoms = [blob.name for blob in layer.bottoms if blob.qualifier == ""]
    params = [blob.name for blob in layer.blobs if not blob.state]
    bottom_diffs = _diffs(layer, tops, bottoms, leaves, overrides)
    blob_diffs = _diffs(layer, tops, params, leaves, overrides)
    return Program(layer, tops, updates, bottom_diffs, blob_diffs, _losses(layer, tops, leaves, overrides))


def expand_grad(node: Node) -> Node | None:
    """The derivative that `grad(value, wrt)` stands for."""
    if node.op != "grad":
        return None
    value, wrt = node.args
    return derive(value, wrt, number(1.0))


def _leaves(outputs: tuple[Node, ...]) -> dict[str, Node]:
    return {str(node.attr("name")): node for node in walk(outputs) if node.op in LEAVES}


def _diffs(
    layer: LayerGraph,
    tops: tuple[tuple[str, Node], ...],
    names: list[str],
    leaves: dict[str, Node],
    overrides: dict[str, Node],
) -> tuple[tuple[str, Node], ...]:
    found: list[tuple[str, Node]] = []
    for name in names:
        value = _derived(layer, tops, leaves.get(name))
        if name in overrides:
            value = _instead(overrides[name], value)
        if value is not None:
            like = leaves.get(name) or _declared(layer, name)
            with made_for(Origin(value.origin.span, "", name)):
                found.append((name, fit(value, like)))
    return tuple(found)


def _instead(given: Node, derived: Node | None) -> Node:
    """The gradient that a layer gives by hand; where that depends on a condition, what is derived otherwise."""

    def rule(node: Node) -> Node | None:
        return (derived or expand(number(0.0), node.axes)) if node.op == "derived" else None

    return Rewriter([rule])([given])[0] if any(node.op == "derived" for node in walk([given])) else given


def _declared(layer: LayerGraph, name: str) -> Node:
    """A leaf that no formula uses, whose gradient is given all the same."""
    axes = {blob.name: blob.axes for blob in layer.bottoms} | {blob.name: blob.axes for blob in layer.blobs}
    return build("blob", name=name, axes=axes[name])


def _derived(layer: LayerGraph, tops: tuple[tuple[str, Node], ...], leaf: Node | None) -> Node | None:
    """The sum over all tops; None where no derivative reaches the leaf."""
    if leaf is None:
        return None
    metrics = {blob.name for blob in layer.tops if blob.qualifier}
    tops_by_name = {blob.name: blob for blob in layer.tops}
    wanted = [(name, node) for name, node in tops if name not in metrics]
    reached = [(tops_by_name[name], node) for name, node in wanted if node in dependents(node, leaf)]
    scanned = any(node.op == "scan" for node in walk(node for _, node in reached))
    together = [(top, output) for top, output in reached if scanned or not top.optional]
    total = _at_once(together, leaf) if together else None
    for top, output in reached:
        if (top, output) not in together:  # nothing of its way is computed where it is absent
            part = _where_it_is(top, derive(output, leaf, _cotangent(top, output)))
            total = part if total is None else build("add", total, part)
    return total


def _at_once(tops: list[tuple[Blob, Node]], leaf: Node) -> Node:
    """The sum over all tops by one pass: what they have in common is gone through once, with all that arrives there."""
    cotangents: list[Node] = []
    for top, output in tops:
        cotangent = _cotangent(top, output)
        if top.optional:
            cotangent = _where_it_is(top, cotangent)
        cotangents.append(cotangent)
    if len(tops) == 1:
        return derive(tops[0][1], leaf, cotangents[0])
    return derive(build("objective", *(node for _, node in tops), cotangents=tuple(cotangents)), leaf, number(1.0))


def _where_it_is(top: Blob, cotangent: Node) -> Node:
    """What a top that may be absent gives to the backward."""
    return build("select", presence(top), cotangent, expand(number(0.0), cotangent.axes))


def _cotangent(top: Blob, output: Node) -> Node:
    """The diff of a top; of any number of them as their data are, stacked or joined."""
    if top.several is None:
        return build("cotangent", name=top.name, axes=output.axes)
    return build("cotangents", name=top.name, axes=output.axes, joined=top.several.joined)


def _losses(
    layer: LayerGraph,
    tops: tuple[tuple[str, Node], ...],
    leaves: dict[str, Node],
    overrides: dict[str, Node],
) -> tuple[str, ...]:
    """The scalar tops through which a derivative reaches something."""
    constant = {blob.name for blob in layer.bottoms if blob.qualifier}
    constant |= {blob.name for blob in layer.held if blob.state}
    wanted = [leaf for name, leaf in leaves.items() if name not in constant]
    scalar = {blob.name for blob in layer.tops if not blob.extents and not blob.qualifier}
    return tuple(
        name
        for name, output in tops
        if name in scalar and (overrides or any(output in dependents(output, leaf) for leaf in wanted))
    )
