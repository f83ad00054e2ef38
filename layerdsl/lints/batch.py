"""What grows with the batch and should not: learned blobs, and losses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.graph import LayerGraph, Learned, Node
from layerdsl.lints.growth import growth
from layerdsl.lints.warn import warning
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def batch_sized(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD506: a learned blob that is as large as the batch, which Caffe has along the first axis of its blobs."""
    batch = {bottom.axes[0].name for bottom in layer.graph.bottoms if len(bottom.axes) > 1} & {"N"}
    for blob in layer.graph.blobs:
        for axis in blob.axes:
            if axis.name in batch:
                yield _batch_warning(blob, axis.name)


def _batch_warning(blob: Learned, axis: str) -> Diagnostic:
    kind = "state" if blob.state else "parameter"
    return warning(
        "LD506",
        f"{kind} `{blob.name}` has axis `{axis}`, the batch",
        blob.span,
        "saved with the net, it fits no other batch size",
        help=f"leave `{axis}` out: it is broadcast",
    )


def summed_loss(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD407: a loss that is a sum over the batch."""
    outputs = dict(layer.derived.tops)
    batch = _batch(layer.graph)
    for name in layer.derived.losses if batch else ():
        if _grows(outputs[name], batch):
            top = next(top for top in layer.tree.tops if top.name.value == name)
            message = f"loss `{name}` is a sum over `{batch}`, the batch"
            yield warning("LD407", message, top.span, "twice the batch, twice the gradient", help=MEAN.format(batch))


MEAN: Final = "take the `mean` over `{0}`, or divide by `{0}`: then a learning rate holds for batches of any size"


def _batch(graph: LayerGraph) -> str:
    """The axis of the batch: N by its name, or the group in which it is where blobs have nothing else."""
    axes = [axis for bottom in graph.bottoms for axis in bottom.axes]
    groups = {bottom.axes[0].name for bottom in graph.bottoms if bottom.axes and bottom.axes[0].star}
    return "N" if any(axis.name == "N" for axis in axes) else groups.pop() if len(groups) == 1 else ""


def _grows(loss: Node, axis: str) -> bool:
    """Whether a loss grows with the batch whatever is chosen."""
    powers = growth(loss, axis)
    return powers is not None and powers[0] > 0
