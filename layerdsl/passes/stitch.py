"""Parts that were cut out of one axis put back behind each other: the derivative of a value that is used in parts.

The rules of derivation fill each part up with zeros and add them; where the parts lie side by side and leave nothing
out, they are copied to their places.
"""

from __future__ import annotations

from layerdsl.graph import Axis, Node, Size
from layerdsl.graph.attributes import axis_of, position_of, start_of
from layerdsl.graph.size import whole
from layerdsl.operators.build import build
from layerdsl.operators.families.layout import lengths, starts

Part = tuple[Size, Size, Node]  # the first place, the length, and what lies there


def stitched(node: Node) -> Node | None:
    """`concat` in place of a sum of parts that cover an axis."""
    if node.op != "add" or node.kind != "real":
        return None
    terms = _terms(node)
    if len(terms) < 2 or any(term.op not in ("unslice", "unat") for term in terms):
        return None
    axis = axis_of(terms[0])
    parts = [_part(term) for term in terms if term.attr("axis") == axis]
    ordered = _in_order(axis, [part for part in parts if part is not None])
    return None if len(ordered) != len(terms) else build("concat", *ordered, axis=axis)


def apart(node: Node) -> Node | None:
    """A product with values that lie behind each other is made of products with each; what they lie in becomes one."""
    if node.op == "concat":
        return _flattened(node)
    if node.op != "mul":
        return None
    for whole_value, other in (node.args, node.args[::-1]):
        if whole_value.op == "concat" and not other.static and set(other.names) <= set(whole_value.names):
            axis = axis_of(whole_value)
            places = zip(whole_value.args, starts(whole_value), lengths(whole_value), strict=True)
            parts = [build("mul", arg, _cut(other, axis, arg, start, size)) for arg, start, size in places]
            return build("concat", *parts, axis=axis)
    return None


def _cut(value: Node, axis: Axis, like: Node, start: Size, length: Size) -> Node:
    """The part of a value that lies beside a part of a `concat`."""
    if axis.name not in value.names:
        return value
    if axis.name not in like.names:
        return build("at", value, axis=axis, index=start)
    return build("slice", value, axis=Axis(axis.name, length), whole=axis, start=start, step=1)


def _flattened(node: Node) -> Node | None:
    axis = axis_of(node)
    if not any(arg.op == "concat" and axis_of(arg).name == axis.name for arg in node.args):
        return None
    parts: list[Node] = []
    for arg in node.args:
        parts += arg.args if arg.op == "concat" and axis_of(arg).name == axis.name else [arg]
    return build("concat", *parts, axis=axis)


def _terms(node: Node) -> list[Node]:
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.op == "add":
            stack.extend(current.args)
        else:
            found.append(current)
    return found


def _part(term: Node) -> Part | None:
    if term.op == "unat":
        return position_of(term), whole(1), term.args[0]
    if term.attr("step") != 1:
        return None
    return start_of(term), axis_of(term, "whole").size, term.args[0]


def _in_order(axis: Axis, parts: list[Part]) -> list[Node]:
    """The parts from the first place to the last; none where they leave a gap or lie over each other."""
    found: list[Node] = []
    place = whole(0)
    while place != axis.size:
        here = [part for part in parts if part[0] == place]
        if len(here) != 1 or len(found) == len(parts):
            return []
        found.append(here[0][2])
        place = place + here[0][1]
    return found
