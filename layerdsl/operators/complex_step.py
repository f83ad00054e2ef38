"""Formulas on complex numbers: the imaginary part of a result is how fast it moves, exact to the last digits.

A value x + i h v, with an h whose square is nothing, becomes f(x) + i h f'(x) v under any analytic f: no two nearby
values are subtracted, so that nothing cancels (Squire and Trapp, 1998). Operators are analytic, or made of branches
that are; which branch it is the real parts say, as they do where nothing moves. What operators give on complex numbers
stands here; slopes through others (eigenvectors) are measured by differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import over_of
from layerdsl.operators.body import body_of
from layerdsl.operators.build import build
from layerdsl.operators.families.pooling import over_last
from layerdsl.operators.families.windows import along_of, laid_out
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.types import ELEMENTWISE
from layerdsl.operators.world import Array, Named, World, axis_of, by_element, fitted

STEP: Final = 2.0**-100
Plain = Callable[[Node, tuple[Named, ...]], Named]  # what a node gives for real arguments


def is_moved(value: Named) -> bool:
    """Whether a value is complex."""
    return value.data.dtype.kind == "c"


def moved(value: Named, direction: Array) -> Named:
    """The value on its way in a direction."""
    return replace(value, data=value.data + 1j * STEP * direction)


def speed(value: Named) -> Array:
    """How fast a value moves."""
    return np.asarray(np.imag(value.data) / STEP)


def analytic(world: World, node: Node, args: tuple[Named, ...], plain: Plain) -> Named:
    """The value of a node some of whose arguments move; LookupError where it can't be told."""
    real = tuple(_real(arg) for arg in args)
    if node.op in STILL or node.kind != "real":
        return plain(node, real)
    if node.op in AS_IT_IS:
        return plain(node, args)
    if node.op in ELEMENTS or node.op in RULES:
        there = by_element(ELEMENTS[node.op], args) if node.op in ELEMENTS else RULES[node.op](world, node, args)
        return _with_real_part(there, plain(node, real))
    return _by_parts(node, args, real, plain)


def _real(value: Named) -> Named:
    return replace(value, data=value.data.real) if is_moved(value) else value


def _with_real_part(there: Named, real: Named) -> Named:
    """The real part is that of the plain meaning, to the last bit, so that branches are the same ones."""
    data = real.over(there.names) + 1j * there.data.imag
    return Named(there.names, data)


def _by_parts(node: Node, args: tuple[Named, ...], real: tuple[Named, ...], plain: Plain) -> Named:
    """Of an operator that is linear in each argument which moves: one argument after the other."""
    result = plain(node, real)
    data = result.data.astype(np.complex128)
    still = _without_constant(node)
    for i in (i for i, arg in enumerate(args) if is_moved(arg)):
        if i not in linear(node):
            raise LookupError(f"{node.op} on complex numbers")
        speeds = Named(args[i].names, speed(args[i]))
        data = data + 1j * STEP * plain(still, (*real[:i], speeds, *real[i + 1 :])).over(result.names)
    return Named(result.names, data)


def linear(node: Node) -> tuple[int, ...]:
    """The arguments in which an operator is linear, but for a constant that `_without_constant` takes away."""
    return LINEAR.get(node.op) or (KERNELS[node.op].linear if node.op in KERNELS else ())


def _without_constant(node: Node) -> Node:
    """A convolution whose frame holds another number than 0 adds something that does not move."""
    if node.op not in ("conv", "conv_weights"):
        return node
    return build(node.op, *node.args, **{**dict(node.attrs), "outside": 0.0})


def hinders(outputs: Iterable[Node], leaf: Node) -> Node | None:
    """The first operator on the way from a leaf that can't be evaluated on complex numbers, if there is one."""
    reached = {leaf}
    for node in walk(outputs):
        through = [i for i, arg in enumerate(node.args) if arg in reached]
        if not through or node.op in STILL or (node.kind != "real"):
            continue
        if not _allows(node, through):
            return node
        reached.add(node)
    return None


