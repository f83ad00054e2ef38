"""Reductions, and the positions of the largest and smallest."""

from __future__ import annotations

from typing import Final

from layerdsl.emit.emitter import Emitter
from layerdsl.emit.several import fold
from layerdsl.graph.attributes import over_of
from layerdsl.plan.folds import FOLDS
from layerdsl.plan.schedule import Step, space
from layerdsl.plan.storage import in_two_steps, rows_of

REDUCERS: Final = {
    "sum": "np.add.reduce",
    "max": "np.maximum.reduce",
    "min": "np.minimum.reduce",
    "prod": "np.multiply.reduce",
    "any": "np.logical_or.reduce",
    "all": "np.logical_and.reduce",
}


def reduce_text(emitter: Emitter, step: Step) -> list[str]:
    """A reduction; as part of a sum over a loop to one number, an expression that is added."""
    arg = step.node.args[0]
    if arg.op in ("bottoms", "cotangents") and not emitter.refs.is_made(arg):
        return fold(emitter, step, FOLDS[step.node.op])
    if step.adds_up and not step.node.axes:
        return [f"{emitter.refs.totals[step.node]} += float({REDUCERS[step.node.op]}({_flat(emitter, step)}))"]
    if step.node.op == "sum" and in_two_steps(step, emitter.refs.order):
        return _rows_sum(emitter, step)
    if step.node.op in ("max", "min"):
        return [_extreme(emitter, step)]
    return [reduction(REDUCERS[step.node.op], emitter.operand(step, 0), emitter, step)]


def _extreme(emitter: Emitter, step: Step) -> str:
    """The largest or smallest, by way of a room where that is faster; an axis may have shrunk to nothing."""
    if not emitter.refs.scratch(step.node) and not _may_be_empty(step):
        return reduction(REDUCERS[step.node.op], emitter.operand(step, 0), emitter, step)
    emitter.support.add("_extreme")
    spare = [emitter.scratch(step, 0, step.node.axes)] if emitter.refs.scratch(step.node) else []
    pair = {"max": "np.maximum", "min": "np.minimum"}[step.node.op]
    values = [pair, emitter.operand(step, 0), _places(emitter, step), emitter.out(step), *spare]
    return f"_extreme({', '.join(values)})"


def _may_be_empty(step: Step) -> bool:
    """Whether nothing may be left of an axis over which a value is reduced: those of bottoms have any length."""
    over = over_of(step.node)
    return any(not axis.size.constant for axis in step.node.args[0].axes if axis.name in over)


def _rows_sum(emitter: Emitter, step: Step) -> list[str]:
    """The sums of the rows, then their sum in double precision."""
    rest = rows_of(step.node, emitter.refs.order)
    rows = emitter.scratch(step, 0, rest)
    over = set(over_of(step.node))
    places = [str(i) for i, axis in enumerate(rest) if axis.name in over]
    axis = places[0] if len(places) == 1 else f"({', '.join(places)})"
    return [
        f"np.add.reduce({emitter.operand(step, 0)}, axis=-1, out={rows})",
        f"np.add.reduce({rows}, axis={axis}, out={emitter.out(step)})",
    ]


def _flat(emitter: Emitter, step: Step) -> str:
    return f"{emitter.operand(step, 0)}, axis=None"


def reduction(reducer: str, operand: str, emitter: Emitter, step: Step) -> str:
    """The call that reduces an operand into the place of the result."""
    return f"{reducer}({operand}, axis={_places(emitter, step)}, out={emitter.out(step)})"


def _places(emitter: Emitter, step: Step) -> str:
    places = _reduced(emitter, step)
    return "None" if not step.node.axes else str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"


def _reduced(emitter: Emitter, step: Step) -> list[int]:
    """The places of the reduced axes among those that the step runs over."""
    over = set(over_of(step.node))
    return [i for i, axis in enumerate(emitter.refs.order(space(step.node))) if axis.name in over]


def position(emitter: Emitter, step: Step) -> list[str]:
    """The place of the largest or smallest along one axis."""
    (place,) = _reduced(emitter, step)
    x, out = emitter.operand(step, 0), emitter.out(step)
    if not emitter.refs.scratch(step.node) and not _may_be_empty(step):
        return [f"np.{step.node.op}({x}, axis={place}, out={out})"]
    if not emitter.refs.scratch(step.node):
        emitter.support.add("_place")
        return [f"_place(np.{step.node.op}, {x}, {place}, {out})"]
    emitter.support.add("_first_place")
    words = {"argmax": "np.argmax, np.greater, np.maximum", "argmin": "np.argmin, np.less, np.minimum"}[step.node.op]
    rooms = [emitter.scratch(step, i, step.node.axes) for i in range(4)]
    rooms.append(emitter.refs.plain(emitter.refs.scratch(step.node)[4]))
    return [f"_first_place(({words}), {x}, {place}, {out}, {', '.join(rooms)})"]
