"""Every pass alone: what it makes of the formulas and of their derivatives has the same values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from layerdsl.gradient.layer import expand_grad
from layerdsl.graph import Node
from layerdsl.operators.body import in_bodies
from layerdsl.operators.build import build
from layerdsl.operators.families.used import as_value, without_order
from layerdsl.operators.families.variable import with_variables
from layerdsl.operators.reference import evaluate
from layerdsl.operators.rewrite import Rewriter
from layerdsl.operators.world import Named
from layerdsl.passes.lower import lower, minus_into_small_factor
from layerdsl.passes.outwards import outwards
from layerdsl.passes.places import with_places
from layerdsl.passes.products import regrouped
from layerdsl.passes.scans import pruned, split_again, tidied
from layerdsl.passes.simplify import SIMPLER
from layerdsl.passes.stable import STABLE
from layerdsl.passes.stages import _in_numpy, _stitched, deep
from layerdsl.passes.stitch import stitched
from layerdsl.passes.used import told_where_used
from layerdsl.passes.window_views import window_views
from layerdsl.passes.windows import windows, with_best
from random_layers.comparing import ALLOWED, WORLDS, farther, first_difference, moving
from random_layers.experiment import Experiment, PropertyError

Nodes = tuple[Node, ...]
Pass = Callable[[Nodes, int], Nodes]


def _rules(*rules: Callable[[Node], Node | None]) -> Pass:
    return lambda nodes, count: deep(list(rules))(nodes)


# What is done to the formulas before they are differentiated,
BEFORE: dict[str, Pass] = {
    "with_variables": lambda nodes, count: Rewriter([])(with_variables(nodes)),
    "without_order": _rules(without_order),
    "stable": _rules(*STABLE),
    "windows": _rules(windows),
    "expand_grad": _rules(expand_grad),
}
# and to forward and backward together.
AFTER: dict[str, Pass] = {
    "as_value": _rules(as_value),
    "simpler": _rules(as_value, *SIMPLER),
    "outwards": _rules(as_value, outwards),
    "tidied": lambda nodes, count: tidied(nodes),
    "split_again": lambda nodes, count: Rewriter([split_again])(nodes),
    "stitched": lambda nodes, count: Rewriter([stitched])(nodes),
    "stitched in scans": lambda nodes, count: Rewriter([in_bodies(_stitched)])(nodes),
    "lower": _rules(as_value, lower),
    "regrouped": lambda nodes, count: regrouped(nodes),
    "minus_into_small_factor": _rules(minus_into_small_factor),
    "told_where_used": lambda nodes, count: told_where_used(nodes, count),
    "with_places": lambda nodes, count: Rewriter([with_places(nodes[:count])])(nodes),
    "with_best": lambda nodes, count: Rewriter([with_best(nodes)])(nodes),
    "window_views": lambda nodes, count: window_views(nodes),
    "pruned": lambda nodes, count: pruned(Rewriter([])(nodes)),
    "all of them": lambda nodes, count: Rewriter([in_bodies(lambda b: _in_numpy(b, len(b)))])(_in_numpy(nodes, count)),
}


def _without_places(node: Node) -> Node | None:
    """Where entries lie in memory is nothing that the reference knows: again the index that says it."""
    if node.op not in ("pick", "scatter", "put") or node.args[-1].op != "places":
        return None
    return build(node.op, *node.args[:-1], node.args[-1].args[0], **dict(node.attrs))


# What a mask discards may be infinite in a derivative as long as the other passes have not seen it.
DERIVING = ("expand_grad",)

ALONE = 3  # so many of them are tried with one program, others with others


def check_passes(tried: Experiment) -> int:
    """How many passes were tried."""
    program = tried.meaning.program
    forward = tried.meaning.as_said
    names = _some(tried, BEFORE)
    for name in names:
        _same(tried, name, forward, BEFORE[name](forward, len(forward)))
    whole, count = (*program.forward, *program.backward), len(program.forward)
    others = _some(tried, AFTER)
    for name in others:
        _same(tried, name, whole, AFTER[name](whole, count))
    return len(names) + len(others)


def _some(tried: Experiment, table: dict[str, Pass]) -> list[str]:
    """Some of the names, others for each seed."""
    names = list(table)
    first = tried.program.seed % len(names)
    return [*names[first:], *names[:first]][:ALONE]


def _same(tried: Experiment, name: str, before: Nodes, after: Nodes) -> None:
    after = deep([_without_places])(after)
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a is not b]
    if not changed:
        return
    olds, news = zip(*changed, strict=True)
    wanted, got = evaluate(olds, tried.world), evaluate(news, tried.world)
    for i, (old, new) in enumerate(zip(wanted, got, strict=True)):
        if name not in DERIVING or np.isfinite(new.data).all():
            _compare(tried, name, olds[i], _full(old, new), _full(new, old))


def _full(value: Named, other: Named) -> np.ndarray:
    """The data with the axes of both: what is the same along an axis may lack it."""
    names = tuple(sorted({*value.names, *other.names}))
    a, b = value.over(names), other.over(names)
    return np.asarray(np.broadcast_arrays(a, b)[0], np.float64)


def _compare(tried: Experiment, name: str, node: Node, wanted: np.ndarray, got: np.ndarray) -> None:
    place = first_difference(got, wanted)
    if place is None:
        return
    if not abs(got[place] - wanted[place]) <= _rounding(tried, node, wanted)[place]:
        raise PropertyError(f"the pass `{name}`: at {place} of a value {got[place]!r}, not {wanted[place]!r}")


def _rounding(tried: Experiment, node: Node, wanted: np.ndarray) -> np.ndarray:
    spread = np.zeros(wanted.shape)
    world = replace(tried.world, rounded=moving(np.random.RandomState(5)))
    for _ in range(WORLDS):
        (moved,) = evaluate([node], world)
        spread = farther(spread, np.broadcast_to(_full(moved, moved), wanted.shape), wanted)
    return ALLOWED * spread
