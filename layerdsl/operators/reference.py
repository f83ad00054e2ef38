"""What every operator means, said as plainly as possible in float64: the measure that emitted code is held against.

    >>> from layerdsl.graph import Axis, size
    >>> from layerdsl.operators.build import build, number
    >>> x = build("bottom", name="x", axes=(Axis("N", size.axis("N")),), kind="real")
    >>> world = World(sizes={"N": 3}, blobs={"x": Named(("N",), np.array([1.0, 2.0, 4.0]))})
    >>> evaluate([build("sum", build("mul", x, number(2.0)), over=("N",))], world)[0].data.tolist()
    14.0

Nothing here is shared with the passes or the emitter, and nothing is fast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.attributes import axis_of, over_of
from layerdsl.operators.complex_step import analytic, hinders
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.moving.step import STEP, is_moved, speed
from layerdsl.operators.types import ELEMENTWISE
from layerdsl.operators.world import Array, Named, Rule, World, by_element, fitted, shape_of, whole_of


def evaluate(outputs: Iterable[Node], world: World, known: Mapping[Node, Named] | None = None) -> tuple[Named, ...]:
    """The values of the nodes; of a choice made at set-up only the branch that is taken. `known` takes precedence."""
    outputs = tuple(outputs)
    values = evaluate_all(outputs, world, known)
    return tuple(values[output] for output in outputs)


def evaluate_all(outputs: Iterable[Node], world: World, known: Mapping[Node, Named] | None = None) -> dict[Node, Named]:
    """The values of the nodes and of all that they are made of."""
    values = dict(known or {})
    with np.errstate(all="ignore"):
        for output in outputs:
            _settle(output, world, values)
    return values


def _settle(output: Node, world: World, values: dict[Node, Named]) -> None:
    """Depth first, without recursion, as formulas may be deep."""
    stack = [output]
    while stack:
        node = stack[-1]
        missing = [] if node in values else [arg for arg in _needed(node, values) if arg not in values]
        stack.extend(missing)
        if not missing:
            stack.pop()
            if node not in values:
                value = _shifted(node, _value(node, world, values), world)
                values[node] = _rounded(node, value, world, values)


def _shifted(node: Node, value: Named, world: World) -> Named:
    if node not in world.shifts:
        return value
    return replace(value, data=value.data + world.shifts[node].over(value.names))


def _rounded(node: Node, value: Named, world: World, values: Mapping[Node, Named]) -> Named:
    if world.rounded is None or node.kind != "real" or node.op == "number" or type(value) is not Named:
        return value
    if value.data.dtype.kind not in "fc":
        return value
    return Named(value.names, world.rounded(node, value.data, partial(_terms, node, value, world, values)))


def _terms(node: Node, value: Named, world: World, values: Mapping[Node, Named]) -> Array:
    """How large the numbers are that a value is made of: where terms are added up, all of them without their signs."""
    if node.op not in ADDING:
        return _without_signs(value).data
    args = (_without_signs(values[arg]) if arg.kind == "real" else values[arg] for arg in node.args)
    return _given(world, node, tuple(args)).over(value.names)


# Their terms may cancel; what is added up is rounded with each of them.
ADDING: Final = frozenset({
    "add_by", "conv", "conv_back", "conv_bias", "conv_weights", "cumsum", "dot", "fold", "fold_dot", "mean",
    "scatter", "sum", "window_back", "window_dot", "window_sum",
})  # fmt: skip


def _without_signs(value: Named) -> Named:
    data = value.data
    return replace(value, data=np.abs(data.real) + 1j * np.abs(data.imag) if is_moved(value) else np.abs(data))


def _needed(node: Node, values: Mapping[Node, Named]) -> tuple[Node, ...]:
    if node.op == "grad":
        return node.args[1:]
    if _is_decided(node, values):
        return node.args[:1]
    if node.op != "select":
        return node.args[:1] if _is_logic(node) and node.args[0] not in values else node.args
    test = node.args[0]
    return (test, _taken(node, values)) if test in values else (test,)


def _is_logic(node: Node) -> bool:
    """Whether the right side of a node may have no value: `k == none or k >= 0`."""
    return node.static and node.op in ("and", "or")


def _is_decided(node: Node, values: Mapping[Node, Named]) -> bool:
    """Whether the left side says what `and` or `or` give."""
    return _is_logic(node) and node.args[0] in values and bool(values[node.args[0]].data) == (node.op == "or")


def _taken(node: Node, values: Mapping[Node, Named]) -> Node:
    return node.args[1] if values[node.args[0]].data else node.args[2]


def _value(node: Node, world: World, values: Mapping[Node, Named]) -> Named:
    if node.op == "select":
        return fitted(values[_taken(node, values)], node.axes, world)
    if node.op == "grad":
        return _slope(node, world, values)
    if _is_decided(node, values):
        return values[node.args[0]]
    return _given(world, node, tuple(values[arg] for arg in node.args))


def _given(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """What a node gives for the values of its arguments, of which some may be on their way."""
    if any(map(is_moved, args)):
        return analytic(world, node, args, partial(_plain, world))
    return _plain(world, node, args)


def _plain(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """What a node gives for the values of its arguments."""
    if node.op in ELEMENTWISE:
        return by_element(PLAIN[node.op], args)
    if node.op in RULES:
        return RULES[node.op](world, node, args)
    return KERNELS[node.op].reference(world, node, tuple(map(partial(_with_all_axes, world), node.args, args)))


def _with_all_axes(world: World, arg: Node, value: Named) -> Named:
    """A value with the axes of its node: a 0 that was chosen at set-up comes without."""
    return value if set(arg.names) <= set(value.names) else fitted(value, arg.axes, world)


# -- element by element ------------------------------------------------------------------------------------------------


def _real(x: Array) -> Array:
    return np.asarray(x, np.float64)


PLAIN: Final[dict[str, Callable[..., Any]]] = {
    "neg": lambda x: -x,
    "abs": np.abs,
    "sign": lambda x: np.where(np.isnan(x), 0.0, np.sign(x)),
    "sqrt": np.sqrt,
    "square": lambda x: x * x,
    "exp": np.exp,
    "expm1": np.expm1,
    "exp2": np.exp2,
    "log": np.log,
    "log1p": np.log1p,
    "log1p_unit": np.log1p,  # of a number between 0 and 1
    "log2": np.log2,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arcsinh": np.arcsinh,
    "arccosh": np.arccosh,
    "arctanh": np.arctanh,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.rint,
    "trunc": np.trunc,
    "reciprocal": lambda x: 1 / x,
    "cbrt": np.cbrt,
    "erf": np.vectorize(math.erf, otypes=[np.float64]),
    "erfc": np.vectorize(math.erfc, otypes=[np.float64]),
    "relu": lambda x: np.where(x > 0, x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "logsigmoid": lambda x: -np.logaddexp(0, -x),
    "real": _real,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "arctan2": np.arctan2,
    "hypot": np.hypot,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "and": np.logical_and,
    "or": np.logical_or,
    "xor": np.logical_xor,
    "not": np.logical_not,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "where": np.where,
    "gate": lambda test, x: np.where(test, x, 0.0),
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
}


# -- leaves ------------------------------------------------------------------------------------------------------------


def _scalar(value: object) -> Named:
    plain = isinstance(value, (bool, np.bool_, str))
    return Named((), np.asarray(value) if plain else np.asarray(value, np.float64))


def _hyper(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """A hyper-parameter; one that is none is used where it counts nothing, and worked out all the same."""
    value = world.hypers[str(node.attr("name"))]
    return _scalar(1.0 if value is None else value)


def _blob(source: str) -> Rule:
    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        value: Named = getattr(world, source)[node.attr("name")]
        return Named(node.names, np.asarray(value.over(node.names), np.float64))

    return rule


def _list(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    value, shape = world.hypers[str(node.attr("name"))], shape_of(node.axes, world)
    if not isinstance(value, tuple) or (len(value),) != shape:
        return Named(node.names, np.ones(shape))  # it stands in a branch that is not taken
    return Named(node.names, np.asarray(value, np.float64))


def _coord(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    return Named(node.names, np.arange(*shape_of(node.axes, world), dtype=np.float64))


def _draw(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """Every entry from the arguments that belong to it and one raw number."""
    raw = Named(node.names, world.draw(node, shape_of(node.axes, world)))
    return by_element(DISTRIBUTIONS[str(node.attr("distribution"))], (raw, *args))


DISTRIBUTIONS: Final[dict[str, Callable[..., Any]]] = {
    "uniform": lambda raw, low, high: low + raw * (high - low),
    "normal": lambda raw, mean, std: mean + raw * std,
    "randint": lambda raw, low, high: np.floor(low + raw * (high - low)),
    "bernoulli": lambda raw, p: raw < p,
}


# -- reductions --------------------------------------------------------------------------------------------------------


def _reduction(function: Callable[[Array], Any]) -> Rule:
    """`function` is given an array whose last axis is all that is taken together."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        (x,) = args
        kept, together = _last(x, node)
        return Named(kept, np.asarray(function(together)))

    return rule


