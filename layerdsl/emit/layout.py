"""The text of what moves values: axes joined by a copy, values behind each other, in a frame, added to a part."""

from __future__ import annotations

from typing import cast

from layerdsl.emit.emitter import Emitter
from layerdsl.graph import Axis, Node
from layerdsl.graph import size as sizes
from layerdsl.operators.families.layout import cuts_of, lengths, parts_of, starts
from layerdsl.plan.schedule import Step, source
from layerdsl.plan.storage import Piece


def join(emitter: Emitter, step: Step) -> list[str]:
    """The result seen with its axes taken apart, into which the value is copied with its own turned."""
    node, refs = step.node, emitter.refs
    apart = {axis.name: parts for axis, parts in parts_of(node)}
    axes = tuple(one for axis in refs.order(node.axes) for one in apart.get(axis.name, (axis,)))
    return [f"np.copyto({refs.parted(refs.place(node), node, axes)}, {refs.read(node.args[0], axes)})"]


def concat(emitter: Emitter, step: Step) -> list[str]:
    """Each value into its own places."""
    node, out = step.node, emitter.out(step)
    axis = cast(Axis, node.attr("axis"))
    lines: list[str] = []
    for arg, start, length in zip(node.args, starts(node), lengths(node), strict=True):
        first = "" if start.constant == 0 else emitter.refs.size(start)
        last = "" if start + length == axis.size else emitter.refs.size(start + length)
        place = _index(emitter, node, {axis.name: f"{first}:{last}"})
        value = emitter.refs.read(arg, emitter.refs.order(node.axes))
        if not isinstance(emitter.refs.storage.places.get(source(arg)), Piece):  # else it was computed right there
            lines.append(f"np.copyto({out}{place}, {value})")
    return lines


def inset(emitter: Emitter, step: Step) -> list[str]:
    """The frame, and the value inside."""
    node, out = step.node, emitter.out(step)
    order = emitter.refs.order(node.axes)
    value, frame = (emitter.refs.read(arg, order) for arg in node.args)
    return [f"np.copyto({out}, {frame})", f"np.copyto({out}{_part(emitter, node)}, {value})"]


def patch(emitter: Emitter, step: Step) -> list[str]:
    """A value added to a part, or taken from it, in place."""
    node, out = step.node, emitter.out(step)
    base, value = (emitter.refs.read(arg, emitter.refs.order(node.axes)) for arg in node.args)
    copy = [] if base == out else [f"np.copyto({out}, {base})"]
    place, ufunc = f"{out}{_part(emitter, node)}", "add" if node.attr("plus") else "subtract"
    return [*copy, f"np.{ufunc}({place}, {value}, out={place})"]


def _part(emitter: Emitter, node: Node) -> str:
    """The index of the part of a frame or patch."""
    places: dict[str, str] = {}
    for axis, short, start, step in cuts_of(node):
        stop = start + short.size * sizes.whole(step)
        first = "" if start.constant == 0 else emitter.refs.size(start)
        last = "" if stop == axis.size else emitter.refs.size(stop)
        places[axis.name] = f"{first}:{last}" + (f":{step}" if step != 1 else "")
    return _index(emitter, node, places)


def _index(emitter: Emitter, node: Node, places: dict[str, str]) -> str:
    texts = [places.get(axis.name, ":") for axis in emitter.refs.order(node.axes)]
    while texts and texts[-1] == ":":
        texts.pop()
    return f"[{', '.join(texts)}]" if texts else ""
