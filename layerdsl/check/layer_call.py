"""A layer called in an example: bottoms, hyper-parameters, blobs and the phase, by keyword."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from layerdsl.caffe.standin import TEST, TRAIN, SingleLayer
from layerdsl.check.case import AnyBlob, Array, Hyper, names_in_sizes, text_of_shape
from layerdsl.check.concrete import is_there
from layerdsl.check.samples import Sample
from layerdsl.check.subject import quiet, seeded
from layerdsl.graph import Blob, HyperDecl, LayerGraph
from layerdsl.operators.world import World
from layerdsl.semantics.declarations import fits
from layerdsl.source import Fault, Span, fault
from layerdsl.source.nearest import nearest
from layerdsl.syntax import tree

Value = Any  # an array, a bool, a word or None
Evaluate = Callable[[tree.Expr], Value]


@dataclass(frozen=True)
class Tops:
    """What a layer gives."""

    layer: str
    values: Mapping[str, Array]


@dataclass
class _Call:
    """The arguments of a call, sorted by what they are for."""

    bottoms: dict[str, list[tuple[Array, Span]]] = field(default_factory=dict)  # of any number several
    hypers: dict[str, Hyper] = field(default_factory=dict)
    blobs: dict[str, tuple[Array, Span]] = field(default_factory=dict)
    phase: str = "train"


def run(expr: tree.Call, layer: LayerGraph, layer_class: type[Any], evaluate: Evaluate) -> Tops:
    """The tops that the emitted layer gives in float64. `Fault` (LD602) where it can't be run."""
    call = _complete(expr, layer, evaluate)
    bottoms = [_as_bottom(blob, *one) for blob in layer.bottoms for one in call.bottoms.get(blob.name, ())]
    with quiet(), seeded():
        try:
            return _tops(layer, layer_class, call, bottoms, expr)
        except ValueError as error:
            said = str(error)
            if not said.startswith(layer.name):
                raise
            raise fault("LD602", f"`{layer.name}` refuses this", expr.span, "", said) from error


def _complete(expr: tree.Call, layer: LayerGraph, evaluate: Evaluate) -> _Call:
    """The arguments of a call that has all bottoms it needs."""
    call = _sorted(expr, layer, evaluate)
    missing = [f"`{blob.name}`" for blob in _missing(layer, [b for b in layer.bottoms if b.name in call.bottoms])]
    if missing:
        raise fault("LD602", f"`{layer.name}` is called without {' and '.join(missing)}", expr.span)
    return call


def _missing(layer: LayerGraph, there: list[Blob]) -> list[Blob]:
    """The bottoms that can't be left out: of the optional ones a net leaves out the last."""
    last = max((layer.bottoms.index(blob) for blob in there), default=-1)
    wanted = [blob for i, blob in enumerate(layer.bottoms) if i < last or not blob.optional]
    return [blob for blob in wanted if blob not in there and blob.given is None]


def _tops(layer: LayerGraph, layer_class: type[Any], call: _Call, bottoms: list[Array], expr: tree.Call) -> Tops:
    tops = [_how_many(top, layer, call) for top in layer.tops]
    net = SingleLayer(
        layer_class,
        bottoms,
        tops=sum(tops),
        param_str=json.dumps(call.hypers) if call.hypers else "",
        phase=TEST if call.phase == "test" else TRAIN,
        dtype=np.float64,
    )
    present = {f"{name}?": 1 for name in call.bottoms}
    hypers = {**{hyper.name: hyper.default for hyper in layer.hypers}, **call.hypers}
    world = World({**names_in_sizes(hypers), **present}, hypers, call.phase == "train")
    for number, blob in enumerate(blob for blob in layer.blobs if is_there(blob, world)):
        if blob.name in call.blobs:
            _fill(net.blobs[number].data, blob, *call.blobs[blob.name])
    net.forward()
    ends = list(accumulate(tops, initial=0))
    data = [[net.top[i].data.copy() for i in range(start, end)] for start, end in pairwise(ends)]
    return Tops(layer.name, {top.name: _one(each) for top, each in zip(layer.tops, data, strict=True)})


def _how_many(top: Blob, layer: LayerGraph, call: _Call) -> int:
    """As many tops of one name as bottoms, where each goes into its own; one of any others."""
    stacks = {blob.several.axis: blob.name for blob in layer.bottoms if blob.several is not None}
    bottom = stacks.get(top.several.axis, "") if top.several is not None and top.several.axis is not None else ""
    return len(call.bottoms.get(bottom, [()]))


def _one(data: list[Array]) -> Array:
    """Tops of one name as they are listed."""
    return data[0] if len(data) == 1 else np.stack(data)


def sample(expr: tree.Call, layer: LayerGraph, evaluate: Evaluate) -> Sample:
    """What a call shows of the layer's use. `Fault` where the call is wrong."""
    call = _complete(expr, layer, evaluate)
    return Sample(call.hypers, {name: values.shape for name, ((values, _), *_) in call.bottoms.items()})


