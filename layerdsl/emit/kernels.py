"""The call of a function that the emitted file carries, for operators that work on whole arrays."""

from __future__ import annotations

from layerdsl.emit.emitter import Emitter
from layerdsl.emit.sizes import tuple_text
from layerdsl.graph import Axis, Node, Size
from layerdsl.operators.kernel import KERNELS, Call, Extra, Onto, Where
from layerdsl.operators.types import union, without
from layerdsl.plan.schedule import Step
from layerdsl.plan.storage import is_onto


def kernel(emitter: Emitter, step: Step) -> list[str]:
    """One line: the function with the arguments lined up, what else it wants to know, its room, and the result."""
    node, refs = step.node, emitter.refs
    call = KERNELS[node.op].call(node)
    emitter.support.add(call.function)
    leading = refs.order(_leading(node, call))
    read = whole if KERNELS[node.op].whole else _lined_up
    args = [
        read(emitter, arg, (*leading, *_named(arg, names))) if arg.axes or not arg.static else refs.scalar(arg)
        for arg, names in zip(node.args, call.args, strict=True)
    ]
    rooms = [refs.plain(place) for place in refs.scratch(node)]
    out = refs.write_as(refs.place(node), node.axes, (*leading, *_named(node, call.out)))
    return [f"{call.function}({', '.join([*args, *(_extra(emitter, node, one) for one in call.extra), *rooms, out])})"]


def _lined_up(emitter: Emitter, arg: Node, axes: tuple[Axis, ...]) -> str:
    return emitter.refs.read(arg, axes)


def whole(emitter: Emitter, arg: Node, axes: tuple[Axis, ...]) -> str:
    """A value with all of its axes, as a view: in memory it lacks those along which it is the same."""
    text = _lined_up(emitter, arg, axes)
    if set(arg.names) <= set(emitter.refs.array(arg).axes):
        return text
    sizes = [emitter.refs.size(axis.size) if axis in arg.axes else "1" for axis in axes]
    return f"np.broadcast_to({text}, {tuple_text(sizes)})"


def _leading(node: Node, call: Call) -> tuple[Axis, ...]:
    """The axes that the function does not know by name."""
    return union(
        without(node.axes, call.out),
        *(without(arg.axes, names) for arg, names in zip(node.args, call.args, strict=True)),
    )


def _named(node: Node, names: tuple[str, ...]) -> tuple[Axis, ...]:
    """The last axes of an array; one that a value lacks has size 1."""
    held = {axis.name: axis for axis in node.axes}
    return tuple(held.get(name) or Axis(name, Size(())) for name in names)


def _extra(emitter: Emitter, node: Node, extra: Extra) -> str:
    match extra:
        case Size():
            return emitter.refs.size(extra)
        case Node():
            return emitter.refs.scalar(extra)
        case Where():
            return repr(emitter.where(node))
        case Onto():
            return repr(is_onto(emitter.refs.place(node)))
        case tuple():
            inner = ", ".join(_extra(emitter, node, one) for one in extra)
            return f"({inner},)" if len(extra) == 1 else f"({inner})"
    return repr(extra)