def _allows(node: Node, through: Iterable[int]) -> bool:
    if node.op == "scan":
        body = body_of(node)
        inside = [one for one in walk((*body.nexts, *body.outputs)) if one.args and one.kind == "real"]
        return all(one.op in STILL or _allows(one, range(len(one.args))) for one in inside)
    known = node.op in ELEMENTS or node.op in RULES or node.op in AS_IT_IS
    return known or set(through) <= set(linear(node))


# -- element by element ------------------------------------------------------------------------------------------------


def _abs(z: Array) -> Array:
    return np.where(z.real < 0, -z, z)


def _cbrt(z: Array) -> Array:
    root = np.exp(np.log(_abs(z)) / 3)
    return np.where(z.real < 0, -root, root)


def _relu(z: Array) -> Array:
    return np.where(z.real > 0, z, 0)


def _sigmoid(z: Array) -> Array:
    small = np.exp(-_abs(z))
    return np.asarray(np.where(z.real >= 0, 1, small) / (1 + small))


def _softplus(z: Array) -> Array:
    """At 0 both parts have to be those of the same side."""
    return np.asarray(np.where(z.real < 0, 0, z) + np.log(1 + np.exp(-_abs(z))))


def _erf(z: Array) -> Array:
    """The first term of its series around the real part."""
    return np.asarray(2 / math.sqrt(math.pi) * np.exp(-z.real * z.real) * 1j * z.imag)


def _pow(a: Array, b: Array) -> Array:
    a, b = np.broadcast_arrays(np.asarray(a), np.asarray(b))
    if not np.iscomplexobj(b) and b.size and np.ptp(b) == 0 and b.flat[0] == np.rint(b.flat[0]) and abs(b.flat[0]) < 64:
        return _whole_pow(a, int(b.flat[0]))
    even = np.where(np.mod(np.real(b), 2) == 1, -1.0, 1.0)  # of a negative number only whole powers are real
    return np.asarray(np.where(a.real < 0, even, 1.0) * np.exp(b * np.log(np.where(a.real < 0, -a, a) + 0j)))


def _whole_pow(a: Array, times: int) -> Array:
    if times < 0:
        return np.asarray(1 / _whole_pow(a, -times))
    result, factor = np.ones_like(a), a
    while times:
        result = result * factor if times % 2 else result
        factor, times = factor * factor, times // 2
    return result


def _mod(a: Array, b: Array) -> Array:
    return np.asarray(a - b * np.floor(np.real(a) / np.real(b)))


def _arctan2(y: Array, x: Array) -> Array:
    """Up to a constant: of the quotient that is small."""
    wide = np.abs(np.real(x)) > np.abs(np.real(y))
    return np.asarray(np.where(wide, np.arctan(y / x + 0j), -np.arctan(x / y + 0j)))


def _maximum(a: Array, b: Array) -> Array:
    return np.asarray(np.where(np.real(a) >= np.real(b), a, b))


def _minimum(a: Array, b: Array) -> Array:
    return np.asarray(np.where(np.real(a) <= np.real(b), a, b))


# The real part is taken from the plain meaning, so that constants do not count: `expm1` is `exp`.
ELEMENTS: Final[dict[str, Callable[..., Any]]] = {
    "neg": lambda z: -z,
    "abs": _abs,
    "sqrt": np.sqrt,
    "square": lambda z: z * z,
    "exp": np.exp,
    "expm1": np.exp,
    "exp2": lambda z: np.exp(z * math.log(2)),
    "log": np.log,
    "log1p": lambda z: np.log(1 + z),
    "log1p_unit": lambda z: np.log(1 + z),
    "log2": lambda z: np.log(z) / math.log(2),
    "log10": lambda z: np.log(z) / math.log(10),
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
    "reciprocal": lambda z: 1 / z,
    "cbrt": _cbrt,
    "erf": _erf,
    "erfc": lambda z: -_erf(z),
    "relu": _relu,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "logsigmoid": lambda z: -_softplus(-z),
    "real": lambda z: z,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": _pow,
    "mod": _mod,
    "maximum": _maximum,
    "minimum": _minimum,
    "arctan2": _arctan2,
    "hypot": lambda a, b: np.sqrt(a * a + b * b),
    "where": np.where,
    "gate": lambda test, z: np.where(test, z, 0),
    "clip": lambda z, low, high: _minimum(_maximum(z, low), high),
}


