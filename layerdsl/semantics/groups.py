"""A group of axes that is seen as its axes: at most `MOST`, of which those that it lacks have size 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from layerdsl.graph import Axis, Extent, Node
from layerdsl.graph.size import Size, product
from layerdsl.graph.size import axis as axis_size
from layerdsl.semantics.scope import Scope
from layerdsl.source import Span, fault

MOST: Final = 3


class Opening(Exception):  # noqa: N818 - no error: the layer is read again
    """Something asks for the axes of a group one by one; the layer is read anew with that group opened."""

    def __init__(self, group: str) -> None:
        super().__init__(group)
        self.group = group


def bottom_group(scope: Scope, name: str) -> Extent | None:
    """A group of a bottom as its axes, for which its name stands then; None where nothing asks for them."""
    scope.collected.groups.add(name)
    if name not in scope.collected.opened:
        return None
    if name not in scope.axes:
        names = [f"{name}.{i}" for i in range(MOST)]
        scope.axes[name] = tuple(scope.add_axis(Axis(each, axis_size(each))) for each in names)
        scope.collected.parts |= {each: (name, i) for i, each in enumerate(names)}
    return group(scope, name, scope.axes[name], computed=False)


def group(scope: Scope, name: str, axes: tuple[Axis, ...], computed: bool = True) -> Extent:
    """A group of a blob that formulas see as these axes."""
    size = product([axis.size for axis in axes])
    return Extent(Axis(name, axis_size(name), star=True), size, True, computed, opened=axes, rank=rank(scope, axes[0]))


def is_group(scope: Scope, axes: tuple[Axis, ...]) -> bool:
    """Whether these are the axes of a group that is seen as its axes."""
    return len(axes) > 1 and rank(scope, axes[0]) is not None


def rank(scope: Scope, axis: Axis) -> Size | None:
    """How many axes the group has of which this is one; None for an axis that stands by itself."""
    part = scope.collected.parts.get(axis.name)
    return None if part is None else axis_size(f"{part[0]}.n")


def written(axes: Sequence[Axis]) -> list[str]:
    """The names of axes as a layer says them: of those of a group the group's."""
    return list(dict.fromkeys(axis.name.partition(".")[0] for axis in axes))


def made_elsewhere(scope: Scope, names: Sequence[str], value: Node) -> None:
    """Make known the groups of a value that a function has made, where a declaration has their names."""
    for name in names:
        axes = sorted(axis.name for axis in value.axes if axis.name.startswith(f"{name}."))
        if axes and name not in scope.axes:
            held = {axis.name: axis for axis in value.axes}
            scope.axes[name] = tuple(held[axis] for axis in axes)


def members(scope: Scope, name: str, like: Sequence[Axis], span: Span) -> list[str]:
    """The names of the axes for which a name stands, or will stand, beside these axes."""
    known = scope.axes.get(name)
    if known is not None and len(known) != len(like):
        counts = f"`{name}` stands for {len(known)}, the windows run along {len(like)}"
        raise fault("LD211", f"the axes `{name}` are others here: {counts}", span, help="give these another name")
    if known is not None:
        return [axis.name for axis in known]
    if rank(scope, like[0]) is not None:
        return [f"{name}.{i}" for i in range(len(like))]
    return [name if i == 0 else f"{name}{i + 1}" for i in range(len(like))]


def member(scope: Scope, name: str, like: Axis, axis: Axis, after: str | None) -> Axis:
    """One more axis for which a name stands, where `like` is the one that it goes along with."""
    found = scope.add_axis(axis, after)
    part = scope.collected.parts.get(like.name)
    if part is not None:
        scope.collected.parts[found.name] = part
    if axis.name != name:
        scope.axes[name] = (*(one for one in scope.axes.get(name, ()) if one.name != found.name), found)
    return found
