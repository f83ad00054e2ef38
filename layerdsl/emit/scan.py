"""The loop of a scan: what is carried is a name that moves on from step to step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from layerdsl.emit.array import Array
from layerdsl.emit.lines import indented
from layerdsl.emit.names import Names
from layerdsl.emit.refs import Refs
from layerdsl.graph import Node
from layerdsl.graph.attributes import axis_of, index_of
from layerdsl.operators.body import parts_of
from layerdsl.plan.naming import own_name
from layerdsl.plan.scan import Carried, Inner
from layerdsl.plan.schedule import source
from layerdsl.plan.storage import Slot


def inner_refs(refs: Refs, scan: Node, loop: Inner, names: Names) -> tuple[Refs, list[str]]:
    """References inside a step: the values of the layer's as slices of this step; and the lines before the loop that
    name what would be looked at anew in each step."""
    axis = axis_of(scan)
    place = names(("slice", axis.name), axis.name.lower())
    made = Refs(loop.storage, refs.order, refs.size_names, refs.local, constants=refs.constants)
    made.step = axis.name, place
    views: dict[str, str] = {}
    for leaf, outer in loop.outer.items():
        array = Array("", ()) if leaf.op == "carried" else refs.array(outer)
        if "(" in array.base and not any(step.given for step in loop.steps):
            array = _named(array, views, names, own_name(leaf.origin.name or source(outer).origin.name))
        made.given[leaf] = refs.at(array, axis.name, place) if leaf.op == "step" and axis.name in array.axes else array
    for carried in loop.carried:
        axes = tuple(one.name for one in carried.first.axes)
        made.given[carried.leaf] = Array(_carried_name(scan, carried.leaf, names), axes)
    return made, [f"{name} = {text}" for text, name in views.items()]


def _named(array: Array, views: dict[str, str], names: Names, wanted: str) -> Array:
    """An array that is seen otherwise, by a name of its own."""
    name = views.setdefault(array.text, names(("view", array.text), wanted or "view"))
    return Array(name, array.axes, array.cut)


def _carried_name(scan: Node, leaf: Node, names: Names) -> str:
    i = leaf.attr("index")
    return names(("carried", scan, i), str(dict(leaf.attrs).get("name") or f"carried{i}"))


def scan_lines(
    refs: Refs,
    inner: Refs,
    scan: Node,
    loop: Inner,
    names: Names,
    views: Sequence[str],
    body: Callable[[Refs], list[str]],
) -> list[str]:
    """The loop, with what comes before it."""
    axis = axis_of(scan)
    place, length = names(("slice", axis.name), axis.name.lower()), refs.size(axis.size)
    steps = f"range({length} - 1, -1, -1)" if scan.attr("backwards") else f"range({length})"
    firsts = parts_of(scan)[0]
    before = [line for one in loop.carried for line in _before(refs, scan, one, firsts, names)]
    after = [_after(inner, scan, one, names) for one in loop.carried]
    direction = "backwards " if scan.attr("backwards") else ""
    lines = [*body(inner), *after]
    return [
        f"# {axis.name} step by step{', ' + direction.strip() if direction else ''}",
        *views,
        *before,
        f"for {place} in {steps}:",
        *indented(lines or ["pass"]),
    ]


def _before(refs: Refs, scan: Node, one: Carried, firsts: tuple[Node, ...], names: Names) -> list[str]:
    name = _carried_name(scan, one.leaf, names)
    first = firsts[index_of(one.leaf)]
    lines = [f"{name} = self._{one.first.name}", f"np.copyto({name}, {refs.read(first, one.first.axes)})"]
    if not isinstance(one.place, Slot):
        lines.append(f"{_spare(name, scan, one, names)} = self._{one.place.buffer.name}")
    return lines


def _spare(name: str, scan: Node, one: Carried, names: Names) -> str:
    return names(("spare", scan, one.leaf.attr("index")), f"next_{name}")


def _after(inner: Refs, scan: Node, one: Carried, names: Names) -> str:
    name = _carried_name(scan, one.leaf, names)
    if isinstance(one.place, Slot):
        return f"{name} = {inner.plain(one.place)}"
    spare = _spare(name, scan, one, names)
    return f"{name}, {spare} = {spare}, {name}"


def turns(scan: Node, loop: Inner, names: Names) -> Mapping[str, str]:
    """The buffers that take turns, and the names by which a step knows those that it fills."""
    return {
        one.place.buffer.name: _spare(_carried_name(scan, one.leaf, names), scan, one, names)
        for one in loop.carried
        if not isinstance(one.place, Slot)
    }
