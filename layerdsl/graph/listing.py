"""The sizes of a group of axes in a top: the list of a hyper-parameter, one that is written out, or so many ones.

In the list of a hyper-parameter 0 and -1 mean what they do to Caffe's Reshape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Union

from layerdsl.graph.size import ONE, Size, Symbol, Test, chosen, product, whole
from layerdsl.graph.writing import test_text, text


@dataclass(frozen=True)
class FromHyper:
    """A `list[int]` hyper-parameter."""

    name: str


@dataclass(frozen=True)
class Written:
    """`[M, 2]`."""

    sizes: tuple[Size, ...]


@dataclass(frozen=True)
class Ones:
    """`[1] * n`: none where `n` is below 1."""

    count: Size


@dataclass(frozen=True)
class Either:
    """`yes if test else no`."""

    test: Test
    yes: Listing
    no: Listing


Listing = Union[FromHyper, Written, Ones, Either]


def elements(listing: Listing) -> Size | None:
    """How many elements a group of these sizes has; None where a hyper-parameter says so."""
    match listing:
        case FromHyper():
            return None
        case Written(sizes=sizes):
            return product(list(sizes))
        case Ones():
            return ONE
    yes, no = elements(listing.yes), elements(listing.no)
    return None if yes is None or no is None else chosen(listing.test, yes, no)


def list_text(listing: Listing, name: Callable[[Symbol], str]) -> str:
    """The sizes as a tuple, a list for a hyper-parameter, in Python."""
    match listing:
        case FromHyper(name=of):
            return name(Symbol(of, "hyper"))
        case Written(sizes=sizes):
            return f"({''.join(text(size, name) + ', ' for size in sizes).rstrip()})" if sizes else "()"
        case Ones(count=count):
            return f"(1,) * ({text(count, name)})"
    yes, no = list_text(listing.yes, name), list_text(listing.no, name)
    return f"({yes} if {test_text(listing.test, name)} else {no})"


def list_of(listing: Listing, numbers: Mapping[str, int], hypers: Mapping[str, object]) -> tuple[int, ...]:
    """The sizes, given a number for every name and the values of the hyper-parameters."""
    match listing:
        case FromHyper(name=name):
            found = hypers[name]
            return found if isinstance(found, tuple) else (int(str(found)),)
        case Written(sizes=sizes):
            return tuple(size.evaluate(numbers) for size in sizes)
        case Ones(count=count):
            return (1,) * count.evaluate(numbers)
    holds = chosen(listing.test, ONE, whole(0)).evaluate(numbers)
    return list_of(listing.yes if holds else listing.no, numbers, hypers)
