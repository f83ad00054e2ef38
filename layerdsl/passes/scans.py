"""Scans made one where they differ only in what they leave behind, and freed of what nobody reads.

A derivative asks the forward's scan for more than its formulas did, and each parameter's derivative comes with a scan
of its own: they step through the same values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import axis_of, index_of
from layerdsl.operators.body import (
    LEAVES,
    Body,
    Rewrite,
    body_of,
    deeply,
    meaning,
    parts_of,
    replaced,
    result,
    scan_with,
)
from layerdsl.operators.build import build, made_for
from layerdsl.operators.recurrence import Carry, recurrence
from layerdsl.operators.rewrite import Rewriter
from layerdsl.passes.gather import gathered

Nodes = tuple[Node, ...]
Successor = tuple[Node, Mapping[int, int]]  # the scan in the place of one, and which is each of its sequences there


def tidied(nodes: Nodes) -> Nodes:
    """The nodes with as few scans as they need, each with what is read of it."""
    return deeply(_tidied, _tidied(nodes))


def _tidied(nodes: Nodes) -> Nodes:
    if not any(node.op == "scan" for node in walk(nodes)):
        return nodes
    nodes = Rewriter([])(nodes)
    while True:
        merged = _merged(nodes)
        if merged == nodes:
            return _pruned(nodes)
        nodes = merged


def _merged(nodes: Nodes) -> Nodes:
    """The innermost scans that step alike made one: those that read what these leave behind may follow."""
    groups: dict[object, list[Node]] = {}
    for node in walk(nodes):
        if node.op == "scan":
            attrs = tuple((key, value) for key, value in node.attrs if key != "body")
            groups.setdefault((node.args, attrs, meaning(body_of(node).nexts)), []).append(node)
    several = [group for group in groups.values() if len(group) > 1]
    if not several:
        return nodes
    places: dict[Node, Successor] = {}
    for group in several:
        places.update(_union(group))
    return Rewriter([lambda node: _moved(node, places)])(nodes)


def _moved(node: Node, places: Mapping[Node, Successor]) -> Node | None:
    """A sequence of a scan, by the scan that takes the place of that one."""
    if node.op != "result" or node.args[0] not in places:
        return None
    scan, numbers = places[node.args[0]]
    return None if scan is node.args[0] else result(scan, numbers[index_of(node)])


def _union(group: Sequence[Node]) -> dict[Node, Successor]:
    """One scan for all of a group, and where the outputs of each are in it."""
    nexts = body_of(group[0]).nexts
    outputs: dict[object, Node] = {}
    numbers: list[Mapping[int, int]] = []
    for scan in group:
        keys = [meaning((*body_of(scan).nexts, output)) for output in body_of(scan).outputs]
        for key, output in zip(keys, body_of(scan).outputs, strict=True):
            outputs.setdefault(key, output)
        numbers.append({i: list(outputs).index(key) for i, key in enumerate(keys)})
    shared = Rewriter([])(_with_same_leaves((*nexts, *outputs.values())))  # values that are built alike
    body = Body(shared[: len(nexts)], shared[len(nexts) :])
    same = (scan for scan in group if body_of(scan) == body)  # a second one like it would be taken for it, and replaced
    whole = next(same, None) or scan_with(group[0], body)
    return {scan: (whole, places) for scan, places in zip(group, numbers, strict=True)}


def _with_same_leaves(nodes: Nodes) -> Nodes:
    """What a step is given is one leaf each."""
    leaves = [node for node in walk(nodes) if node.op in LEAVES]
    first = {(leaf.op, leaf.attr("index")): leaf for leaf in reversed(leaves)}
    return replaced(nodes, {leaf: first[leaf.op, leaf.attr("index")] for leaf in leaves})


def pruned(nodes: Nodes) -> Nodes:
    """The scans without what is not read: outputs, carried values, arguments."""
    return deeply(_pruned, _pruned(nodes))


def _pruned(nodes: Nodes) -> Nodes:
    smaller = {scan: _smaller(scan, sorted(used)) for scan, used in _read(nodes).items()}
    places = {scan: (new, numbers) for scan, (new, numbers) in smaller.items() if new is not scan}
    if not places:
        return nodes
    changed = Rewriter([lambda node: _moved(node, places)])(nodes)
    return changed if changed == nodes else _pruned(changed)


def _read(nodes: Nodes) -> dict[Node, set[int]]:
    """Per scan which of its sequences are read."""
    read: dict[Node, set[int]] = {}
    for node in walk(nodes):
        if node.op == "result":
            read.setdefault(node.args[0], set()).add(index_of(node))
    return read


def outputs_read(nodes: Nodes) -> dict[Body, frozenset[int]]:
    """The outputs of each body that these nodes read."""
    found: dict[Body, frozenset[int]] = {}
    for scan, used in _read(nodes).items():
        found[body_of(scan)] = found.get(body_of(scan), frozenset()) | used
    return found


def _smaller(scan: Node, used: list[int]) -> Successor:
    """The scan with these outputs alone, and with what they need."""
    body = body_of(scan).rewritten(_with_same_leaves)
    outputs: dict[Node, int] = {}
    numbers = {index: outputs.setdefault(body.outputs[index], len(outputs)) for index in used}
    living = _living(body, outputs)
    leaves = [leaf for leaf in walk((*(body.nexts[i] for i in living), *outputs)) if leaf.op in ("step", "inner")]
    firsts, sequences, wholes = parts_of(scan)
    steps = sorted({index_of(leaf) for leaf in leaves if leaf.op == "step"})
    inner = sorted({index_of(leaf) for leaf in leaves if leaf.op == "inner"})
    if (len(outputs), len(living), len(steps), len(inner)) == (
        len(body.outputs), len(firsts), len(sequences), len(wholes)
    ):  # fmt: skip
        return scan, numbers
    new = {"carried": living, "step": steps, "inner": inner}
    kept = Body(tuple(body.nexts[i] for i in living), tuple(outputs)).rewritten(_renumbered(new))
    args = (*(firsts[i] for i in living), *(sequences[i] for i in steps), *(wholes[i] for i in inner))
    return scan_with(scan, kept, args, len(steps)), numbers


def _living(body: Body, outputs: Iterable[Node]) -> list[int]:
    """The numbers of the carried values on which an output depends."""
    living: set[int] = set()
    while True:
        reached = walk((*outputs, *(body.nexts[i] for i in living)))
        found = {index_of(node) for node in reached if node.op == "carried"}
        if found <= living:
            return sorted(living)
        living |= found


def _renumbered(new: dict[str, list[int]]) -> Rewrite:
    """Numbers leaves anew."""

    def leaf(node: Node) -> Node:
        with made_for(node.origin):
            return build(node.op, **{**dict(node.attrs), "index": new[node.op].index(index_of(node))})

    return lambda outputs: replaced(outputs, {node: leaf(node) for node in walk(outputs) if node.op in new})


def split(nodes: Nodes) -> Nodes:
    """The nodes with scans that have less to do, where something came to be independent of them."""
    return deeply(Rewriter([split_again]), Rewriter([split_again])(nodes))


def split_again(node: Node) -> Node | None:
    """A sequence of a scan by a scan that has less to do: what came to be independent of it moves out of the loop."""
    if node.op != "result":
        return None
    scan, index = node.args[0], index_of(node)
    new = _split(scan)[index]
    same = new.op == "result" and body_of(new.args[0]) == body_of(scan) and new.args[0].args == scan.args
    return None if same else new


@lru_cache(maxsize=256)
def _split(scan: Node) -> Nodes:
    body = body_of(scan).rewritten(gathered)
    firsts, sequences, wholes = parts_of(scan)
    given = {"step": sequences, "inner": wholes}
    leaves = {
        leaf.op + str(leaf.attr("index")): leaf for leaf in walk((*body.nexts, *body.outputs)) if leaf.op in LEAVES
    }
    outside = {leaf: given[leaf.op][index_of(leaf)] for leaf in leaves.values() if leaf.op in given}
    carries = [
        Carry(leaves[f"carried{i}"], firsts[i], value) for i, value in enumerate(body.nexts) if f"carried{i}" in leaves
    ]
    return recurrence(axis_of(scan), bool(scan.attr("backwards")), carries, body.outputs, outside)
