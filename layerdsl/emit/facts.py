"""The facts of a layer's wiring, taken from its graph."""

from __future__ import annotations

from typing import cast

from layerdsl.emit.wiring import BlobFact, EndFact, HyperFact, Value, Wiring
from layerdsl.graph import Blob, HyperDecl, LayerGraph, Program, walk


def wiring(program: Program, module: str) -> Wiring:
    """What Caffe has to be told about a layer."""
    layer = program.layer
    gradients = {name for name, _ in program.bottom_diffs}
    return Wiring(
        module,
        layer.name,
        layer.doc,
        tuple(_end(blob, blob.name in gradients) for blob in layer.bottoms),
        tuple(_end(blob, not blob.qualifier, blob.name in program.losses) for blob in layer.tops),
        hyper_facts(layer),
        tuple(
            BlobFact(b.name, b.written, b.filler.written, b.lr_mult, b.decay_mult, b.state, b.doc) for b in layer.blobs
        ),
        layer.phase,
    )


def _end(blob: Blob, gradient: bool, loss: bool = False) -> EndFact:
    return EndFact(blob.name, blob.written, gradient, loss, bool(blob.several), blob.optional)


def hyper_facts(layer: LayerGraph) -> tuple[HyperFact, ...]:
    """The hyper-parameters as they travel in `param_str`."""
    return tuple(_hyper_fact(layer, hyper) for hyper in layer.hypers)


def _hyper_fact(layer: LayerGraph, hyper: HyperDecl) -> HyperFact:
    requires = tuple(r.written for r in layer.requirements if hyper.name in _named(r.condition))
    return HyperFact(
        hyper.name,
        hyper.kind,
        hyper.optional,
        hyper.required,
        cast(Value, hyper.default),
        hyper.choices,
        hyper.element,
        hyper.doc,
        requires,
    )


def _named(condition: object) -> set[str]:
    found: set[str] = set()
    for node in walk([condition]):  # type: ignore[list-item]
        attrs = dict(node.attrs)
        if "name" in attrs:
            found.add(str(attrs["name"]))
        if node.op == "size":
            found |= {symbol.name for symbol in attrs["size"].symbols()}  # type: ignore[attr-defined]
    return found
