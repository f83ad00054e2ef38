"""What a phase does that it should not: random numbers in TEST, states that nothing updates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from layerdsl.graph import Node
from layerdsl.lints.unused import names_used
from layerdsl.lints.warn import warning
from layerdsl.operators.body import body_of, leaves_of
from layerdsl.source import Diagnostic
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def drawn_in_test(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD310: a random draw that a top depends on in TEST."""
    if layer.graph.phase == "TRAIN":
        return
    for node in _in_test([node for _, node in layer.graph.outputs]):
        if node.op == "draw" and node.origin.span is not None:
            remedy = "draw `if train:` alone, or `include train`"
            message = f"`{node.attr('distribution')}` draws in TEST, too"
            yield warning("LD310", message, node.origin.span, "no two tests of the net agree", help=remedy)


def _in_test(outputs: list[Node]) -> Iterator[Node]:
    """What is worked out in TEST; of what a scan is given that alone which its steps then ask for."""
    waiting, seen = list(outputs), set[Node]()
    given: dict[Node, Node] = {}
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        yield node
        waiting += _asked(node, given)


def _asked(node: Node, given: dict[Node, Node]) -> tuple[Node, ...]:
    """What a value is made of in TEST; `given` gets what the leaves of a scan stand for."""
    if node.op == "scan":
        given.update(leaves_of(node))
        return (*body_of(node).nexts, *body_of(node).outputs)
    if node in given:
        return (given[node],)
    holds = _holds(node.args[0], given) if node.op == "select" else None
    return node.args if holds is None else (node.args[1 if holds else 2],)


def _holds(test: Node, given: Mapping[Node, Node]) -> bool | None:
    """Whether a condition of the set-up holds in TEST, as far as the phase tells."""
    if test.op == "phase":
        return False
    if test.op == "number":
        return bool(test.attr("value"))
    if test in given:
        return _holds(given[test], given)
    known = [_holds(arg, given) for arg in test.args] if test.op in ("and", "or", "not") else [None]
    match test.op:
        case "not":
            return None if known[0] is None else not known[0]
        case "and":
            return False if False in known else None if None in known else True
        case "or":
            return True if True in known else None if None in known else False
    return None


def never_updated(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD510: a state that keeps the value from which it starts, unless that is drawn: then it is drawn once for all."""
    drawn = {one.name for one in (*layer.graph.blobs, *layer.graph.memories) if one.filler.name not in NOT_DRAWN}
    updated = {each.name.value for each in all_nodes(layer.tree.body) if isinstance(each, tree.Update)}
    updated -= {name for name, node in layer.graph.updates if node.op == "blob" and node.attr("name") == name}
    used = names_used(layer.tree)
    for statement in all_nodes(layer.tree.body):
        own = isinstance(statement, tree.Param) and statement.kind == "state"
        if own and statement.name.value not in updated | drawn and statement.name.value in used:
            name = statement.name
            yield warning("LD510", f"state `{name.value}` is never updated", name.span, help=UPDATE.format(name.value))


NOT_DRAWN: Final = ("constant", "bilinear", "hyper")
UPDATE: Final = "`update {0} = ...` gives it its next value; what never changes is a `hyper` or a `const`"
