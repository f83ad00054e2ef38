"""What a layer gives by its formulas and by the rules of derivation, without passes and emitter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from layerdsl.check.case import AnyBlob, Array, Case
from layerdsl.check.concrete import base
from layerdsl.gradient.layer import differentiate, expand_grad
from layerdsl.graph import Blob, LayerGraph, Node, Program, walk
from layerdsl.graph.program import NamedNodes
from layerdsl.operators.body import body_of, in_bodies, walk_deep
from layerdsl.operators.build import expand
from layerdsl.operators.families.scan import stops_of
from layerdsl.operators.families.used import given_by_hand
from layerdsl.operators.families.variable import with_variables, without_variable
from layerdsl.operators.reference import evaluate
from layerdsl.operators.rewrite import Rewriter, rebuilt
from layerdsl.operators.world import Named, World


@dataclass(frozen=True)
class Meaning:
    """The formulas of a layer as they were written, with their derivatives."""

    layer: LayerGraph

    @cached_property
    def program(self) -> Program:
        """The forward as written, and the backward that is derived from it; `gradient x = ...` as it is given."""
        return differentiate(self.layer, self.expanded)

    @cached_property
    def expanded(self) -> tuple[Node, ...]:
        """Tops and updates with what `grad(...)` stands for."""
        return Rewriter([without_variable])(Rewriter([expand_grad])(with_variables(self._written)))

    @property
    def _written(self) -> tuple[Node, ...]:
        return tuple(node for _, node in (*self.layer.outputs, *self.layer.updates))

    @cached_property
    def as_said(self) -> tuple[Node, ...]:
        """Tops and updates as they were written, but for what `_measurable` says."""
        return Rewriter([_measurable])(with_variables(self._written))

    @cached_property
    def tops_as_said(self) -> NamedNodes:
        """The tops of these."""
        return tuple((name, node) for (name, _), node in zip(self.layer.outputs, self.as_said, strict=False))

    @cached_property
    def frozen(self) -> tuple[Node, ...]:
        """Values that move and that nothing is derived through: `stop_gradient`, and draws that depend on data."""
        nodes = list(walk(node for _, node in self.tops_as_said))
        drawn = (n for n in nodes if n.op == "draw" and not all(arg.static for arg in n.args))
        return (*(n for n in nodes if n.op in ("stop", "extern")), *drawn)

    @cached_property
    def holds_still(self) -> bool:
        """Whether something is held still, also in the steps of a scan."""
        scans = [node for node in walk_deep(node for _, node in self.layer.outputs) if node.op == "scan"]
        return bool(self.frozen) or any(stops_of(body_of(scan)) for scan in scans)

    def tops(self, case: Case, world: World) -> dict[str, Array]:
        """The value of every top, in Caffe's shape."""
        return self._values(self.tops_as_said, self.layer.tops, case, world)

    def states(self, case: Case, world: World) -> dict[str, Array]:
        """The next value of every state that has one."""
        names = [name for name, _ in self.layer.updates]
        nodes = self.as_said[len(self.layer.outputs) :]
        return self._values(tuple(zip(names, nodes, strict=True)), self.layer.held, case, world)

    def gradients(self, case: Case, world: World) -> dict[str, Array]:
        """The gradient of every bottom and parameter that has one."""
        found = self._gradients(self.program, case, world)
        if self._choices and not all(np.isfinite(value).all() for value in found.values()):
            zeros = {name: np.zeros(value.shape) for name, value in found.items()}
            return zeros | self._gradients(self._decided(world), case, world)
        return found

    def _gradients(self, program: Program, case: Case, world: World) -> dict[str, Array]:
        bottoms = self._values(program.bottom_diffs, self.layer.bottoms, case, world)
        return {**bottoms, **self._values(program.blob_diffs, self.layer.blobs, case, world)}

    @cached_property
    def _choices(self) -> tuple[Node, ...]:
        """The conditions that are known at set-up."""
        return tuple(dict.fromkeys(node.args[0] for node in walk_deep(self.expanded) if node.op == "select"))

    def _decided(self, world: World) -> Program:
        """The program of what is chosen alone: 0 times the slope of a root is no number, in what is not chosen too."""
        holds = {test: bool(evaluate([test], world)[0].data) for test in self._choices}
        known = tuple(holds.values())
        if known not in self._programs:
            self._programs[known] = self._program_where(holds)
        return self._programs[known]

    @cached_property
    def _programs(self) -> dict[tuple[bool, ...], Program]:
        return {}

    def _program_where(self, holds: Mapping[Node, bool]) -> Program:
        def decide(node: Node) -> Node | None:
            if node.op != "select" or node.args[0] not in holds:
                return None
            return expand(node.args[1 if holds[node.args[0]] else 2], node.axes)

        everywhere = Rewriter([decide, in_bodies(Rewriter([decide]))])
        return differentiate(self.layer, everywhere(self.expanded))

    def _values(self, named: NamedNodes, blobs: Sequence[AnyBlob], case: Case, world: World) -> dict[str, Array]:
        by_name = {blob.name: blob for blob in blobs if case.each(blob)}
        there = [(by_name[name], node) for name, node in named if name in by_name]
        found = evaluate([node for _, node in there], world)
        result: dict[str, Array] = {}
        for (blob, _), value in zip(there, found, strict=True):
            result |= case.split(blob, _over_axes(value, blob, case))
        return result

    def objective(self, case: Case, world: World, name: str, place: tuple[int, ...]) -> Callable[[float], float]:
        """The sum of all tops times their cotangents as a function of one entry, with `frozen` as it was."""
        blobs: tuple[AnyBlob, ...] = (*self.layer.bottoms, *self.layer.blobs)
        blob = next(blob for blob in blobs if blob.name == base(name))
        tops = zip(self.layer.tops, self.tops_as_said, strict=True)
        outputs = [(top, node) for top, (_, node) in tops if case.each(top)]
        known = dict(zip(self.frozen, evaluate(self.frozen, world), strict=True))
        world = replace(world, stopped={})
        evaluate([node for _, node in outputs], world, known)

        def moved(step: float) -> float:
            here = world.blobs[blob.name]
            added = {one.name: np.zeros(case.shape(one)) for one in case.each(blob)}
            added[name][place] = step
            moved_by = case.gather(blob, added)
            data = here.data + moved_by.over(here.names)
            there = replace(world, blobs={**world.blobs, blob.name: Named(here.names, data)})
            found = evaluate([node for _, node in outputs], there, known)
            return float(sum(_product(named, top, there) for named, (top, _) in zip(found, outputs, strict=True)))

        return moved


def _measurable(node: Node) -> Node | None:
    """A `grad(...)` that is the slope of something: not one through a gradient by hand, which is what is derived with
    that; and none with another inside, whose slopes would be measured at every step."""
    if node.op != "grad":
        return None
    inside = list(walk(node.args[:1]))
    if any(map(given_by_hand, inside)):
        return Rewriter([expand_grad])([node])[0]
    return rebuilt(node, Rewriter([expand_grad])(node.args)) if any(n.op == "grad" for n in inside) else None


def _over_axes(value: Named, blob: AnyBlob, case: Case) -> Array:
    names = [axis.name for axis in blob.axes]
    sizes = [axis.size.evaluate(case.numbers) for axis in blob.axes]
    return np.asarray(np.broadcast_to(value.over(names), sizes), np.float64)


def _product(value: Named, top: Blob, world: World) -> float:
    names = [axis.name for axis in top.axes]
    return float((value.over(names) * world.cotangents[top.name].over(names)).sum())
