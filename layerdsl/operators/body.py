"""The body of a scan: a small graph of its own, over what each step is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import index_of
from layerdsl.operators.build import build
from layerdsl.operators.rewrite import Rewriter, rebuilt

Rewrite = Callable[[tuple[Node, ...]], tuple[Node, ...]]

#: The leaves of a body, in the order of a scan's arguments; the `index` of one is its place among those of its kind.
LEAVES: Final = ("carried", "step", "inner")


@dataclass(frozen=True, eq=False)
class Body:
    """`nexts` are the values that are handed to the next step, `outputs` those that are left behind by every step.

    Its leaves are `carried` (by number: a value from the step before), `step` (the slice of a sequence that belongs to
    the step) and `inner` (a value that is the same for all steps). Bodies are equal where they are built alike.
    """

    nexts: tuple[Node, ...]
    outputs: tuple[Node, ...]

    @cached_property
    def key(self) -> object:
        """What two bodies have in common that compute the same in the same way."""
        return len(self.nexts), structure((*self.nexts, *self.outputs))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Body({len(self.nexts)} carried, {len(self.outputs)} left)"

    def rewritten(self, rewrite: Rewrite) -> Body:
        """The body with other nodes."""
        nodes = rewrite((*self.nexts, *self.outputs))
        return Body(nodes[: len(self.nexts)], nodes[len(self.nexts) :])


def structure(outputs: Iterable[Node]) -> object:
    """How nodes are built, with numbers in place of identities."""
    return _rows(outputs, lambda node: node.attrs)


def meaning(outputs: Iterable[Node]) -> object:
    """The same, whatever else scans among them leave behind."""
    return _rows(outputs, _meaning)


def _rows(outputs: Iterable[Node], told: Callable[[Node], object]) -> object:
    outputs = tuple(outputs)
    places: dict[Node, int] = {}
    rows: list[object] = []
    for node in walk(outputs):
        places[node] = len(places)
        rows.append((node.op, tuple(places[arg] for arg in node.args), told(node), frozenset(node.axes), node.kind))
    return tuple(rows), tuple(places[output] for output in outputs)


def _meaning(node: Node) -> object:
    if node.op == "scan":
        return tuple(attr for attr in node.attrs if attr[0] != "body"), meaning(body_of(node).nexts)
    if node.op == "result":
        body = body_of(node.args[0])
        return meaning((*body.nexts, body.outputs[index_of(node)]))
    return node.attrs


def body_of(scan: Node) -> Body:
    """The body of a scan."""
    body = scan.attr("body")
    assert isinstance(body, Body)
    return body


def steps_of(scan: Node) -> int:
    """How many of its arguments are sequences, of which a step sees one slice; the first values come before them."""
    steps = scan.attr("steps")
    assert isinstance(steps, int)
    return steps


def parts_of(scan: Node) -> tuple[tuple[Node, ...], tuple[Node, ...], tuple[Node, ...]]:
    """The arguments of a scan: first values of what is carried, sequences, and what is the same for all steps."""
    first = len(body_of(scan).nexts)
    behind = first + steps_of(scan)
    return scan.args[:first], scan.args[first:behind], scan.args[behind:]


def leaves_of(scan: Node) -> dict[Node, Node]:
    """The leaves of the body, each with the argument that it stands for, is a slice of, or begins with."""
    body, given = body_of(scan), dict(zip(LEAVES, parts_of(scan), strict=True))
    leaves = (node for node in walk((*body.nexts, *body.outputs)) if node.op in given)
    return {leaf: given[leaf.op][index_of(leaf)] for leaf in leaves}


def carried_names(scan: Node) -> list[str]:
    """How the carried values are called."""
    names = [node.origin.name or f"carried{i}" for i, node in enumerate(body_of(scan).nexts)]
    for leaf in leaves_of(scan):
        if leaf.op == "carried" and leaf.attr("name"):
            names[index_of(leaf)] = str(leaf.attr("name"))
    return names


def scan_with(scan: Node, body: Body, args: tuple[Node, ...] | None = None, steps: int | None = None) -> Node:
    """The scan with another body, and other arguments."""
    attrs = {**dict(scan.attrs), "body": body, "steps": steps_of(scan) if steps is None else steps}
    return build("scan", *(scan.args if args is None else args), **attrs)


def result(scan: Node, index: int) -> Node:
    """What all steps have left behind, one behind the other."""
    return build("result", scan, index=index)


def walk_deep(outputs: Iterable[Node]) -> Iterator[Node]:
    """Every node, and every node of every body."""
    for node in walk(outputs):
        yield node
        if node.op == "scan":
            body = body_of(node)
            yield from walk_deep((*body.nexts, *body.outputs))


def replaced(outputs: Iterable[Node], new: Mapping[Node, Node]) -> tuple[Node, ...]:
    """The nodes with others in the place of some."""
    outputs = tuple(outputs)
    known = dict(new)
    for node in walk(outputs):
        if node not in known:
            args = tuple(known[arg] for arg in node.args)
            known[node] = node if args == node.args else rebuilt(node, args)
    return tuple(known[output] for output in outputs)


def in_bodies(rewrite: Rewrite) -> Callable[[Node], Node | None]:
    """A rule that rewrites the nodes in the body of every scan, and in those within it, once."""

    def within(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return deeply(rewrite, rewrite(nodes))

    return on_bodies(lambda body: body.rewritten(within))


def deeply(rewrite: Rewrite, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes with the bodies of the scans among them rewritten."""
    return Rewriter([in_bodies(rewrite)])(nodes) if any(node.op == "scan" for node in walk(nodes)) else nodes


def on_bodies(rewrite: Callable[[Body], Body]) -> Callable[[Node], Node | None]:
    """A rule that rewrites the body of every scan, once: some passes go back and forth between two ways to say it."""
    done: set[Body] = set()

    def rule(node: Node) -> Node | None:
        if node.op != "scan" or body_of(node) in done:
            return None
        body = body_of(node)
        changed = rewrite(body)
        done.add(changed)
        return None if changed == body else scan_with(node, changed)

    return rule
