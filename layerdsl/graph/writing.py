"""Sizes and conditions as Python expressions, some of them by names that are known where they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from layerdsl.graph.size import Atom, Choice, Monomial, Size, Symbol, Test, of

_names: ContextVar[Mapping[Size, str]] = ContextVar("names", default={})  # noqa: B039 - it is never changed


@contextmanager
def written_as(names: Mapping[Size, str]) -> Iterator[None]:
    """Inside, `text` writes these sizes by their names."""
    token = _names.set(names)
    try:
        yield
    finally:
        _names.reset(token)


@dataclass(frozen=True)
class _Place:
    """What `text` writes at one place of a program: names that are known there alone, and what is counted."""

    names: Mapping[Size, str] = field(default_factory=dict)
    counted: Counter[Size] | None = None


_place: ContextVar[_Place] = ContextVar("place", default=_Place())  # noqa: B039 - it is never changed


@contextmanager
def named_here(names: Mapping[Size, str]) -> Iterator[None]:
    """Inside, `text` writes these sizes by their names, too: they are known at this place of a program."""
    with _at(_Place(names)):
        yield


@contextmanager
def counted() -> Iterator[Counter[Size]]:
    """Inside, the sizes that `text` is asked for are counted."""
    found = Counter[Size]()
    with _at(_Place(counted=found)):
        yield found


@contextmanager
def elsewhere() -> Iterator[None]:
    """Inside, what is written stands at another place of the program."""
    with _at(_Place()):
        yield


@contextmanager
def _at(place: _Place) -> Iterator[None]:
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


def has_name(size: Size) -> bool:
    """Whether `text` writes a size by a name."""
    return size in _names.get() or size in _place.get().names


def text(size: Size, name: Callable[[Symbol], str]) -> str:
    """The size as a Python expression, with each name written as `name` says."""
    found = _place.get().counted
    if found is None:
        return _text(size, name)
    found[size] += 1
    with elsewhere():
        return _text(size, name)


def _text(size: Size, name: Callable[[Symbol], str]) -> str:
    known = _name_of(size)
    if known is not None:
        return known
    if not size.terms:
        return "0"
    ordered = sorted(size.terms, key=lambda term: (term[1] < 0, not term[0]))
    pieces = [_term_text(monomial, count, name) for monomial, count in ordered]
    return " + ".join(pieces).replace("+ -", "- ")


def _name_of(size: Size) -> str | None:
    return _place.get().names.get(size) or _names.get().get(size)


def _term_text(monomial: Monomial, count: int, name: Callable[[Symbol], str]) -> str:
    factors = [_atom_text(atom, name, alone=len(monomial) == 1 and count == 1) for atom in monomial]
    if not factors:
        return str(count)
    if count == -1:
        return "-" + " * ".join(factors)
    return " * ".join(factors if count == 1 else [str(count), *factors])


def _atom_text(atom: Atom, name: Callable[[Symbol], str], alone: bool) -> str:
    if isinstance(atom, Symbol):
        return name(atom)
    known = _name_of(of(atom))
    if known is not None:
        return known
    if isinstance(atom, Choice):
        return f"({text(atom.yes, name)} if {test_text(atom.test, name)} else {text(atom.no, name)})"
    if atom.op in ("min", "max"):
        return f"{atom.op}({text(atom.left, name)}, {text(atom.right, name)})"
    written = f"{_operand_text(atom.left, name)} {atom.op} {_operand_text(atom.right, name)}"
    return written if alone else f"({written})"


def _operand_text(size: Size, name: Callable[[Symbol], str]) -> str:
    written = text(size, name)
    return written if written.replace("_", "a").replace(".", "a").isalnum() else f"({written})"


SIGNS: Final = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}


def test_text(test: Test, name: Callable[[Symbol], str]) -> str:
    """The condition as a Python expression."""
    attrs = dict(test.attrs)
    match test.op:
        case "number":
            return repr(attrs["value"])
        case "size":
            return text(attrs["size"], name)
        case "hyper":
            return name(Symbol(attrs["name"], "hyper"))
        case "isnone":
            return f"{name(Symbol(attrs['name'], 'hyper'))} is None"
        case "absent":
            return "not " + name(Symbol(f"has({attrs['name']})", "hyper"))
        case "not" if test.args[0].op == "absent":
            return name(Symbol(f"has({dict(test.args[0].attrs)['name']})", "hyper"))
        case "not" if test.args[0].op == "isnone":
            return f"{name(Symbol(dict(test.args[0].attrs)['name'], 'hyper'))} is not None"
        case "not":
            return f"not {_held(test.args[0], name)}"
    sign = test.op if test.op in ("and", "or") else SIGNS[test.op]
    return f" {sign} ".join(_held(arg, name) for arg in test.args)


def _held(test: Test, name: Callable[[Symbol], str]) -> str:
    written = test_text(test, name)
    return f"({written})" if test.args and not (test.op == "not" and test.args[0].op == "isnone") else written


def plain_text(size: Size) -> str:
    """The size as users write it, whatever names are known."""
    with written_as({}):
        return text(size, lambda symbol: symbol.name)