def _sorted(expr: tree.Call, layer: LayerGraph, evaluate: Evaluate) -> _Call:
    call = _Call()
    free = iter([blob.name for blob in layer.bottoms if blob.name not in {one.name for one in expr.arguments}])
    seen: set[str] = set()
    for argument in expr.arguments:
        last = layer.bottoms[-1].name if layer.bottoms and layer.bottoms[-1].several is not None else ""
        name = argument.name or next(free, last)
        if name == last and not argument.name and last in call.bottoms:
            call.bottoms[last].append((_numbers(last, argument, evaluate), argument.value.span))
            continue
        if not name:
            raise fault(
                "LD602",
                f"`{layer.name}` has {_many(len(layer.bottoms), 'bottom', 'bottoms')}",
                argument.span,
                "one too many",
            )
        if name in seen:
            raise fault("LD602", f"`{name}` is given twice", argument.span)
        seen.add(name)
        _sort(call, layer, name, argument, evaluate)
    return call


def _sort(call: _Call, layer: LayerGraph, name: str, argument: tree.Argument, evaluate: Evaluate) -> None:
    hypers = {hyper.name: hyper for hyper in layer.hypers}
    if name in {blob.name for blob in layer.bottoms}:
        call.bottoms[name] = [(_numbers(name, argument, evaluate), argument.value.span)]
    elif name in {blob.name for blob in layer.blobs}:
        call.blobs[name] = _numbers(name, argument, evaluate), argument.value.span
    elif name in hypers:
        call.hypers[name] = _hyper(hypers[name], argument.value, evaluate)
    elif name == "phase":
        call.phase = _phase(argument.value)
    else:
        raise _unknown(layer, name, argument)


def _unknown(layer: LayerGraph, name: str, argument: tree.Argument) -> Fault:
    blobs: list[AnyBlob] = [*layer.bottoms, *layer.blobs]
    known = [*(blob.name for blob in blobs), *(hyper.name for hyper in layer.hypers)]
    near = nearest(name, [*known, "phase"])
    listed = ", ".join(f"`{each}`" for each in known)
    advice = f"did you mean `{near}`?" if near else f"it has {listed}"
    return fault(
        "LD602", f"`{layer.name}` has nothing named `{name}`", argument.name_span or argument.span, help=advice
    )


def _numbers(name: str, argument: tree.Argument, evaluate: Evaluate) -> Array:
    value = evaluate(argument.value)
    if isinstance(value, (str, Tops)) or value is None:
        raise fault("LD602", f"`{name}` has to be a number or a nested list of numbers", argument.value.span)
    return np.asarray(value, np.float64)


def _phase(expr: tree.Expr) -> str:
    if isinstance(expr, tree.Name) and expr.value in ("train", "test"):
        return expr.value
    raise fault("LD602", "`phase` is `train` or `test`", expr.span)


def _hyper(hyper: HyperDecl, expr: tree.Expr, evaluate: Evaluate) -> Hyper:
    value = _plain(evaluate(expr))
    if not fits(hyper, value):
        wanted = " or ".join(f'"{choice}"' for choice in hyper.choices) or hyper.kind
        raise fault("LD602", f"hyper-parameter `{hyper.name}` has to be {wanted}", expr.span)
    return (value,) if hyper.kind == "list" and isinstance(value, (int, float)) else value


def _plain(value: Value) -> Hyper:
    """A value of an example as the Python value that `param_str` carries."""
    if isinstance(value, Tops):
        return None
    if isinstance(value, (np.ndarray, np.generic)):
        plain = value.tolist()
        return tuple(plain) if isinstance(plain, list) else plain
    return value  # type: ignore[no-any-return]


def _as_bottom(blob: Blob, data: Array, span: Span) -> Array:
    """The value of a bottom: its brackets are the axes of the blob; literal axes of size 1 may be left out."""
    star = sum(extent.star for extent in blob.extents)
    needed = len(blob.extents) - star
    spare = sum(extent.axis is None for extent in blob.extents)
    if data.ndim < needed - spare or (not star and data.ndim > needed):
        shown = "a number has no axes" if data.ndim == 0 else f"these brackets make {_many(data.ndim, 'axis', 'axes')}"
        raise fault("LD602", f"`{blob.name}` is declared `{blob.written}`", span, shown)
    if blob.qualifier == "index" and not np.equal(data, np.floor(data)).all():
        raise fault("LD602", f"`{blob.name}` is an index and takes whole numbers", span)
    return data


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _fill(target: Array, blob: AnyBlob, data: Array, span: Span) -> None:
    """A learned blob gets a number everywhere, or values of its shape."""
    if data.ndim and data.shape != target.shape and data.size != target.size:
        shape, found = text_of_shape(target.shape), text_of_shape(data.shape)
        raise fault("LD602", f"`{blob.name}` {blob.written} has shape {shape} here", span, f"this is {found}")
    target[...] = data.reshape(target.shape) if data.ndim else data