# -- reductions --------------------------------------------------------------------------------------------------------

Rule = Callable[[World, Node, "tuple[Named, ...]"], Named]


def _reduction(function: Callable[[Array], Array], keeps: bool = False) -> Rule:
    """`function` is given an array whose last axis is all that is taken together."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        (z,), over = args, over_of(node)
        kept = tuple(name for name in z.names if name not in over)
        rest = tuple(name for name in z.names if name in over)
        whole = z.over((*kept, *rest))
        found = function(whole.reshape(*whole.shape[: len(kept)], -1))
        return Named((*kept, *rest), found.reshape(whole.shape)) if keeps else Named(kept, np.asarray(found))

    return rule


def _at(z: Array, places: Array) -> Array:
    return np.asarray(np.take_along_axis(z, places[..., np.newaxis], axis=-1)[..., 0])


def _spread(z: Array) -> Array:
    off = z - z.mean(axis=-1, keepdims=True)
    return np.asarray((off * off).mean(axis=-1))


def _log_sum_exp(z: Array) -> Array:
    most = _most(z)
    return np.asarray(np.log(np.exp(z - most).sum(axis=-1)) + most[..., 0])


def _softmax(z: Array) -> Array:
    powers = np.exp(z - _most(z))
    total = powers.sum(axis=-1, keepdims=True)
    return np.asarray(powers / np.where(total == 0, 1, total))


def _log_softmax(z: Array) -> Array:
    total = _log_sum_exp(z)[..., np.newaxis]
    return np.asarray(z - np.where(total == -np.inf, 0, total))


def _most(z: Array) -> Array:
    """What leaves the exponentials at most 1: the largest value, or 0 where that is infinite."""
    most = z.real.max(axis=-1, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(most), most, 0.0)


# -- whole arrays ------------------------------------------------------------------------------------------------------


def _along(function: Callable[[Array], Array]) -> Rule:
    """`function` is given the axis last, its first place where it begins."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        name, step = axis_of(node).name, -1 if node.attr("reverse") else 1
        names = (*(one for one in args[0].names if one != name), name)
        return Named(names, function(args[0].over(names)[..., ::step])[..., ::step])

    return rule


def _so_far(sign: int) -> Callable[[Array], Array]:
    """The largest so far, or with -1 the smallest: the first of those that have it."""

    def function(z: Array) -> Array:
        most = np.maximum.accumulate(sign * z.real, axis=-1)
        new = np.concatenate([np.ones_like(most[..., :1], bool), most[..., 1:] != most[..., :-1]], axis=-1)
        places = np.maximum.accumulate(new * np.arange(z.shape[-1]), axis=-1)
        return np.asarray(np.take_along_axis(z, places, axis=-1))

    return function


