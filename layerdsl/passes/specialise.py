"""A program for every outcome of the choices made at set-up: each is straight-line and knows what it is for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Union

from layerdsl.graph import Node, Program, walk
from layerdsl.operators.build import expand
from layerdsl.operators.rewrite import Rewriter
from layerdsl.passes.simplify import SIMPLER

DEEPEST = 2  # at most so many choices are told apart, which makes four programs; later ones are made where they stand


@dataclass(frozen=True)
class Choice:
    """One program where `test` holds, another where it does not."""

    test: Node
    yes: Variant
    no: Variant


Variant = Union[Program, Choice]


def specialised(program: Program, depth: int = DEEPEST) -> Variant:
    """The programs for the outcomes of the choices in a program."""
    test = _first_test(program)
    if test is None or depth == 0:
        return _without_idle_updates(program)
    yes = specialised(_decided(program, test, holds=True), depth - 1)
    no = specialised(_decided(program, test, holds=False), depth - 1)
    return Choice(test, yes, no)


def _first_test(program: Program) -> Node | None:
    tests = (node.args[0] for node in walk((*program.forward, *program.backward)) if node.op == "select")
    return next(tests, None)


def _decided(program: Program, test: Node, holds: bool) -> Program:
    def decide(node: Node) -> Node | None:
        if node.op == "select" and same(node.args[0], test):
            return expand(node.args[1 if holds else 2], node.axes)
        return None

    return program.with_nodes(Rewriter([decide, *SIMPLER])((*program.forward, *program.backward)))


def same(a: Node, b: Node) -> bool:
    """Whether two static values are computed in the same way."""
    alike = (a.op, a.attrs, len(a.args)) == (b.op, b.attrs, len(b.args))
    return a is b or (alike and all(map(same, a.args, b.args)))


def _without_idle_updates(program: Program) -> Program:
    """An update that gives a state the value that it has is none."""
    updates = tuple((name, node) for name, node in program.updates if node.op != "blob" or node.attr("name") != name)
    return replace(program, updates=updates)
