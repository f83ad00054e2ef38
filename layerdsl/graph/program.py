"""A layer with its backward: named values to compute in the forward and in the backward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from layerdsl.graph.known import outcome
from layerdsl.graph.layer import LayerGraph
from layerdsl.graph.node import Node

NamedNodes = tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Program:
    """`tops` and `updates` belong to the forward, `bottom_diffs` and `blob_diffs` to the backward.

    A bottom without an entry in `bottom_diffs` gets no gradient; `losses` names the tops that are losses.
    """

    layer: LayerGraph
    tops: NamedNodes
    updates: NamedNodes
    bottom_diffs: NamedNodes
    blob_diffs: NamedNodes
    losses: tuple[str, ...]
    given: tuple[tuple[Node, bool], ...] = ()  # the outcomes of set-up choices in which this program runs

    def knows(self, test: Node, holds: bool) -> bool:
        """Whether a condition of the set-up is known to hold here, or not to."""
        return outcome(self.given, test) is holds

    @property
    def forward(self) -> tuple[Node, ...]:
        """What the forward computes."""
        return tuple(node for _, node in (*self.tops, *self.updates))

    @property
    def backward(self) -> tuple[Node, ...]:
        """What the backward computes."""
        return tuple(node for _, node in (*self.bottom_diffs, *self.blob_diffs))

    def with_nodes(self, nodes: tuple[Node, ...]) -> Program:
        """The same program with other nodes, in the order of `forward` and `backward`."""
        rest = iter(nodes)
        return replace(
            self,
            tops=_renewed(self.tops, rest),
            updates=_renewed(self.updates, rest),
            bottom_diffs=_renewed(self.bottom_diffs, rest),
            blob_diffs=_renewed(self.blob_diffs, rest),
        )


def _renewed(named: NamedNodes, nodes: Iterator[Node]) -> NamedNodes:
    return tuple((name, next(nodes)) for name, _ in named)
