"""Reductions, and the largest and smallest along an axis so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from layerdsl.graph import Node
from layerdsl.graph.attributes import axis_of, over_of
from layerdsl.operators.world import Array, Named, Rule, World


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


def at(z: Array, places: Array) -> Array:
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


REDUCTIONS: Final[Mapping[str, Rule]] = {
    "max": _reduction(lambda z: at(z, z.real.argmax(axis=-1))),
    "min": _reduction(lambda z: at(z, z.real.argmin(axis=-1))),
    "prod": _reduction(lambda z: z.prod(axis=-1)),
    "var": _reduction(_spread),
    "std": _reduction(lambda z: np.sqrt(_spread(z))),
    "norm": _reduction(lambda z: np.sqrt((z * z).sum(axis=-1))),
    "logsumexp": _reduction(_log_sum_exp),
    "softmax": _reduction(_softmax, keeps=True),
    "logsoftmax": _reduction(_log_softmax, keeps=True),
    "cummax": _along(_so_far(1)),
    "cummin": _along(_so_far(-1)),
}