def _recur(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """y[i] = b[i] + a[i] * y[i - 1]."""
    names = (*(name for name in node.names if name != axis_of(node).name), axis_of(node).name)
    axes = tuple(sorted(node.axes, key=lambda axis: names.index(axis.name)))
    b, a = (fitted(arg, axes, world).data for arg in args)
    out, last = np.zeros(b.shape, np.complex128), np.zeros(b.shape[:-1], np.complex128)
    for i in range(b.shape[-1])[:: -1 if node.attr("reverse") else 1]:
        last = b[..., i] + a[..., i] * last
        out[..., i] = last
    return Named(names, out)


def _window_extreme(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    along = along_of(node)
    windows = laid_out(fitted(args[0], node.args[0].axes, world), along, node.attr("outside"), world)
    names, data = over_last(windows, along)
    sign = 1 if node.attr("pair") == "maximum" else -1
    return Named(names, _at(data, (sign * data.real).argmax(axis=-1)))


def _together(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    """Of an operator that is linear in all of its arguments together."""
    speeds = tuple(Named(arg.names, speed(arg) if is_moved(arg) else 0 * arg.data) for arg in args)
    result = KERNELS[node.op].reference(world, node, speeds)
    return Named(result.names, 1j * STEP * result.data)


# -- matrices ----------------------------------------------------------------------------------------------------------


def _matrix(function: Callable[[Array], Any], square: bool = False) -> Rule:
    """`function` is given matrices as the last two axes; its result has these again, or none of them."""

    def rule(world: World, node: Node, args: tuple[Named, ...]) -> Named:
        rows, columns = axis_of(node, "rows").name, axis_of(node, "columns").name
        lead = tuple(name for name in args[0].names if name not in (rows, columns))
        try:
            found = np.asarray(function(args[0].over((*lead, rows, columns))))
        except np.linalg.LinAlgError:
            raise LookupError(f"{node.op} of a singular matrix") from None
        return Named((*lead, rows, columns) if square else lead, found)

    return rule


def _det(z: Array) -> Array:
    return np.asarray(np.linalg.det(z))


def _logdet(z: Array) -> Array:
    """Up to a constant: the sign turns as the determinant moves."""
    sign = np.linalg.slogdet(z)[0]
    return np.asarray(1j * sign.imag / sign.real)


def _cofactors(z: Array) -> Array:
    size, found = z.shape[-1], np.empty(z.shape, np.complex128)
    for i, j in np.ndindex(size, size):
        found[..., i, j] = (-1) ** (i + j) * _det(np.delete(np.delete(z, i, axis=-2), j, axis=-1))
    return found


def _cholesky(z: Array) -> Array:
    """Without the conjugates of the usual one, which is not analytic."""
    z, found = (z + z.swapaxes(-1, -2)) / 2, np.zeros(z.shape, np.complex128)
    for j in range(z.shape[-1]):
        left = z[..., j:, j] - (found[..., j:, :j] * found[..., j : j + 1, :j]).sum(axis=-1)
        found[..., j:, j] = left / np.sqrt(left[..., :1])
    return found


def _solve(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (a, b), rows, columns = args, axis_of(node, "rows").name, axis_of(node, "columns").name
    lead = tuple(dict.fromkeys(name for x in (a, b) for name in x.names if name not in (rows, columns)))
    try:
        found = np.linalg.solve(a.over((*lead, rows, columns)), b.over((*lead, rows))[..., np.newaxis])[..., 0]
    except np.linalg.LinAlgError:
        raise LookupError("solve with a singular matrix") from None
    return Named((*lead, columns), np.asarray(found))


RULES: Final[Mapping[str, Rule]] = {
    "max": _reduction(lambda z: _at(z, z.real.argmax(axis=-1))),
    "min": _reduction(lambda z: _at(z, z.real.argmin(axis=-1))),
    "prod": _reduction(lambda z: z.prod(axis=-1)),
    "var": _reduction(_spread),
    "std": _reduction(lambda z: np.sqrt(_spread(z))),
    "norm": _reduction(lambda z: np.sqrt((z * z).sum(axis=-1))),
    "logsumexp": _reduction(_log_sum_exp),
    "softmax": _reduction(_softmax, keeps=True),
    "logsoftmax": _reduction(_log_softmax, keeps=True),
    "cummax": _along(_so_far(1)),
    "cummin": _along(_so_far(-1)),
    "recur": _recur,
    "window_extreme": _window_extreme,
    "inset": _together,
    "patch": _together,
    "inverse": _matrix(lambda z: np.linalg.inv(z).swapaxes(-1, -2), square=True),
    "det": _matrix(_det),
    "logdet": _matrix(_logdet),
    "cofactors": _matrix(_cofactors, square=True),
    "cholesky": _matrix(_cholesky, square=True),
    "solve": _solve,
}

# Their plain meaning is that on complex numbers too.
AS_IT_IS: Final = frozenset(
    "sum mean dot pairs spread expand store store_each rename pick scatter slice at put parts select concat window "
    "cumprod scan result use top held variable rows".split()
)

# Nothing is derived through these: steps, what is meant to hold still, and places.
STILL: Final = frozenset("sign floor ceil round trunc floordiv stop extern draw window_best".split())

# Linear operators that are no kernels, or are linear in more of their arguments but for a constant.
LINEAR: Final[Mapping[str, tuple[int, ...]]] = {"unslice": (0,), "unat": (0,), "conv": (0, 1), "conv_weights": (0, 1)}

assert set(ELEMENTS) <= ELEMENTWISE
