"""Picking by an index and scattering back, and the places and parts of an axis."""

from __future__ import annotations

from layerdsl.emit.emitter import Emitter
from layerdsl.emit.lines import indented
from layerdsl.graph import Axis, Node, writing
from layerdsl.graph import size as sizes
from layerdsl.graph.attributes import axes_of, axis_of, position_of
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.schedule import Step


def pick(emitter: Emitter, step: Step) -> list[str]:
    """The entries that an index picks."""
    source, places = emitter.refs.whole(step.node.args[0]).text, _places_of(emitter, step)
    return [f"np.take({source}.reshape(-1), {places}, out={emitter.out(step)}, mode='clip')"]


def scatter(emitter: Emitter, step: Step) -> list[str]:
    """Zeros, with values where an index points."""
    out, places = emitter.out(step), _places_of(emitter, step)
    given = emitter.refs.read(step.node.args[0], emitter.refs.order(step.node.args[1].axes))
    flat = f"{out}.reshape(-1)"
    put = f"{flat}[{places}] = {given}" if _unique(step.node.args[1]) else f"np.add.at({flat}, {places}, {given})"
    return [f"np.copyto({out}, 0)", *_if_any(step.node, out, [put])]


def put(emitter: Emitter, step: Step) -> list[str]:
    """Values added where an index points, in place."""
    node, out, places = step.node, emitter.out(step), _places_of(emitter, step)
    base = emitter.operand(step, 0)
    copy = [] if base == out else [f"np.copyto({out}, {base})"]
    given = emitter.refs.read(node.args[1], emitter.refs.order(node.args[2].axes))
    if not _unique(node.args[2]):
        return [*copy, f"np.add.at({out}.reshape(-1), {places}, {given})"]
    values = emitter.scratch(step, 0, node.args[2].axes)
    added = [
        f"np.take({out}.reshape(-1), {places}, out={values}, mode='clip')",
        f"np.add({values}, {given}, out={values})",
        f"{out}.reshape(-1)[{places}] = {values}",
    ]
    return [*copy, *_if_any(node, out, added)]


def _if_any(node: Node, out: str, lines: list[str]) -> list[str]:
    """Lines that put values where an array is largest: it has no such place if an axis has shrunk to nothing."""
    index = node.args[-1].args[0]
    found = index.op in ("argmax", "argmin") and not axis_of(node.args[-1]).size.constant
    return [f"if {out}.size:", *indented(lines)] if found else lines


def _places_of(emitter: Emitter, step: Step) -> str:
    places = step.node.args[-1]
    return emitter.refs.read(places, emitter.refs.order(places.axes))


def _unique(places: Node) -> bool:
    """Whether no place is met twice: the index has only axes that the array has too."""
    whole = {axis.name for axis in axes_of(places, "whole")}
    return set(places.args[0].names) <= whole


def places(emitter: Emitter, step: Step) -> list[str]:
    """Where the picked entries lie in the flattened array."""
    refs, node = emitter.refs, step.node
    emitter.support.add("_positions")
    axis = axis_of(node)
    whole, looked_up = refs.order(axes_of(node, "whole")), refs.order(node.axes)
    at = next(i for i, one in enumerate(whole) if one.name == axis.name)
    stride = refs.size(sizes.product([one.size for one in whole[at + 1 :]]))
    base = _base(emitter, whole, at, looked_up)
    message = repr(f"{emitter.where(node)}: {_index_name(node.args[0])} along axis {axis.name}")
    index = refs.read(node.args[0], looked_up)
    used = f", {refs.read(node.args[1], looked_up)}" if len(node.args) > 1 else ""
    used = used if node.attr("checked") else ", False"
    return [f"_positions({message}, {index}, {refs.size(axis.size)}, {stride}, {base}, {emitter.out(step)}{used})"]


def _index_name(index: Node) -> str:
    while index.op in VIEWS and not index.origin.name:
        index = index.args[0]
    name = index.attr("name") if index.op == "bottom" else index.origin.name
    return f"`{name}`" if name else "an index"


def _base(emitter: Emitter, axes: tuple[Axis, ...], at: int, looked_up: tuple[Axis, ...]) -> str:
    """The part of the places that does not depend on the index: a buffer that `reshape()` fills."""
    with writing.elsewhere():
        expression = _base_text(emitter, axes, at, looked_up)
    if not expression:
        return "0"
    name = emitter.bases.setdefault((expression, ""), f"base{len(emitter.bases) + 1}")
    return f"self._{name}"


def _base_text(emitter: Emitter, axes: tuple[Axis, ...], at: int, looked_up: tuple[Axis, ...]) -> str:
    """The formula of that part, for `reshape()`."""
    names = [axis.name for axis in looked_up]
    terms: list[str] = []
    for i, axis in enumerate(axes):
        if i == at:
            continue
        stride = emitter.refs.size(sizes.product([one.size for one in axes[i + 1 :]]))
        behind = len(names) - names.index(axis.name) - 1
        shape = f".reshape(-1{', 1' * behind})" if behind else ""
        scale = f" * ({stride})" if " " in stride else "" if stride == "1" else f" * {stride}"
        terms.append(f"np.arange({emitter.refs.size(axis.size)}){shape}{scale}")
    return " + ".join(terms)


def unslice(emitter: Emitter, step: Step) -> list[str]:
    """Zeros, with a value in the part that a slice took out."""
    node, out = step.node, emitter.out(step)
    axis, cut = axis_of(node), axis_of(node, "whole")
    where = _along(emitter, node, axis.name, emitter.refs.stretch(node, cut))
    given = emitter.refs.read(node.args[0], emitter.refs.order(node.args[0].axes))
    return [f"np.copyto({out}, 0)", f"np.copyto({out}{where}, {given})"]


def unat(emitter: Emitter, step: Step) -> list[str]:
    """Zeros, with a value at one place of an axis."""
    node, out = step.node, emitter.out(step)
    index = emitter.refs.size(position_of(node))
    where = _along(emitter, node, axis_of(node).name, index)
    if len(node.axes) == 1:
        where = f"[{index}, ...]"  # without the dots it is a number, not the array of one element
    given = emitter.refs.read(node.args[0], emitter.refs.order(node.args[0].axes))
    return [f"np.copyto({out}, 0)", f"np.copyto({out}{where}, {given})"]


def _along(emitter: Emitter, node: Node, name: str, index: str) -> str:
    places = [index if axis.name == name else ":" for axis in emitter.refs.order(node.axes)]
    while places[-1] == ":":
        places.pop()
    return f"[{', '.join(places)}]"
