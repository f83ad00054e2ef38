"""Sums along an axis that go on from place to place, from either end."""

from __future__ import annotations

from layerdsl.graph import Axis, Node
from layerdsl.operators.build import build
from layerdsl.operators.kernel import Call, Kernel, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.world import along


def _same(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return args[0].axes, args[0].kind


def _call(function: str, node: Node) -> Call:
    axis = node.attr("axis")
    assert isinstance(axis, Axis)
    return Call(function, args=((axis.name,),), out=(axis.name,))


register(
    "cumsum",
    Kernel(
        type=_same,
        reference=along(lambda x: x.cumsum(axis=-1)),
        call=lambda node: _call("_cumsum", node),
        derivative=(lambda g, n: build("cumsum_back", g, axis=n.attr("axis")),),
        linear=(0,),
    ),
)

# from the last place to the first
register(
    "cumsum_back",
    Kernel(
        type=_same,
        reference=along(lambda x: x[..., ::-1].cumsum(axis=-1)[..., ::-1]),
        call=lambda node: _call("_cumsum_back", node),
        derivative=(lambda g, n: build("cumsum", g, axis=n.attr("axis")),),
        linear=(0,),
    ),
)
