"""Values picked along several axes: looked for once, in these axes as one.

One axis after the other would lay out what the first index picks with all of the other axes, `x[N=n]` of as many
images as there are boxes. Done before a formula is differentiated, so that the backward adds up in the joined axes too.
"""

from __future__ import annotations

from layerdsl.graph import Axis, Node
from layerdsl.graph.attributes import axes_of, axis_of
from layerdsl.graph.size import product
from layerdsl.operators.build import build
from layerdsl.operators.families.joint import inside, joint
from layerdsl.operators.families.layout import parts_of

Axes = tuple[Axis, ...]


def at_once(node: Node) -> Node | None:
    """A pick, or a look by computed places as of samples, in what another pick has laid out."""
    if node.op == "pick" and len(node.args) == 2:
        return _picked(node)
    if node.op == "gather" and not node.attr("once") and len(axes_of(node, "along")) == 1:
        return _gathered(node)
    return None


def _picked(node: Node) -> Node | None:
    source, index = node.args
    axis = axis_of(node)
    if not _lays_out(source, (axis,)):
        return None
    x, axes, place = _looked_into(source)
    whole, long = _joined(x, (*axes, axis))
    return build("pick", whole, joint(place, inside(index, axis), axis), axis=long)


def _gathered(node: Node) -> Node | None:
    source, index = node.args
    (along,) = axes_of(node, "along")
    parts: Axes = (along,)
    if source.op == "join" and [axis for axis, _ in parts_of(source)] == [along]:
        ((_, parts),) = parts_of(source)
        (source,) = source.args
    if not _lays_out(source, parts):
        return None
    x, axes, place = _looked_into(source)
    whole, long = _joined(x, (*axes, *parts))
    places = joint(place, index, along)
    over = tuple(axis for axis in places.axes if axis.name not in whole.names)
    return build("gather", whole, places, along=(long,), over=over, once=False)


def _lays_out(source: Node, axes: Axes) -> bool:
    """Whether a pick lays out axes that its value has not, and leaves these as they are."""
    if source.op != "pick" or len(source.args) != 2:
        return False
    x, index = source.args
    kept = all(axis.name in x.names and axis.name not in index.names for axis in axes)
    return kept and not set(index.names) <= set(x.names)


def _looked_into(pick: Node) -> tuple[Node, Axes, Node]:
    """What a pick looks into, along which axes, and the place there."""
    x, index = pick.args
    if index.op == "joint" and x.op == "join":
        ((_, axes),) = parts_of(x)
        return x.args[0], axes, index
    return x, (axis_of(pick),), inside(index, axis_of(pick))


def _joined(x: Node, axes: Axes) -> tuple[Node, Axis]:
    """The value with these axes as one, and that axis."""
    long = Axis("_".join(axis.name for axis in axes) + "_flat", product([axis.size for axis in axes]))
    return build("join", x, parts=((long, axes),)), long
