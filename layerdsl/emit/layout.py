"""The text of what moves values: axes joined by a copy, values behind each other, in a frame, added to a part."""

from __future__ import annotations

from layerdsl.emit.emitter import Emitter
from layerdsl.emit.kernels import whole
from layerdsl.emit.names import attribute
from layerdsl.graph import Node
from layerdsl.graph import size as sizes
from layerdsl.graph.attributes import axis_of
from layerdsl.operators.families.layout import cuts_of, lengths, parts_of, starts
from layerdsl.operators.types import without
from layerdsl.plan.schedule import Step, source
from layerdsl.plan.storage import Apart, Piece


def join(emitter: Emitter, step: Step) -> list[str]:
    """The result seen with its axes taken apart, into which the value is copied with its own turned."""
    node, refs = step.node, emitter.refs
    if isinstance(refs.storage.places.get(node.args[0]), Apart):
        return []  # it was computed right there
    apart = {axis.name: parts for axis, parts in parts_of(node)}
    axes = tuple(one for axis in refs.order(node.axes) for one in apart.get(axis.name, (axis,)))
    out, value = refs.parted(refs.place(node), node, axes), refs.read(node.args[0], axes)
    if source(node.args[0]).static or refs.array(node.args[0]).axes[-1:] == (axes[-1].name,):
        return [f"np.copyto({out}, {value})"]
    emitter.support.add("_interleave")
    return [f"_interleave({out}, {value})"]


def concat(emitter: Emitter, step: Step) -> list[str]:
    """Each value into its own places."""
    node, refs = step.node, emitter.refs
    axis = axis_of(node)
    lines: list[str] = []
    for arg, start, length in zip(node.args, starts(node), lengths(node), strict=True):
        if isinstance(refs.storage.places.get(source(arg)), Piece):
            continue  # it was computed right there
        taken = refs.slice(start, start + length, axis.size)
        place = refs.write_part(refs.place(node), node.axes, {axis.name: taken})
        lines.append(f"np.copyto({place}, {refs.read(arg, refs.order(node.axes))})")
    return lines


def inset(emitter: Emitter, step: Step) -> list[str]:
    """The frame, and the value inside."""
    node, out = step.node, emitter.out(step)
    order = emitter.refs.order(node.axes)
    value, frame = (emitter.refs.read(arg, order) for arg in node.args)
    return [f"np.copyto({out}, {frame})", f"np.copyto({_part(emitter, node)}, {value})"]


def patch(emitter: Emitter, step: Step) -> list[str]:
    """A value added to a part, or taken from it, in place."""
    node, out = step.node, emitter.out(step)
    base, value = (emitter.refs.read(arg, emitter.refs.order(node.axes)) for arg in node.args)
    copy = [] if base == out else [f"np.copyto({out}, {base})"]
    place, ufunc = _part(emitter, node), "add" if node.attr("plus") else "subtract"
    return [*copy, f"np.{ufunc}({place}, {value}, out={place})"]


def _part(emitter: Emitter, node: Node) -> str:
    """The part of a frame or patch that has a value of its own."""
    places: dict[str, str] = {}
    for axis, short, start, step in cuts_of(node):
        places[axis.name] = emitter.refs.slice(start, start + short.size * sizes.whole(step), axis.size, step)
    return emitter.refs.write_part(emitter.refs.place(node), node.axes, places)


def crop(emitter: Emitter, step: Step) -> list[str]:
    """A part of a group of axes, or zeros around it; where it lies is worked out in `reshape()`."""
    node, refs = step.node, emitter.refs
    old, new = (axis_of(node, which) for which in ("whole", "axis"))
    long, short = (old, new) if node.op == "crop" else (new, old)
    emitter.support |= {f"_{node.op}", "_crop_of"}
    at = f"self.{attribute(str(node.attr('at')))}" if node.attr("at") else "()"
    made = f"_crop_of({emitter.where(node)!r}, sizes['*{long.name}'], sizes['*{short.name}'], {at})"
    name = emitter.bases.setdefault((made, ""), f"base{len(emitter.bases) + 1}")
    rest = refs.order(without(node.axes, [new.name]))
    out = refs.write_as(refs.place(node), node.axes, (*rest, new))
    return [f"_{node.op}({whole(emitter, node.args[0], (*rest, old))}, self._{name}, {out})"]
