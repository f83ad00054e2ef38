"""Nodes are made here and nowhere else: the type rule gives the axes and the kind."""

from __future__ import annotations

from contextvars import ContextVar

from layerdsl.graph import Axis, Kind, Node, Origin, Size
from layerdsl.graph.size import Test, is_test, whole
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.types import ELEMENTWISE, STATIC_LEAVES, TYPES, union

_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - Origin is frozen


class made_for:  # noqa: N801 - it is used as a function
    """Every node made inside comes from there, so that no rule has to hand its origin on."""

    __slots__ = ("_before", "_origin")

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def __enter__(self) -> None:
        self._before = _origin.set(self._origin)

    def __exit__(self, *raised: object) -> None:
        _origin.reset(self._before)


def build(op: str, *args: Node, **attrs: object) -> Node:
    """The node of that operator."""
    axes, kind = (TYPES.get(op) or KERNELS[op].type)(args, attrs)
    static = op in STATIC_LEAVES or (
        bool(args) and op in ELEMENTWISE | {"select", "stop"} and all(arg.static for arg in args)
    )
    return Node(op, args, axes, kind, tuple(sorted(attrs.items())), _origin.get(), static)


def number(value: float | int | bool) -> Node:
    """A literal."""
    kind: Kind = "bool" if isinstance(value, bool) else "index" if isinstance(value, int) else "real"
    return build("number", value=value, kind=kind)


def size_of(size: Size) -> Node:
    """The size of an axis, or of several multiplied, as a number in a formula."""
    return number(size.constant) if size.constant is not None else build("size", size=size)


def as_size(node: Node) -> Size | None:
    """The size that a node is, or the whole number; None where it is neither."""
    if node.op == "size":
        value = node.attr("size")
        return value if isinstance(value, Size) else None
    if node.op == "number" and node.kind == "index":
        return whole(node.attr("value"))  # type: ignore[arg-type]
    return None


def as_test(node: Node) -> Test | None:
    """A condition of the set-up as one on which sizes may depend; None where it is made of something else."""
    test = _test(node)
    return test if is_test(test) else None


def _test(node: Node) -> Test:
    return Test(node.op, node.attrs, tuple(map(_test, node.args)), node)


def is_number(node: Node, value: float) -> bool:
    """Whether the node is this literal."""
    return node.op == "number" and node.attr("value") == value


def as_real(node: Node) -> Node:
    """The value as a number that can be multiplied: a condition as 0 or 1, an index as a number."""
    return node if node.kind == "real" else build("real", node)


def total(x: Node, over: tuple[str, ...]) -> Node:
    """The sum over the named axes; those that `x` does not have count as often as they are long elsewhere."""
    return build("sum", x, over=over) if over else x


def expand(x: Node, axes: tuple[Axis, ...]) -> Node:
    """The value with all the axes given, constant along those that it does not have."""
    return x if set(x.names) == {axis.name for axis in axes} else build("expand", x, axes=axes)


def fit(g: Node, like: Node) -> Node:
    """A cotangent brought to the axes of its value: undoing a broadcast sums over what the value does not have."""
    mine = set(like.names)
    return expand(total(g, tuple(name for name in g.names if name not in mine)), like.axes)


def contract(a: Node, b: Node, keep: tuple[Axis, ...]) -> Node:
    """The sum of `a * b` over every axis that is not kept, with the kept ones that neither has added."""
    kept = {axis.name for axis in keep}
    over = tuple(axis.name for axis in union(a.axes, b.axes) if axis.name not in kept)
    return expand(build("dot", a, b, over=over) if over else build("mul", a, b), keep)
