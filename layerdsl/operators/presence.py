"""Which optional blobs are there, and what follows from conditions of the set-up by their words alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from layerdsl.graph import Blob, Node
from layerdsl.graph.known import same
from layerdsl.operators.build import build

Choices = Mapping[str, tuple[str, ...]]


def presence(blob: Blob) -> Node:
    """The condition of the set-up under which an optional blob is there."""
    return blob.given or build("not", build("absent", name=blob.name))


def implied(test: Node, given: Iterable[Node], choices: Choices | None = None) -> bool:
    """Whether a condition holds wherever all of `given` do, as their words tell.

    `choices` are the words that a hyper-parameter can be: where it is none of the others, it is the last.
    """
    return _follows(test, [fact for one in given for fact in _facts(one)], choices or {})


def _facts(test: Node) -> Iterator[Node]:
    """A condition that holds, and its parts that do."""
    yield test
    if test.op == "and":
        yield from (fact for part in test.args for fact in _facts(part))
    inner = test.args[0] if test.op == "not" else test
    if test.op == "not" and inner.op == "or":
        yield from (fact for part in inner.args for fact in _facts(build("not", part)))
    if test.op == "not" and inner.op == "not":
        yield from _facts(inner.args[0])


def _follows(test: Node, known: list[Node], choices: Choices) -> bool:
    if any(same(test, fact) for fact in known) or _is_told_by_words(test, known, choices):
        return True
    inner, holds = (test.args[0], False) if test.op == "not" else (test, True)
    if inner.op == "not":
        return _follows(inner.args[0], known, choices)
    if inner.op not in ("and", "or"):
        return False
    parts = (_follows(part if holds else build("not", part), known, choices) for part in inner.args)
    return all(parts) if (inner.op == "and") == holds else any(parts)


def _is_told_by_words(test: Node, known: list[Node], choices: Choices) -> bool:
    """Whether what is known of a word says that it is this one, or that it is not."""
    asked = _word(test)
    if asked is None:
        return False
    name, word, holds = asked
    told = [fact for fact in map(_word, known) if fact is not None and fact[0] == name]
    left: set[object] = {one for one in choices.get(name, ()) if (name, one, False) not in told}
    left = {one for _, one, is_it in told if is_it} or left
    return bool(left) and (left == {word} if holds else word not in left)


def _word(test: Node) -> tuple[str, object, bool] | None:
    """The hyper-parameter, the word and whether it is that, where a condition compares the two."""
    if test.op == "not":
        inner = _word(test.args[0])
        return None if inner is None else (*inner[:2], not inner[2])
    if test.op not in ("eq", "ne") or {arg.op for arg in test.args} != {"hyper", "number"}:
        return None
    number, hyper = sorted(test.args, key=lambda arg: arg.op, reverse=True)
    return (str(hyper.attr("name")), number.attr("value"), test.op == "eq") if hyper.kind == "word" else None
