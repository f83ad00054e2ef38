"""What the statements of a step are made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from layerdsl.emit.refs import Refs
from layerdsl.graph import Axis, LayerGraph, Node
from layerdsl.plan.schedule import Step, space
from layerdsl.plan.storage import Place


@dataclass
class Emitter:
    """What the statements of one step are made with; `support` collects the functions that the file has to carry."""

    refs: Refs
    support: set[str]
    where: Callable[[Node], str]  # layer, file and line of a node, for messages
    layer: LayerGraph
    bases: dict[tuple[str, str], str]  # expression of the offsets of a pick -> the name of their buffer

    def operand(self, step: Step, i: int) -> str:
        """An argument as an operand over the axes that the step runs over."""
        return self.refs.read(step.node.args[i], self.refs.order(space(step.node)))

    def out(self, step: Step) -> str:
        """The place of the result."""
        return self.refs.write(self.place(step), step.node.axes)

    def place(self, step: Step) -> Place:
        """Where the result goes: for a sum over parts, the part of it."""
        storage = self.refs.storage
        return storage.partial[step.node] if step.node in storage.partial else self.refs.place(step.node)

    def scratch(self, step: Step, i: int, axes: tuple[Axis, ...]) -> str:
        """A temporary that the step needs while it runs."""
        return self.refs.write(self.refs.scratch(step.node)[i], axes)
