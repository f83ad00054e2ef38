"""Values that are given a name and then not used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from layerdsl.lints.warn import warning
from layerdsl.source import Diagnostic
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes


def unused_values(file: tree.File) -> Iterator[Diagnostic]:
    """LD115: a value of a layer or function that nothing uses."""
    for item in file.items:
        if isinstance(item, (tree.Layer, tree.Function)):
            yield from (_unused_value(statement) for statement in idle(item))


def _unused_value(statement: tree.Assign) -> Diagnostic:
    name = statement.name
    return warning("LD115", f"`{name.value}` is never used", name.span, help="use it, or leave it out")


def idle(item: tree.Layer | tree.Function) -> list[tree.Assign]:
    """The formulas whose names stand nowhere else; of several results at once it may be that only some are wanted."""
    given = [each for each in all_nodes(item.body) if isinstance(each, tree.Assign)]
    tops = {top.name.value for top in item.tops} if isinstance(item, tree.Layer) else set()
    used = tops | _names_used(item.body)
    return sorted((each for each in given if each.name.value not in used), key=lambda each: each.span.start)


def _names_used(body: tuple[tree.Statement, ...]) -> set[str]:
    nodes = list(all_nodes(body))
    given = {each.name.span for each in nodes if isinstance(each, tree.Assign)}
    return {each.value for each in nodes if isinstance(each, tree.Name) and each.span not in given}


def unused_imports(file: tree.File) -> Iterator[Diagnostic]:
    """LD116: a name that is imported and then not called; a file without a layer imports for others."""
    if not any(isinstance(item, tree.Layer) for item in file.items):
        return
    called = {each.function for each in all_nodes(file.items) if isinstance(each, tree.Call)}
    for item in file.items:
        if isinstance(item, tree.Import):
            yield from (_unused_import(name) for name in idle_names(item, called))


def idle_names(item: tree.Import, called: Iterable[str]) -> list[tree.Name]:
    """The names that an import gives and nobody calls."""
    used = set(called)
    return [here for _, here in item.names if here.value not in used]


def _unused_import(name: tree.Name) -> Diagnostic:
    return warning("LD116", f"`{name.value}` is imported and never used", name.span, help="leave it out")
