"""Blobs of which there are any number under one name: read into one array, and written from one."""

from __future__ import annotations

from collections.abc import Iterable

from layerdsl.emit.emitter import Emitter
from layerdsl.emit.ends import place_of
from layerdsl.emit.lines import indented
from layerdsl.graph import Axis, Blob, LayerGraph, Node
from layerdsl.plan.schedule import Step
from layerdsl.plan.storage import Buffer


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
    lines = [_header(blob, side), f"    np.copyto({array}{place}, {_one(emitter, blob, side, what)})"]
    buffer = refs.place(node)
    if not isinstance(buffer, Buffer) or buffer.name != f"all_{blob.name}_{what}":
        return lines
    return [f"if {_alone(blob)}:", f"    {_view(emitter, blob, side, what, buffer)}", "else:", *indented(lines)]


def openings(emitter: Emitter, steps: Iterable[Step]) -> list[str]:
    """Where there is one blob of a name, the array for all of them is its memory."""
    lines: list[str] = []
    for step in steps:
        found = _written_at_once(emitter, step)
        if found is not None:
            blob, side, what, buffer = found
            number = (
                place_of(emitter.layer.bottoms, number_of(emitter.layer, side, blob.name)) if what == "diff" else ""
            )
            wanted = f" and propagate_down[{number}]" if number else ""
            lines += [f"if {_alone(blob)}{wanted}:", f"    {_view(emitter, blob, side, what, buffer)}"]
    return lines


def _written_at_once(emitter: Emitter, step: Step) -> tuple[Blob, str, str, Buffer] | None:
    """What a step stores that was computed in an array which may be Caffe's own."""
    node = step.node
    if node.op != "store_each" or node.attr("joined"):
        return None
    side, what = ("top", "data") if node.attr("kind") == "top" else ("bottom", "diff")
    place = emitter.refs.storage.places.get(node.args[0])
    if not isinstance(place, Buffer) or place.name != f"all_{node.attr('name')}_{what}":
        return None
    return _blob(emitter, side, str(node.attr("name"))), side, what, place


def _alone(blob: Blob) -> str:
    return f"self._{blob.name}_count == 1"


def _view(emitter: Emitter, blob: Blob, side: str, what: str, buffer: Buffer) -> str:
    """The statement that makes the array for all blobs of a name that of the only one."""
    assert blob.several is not None
    assert blob.several.axis is not None
    axes = (blob.several.axis, *_own(blob))
    sizes = ", ".join(["1", *(emitter.refs.size(axis.size) for axis in axes[1:])])
    turn = [[axis.name for axis in axes].index(axis.name) for axis in buffer.axes]
    turned = f".transpose({', '.join(map(str, turn))})" if turn != sorted(turn) else ""
    ends = emitter.layer.bottoms if side == "bottom" else emitter.layer.tops
    number = place_of(ends, number_of(emitter.layer, side, blob.name))
    return f"self._{buffer.name} = {side}[{number}].{what}.reshape({sizes}){turned}"


def fold(emitter: Emitter, step: Step, ufunc: str) -> list[str]:
    """All blobs of one name put together by a ufunc, one after the other."""
    node = step.node.args[0]
    side, what = ("bottom", "data") if node.op == "bottoms" else ("top", "diff")
    blob = _blob(emitter, side, str(node.attr("name")))
    emitter.support.add("_put_together")
    each = f"{_one(emitter, blob, side, what)} for _i in range(self._{blob.name}_count)"
    out = emitter.refs.write_as(emitter.place(step), step.node.axes, _own(blob))
    return [f"_put_together({ufunc}, [{each}], {out})"]


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
    wanted = [] if side == "top" else [f"    if propagate_down[{_number(emitter.layer, blob, side)}]:"]
    lines = [_header(blob, side), *wanted, f"    {'    ' * len(wanted)}{line}"]
    return lines if _written_at_once(emitter, step) is None else [f"if self._{blob.name}_count > 1:", *indented(lines)]


def _blob(emitter: Emitter, side: str, name: str) -> Blob:
    ends = emitter.layer.bottoms if side == "bottom" else emitter.layer.tops
    return next(blob for blob in ends if blob.name == name)


def _own(blob: Blob) -> tuple[Axis, ...]:
    """The axes that each of the blobs has, in their order."""
    return tuple(axis for extent in blob.extents for axis in extent.axes)


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
        return "[_i]" if own else "[_i, ...]"
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
    places = [refs.slices.get(axis.name, ":") for axis in own]
    while places and places[-1] == ":":
        places.pop()
    part = f"[{', '.join(places)}]" if places else ""
    return f"{side}[{_number(emitter.layer, blob, side)}].{what}.reshape({', '.join(sizes) or '()'}){part}"
