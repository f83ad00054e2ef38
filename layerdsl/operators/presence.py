"""Which optional blobs are there, and what follows from conditions of the set-up by their words alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from layerdsl.graph import Blob, Node
from layerdsl.graph.program import same
from layerdsl.operators.build import build


def presence(blob: Blob) -> Node:
    """The condition of the set-up under which an optional blob is there."""
    return blob.given or build("not", build("absent", name=blob.name))


def implied(test: Node, given: Iterable[Node]) -> bool:
    """Whether a condition holds wherever all of `given` do, as their words tell."""
    return _follows(test, [fact for one in given for fact in _facts(one)])


def _facts(test: Node) -> Iterator[Node]:
    """A condition that holds, and its parts that do."""
    yield test
    if test.op == "and":
        yield from (fact for part in test.args for fact in _facts(part))
    if test.op == "not" and test.args[0].op == "or":
        yield from (fact for part in test.args[0].args for fact in _facts(build("not", part)))


def _follows(test: Node, known: list[Node]) -> bool:
    if any(same(test, fact) for fact in known):
        return True
    inner, holds = (test.args[0], False) if test.op == "not" else (test, True)
    if inner.op == "not":
        return _follows(inner.args[0], known)
    if inner.op not in ("and", "or"):
        return False
    parts = (_follows(part if holds else build("not", part), known) for part in inner.args)
    return all(parts) if (inner.op == "and") == holds else any(parts)
