"""Blobs of which there are any number under one name: read into one array, and written from one."""

from __future__ import annotations

from layerdsl.emit.emitter import Emitter
from layerdsl.emit.ends import place_of
from layerdsl.graph import Axis, Blob, LayerGraph, Node
from layerdsl.plan.schedule import Step


def number_of(layer: LayerGraph, side: str, name: str) -> int:
    """The number of a bottom or top, of several the first."""
    return [blob.name for blob in (layer.bottoms if side == "bottom" else layer.tops)].index(name)


def load(emitter: Emitter, step: Step) -> list[str]:
    """The data of all bottoms, or the diffs of all tops, of one name in one array."""
    node, refs = step.node, emitter.refs
    side, what = ("bottom", "data") if node.op == "bottoms" else ("top", "diff")
    blob = _blob(emitter, side, str(node.attr("name")))
    own = _own(blob)
    stacked = own if node.attr("joined") else (_stack(node, own), *own)
    array = refs.write_as(refs.place(node), node.axes, stacked)
    place = _place(own, str(node.attr("joined")))
    return [_header(blob, side), f"    np.copyto({array}{place}, {_one(emitter, blob, side, what)})"]


def store_each(emitter: Emitter, step: Step) -> list[str]:
    """One array into the data of all tops, or the diffs of all bottoms, of one name; bottoms only where wanted."""
    node, refs = step.node, emitter.refs
    side, what = ("top", "data") if node.attr("kind") == "top" else ("bottom", "diff")
    blob, value = _blob(emitter, side, str(node.attr("name"))), node.args[0]
    assert blob.several is not None
    own, joined = _own(blob), blob.several.joined
    held = () if value.static or (value.op == "expand" and value.args[0].static) else refs.array(value).axes
    stack = blob.several.axis
    split = joined in held if joined else stack is not None and stack.name in held
    text = refs.read(value, (stack, *own) if split and stack is not None and not joined else own)
    line = f"np.copyto({_one(emitter, blob, side, what)}, {text}{_place(own, joined) if split else ''})"
    if side == "top":
        return [_header(blob, side), f"    {line}"]
    return [_header(blob, side), f"    if propagate_down[{_number(emitter.layer, blob, side)}]:", f"        {line}"]


def _blob(emitter: Emitter, side: str, name: str) -> Blob:
    ends = emitter.layer.bottoms if side == "bottom" else emitter.layer.tops
    return next(blob for blob in ends if blob.name == name)


def _own(blob: Blob) -> tuple[Axis, ...]:
    """The axes that each of the blobs has, in their order."""
    return tuple(extent.axis for extent in blob.extents if extent.axis is not None)


def _stack(node: Node, own: tuple[Axis, ...]) -> Axis:
    return next(axis for axis in node.axes if axis not in own)


def _header(blob: Blob, side: str) -> str:
    assert blob.several is not None
    if blob.several.joined:
        return f"for _i, _part in enumerate(self._{blob.name}_parts):"
    return f"for _i in range(self._{blob.name}_count):"


def _place(own: tuple[Axis, ...], joined: str) -> str:
    """The index of one blob's part."""
    if not joined:
        return "[_i]"
    before = [":"] * [axis.name for axis in own].index(joined)
    return f"[{', '.join([*before, '_part'])}]"


def _number(layer: LayerGraph, blob: Blob, side: str) -> str:
    first = place_of(layer.bottoms if side == "bottom" else layer.tops, number_of(layer, side, blob.name))
    return f"{first} + _i" if first != "0" else "_i"


def _one(emitter: Emitter, blob: Blob, side: str, what: str) -> str:
    """One of Caffe's arrays with the axes that formulas see."""
    assert blob.several is not None
    own, refs = _own(blob), emitter.refs
    sizes = ["-1" if axis.name == blob.several.joined else refs.size(axis.size) for axis in own]
    places = [refs.loop_names.get(axis.name, ":") for axis in own]
    while places and places[-1] == ":":
        places.pop()
    part = f"[{', '.join(places)}]" if places else ""
    return f"{side}[{_number(emitter.layer, blob, side)}].{what}.reshape({', '.join(sizes) or '()'}){part}"
