"""Which formula is to blame for a wrong gradient: the rule of every node is held against the slope of its own value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np

from layerdsl.check.case import Array
from layerdsl.check.slopes import STEPS, has_kink, slope
from layerdsl.check.trial import Trial
from layerdsl.gradient.engine import dependents
from layerdsl.graph import Node, walk
from layerdsl.operators.body import body_of, walk_deep
from layerdsl.operators.build import build, fit
from layerdsl.operators.derivatives import rule
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import Named, World
from layerdsl.source import Span

TOLERANCE = 1e-5
MOST_ENTRIES = 24


def culprit(trial: Trial, blob: str) -> Span | None:
    """The formula whose derivative is wrong, else the first one that uses the blob."""
    outputs = [node for _, node in trial.meaning.tops_as_said]
    world, leaf = trial.world(), _leaf(outputs, blob)
    if leaf is None:
        return None
    values = _values(outputs, world)
    reached = set[Node]().union(*(dependents(output, leaf) for output in outputs))
    wrong = (n for n in walk(outputs) if n in reached and n in values and _wrong_rule(n, values, reached, world))
    inside = (n for scan in walk(outputs) if scan.op == "scan" for n in _body(scan) if _wrong_anywhere(n, world))
    first = (n for n in walk(outputs) if leaf in n.args)
    found = next(chain(wrong, inside, first), None)
    return found.origin.span if found is not None else None


def singular(trial: Trial, blob: str) -> Node | None:
    """The first formula on the way from a blob whose own slope is infinite or no number at these values, as that of a
    root at 0 is."""
    outputs = [node for _, node in trial.meaning.tops_as_said]
    world, leaf = trial.world(), _leaf(outputs, blob)
    if leaf is None:
        return None
    values = _values(outputs, world)
    reached = set[Node]().union(*(dependents(output, leaf) for output in outputs))
    nodes = (node for node in walk(outputs) if node in reached and node in values)
    return next((node for node in nodes if _is_singular(node, values, reached, world)), None)


def _is_singular(node: Node, values: Mapping[Node, Named], reached: set[Node], world: World) -> bool:
    if not all(np.isfinite(values[one].data).all() for one in (node, *node.args) if one in values):
        return False
    with np.errstate(all="ignore"):
        slopes = [_by_rule(node, i, _cotangent(node, values), values, world) for i in _argnums(node, values, reached)]
    return not all(np.isfinite(each.data).all() for each in slopes)


def _leaf(outputs: list[Node], blob: str) -> Node | None:
    leaves = (node for node in walk(outputs) if node.op in ("bottom", "bottoms", "blob"))
    return next((node for node in leaves if node.attr("name") == blob), None)


def _values(outputs: list[Node], world: World) -> dict[Node, Named]:
    """The value of every node that can be evaluated (in the branch that is not taken, some can't)."""
    values: dict[Node, Named] = {}
    for node in walk(outputs):
        try:
            values[node] = evaluate([node], world, values)[0]
        except (LookupError, TypeError, ValueError):
            continue
    return values


def _wrong_rule(node: Node, values: Mapping[Node, Named], reached: set[Node], world: World) -> bool:
    return any(_differs(node, argnum, values, world) for argnum in _argnums(node, values, reached))


def _body(scan: Node) -> Iterator[Node]:
    """The formulas of the steps of a scan."""
    body = body_of(scan)
    return (node for node in walk_deep((*body.nexts, *body.outputs)) if node.args and node.kind == "real")


def _wrong_anywhere(node: Node, world: World) -> bool:
    """Whether the rule of a step is wrong for numbers of its own: those of the steps are not at hand."""
    random = np.random.RandomState(3)
    try:
        sizes = {arg: tuple(axis.size.evaluate(world.sizes) for axis in arg.axes) for arg in node.args}
        values = {arg: Named(arg.names, random.uniform(0.2, 0.8, size)) for arg, size in sizes.items()}
        values[node] = evaluate([node], world, values)[0]
        return all(arg.kind == "real" for arg in node.args) and _wrong_rule(node, values, set(node.args), world)
    except (LookupError, TypeError, ValueError, AssertionError):
        return False


def _argnums(node: Node, values: Mapping[Node, Named], reached: set[Node]) -> Iterator[int]:
    if node.op in ("scan", "use"):
        return  # several values in one: their cotangents are no array
    for i, arg in enumerate(node.args):
        if node.op not in ("scan", "result") and arg in reached and arg in values and rule(node.op, i) is not None:
            yield i


def _cotangent(node: Node, values: Mapping[Node, Named]) -> Array:
    """An arbitrary diff for the value of a node."""
    shape = values[node].data.shape
    return np.asarray(np.cos(np.arange(values[node].data.size) + 1.0).reshape(shape))


def _by_rule(node: Node, argnum: int, diff: Array, values: Mapping[Node, Named], world: World) -> Named:
    """What the rule gives for the diff of an argument."""
    derivative = rule(node.op, argnum)
    assert derivative is not None
    g = build("cotangent", name="g", axes=node.axes)
    known = {**values, g: Named(values[node].names, diff)}
    (derived,) = evaluate([fit(derivative(g, node), node.args[argnum])], world, known)
    return derived


def _differs(node: Node, argnum: int, values: Mapping[Node, Named], world: World) -> bool:
    """Whether the rule for one argument gives something else than the slope, off kinks."""
    arg, diff = node.args[argnum], _cotangent(node, values)
    derived = _by_rule(node, argnum, diff, values, world)
    data = values[arg].data
    right = derived.over(values[arg].names)
    for place in list(np.ndindex(*data.shape))[:MOST_ENTRIES]:

        def moved(step: float, place: tuple[int, ...] = place) -> float:
            there = data.copy()
            there[place] += step
            others = {one: values[one] for one in node.args if one in values}
            (value,) = evaluate([node], world, {**others, arg: Named(values[arg].names, there)})
            return float((value.over(values[node].names) * diff).sum())

        measured = slope(moved, STEPS[0])
        scale = max(abs(measured.value), abs(float(right[place])), 1e-2)
        if abs(measured.value - float(right[place])) > TOLERANCE * scale and not has_kink(moved, 1e-2 * scale):
            return True
    return False
