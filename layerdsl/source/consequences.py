"""One fault, one message: what only follows from another fault is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from layerdsl.source.diagnostic import Diagnostic
from layerdsl.source.text import Span

_IMPORTS: Final = frozenset({"LD106", "LD107"})
_UNKNOWN: Final = frozenset({"LD103", "LD112"})  # a function or a layer that nothing gives
_ENDS: Final = frozenset({"LD011"})  # what a body without `return` ends in
_NAMES: Final = frozenset({"LD113"})  # a word that is no name was given as one
_WORDS: Final = frozenset({"LD012"})  # a word that means something else elsewhere


def first_faults(found: Iterable[Diagnostic], items: Sequence[Span]) -> tuple[Diagnostic, ...]:
    """The diagnostics of a file without those that follow from others; `items` are its layers, functions, examples.

    A line that can't be read is missing from the tree, so whatever else is found in its layer may be due to that. A
    header or an import that fails takes names with it, and whoever uses them is not to blame.
    """
    once = tuple(_once(found))
    places = {each: _item_of(each.span, items) for each in once}
    broken = {place for each, place in places.items() if place is not None and _is_syntax(each)}
    lost = any(each.code in _IMPORTS or (_is_syntax(each) and place is None) for each, place in places.items())
    endless = {place for each, place in places.items() if each.code == "LD014"}
    misnamed = {each.span.text for each in once if each.code in _NAMES and each.span is not None}
    return tuple(
        each
        for each, place in places.items()
        if not (each.code in _ENDS and place in endless)
        and not (each.code in _WORDS and each.span is not None and each.span.text in misnamed)
        and (_is_syntax(each) or not (place in broken or (lost and each.code in _UNKNOWN)))
    )


def _once(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The first diagnostic of each code and place: two stages may see the same fault."""
    seen: set[object] = set()
    for each in found:
        key = each if each.span is None else (each.code, each.span.source.name, each.span.start)
        if key not in seen:
            seen.add(key)
            yield each


def _is_syntax(each: Diagnostic) -> bool:
    return (each.code.startswith("LD0") or each.code in _NAMES) and each.level == "error"


def _item_of(span: Span | None, items: Sequence[Span]) -> Span | None:
    """The item to which a place belongs: the last one that begins before it, unless a new one was about to begin."""
    if span is None:
        return None
    before = [item for item in items if item.source == span.source and item.start <= span.start]
    last = max(before, key=lambda item: item.start, default=None)
    if last is None or span.start < last.stop:
        return last
    indented = span.source.line(span.line)[:1].isspace()
    return last if indented else None
