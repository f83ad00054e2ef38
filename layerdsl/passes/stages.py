"""The stages of rewriting, and which passes each has in which order."""

from __future__ import annotations

from collections.abc import Mapping

from layerdsl.gradient.layer import expand_grad
from layerdsl.gradient.masks import STEEP
from layerdsl.graph import Node, Program, walk
from layerdsl.operators.body import Body, deeply, in_bodies, on_bodies, walk_deep
from layerdsl.operators.families.used import as_value, without_order
from layerdsl.operators.families.variable import with_variables, without_variable
from layerdsl.operators.rewrite import Rewriter, Rule
from layerdsl.passes.convolutions import convolutions
from layerdsl.passes.lower import lower, minus_into_small_factor
from layerdsl.passes.outwards import outwards
from layerdsl.passes.picks import at_once
from layerdsl.passes.places import with_places
from layerdsl.passes.products import regrouped
from layerdsl.passes.scans import outputs_read, pruned, split, tidied
from layerdsl.passes.simplify import SIMPLER, picks
from layerdsl.passes.specialise import Choice, Variant, specialised
from layerdsl.passes.stable import STABLE
from layerdsl.passes.stitch import apart, stitched
from layerdsl.passes.used import told_where_used
from layerdsl.passes.window_views import window_views
from layerdsl.passes.windows import windows, with_best

Nodes = tuple[Node, ...]


def stabilise(outputs: Nodes) -> Nodes:
    """The forward before it is differentiated; `grad(...)` in a formula is worked out on the way."""
    stable = deep([without_order, *STABLE, picked_first, windows, at_once, expand_grad])
    if all(node.op != "grad" for node in walk_deep(outputs)):
        return stable(outputs)
    return deep([without_variable])(stable(with_variables(outputs)))


def picked_first(node: Node) -> Node | None:
    """A pick from what may have an infinite slope: `log(p)[C=label]` is `log(p[C=label])` before it is differentiated.

    Nothing goes back to the other entries then, also where their slope is infinite. An index that blobs give is meant:
    the place of a largest value is looked for in the value itself.
    """
    if node.op != "pick" or node.args[1].op != "bottom":
        return None
    value = node.args[0]
    return picks(node) if any(one.op in STEEP for one in (value, *value.args)) else None


def deep(rules: list[Rule]) -> Rewriter:
    """Applies rules to all nodes, also to those of bodies."""
    return Rewriter([*rules, in_bodies(lambda nodes: Rewriter(rules)(nodes))])


def simplify(program: Program) -> Program:
    """The same program, said with less."""
    rules = [as_value, *SIMPLER, outwards]
    nodes = deep(rules)((*program.forward, *program.backward))
    if any(node.op == "scan" for node in walk(nodes)):
        nodes = split(deeply(_stitched, tidied(nodes)))
        nodes = tidied(deep(rules)(nodes))
    return program.with_nodes(nodes)


def _stitched(body: Nodes) -> Nodes:
    return Rewriter([apart, *SIMPLER])(Rewriter([stitched])(body))


def variants(program: Program) -> Variant:
    """The programs for the outcomes of the choices made at set-up, each in NumPy's operators."""
    return _optimised(specialised(program))


def _optimised(variant: Variant) -> Variant:
    if isinstance(variant, Program):
        return optimise(variant)
    return Choice(variant.test, _optimised(variant.yes), _optimised(variant.no))


def optimise(program: Program) -> Program:
    """The same program in operators that NumPy has, equal values computed once."""
    count = len(program.forward)
    nodes = split(tidied((*program.forward, *program.backward)))
    nodes = _all_in_numpy(nodes, count)
    return program.with_nodes(pruned(nodes))  # values that were told apart may have become one


def _all_in_numpy(nodes: Nodes, count: int) -> Nodes:
    """The nodes, and those of bodies, in operators that NumPy has; the first ones are those of the forward."""
    nodes = _in_numpy(nodes, count)
    if not any(node.op == "scan" for node in walk(nodes)):
        return nodes
    return Rewriter([_steps_in_numpy(outputs_read(nodes[:count]))])(nodes)


def _steps_in_numpy(read: Mapping[Body, frozenset[int]]) -> Rule:
    """Bodies in operators that NumPy has; `read` are the outputs of the forward's that the forward itself reads."""

    def rewritten(body: Body) -> Body:
        carried = len(body.nexts)
        first = [*range(carried), *(carried + i for i in sorted(read[body]))] if body in read else []
        rest = [i for i in range(carried + len(body.outputs)) if i not in first]
        return body.rewritten(lambda nodes: _reordered(nodes, [*first, *rest], len(first)))

    return on_bodies(rewritten)


def _reordered(nodes: Nodes, order: list[int], count: int) -> Nodes:
    """The nodes of a body, which are those of a forward in so far as they are the first of this order."""
    changed = dict(zip(order, _all_in_numpy(tuple(nodes[i] for i in order), count), strict=True))
    return tuple(changed[i] for i in range(len(nodes)))


def _in_numpy(nodes: Nodes, count: int) -> Nodes:
    """The nodes in operators that NumPy has; the first ones are those of the forward."""
    nodes = Rewriter([*SIMPLER, outwards, lower])(Rewriter([stitched])(nodes))
    nodes = Rewriter([*SIMPLER, outwards, lower])(regrouped(nodes))
    nodes = told_where_used(Rewriter([minus_into_small_factor])(nodes), count)
    return window_views(convolutions(Rewriter([with_places(nodes[:count]), with_best(nodes)])(nodes)))
