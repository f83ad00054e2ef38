"""The facts of a layer's wiring, taken from its graph."""

from __future__ import annotations

from dataclasses import replace
from functools import partial, reduce
from typing import cast

from layerdsl.emit.demands import require_facts
from layerdsl.emit.describe import one_line
from layerdsl.emit.wiring import BlobFact, EndFact, HyperFact, Value, Wiring
from layerdsl.graph import Blob, HyperDecl, LayerGraph, Learned, Program, Symbol, walk
from layerdsl.graph.size import Test, holds
from layerdsl.graph.writing import test_text
from layerdsl.operators.build import as_test, build
from layerdsl.operators.formula import formula_lines


def wiring(program: Program, module: str) -> Wiring:
    """What Caffe has to be told about a layer."""
    layer = program.layer
    gradients = {name for name, _ in program.bottom_diffs}
    return Wiring(
        module,
        layer.name,
        layer.doc,
        tuple(_end(layer, blob, blob.name in gradients) for blob in layer.bottoms),
        tuple(_end(layer, blob, not blob.qualifier, blob.name in program.losses) for blob in layer.tops),
        hyper_facts(layer),
        tuple(_blob(layer, blob) for blob in layer.blobs),
        layer.phase,
        tuple(require_facts(layer)),
    )


def _blob(layer: LayerGraph, blob: Learned) -> BlobFact:
    options = blob.lr_mult, blob.decay_mult
    found = BlobFact(blob.name, blob.written, blob.filler.written, *options, blob.state, blob.doc)
    if not blob.given:
        return found
    condition = reduce(partial(build, "and"), blob.given)
    test = as_test(condition)
    assert test is not None  # which is why `semantics` takes no others
    words = formula_lines([("_", condition)])[-1].removeprefix("_ = ")
    return replace(found, under=words, code=test_text(test, _keyword), there=_by_default(layer, test))


def _end(layer: LayerGraph, blob: Blob, gradient: bool, loss: bool = False) -> EndFact:
    found = EndFact(blob.name, blob.written, gradient, loss, bool(blob.several), blob.optional)
    test = None if blob.given is None else as_test(blob.given)
    if test is None:
        return found
    return replace(found, under=one_line(blob.under), code=test_text(test, _keyword), there=_by_default(layer, test))


def _keyword(symbol: Symbol) -> str:
    """A hyper-parameter, or the length of one, in a mapping by name; whether a bottom or top is there."""
    if symbol.name.startswith("has("):
        return f"has({symbol.name[4:-1]!r})"
    name = symbol.name.removeprefix("len(")
    return f"hyper[{name!r}]" if name == symbol.name else f"len(hyper[{name[:-1]!r}])"


def _by_default(layer: LayerGraph, test: Test) -> bool:
    """Whether a condition holds for the defaults, with all optional blobs; where one is left to the net, it may."""
    known = {hyper.name: hyper.default for hyper in layer.hypers if hyper.default is not None}
    words = {f"{name} == {word}": 1 for name, word in known.items() if isinstance(word, str)}
    lengths = {f"len({name})": len(entries) for name, entries in known.items() if isinstance(entries, tuple)}
    if any(hyper.required and hyper.name in _named(test.node) for hyper in layer.hypers):
        return True
    blobs = {f"{blob.name}?": 1 for blob in (*layer.bottoms, *layer.tops) if blob.optional}
    return holds(test, {**known, **words, **lengths, **blobs})


def hyper_facts(layer: LayerGraph) -> tuple[HyperFact, ...]:
    """The hyper-parameters as they travel in `param_str`."""
    return tuple(_hyper_fact(layer, hyper) for hyper in layer.hypers)


def _hyper_fact(layer: LayerGraph, hyper: HyperDecl) -> HyperFact:
    requires = dict.fromkeys(r.written for r in layer.requirements if hyper.name == _last_named(layer, r.condition))
    return HyperFact(
        hyper.name,
        hyper.kind,
        hyper.optional,
        hyper.required,
        cast(Value, hyper.default),
        hyper.choices,
        hyper.element,
        hyper.doc,
        tuple(requires),
    )


def _last_named(layer: LayerGraph, condition: object) -> str:
    """The last hyper-parameter of which a condition speaks, and with which it is told."""
    named = _named(condition)
    return next((hyper.name for hyper in reversed(layer.hypers) if hyper.name in named), "")


def _named(condition: object) -> set[str]:
    found: set[str] = set()
    for node in walk([condition]):  # type: ignore[list-item]
        attrs = dict(node.attrs)
        if "name" in attrs:
            found.add(str(attrs["name"]))
        if node.op == "size":
            found |= {symbol.name for symbol in attrs["size"].symbols()}  # type: ignore[attr-defined]
    return found
