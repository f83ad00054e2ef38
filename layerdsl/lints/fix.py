"""What of the findings can be mended without changing a value: names that nothing uses, comments that allow nothing.

Hyper-parameters, parameters and states stay although nothing uses them: nets give them, and snapshots hold them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from layerdsl import libraries
from layerdsl.lints import ALLOWED, all_findings
from layerdsl.lints.allow import Allowance, allowances, idle_codes
from layerdsl.lints.values import idle, idle_names
from layerdsl.semantics.builtins import BUILTINS
from layerdsl.source import Source
from layerdsl.syntax import tree
from layerdsl.syntax.printer import show
from layerdsl.syntax.walk import walk as all_nodes

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation

DEEPEST: Final = 8  # imports of imports
ROUNDS: Final = 50  # what nothing uses any more once something else has gone


@dataclass(frozen=True)
class Edit:
    """The text from `start` to `stop` in another form."""

    start: int
    stop: int
    text: str = ""


def mended(file: Compilation, again: Callable[[Source], Compilation]) -> str:
    """The text with all that can be mended; `again` compiles a text that has been changed."""
    for _ in range(ROUNDS):
        edits = list(_edits(file))
        if not edits:
            break
        changed = again(replace(file.source, text=_applied(file.source.text, edits)))
        if any(each.level == "error" for each in changed.diagnostics):
            break
        file = changed
    return file.source.text


def _edits(file: Compilation) -> Iterator[Edit]:
    yield from _without_values(file)
    yield from _without_imports(file)
    yield from _without_allowances(file)


def _applied(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.text + text[edit.stop :]
    return text


# -- values ------------------------------------------------------------------------------------------------------------


def _without_values(file: Compilation) -> Iterator[Edit]:
    """LD115: formulas that nothing uses, where they have lines of their own and leave their block something."""
    pure = _pure_functions(file.file)
    for item in file.file.items:
        if not isinstance(item, (tree.Layer, tree.Function)):
            continue
        going = [each for each in idle(item) if _calls(each.value) <= pure]
        for block in _blocks(item.body):
            gone = [each for each in going if each in block]
            if len(gone) < len(block):
                yield from (edit for each in gone if (edit := _lines(file.source, each)))


def _pure_functions(file: tree.File, depth: int = 0) -> set[str]:
    """The functions that do nothing but give a value: they require nothing, and use no layer, which has parameters."""
    pure = set(BUILTINS)
    for item in file.items:
        loaded = libraries.load(item.module, file) if isinstance(item, tree.Import) and depth < DEEPEST else None
        there = _pure_functions(loaded[0], depth + 1) if loaded else set()
        pure |= {here.value for name, here in getattr(item, "names", ()) if name.value in there}
    functions = [item for item in file.items if isinstance(item, tree.Function)]
    while found := [each for each in functions if each.name.value not in pure and _is_pure(each, pure)]:
        pure |= {each.name.value for each in found}
    return pure


def _is_pure(function: tree.Function, pure: set[str]) -> bool:
    requires = any(isinstance(each, tree.Require) for each in all_nodes(function.body))
    return not requires and _calls(function.body) <= pure


def _calls(node: object) -> set[str]:
    return {each.function for each in all_nodes(node) if isinstance(each, tree.Call)}


def _blocks(body: tuple[tree.Statement, ...]) -> Iterator[tuple[tree.Statement, ...]]:
    """All blocks of statements, one in the other."""
    yield body
    for statement in body:
        if isinstance(statement, tree.If):
            for inner in (*(branch for _, branch in statement.branches), statement.orelse):
                yield from _blocks(inner)
        elif isinstance(statement, (tree.Scan, tree.For)):
            yield from _blocks(statement.body)


def _lines(source: Source, statement: tree.Assign) -> Edit | None:
    """The lines of a statement, with the comment behind it; None where something else stands there."""
    start = source.text.rfind("\n", 0, statement.span.start) + 1
    stop = source.text.find("\n", statement.span.stop)
    stop = len(source.text) if stop < 0 else stop + 1
    before, behind = source.text[start : statement.span.start], source.text[statement.span.stop : stop]
    return None if before.strip() or re.fullmatch(r"\s*(#.*)?\s*", behind) is None else Edit(start, stop)


# -- imports -----------------------------------------------------------------------------------------------------------


def _without_imports(file: Compilation) -> Iterator[Edit]:
    """LD116: names that are imported for nothing."""
    items = file.file.items
    if not any(isinstance(item, tree.Layer) for item in items):
        return
    called = {each.function for each in all_nodes(items) if isinstance(each, tree.Call)}
    for item in items:
        gone = idle_names(item, called) if isinstance(item, tree.Import) else []
        if isinstance(item, tree.Import) and gone:
            kept = tuple(pair for pair in item.names if pair[1] not in gone)
            whole = _lines(file.source, tree.Assign(gone[0], gone[0], item.span)) if not kept else None
            text = show(replace(item, names=kept)).strip() if kept else ""
            yield whole or Edit(item.span.start, item.span.stop, text)


# -- comments ----------------------------------------------------------------------------------------------------------


def _without_allowances(file: Compilation) -> Iterator[Edit]:
    """LD015: codes that are allowed for nothing, and comments of which no code is left."""
    there = allowances(file.source)
    found = all_findings(file) if there else []
    for each in there:
        gone = idle_codes(each, found, ALLOWED, [layer.tree.span for layer in file.layers])
        kept = [code for code in each.codes if code not in gone]
        if gone:
            yield Edit(each.span.start, each.span.stop, _comment(each, kept)) if kept else _without(file.source, each)


def _comment(each: Allowance, codes: list[str]) -> str:
    return f"# allow {', '.join(codes)}" + (f": {each.reason}" if each.reason else "")


def _without(source: Source, each: Allowance) -> Edit:
    """The comment, with its line where nothing else is in it, else with the blanks before it."""
    start = source.text.rfind("\n", 0, each.span.start) + 1
    before = source.text[start : each.span.start]
    if before.strip():
        return Edit(start + len(before.rstrip()), each.span.stop)
    return Edit(start, min(each.span.stop + 1, len(source.text)))