def _last(x: Named, node: Node) -> tuple[tuple[str, ...], Array]:
    """The names of what is kept, and the data with the axes in `over` made one, in their order, at the end."""
    over = over_of(node)
    kept = tuple(name for name in x.names if name not in over)
    data = x.over((*kept, *(name for name in x.names if name in over)))
    return kept, data.reshape(*data.shape[: len(kept)], -1)


def _along(function: Callable[[Array], Array]) -> Rule:
    """`function` is given an array as `_reduction` does, and keeps its shape."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        (x,) = args
        kept, together = _last(x, node)
        rest = tuple(name for name in x.names if name not in kept)
        whole = x.over((*kept, *rest))
        return Named((*kept, *rest), function(together).reshape(whole.shape))

    return rule


def _or_of_nothing(function: Callable[[Array], Any], value: float) -> Callable[[Array], Any]:
    """What a function gives along the last axis, or this value where there is nothing along it."""
    return lambda x: function(x) if x.shape[-1] else np.full(x.shape[:-1], value)


def _log_sum_exp(x: Array) -> Array:
    return np.asarray(np.logaddexp.reduce(x, axis=-1))


def _log_softmax(x: Array) -> Array:
    """Less the largest value first: of values near -1e9, as masks are written, a logarithm would keep seven digits."""
    most = x.max(axis=-1, keepdims=True, initial=-np.inf)
    near = x - np.where(np.isfinite(most), most, 0)
    total = _log_sum_exp(near)[..., np.newaxis]
    return np.asarray(near - np.where(total == -np.inf, 0, total))  # of nothing but -inf each is as good as none


def _sum_of(function: Callable[..., Any]) -> Rule:
    """The sum of what `function` gives for each element of the arguments."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        kept, together = _last(by_element(function, args), node)
        return Named(kept, together.sum(axis=-1))

    return rule


