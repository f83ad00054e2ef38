"""A program for every outcome of the choices made at set-up: each is straight-line and knows what it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Union

from layerdsl.graph import Node, Program, walk
from layerdsl.operators.body import in_bodies, walk_deep
from layerdsl.operators.build import expand, number
from layerdsl.operators.presence import presence
from layerdsl.operators.rewrite import Rewriter
from layerdsl.passes.outwards import vanishing
from layerdsl.passes.simplify import SIMPLER

# At most so many choices are told apart, which makes four programs; later ones are made where they stand. That a word
# is not the one asked for is no choice: the net has one of the words, so there are no more programs for it than words.
# So it is with the number of values that are joined.
DEEPEST = 2


@dataclass(frozen=True)
class Choice:
    """One program where `test` holds, another where it does not."""

    test: Node
    yes: Variant
    no: Variant


Variant = Union[Program, Choice]


def specialised(program: Program, depth: int = DEEPEST) -> Variant:
    """The programs for the outcomes of the choices in a program."""
    test = _outermost_test(program, _is_apart) or _test_of_length(program)
    if test is not None:
        yes, no = (specialised(_decided(program, test, holds), depth) for holds in (True, False))
        return Choice(test, yes, no)
    program = _of_its_length(program)
    test = _outermost_test(program)
    if test is None or depth == 0:
        return _without_idle_updates(program)
    yes = specialised(_decided(program, test, holds=True), depth - 1)
    no = specialised(_decided(program, test, holds=False), depth - (not _asks_for_word(test)))
    return Choice(test, yes, no)


def _is_apart(test: Node) -> bool:
    """Whether a choice is one that always has a program for each outcome: how many values are joined."""
    return any(dict(node.attrs).get("apart") for node in walk([test]))


def _test_of_length(program: Program) -> Node | None:
    """A choice on which the length of a value depends: it always has a program for each outcome, too."""
    nodes = walk_deep((*program.forward, *program.backward))
    tests = [node.args[1] for node in nodes if node.op == "of_length" and len(node.args) > 1]
    return tests[-1] if tests else None


def _of_its_length(program: Program) -> Program:
    """The program with the values themselves in place of those of a chosen length, now that it is decided."""

    def itself(node: Node) -> Node | None:
        return node.args[0] if node.op == "of_length" else None

    themselves = Rewriter([itself, in_bodies(Rewriter([itself]))])
    nodes = (*program.forward, *program.backward)
    return (
        program.with_nodes(themselves(nodes)) if any(node.op == "of_length" for node in walk_deep(nodes)) else program
    )


def _asks_for_word(test: Node) -> bool:
    return any(arg.kind == "word" for node in walk([test]) for arg in node.args)


def _outermost_test(program: Program, of: Callable[[Node], bool] = lambda test: True) -> Node | None:
    """The choice that stands around the others, which may then be settled by it: nodes come after their arguments."""
    for nodes in (program.forward, program.backward):
        tests = [node.args[0] for node in walk_deep(nodes) if node.op == "select" and of(node.args[0])]
        if tests:
            return tests[-1]
    return None


def _decided(program: Program, test: Node, holds: bool) -> Program:
    program = replace(program, given=(*program.given, (test, holds)))

    def decide(node: Node) -> Node | None:
        if node.op == "select":
            known = _outcome(program, node.args[0])
            return None if known is None else expand(node.args[1 if known else 2], node.axes)
        known = _outcome(program, node.args[1]) if node.op == "of_length" and len(node.args) > 1 else None
        return None if known is None else node.args[0] if known else expand(number(0.0), node.axes)

    def inside(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return Rewriter([decide, vanishing, *SIMPLER])(nodes)

    everywhere = Rewriter([decide, vanishing, *SIMPLER, in_bodies(inside)])
    decided = program.with_nodes(everywhere((*program.forward, *program.backward)))
    return _without_what_is_absent(decided)


def _outcome(program: Program, test: Node) -> bool | None:
    """What is known of a condition of the set-up."""
    return next((holds for holds in (True, False) if program.knows(test, holds)), None)


def _without_what_is_absent(program: Program) -> Program:
    """Without the blobs that are not there, and without gradients of parameters that are 0: added to nothing."""
    layer = program.layer
    optional = [blob for blob in (*layer.bottoms, *layer.tops) if blob.optional]
    absent = {blob.name for blob in optional if program.knows(presence(blob), False)}
    absent |= {blob.name for blob in layer.blobs if any(program.knows(test, False) for test in blob.given)}
    return replace(
        program,
        tops=tuple((name, node) for name, node in program.tops if name not in absent),
        updates=tuple((name, node) for name, node in program.updates if name not in absent),
        bottom_diffs=tuple((name, node) for name, node in program.bottom_diffs if name not in absent),
        blob_diffs=tuple((name, node) for name, node in program.blob_diffs if name not in absent),
    )


def _without_idle_updates(program: Program) -> Program:
    """An update that gives a state the value that it has is none."""
    updates = tuple((name, node) for name, node in program.updates if node.op != "blob" or node.attr("name") != name)
    return replace(program, updates=updates)
