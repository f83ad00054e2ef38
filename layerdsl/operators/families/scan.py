"""`scan`: steps along an axis, each of which sees what the one before handed on; and what its values are picked by.

A `scan` stands for all that its steps leave behind; `result` picks one sequence of it. Its cotangent is a `bundle`: one
cotangent for each result that has one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, cast

import numpy as np

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.attributes import axis_of, index_of
from layerdsl.operators.body import LEAVES, Body, body_of, steps_of
from layerdsl.operators.build import build
from layerdsl.operators.kernel import Call, Kernel, Rule, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.world import Named, World, fitted

#: The derivative of a scan, which `gradient.scan` gives: it needs the engine that derives.
DERIVED: Final[list[Callable[[int], Rule]]] = []


@dataclass(frozen=True)
class Results(Named):
    """What a scan leaves behind."""

    sequences: tuple[Named, ...] = ()


def _leaf(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return attrs["axes"], attrs["kind"]


def _bundle(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return (), "real"


def _result(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    (scan,) = args
    output = body_of(scan).outputs[attrs["index"]]
    return (axis_of(scan), *output.axes), output.kind


def _no_call(node: Node) -> Call:
    raise AssertionError(f"{node.op} is no call")


def _no_meaning(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    raise LookupError(f"{node.op} has no meaning outside a step")


def _scan(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """Step by step, as it is written."""
    axis, body = axis_of(node), body_of(node)
    count, behind = axis.size.evaluate(world.sizes), len(body.nexts)
    steps = steps_of(node)
    carried = [fitted(x, init.axes, world) for x, init in zip(args[:behind], node.args, strict=False)]
    left: list[tuple[Named, ...]] = []
    for t in reversed(range(count)) if node.attr("backwards") else range(count):
        slices = [_slice(x, axis, t) for x in args[behind : behind + steps]]
        carried, found = _step(body, carried, slices, args[behind + steps :], world, (node, t))
        left.append(found)
    if node.attr("backwards"):
        left.reverse()
    return Results(
        (), np.zeros(()), tuple(_joined(axis, output, left, k, world) for k, output in enumerate(body.outputs))
    )


def _slice(x: Named, axis: Axis, t: int) -> Named:
    names = tuple(name for name in x.names if name != axis.name)
    return Named(names, x.over((*names, axis.name))[..., t])


def _step(
    body: Body,
    carried: list[Named],
    slices: list[Named],
    wholes: tuple[Named, ...],
    world: World,
    place: tuple[Node, int],
) -> tuple[list[Named], tuple[Named, ...]]:
    from layerdsl.operators.reference import evaluate  # a scan is evaluated by evaluating its body

    nexts, outputs = body.nexts, body.outputs
    given = {"carried": carried, "step": slices, "inner": wholes}
    known = {leaf: given[leaf.op][index_of(leaf)] for leaf in walk((*nexts, *outputs)) if leaf.op in given}
    for stop in stops_of(body) if world.stopped is not None else ():
        value = evaluate((stop,), world, known)[0]
        known[stop] = world.stopped.setdefault((*place, stop), value)  # type: ignore[union-attr]
    if world.stopped is not None:  # scans within it note theirs for this step
        within = cast("dict[object, Named]", world.stopped.setdefault((*place, "within"), {}))  # type: ignore[arg-type]
        world = replace(world, stopped=within)
    found = evaluate((*nexts, *outputs), world, known)
    after = [fitted(value, node.axes, world) for value, node in zip(found, nexts, strict=False)]
    return after, found[len(nexts) :]


def stops_of(body: Body) -> list[Node]:
    """What a step holds still for the derivative."""
    return [node for node in walk((*body.nexts, *body.outputs)) if node.op in ("stop", "extern")]


def _joined(axis: Axis, output: Node, left: list[tuple[Named, ...]], k: int, world: World) -> Named:
    whole = [fitted(found[k], output.axes, world).data for found in left]
    names = (axis.name, *output.names)
    if not whole:
        return Named(names, np.zeros((0, *(a.size.evaluate(world.sizes) for a in output.axes))))
    return Named(names, np.stack(whole))


def _sequence(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (results,) = args
    assert isinstance(results, Results)
    return results.sequences[index_of(node)]


def _to_bundle(g: Node, node: Node) -> Node:
    return build("bundle", g, indices=(node.attr("index"),))


for _op in LEAVES:
    register(_op, Kernel(type=_leaf, reference=_no_meaning, call=_no_call))
register("bundle", Kernel(type=_bundle, reference=_no_meaning, call=_no_call))
register(
    "objective",  # several values with their cotangents, as one to be derived
    Kernel(
        type=_bundle,
        reference=_no_meaning,
        call=_no_call,
        derivative=lambda argnum: lambda g, n: cast("tuple[Node, ...]", n.attr("cotangents"))[argnum],
    ),
)
register("scan", Kernel(type=_bundle, reference=_scan, call=_no_call, derivative=lambda argnum: DERIVED[0](argnum)))
register("result", Kernel(type=_result, reference=_sequence, call=_no_call, derivative=(_to_bundle,)))


def added(a: Node, b: Node) -> Node:
    """Two bundles as one."""
    both: dict[object, Node] = {}
    for bundle in (a, b):
        for index, g in zip(cast("tuple[int, ...]", bundle.attr("indices")), bundle.args, strict=True):
            both[index] = build("add", both[index], g) if index in both else g
    return build("bundle", *both.values(), indices=tuple(both))
