"""Values laid out twice: what one of a pair undoes, what is put together and taken apart, sums that need no order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from layerdsl.graph import Axis, Node, Size
from layerdsl.graph.attributes import axis_of, over_of, position_of, start_of, stride_of
from layerdsl.graph.size import product, whole
from layerdsl.operators.build import build, expand, is_number, number
from layerdsl.operators.families.layout import Cut, Parts, cuts_of, lengths, parts_of, starts
from layerdsl.operators.types import union, without

FEW: Final = 8  # so many places of an axis are added up one by one


def laid_out(node: Node) -> Node | None:
    """The same value with less moved."""
    rule = RULES.get(node.op)
    return None if rule is None else rule(node)


def _held(node: Node, name: str) -> Axis | None:
    return next((axis for axis in node.axes if axis.name == name), None)


# -- axes taken apart and joined ---------------------------------------------------------------------------------------


def _reparted(node: Node) -> Node | None:
    """`split` of a `join` with the same parts; two in a row as one; constant along an axis, there is none to move."""
    (x,) = node.args
    if x.op == "expand":
        return _of_expanded(node, x)
    if {node.op, x.op} == {"split", "join"} and parts_of(node) == parts_of(x):
        return x.args[0]
    if x.op != node.op:
        return None
    inner, outer = parts_of(x), parts_of(node)
    made = _names(inner)
    return None if made & _names(outer) else build(node.op, x.args[0], parts=(*inner, *outer))


def _names(parts: Parts) -> set[str]:
    return {axis.name for axis, _ in parts} | {one.name for _, some in parts for one in some}


def _of_expanded(node: Node, x: Node) -> Node | None:
    """An axis along which all is the same is so in parts too, and so is one of which all parts are such."""
    (value,) = x.args
    moved = tuple(
        (axis, some)
        for axis, some in parts_of(node)
        if any(_held(value, one.name) for one in ((axis,) if node.op == "split" else some))
    )
    needed = {one.name for axis, some in moved for one in ((axis,) if node.op == "split" else some)}
    axes = union(value.axes, (axis for axis in x.axes if axis.name in needed))
    if {axis.name for axis in axes} == set(x.names) and len(moved) == len(parts_of(node)):
        return None
    inner = expand(value, axes)
    return expand(build(node.op, inner, parts=moved) if moved else inner, node.axes)


def _joined_pieces(node: Node) -> Node | None:
    """Values behind each other along the first of joined axes lie behind each other along the joined one."""
    (x,) = node.args
    joined = next(((axis, some) for axis, some in parts_of(node) if x.op == "concat" and some[0] == axis_of(x)), None)
    if joined is None or len(parts_of(node)) > 1:
        return None
    axis, (first, *inner) = joined
    rest = without(x.axes, [first.name])
    pieces: list[Node] = []
    for arg, length in zip(x.args, lengths(x), strict=True):
        own = Axis(axis.name, length * product([one.size for one in inner]))
        mine = _held(arg, first.name)
        parts = (own, (*((mine,) if mine else ()), *inner))
        pieces.append(build("join", expand(arg, union(rest, (mine,) if mine else ())), parts=(parts,)))
    return build("concat", *pieces, axis=axis)


def _flipped(node: Node) -> Node | None:
    (x,) = node.args
    if x.op == "flip" and axis_of(x) == axis_of(node):
        return x.args[0]
    if x.op == "expand" and _held(x.args[0], axis_of(node).name) is None:
        return x
    return None


# -- cut out and framed ------------------------------------------------------------------------------------------------


def _cut(node: Node) -> Node | None:
    """A slice of everything, of a slice, of what a frame holds, of values behind each other."""
    (x,) = node.args
    axis, long = axis_of(node), axis_of(node, "whole")
    start, step = start_of(node), stride_of(node)
    if axis.size == long.size and start == whole(0) and step == 1:
        return x
    if x.op == "slice" and axis_of(x).name == axis.name:
        first, stride = start_of(x), stride_of(x)
        start = first + start * whole(stride)
        return build("slice", x.args[0], axis=axis, whole=axis_of(x, "whole"), start=start, step=step * stride)
    if x.op == "unslice" and _frame(x) == (axis, long, start, step):
        return x.args[0]
    if x.op == "concat" and axis_of(x).name == axis.name and step == 1:
        return _of_concat(x, axis, start)
    return None


def _frame(node: Node) -> tuple[Axis, Axis, Size, int]:
    """What a slice would have to be that takes out what a frame holds."""
    return axis_of(node, "whole"), axis_of(node), start_of(node), stride_of(node)


def _of_concat(x: Node, axis: Axis, start: Size) -> Node | None:
    """Those of several values behind each other that a slice takes, where it takes them whole."""
    firsts, counts = starts(x), lengths(x)
    ends = [first + length for first, length in zip(firsts, counts, strict=True)]
    if start not in firsts or start + axis.size not in ends:
        return None
    taken = x.args[firsts.index(start) : ends.index(start + axis.size) + 1]
    if not taken or (len(taken) == 1 and _held(taken[0], axis.name) is None):
        return None
    rest = without(x.axes, [axis.name])
    result = taken[0] if len(taken) == 1 else build("concat", *taken, axis=axis)
    return expand(result, (*rest, axis))


def _framed(node: Node) -> Node | None:
    """A frame without a rim."""
    (x,) = node.args
    full = axis_of(node).size == axis_of(node, "whole").size and node.attr("step") == 1
    return x if full and start_of(node) == whole(0) else None


def _one_frame(node: Node) -> Node | None:
    """Two frames of one number."""
    (x, outer) = node.args
    if x.op != "inset" or outer.op != "number" or not is_number(x.args[1], cast(float, outer.attr("value"))):
        return None
    cuts = (*cuts_of(x), *cuts_of(node))
    if len({long.name for long, _, _, _ in cuts}) < len(cuts):
        return None
    return build("inset", x.args[0], outer, cuts=cuts)


# -- behind each other -------------------------------------------------------------------------------------------------


def _behind(node: Node) -> Node | None:
    """Values behind each other in one row; parts of one value that belong together as one."""
    if len(node.args) == 1:
        return node.args[0] if _held(node.args[0], axis_of(node).name) is not None else None
    flat = [inner for arg in node.args for inner in _row(arg, axis_of(node))]
    merged: list[Node] = []
    for arg in flat:
        together = _together(merged[-1], arg, axis_of(node)) if merged else None
        merged[-1:] = [together] if together is not None else [*merged[-1:], arg]
    if len(merged) == len(node.args):
        return None
    return expand(build("concat", *merged, axis=axis_of(node)), node.axes)


def _row(arg: Node, axis: Axis) -> tuple[Node, ...]:
    return arg.args if arg.op == "concat" and axis_of(arg).name == axis.name else (arg,)


def _together(a: Node, b: Node, axis: Axis) -> Node | None:
    """Two slices of one value as one, where the second begins where the first ends."""
    if not (a.op == b.op == "slice" and a.args == b.args and axis_of(a).name == axis_of(b).name == axis.name):
        return None
    (first, start), (second, behind) = ((axis_of(one), start_of(one)) for one in (a, b))
    if a.attr("step") != 1 or b.attr("step") != 1 or start + first.size != behind:
        return None
    both = Axis(axis.name, first.size + second.size)
    return build("slice", a.args[0], axis=both, whole=axis_of(a, "whole"), start=start, step=1)


def _sum_of_frames(node: Node) -> Node | None:
    """Two frames that hold what lies behind each other: one frame that holds both."""
    a, b = node.args
    first, second = _held_part(a), _held_part(b)
    if first is None or second is None or axis_of(a) != axis_of(b) or set(a.names) != set(b.names):
        return None
    (start, length), (behind, further) = first, second
    if start + length == behind:
        return _in_one_frame(node, a.args[0], _negated_if(node, b.args[0]), start, length + further)
    if behind + further == start:
        return _in_one_frame(node, _negated_if(node, b.args[0]), a.args[0], behind, length + further)
    return None


def _held_part(x: Node) -> tuple[Size, Size] | None:
    """Where the value in a frame begins and how long it is."""
    if x.op == "unat":
        return position_of(x), whole(1)
    if x.op == "unslice" and x.attr("step") == 1:
        return start_of(x), axis_of(x, "whole").size
    return None


def _negated_if(node: Node, x: Node) -> Node:
    return build("neg", x) if node.op == "sub" else x


def _in_one_frame(node: Node, first: Node, second: Node, start: Size, length: Size) -> Node:
    axis = axis_of(node.args[0])
    both = Axis(axis.name, length)
    inside = build("concat", first, second, axis=both)
    inside = expand(inside, (*without(node.axes, [axis.name]), both))
    return build("unslice", inside, axis=axis, whole=both, start=start, step=1)


# -- sums --------------------------------------------------------------------------------------------------------------


def _summed(node: Node) -> Node | None:
    """In what order things lie, and in which pieces, is of no matter to their sum."""
    (x,) = node.args
    over = over_of(node)
    if x.op == "flip" and axis_of(x).name in over:
        return build("sum", x.args[0], over=over)
    if x.op in ("split", "join"):
        return _sum_of_parts(x, over)
    if x.op == "concat" and axis_of(x).name in over:
        return _sum_of_pieces(x, over)
    if x.op == "unslice" and axis_of(x).name in over:
        return build("sum", x.args[0], over=over)
    return None


def _sum_of_parts(x: Node, over: tuple[str, ...]) -> Node | None:
    names, left = list(over), []
    for axis, some in parts_of(x):
        out, back = ([one.name for one in some], [axis]) if x.op == "split" else ([axis.name], list(some))
        if set(out) <= set(names):
            names = [name for name in names if name not in out] + [one.name for one in back]
        else:
            left.append((axis, some))
    if len(left) == len(parts_of(x)) or len(set(names)) < len(names):
        return None
    inner = build(x.op, x.args[0], parts=tuple(left)) if left else x.args[0]
    return build("sum", inner, over=tuple(names)) if set(names) <= set(inner.names) else None


def _sum_of_pieces(x: Node, over: tuple[str, ...]) -> Node:
    total: Node | None = None
    for arg in x.args:
        lacking = tuple(axis for axis in x.axes if axis.name in over and axis.name not in arg.names)
        inner = expand(arg, union(arg.axes, (axis for axis in lacking if axis.name != axis_of(x).name)))
        names = tuple(name for name in over if name in inner.names)
        part = build("sum", inner, over=names) if names else inner
        total = part if total is None else build("add", total, part)
    assert total is not None
    return expand(total, without(x.axes, over))


RULES: Final[dict[str, Callable[[Node], Node | None]]] = {
    "split": _reparted,
    "join": lambda node: _joined_pieces(node) or _reparted(node),
    "flip": _flipped,
    "slice": _cut,
    "unslice": _framed,
    "inset": _one_frame,
    "concat": _behind,
    "add": _sum_of_frames,
    "sub": _sum_of_frames,
    "sum": _summed,
}


# -- in NumPy's words --------------------------------------------------------------------------------------------------


def patched(node: Node) -> Node | None:
    """What is added to a part is added there, in place of an array that is 0 everywhere else."""
    a, b = node.args
    if _is_frame(b) and _is_base(a, node):
        return build("patch", a, b.args[0], cuts=_cuts(b), plus=node.op == "add")
    if _is_frame(a) and _is_base(b, node) and node.op == "add":
        return build("patch", b, a.args[0], cuts=_cuts(a), plus=True)
    return None


def _is_frame(x: Node) -> bool:
    """Whether a value is 0 but for a part of it."""
    return x.op in ("unslice", "unat") or (x.op == "inset" and is_number(x.args[1], 0))


def _is_base(x: Node, node: Node) -> bool:
    return not x.static and x.op != "expand" and set(x.names) == set(node.names) and x.kind == "real"


def _cuts(frame: Node) -> tuple[Cut, ...]:
    if frame.op == "inset":
        return cuts_of(frame)
    if frame.op == "unat":
        long = axis_of(frame)
        return ((long, Axis(long.name, whole(1)), position_of(frame), 1),)
    short, long, start, step = _frame(frame)
    return ((long, short, start, step),)


def framed_at_once(node: Node) -> Node | None:
    """Frames around frames are one."""
    (x,) = node.args
    if not _is_frame(x):
        return None
    cuts = (*_cuts(x), *_cuts(node))
    if len({long.name for long, _, _, _ in cuts}) < len(cuts):
        return None
    return build("inset", x.args[0], number(0.0), cuts=cuts)


def few_added(node: Node) -> Node | None:
    """The sum along an axis of a few places of a value that is seen apart: those places added."""
    (x,) = node.args
    over = over_of(node)
    seen = x
    while seen.op == "at":
        (seen,) = seen.args
    if seen.op != "split":
        return None
    few = next((one for one in x.axes if one.name in over and 1 <= (one.size.constant or 0) <= FEW), None)
    if few is None:
        return None
    places = [build("at", x, axis=few, index=whole(i)) for i in range(few.size.constant or 0)]
    rest = tuple(name for name in over if name != few.name)
    terms = [build("sum", place, over=rest) if rest else place for place in places]
    total = terms[0]
    for term in terms[1:]:
        total = build("add", total, term)
    return total
