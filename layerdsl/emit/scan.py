"""The loop of a scan: what is carried is a name that moves on from step to step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from layerdsl.emit.array import Array
from layerdsl.emit.names import Names
from layerdsl.emit.refs import Refs
from layerdsl.graph import Node
from layerdsl.operators.body import axis_of, parts_of
from layerdsl.plan.scan import Carried, Inner
from layerdsl.plan.storage import Slot

INDENT = "    "


def inner_refs(refs: Refs, scan: Node, loop: Inner, names: Names) -> Refs:
    """References inside a step: the values of the layer's as slices of this step."""
    axis = axis_of(scan)
    place = names(("slice", axis.name), axis.name.lower())
    made = Refs(loop.storage, refs.order, refs.size_names, refs.local, constants=refs.constants)
    made.step = axis.name, place
    made.given = {leaf: _given(refs, leaf, outer, axis.name, place) for leaf, outer in loop.outer.items()}
    for carried in loop.carried:
        axes = tuple(one.name for one in carried.first.axes)
        made.given[carried.leaf] = Array(_carried_name(scan, carried.leaf, names), axes)
    return made


def _given(refs: Refs, leaf: Node, outer: Node, axis: str, place: str) -> Array:
    if leaf.op == "carried":
        return Array("", ())
    array = refs.array(outer)
    return refs.at(array, axis, place) if leaf.op == "step" and axis in array.axes else array


def _carried_name(scan: Node, leaf: Node, names: Names) -> str:
    i = leaf.attr("index")
    return names(("carried", scan, i), str(dict(leaf.attrs).get("name") or f"carried{i}"))


def scan_lines(
    refs: Refs, inner: Refs, scan: Node, loop: Inner, names: Names, body: Callable[[Refs], list[str]]
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
        *before,
        f"for {place} in {steps}:",
        *(INDENT + line for line in lines or ["pass"]),
    ]


def _before(refs: Refs, scan: Node, one: Carried, firsts: tuple[Node, ...], names: Names) -> list[str]:
    name = _carried_name(scan, one.leaf, names)
    first = firsts[one.leaf.attr("index")]  # type: ignore[call-overload]
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
