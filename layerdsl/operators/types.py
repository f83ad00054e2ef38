"""Type rules: from an operator's arguments to the axes and the kind of its value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from layerdsl.graph import Axis, Kind, Node

Typed = tuple[tuple[Axis, ...], Kind]
Attrs = dict[str, Any]
TypeRule = Callable[[tuple[Node, ...], Attrs], Typed]


def union(*groups: Iterable[Axis]) -> tuple[Axis, ...]:
    """All axes once, in the order in which they appear first."""
    found: dict[str, Axis] = {}
    for group in groups:
        for axis in group:
            found.setdefault(axis.name, axis)
    return tuple(found.values())


def without(axes: Iterable[Axis], names: Iterable[str]) -> tuple[Axis, ...]:
    """The axes that are not named."""
    dropped = set(names)
    return tuple(axis for axis in axes if axis.name not in dropped)


def _elementwise(kind: Kind | None) -> TypeRule:
    def rule(args: tuple[Node, ...], attrs: Attrs) -> Typed:
        return union(*(arg.axes for arg in args)), kind or _common(args)

    return rule


def _common(args: tuple[Node, ...]) -> Kind:
    kinds = {arg.kind for arg in args}
    return kinds.pop() if len(kinds) == 1 else "real"


def _reduction(kind: Kind | None) -> TypeRule:
    return lambda args, attrs: (without(args[0].axes, attrs["over"]), kind or args[0].kind)


def _along(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return args[0].axes, "real"


def _select(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return union(args[1].axes, args[2].axes), _common(args[1:])


def _replaced(axes: tuple[Axis, ...], new: Axis) -> tuple[Axis, ...]:
    return tuple(new if axis.name == new.name else axis for axis in axes)


def _rename(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    names: dict[str, Axis] = dict(attrs["axes"])
    return tuple(names.get(axis.name, axis) for axis in args[0].axes), args[0].kind


LEAVES: Final[dict[str, TypeRule]] = {
    "number": lambda args, attrs: ((), attrs["kind"]),
    "hyper": lambda args, attrs: ((), attrs["kind"]),
    "isnone": lambda args, attrs: ((), "bool"),
    "absent": lambda args, attrs: ((), "bool"),  # whether an optional blob is not there
    "size": lambda args, attrs: ((), "index"),
    "phase": lambda args, attrs: ((), "bool"),
    "bottom": lambda args, attrs: (attrs["axes"], attrs["kind"]),
    "blob": lambda args, attrs: (attrs["axes"], "real"),
    # any number of blobs as one value: stacked along an axis of their own, or `joined` along one that they have
    "bottoms": lambda args, attrs: (attrs["axes"], attrs["kind"]),
    "derived": lambda args, attrs: (attrs["axes"], "real"),  # what would be derived for a blob, beside what is given
    "cotangents": lambda args, attrs: (attrs["axes"], "real"),
    "parts": lambda args, attrs: (args[0].axes, args[0].kind),  # what the tops of one name have, one behind the other
    "cotangent": lambda args, attrs: (attrs["axes"], "real"),
    "list": lambda args, attrs: ((attrs["axis"],), attrs["kind"]),
    "of_shape": lambda args, attrs: (attrs["axes"], attrs["kind"]),  # what `reshape()` has computed
    "coord": lambda args, attrs: ((attrs["axis"],), "index"),
}

STATIC_LEAVES: Final = frozenset({"number", "hyper", "isnone", "absent", "size", "phase"})

UNARY: Final = (
    "neg abs sign sqrt square exp expm1 log log1p log2 log10 exp2 sin cos tan arcsin arccos arctan sinh cosh tanh "
    "arcsinh arccosh arctanh floor ceil round trunc reciprocal cbrt erf erfc log1p_unit relu sigmoid softplus "
    "logsigmoid"
).split()
BINARY: Final = "add sub mul div pow floordiv mod maximum minimum arctan2 hypot".split()
COMPARISONS: Final = "lt le gt ge eq ne".split()
LOGIC: Final = "and or xor not isnan isinf isfinite".split()
ELEMENTWISE: Final = frozenset([*UNARY, *BINARY, *COMPARISONS, *LOGIC, "where", "gate", "clip", "real"])

#: What NumPy takes together along axes, part by part where it has to.
REDUCTIONS: Final = frozenset({"sum", "max", "min", "prod", "any", "all", "argmax", "argmin"})

TYPES: Final[dict[str, TypeRule]] = {
    **LEAVES,
    **{op: _elementwise("real") for op in UNARY},
    **{op: _elementwise(None) for op in ("neg", "abs", "sign", "square", "relu")},
    **{op: _elementwise(None) for op in BINARY},
    **{op: _elementwise("real") for op in ("div", "pow", "arctan2", "hypot")},
    **{op: _elementwise("index") for op in ("floor", "ceil", "round", "trunc")},
    **{op: _elementwise("bool") for op in (*COMPARISONS, *LOGIC)},
    "real": _elementwise("real"),  # a condition as 0 or 1, an index as a number
    "clip": _elementwise(None),
    "where": lambda args, attrs: (union(*(arg.axes for arg in args)), _common(args[1:])),
    "gate": lambda args, attrs: (union(args[0].axes, args[1].axes), "real"),  # where(args[0], args[1], 0)
    "select": _select,  # a choice made at set-up: args[0] is static
    **{op: _reduction(None) for op in ("sum", "max", "min", "prod")},
    **{op: _reduction("real") for op in ("mean", "var", "std", "norm", "logsumexp", "count")},
    **{op: _reduction("bool") for op in ("any", "all")},
    **{op: _reduction("index") for op in ("argmax", "argmin")},
    "softmax": _along,
    "logsoftmax": _along,
    "dot": lambda args, attrs: (without(union(args[0].axes, args[1].axes), attrs["over"]), "real"),
    "expand": lambda args, attrs: (attrs["axes"], args[0].kind),
    "rename": _rename,
    "stop": lambda args, attrs: (args[0].axes, args[0].kind),
    "pick": lambda args, attrs: (union(without(args[0].axes, [attrs["axis"].name]), args[1].axes), args[0].kind),
    "scatter": lambda args, attrs: (attrs["axes"], "real"),  # the adjoint of pick
    "slice": lambda args, attrs: (_replaced(args[0].axes, attrs["axis"]), args[0].kind),
    "unslice": lambda args, attrs: (_replaced(args[0].axes, attrs["axis"]), "real"),
    "at": lambda args, attrs: (without(args[0].axes, [attrs["axis"].name]), args[0].kind),
    "unat": lambda args, attrs: (attrs["axes"], "real"),
    "draw": lambda args, attrs: (union(attrs["axes"], *(arg.axes for arg in args)), attrs["kind"]),
    # squared distances of the rows of two matrices, and the sum of weighted differences of such rows
    "pairs": lambda args, attrs: (without(union(args[0].axes, args[1].axes), attrs["over"]), "real"),
    "spread": lambda args, attrs: (without(union(args[1].axes, args[2].axes), attrs["over"]), "real"),
    # where the entries that an index picks lie in a flattened array
    "places": lambda args, attrs: (attrs["axes"], "index"),
    "put": lambda args, attrs: (args[0].axes, "real"),  # the first, with the second added where the third points
    "store": lambda args, attrs: (attrs["axes"], "real"),  # written into a blob: the end of a formula
    "store_each": lambda args, attrs: (attrs["axes"], "real"),  # likewise, into any number of blobs
    "grad": lambda args, attrs: (args[1].axes, "real"),
}
