"""`nms(box, score, over=N)`: which boxes are left where those that overlap with a better one are not."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Axis, Node
from layerdsl.graph.size import whole
from layerdsl.operators.build import as_real, build, number, size_of
from layerdsl.semantics.builtin import OVER, Bound, Builtin, Parameter, argument, one_axis
from layerdsl.semantics.expressions import align, condition
from layerdsl.semantics.scope import Scope
from layerdsl.source import fault
from layerdsl.syntax import tree

USAGE: Final = "nms(box, score, over=N, threshold=0.5)"


def _sides(scope: Scope, bound: Bound, box: Node, score: Node) -> Axis:
    """The axis along which a box has its four sides."""
    four = [axis for axis in box.axes if axis.size == whole(4) and axis.name not in score.names]
    if len(four) != 1:
        there = f"its axes are `{scope.listed(box)}`"
        remedy = "declare it as in `box: [N, 4]`: left, top, right, bottom"
        raise fault("LD203", "a box has one axis of four", bound["box"][0].span, there, help=remedy)
    return four[0]


def _known(scope: Scope, bound: Bound, name: str, default: Node) -> Node:
    """A number that is known when the net is set up."""
    if name not in bound:
        return default
    value = argument(scope, bound, name)
    if not value.static:
        raise fault("LD304", f"`{name}` of `nms` depends on data", bound[name][0].value.span, "it is known at set-up")
    return value


def _nms(scope: Scope, expr: tree.Call, bound: Bound) -> Node:
    box, score = (as_real(argument(scope, bound, name)) for name in ("box", "score"))
    axis = one_axis(scope, expr, bound, score)
    sides = _sides(scope, bound, box, score)
    if axis.name not in box.names:
        there = f"its axes are `{scope.listed(box)}`"
        raise fault("LD203", f"the boxes lack axis `{axis.name}`", bound["box"][0].span, there)
    among = condition(scope, bound["among"][0].value) if "among" in bound else number(True)
    align(scope, expr.span, box, score, among)
    threshold = _known(scope, bound, "threshold", number(0.5))
    plus = _known(scope, bound, "plus", number(0))
    keep = _known(scope, bound, "keep", size_of(axis.size))
    return build("nms", box, score, among, threshold, plus, keep, axis=axis, sides=sides)


BOXES: Final = (
    (
        "nms",
        Builtin(
            USAGE,
            (
                Parameter("box"),
                Parameter("score"),
                OVER,
                *(Parameter(name, required=False, keyword_only=True) for name in "threshold keep among plus".split()),
            ),
            _nms,
        ),
    ),
)