# -- axes --------------------------------------------------------------------------------------------------------------


def _rename(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    pairs = node.attr("axes")
    assert isinstance(pairs, tuple)
    new = {old: axis.name for old, axis in pairs}
    return Named(tuple(new.get(name, name) for name in args[0].names), args[0].data)


def _pick(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """For every index the value at that place; an index outside counts as the nearest place."""
    value, index = args[:2]
    name = axis_of(node).name
    names = tuple(dict.fromkeys([*(n for n in value.names if n != name), *index.names]))
    size = value.data.shape[value.names.index(name)]
    places = np.clip(index.over(names), 0, size - 1).astype(np.intp)[..., np.newaxis]
    hit = places == np.arange(size)
    return Named(names, np.where(hit, value.over((*names, name)), 0).sum(axis=-1))


def _scatter(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """Every value at the place that its index names; several at one place are added up."""
    g, index = args
    axis, axes = axis_of(node), node.axes
    size = axis.size.evaluate(world.sizes)
    names = tuple(dict.fromkeys([*g.names, *index.names]))
    places = np.clip(index.over(names), 0, size - 1).astype(np.intp)[..., np.newaxis]
    spread = Named((*names, axis.name), np.where(places == np.arange(size), g.over(names)[..., np.newaxis], 0.0))
    lost = tuple(i for i, name in enumerate(spread.names) if name not in node.names)
    kept = tuple(name for name in spread.names if name in node.names)
    return fitted(Named(kept, spread.data.sum(axis=lost)), axes, world)


def _slice(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (x,) = args
    return Named(x.names, x.data[_places(node, x.names, axis_of(node), world)])


def _unslice(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """Zero but for the places that `slice` takes: here `axis` is the long one and `whole` the short one."""
    (g,) = args
    result = np.zeros(shape_of(node.axes, world))
    result[_places(node, node.names, axis_of(node, "whole"), world)] = g.over(node.names)
    return Named(node.names, result)


def _places(node: Node, names: tuple[str, ...], short: Axis, world: World) -> tuple[Any, ...]:
    start, step = whole_of(node, "start", world), whole_of(node, "step", world)
    taken = start + step * np.arange(short.size.evaluate(world.sizes))
    return tuple(taken if name == short.name else slice(None) for name in names)


def _at(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (x,) = args
    name = axis_of(node).name
    kept = tuple(n for n in x.names if n != name)
    return Named(kept, x.over((*kept, name))[..., whole_of(node, "index", world)])


def _unat(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (g,) = args
    result = np.zeros(shape_of(node.axes, world))
    places = tuple(whole_of(node, "index", world) if n == axis_of(node).name else slice(None) for n in node.names)
    result[places] = g.over([n for n in node.names if n != axis_of(node).name])
    return Named(node.names, result)


def _put(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    base, g, index = args
    return by_element(PLAIN["add"], (base, _scatter(world, node, (g, index))))


def _slope(node: Node, world: World, values: Mapping[Node, Named]) -> Named:
    """`grad(value, wrt)` as what it means: how fast the value changes with every entry."""
    value, wrt = node.args
    point = values[wrt]
    if is_moved(point):
        raise LookupError("a derivative on complex numbers")
    behind = _behind(value, wrt)
    known = {each: found for each, found in values.items() if each not in behind}
    along = _by_differences if hinders([value], wrt) else _by_complex_step
    slopes = np.empty(point.data.shape)
    for place in np.ndindex(*slopes.shape):
        direction = np.zeros(slopes.shape)
        direction[place] = 1.0
        slopes[place] = along(partial(_beside, value, wrt, world, known, Named(point.names, direction)))
    return Named(point.names, slopes)


def _behind(value: Node, wrt: Node) -> set[Node]:
    """What a value is made of that is made of another one, with that."""
    found = {wrt}
    for node in walk([value]):
        if any(arg in found for arg in node.args):
            found.add(node)
    return found


def _beside(
    value: Node, wrt: Node, world: World, known: Mapping[Node, Named], direction: Named, step: complex
) -> Named:
    """The value where another one is a step off; a `grad` around this one may have taken that a step off, too."""
    before = world.shifts.get(wrt, replace(direction, data=0 * direction.data))
    shift = Named(direction.names, before.over(direction.names) + step * direction.data)
    return evaluate([value], replace(world, shifts={**world.shifts, wrt: shift}), known)[0]


def _by_complex_step(beside: Callable[[complex], Named]) -> float:
    return float(speed(beside(1j * STEP)))


def _by_differences(beside: Callable[[complex], Named]) -> float:
    """Central ones of two steps, extrapolated."""
    wide, narrow = ((float(beside(h).data) - float(beside(-h).data)) / (2 * h) for h in (2e-3, 1e-3))
    return narrow + (narrow - wide) / 3


RULES: Final[dict[str, Rule]] = {
    "number": lambda world, node, args: _scalar(node.attr("value")),
    "hyper": _hyper,
    "isnone": lambda world, node, args: _scalar(world.hypers[str(node.attr("name"))] is None),
    "size": lambda world, node, args: _scalar(whole_of(node, "size", world)),
    "phase": lambda world, node, args: _scalar(world.train),
    "absent": lambda world, node, args: _scalar(f"{node.attr('name')}?" not in world.sizes),
    "bottom": _blob("blobs"),
    "bottoms": _blob("blobs"),
    "cotangents": _blob("cotangents"),
    "parts": lambda world, node, args: args[0],
    "blob": _blob("blobs"),
    "cotangent": _blob("cotangents"),
    "list": _list,
    "coord": _coord,
    "draw": _draw,
    "sum": _reduction(lambda x: x.sum(axis=-1)),
    "mean": _reduction(lambda x: x.mean(axis=-1)),
    "max": _reduction(_or_of_nothing(lambda x: x.max(axis=-1), float(np.finfo(np.float32).min))),
    "min": _reduction(_or_of_nothing(lambda x: x.min(axis=-1), float(np.finfo(np.float32).max))),
    "prod": _reduction(lambda x: x.prod(axis=-1)),
    "var": _reduction(lambda x: x.var(axis=-1)),
    "std": _reduction(lambda x: x.std(axis=-1)),
    "norm": _reduction(lambda x: np.sqrt((x * x).sum(axis=-1))),
    "logsumexp": _reduction(_log_sum_exp),
    "count": _reduction(lambda x: x.sum(axis=-1).astype(np.float64)),
    "any": _reduction(lambda x: x.any(axis=-1)),
    "all": _reduction(lambda x: x.all(axis=-1)),
    "argmax": _reduction(_or_of_nothing(lambda x: x.argmax(axis=-1).astype(np.float64), -1)),
    "argmin": _reduction(_or_of_nothing(lambda x: x.argmin(axis=-1).astype(np.float64), -1)),
    "softmax": _along(lambda x: np.exp(_log_softmax(x))),
    "logsoftmax": _along(_log_softmax),
    "dot": _sum_of(lambda a, b: a * b),
    "pairs": _sum_of(lambda a, b: (a - b) ** 2),
    "spread": _sum_of(lambda w, a, b: w * (a - b)),
    "stop": lambda world, node, args: args[0],
    "expand": lambda world, node, args: fitted(args[0], node.axes, world),
    "store": lambda world, node, args: fitted(args[0], node.axes, world),
    "store_each": lambda world, node, args: fitted(args[0], node.axes, world),
    "rename": _rename,
    "pick": _pick,
    "scatter": _scatter,
    "slice": _slice,
    "unslice": _unslice,
    "at": _at,
    "unat": _unat,
    "put": _put,
}

# Every operator that has a meaning: two of them decide themselves which of their arguments are evaluated.
REFERENCE: Final = frozenset(PLAIN) | frozenset(RULES) | frozenset(KERNELS) | {"select", "grad"}
