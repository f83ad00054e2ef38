"""What all commands that take `.layer` files do first: read them and run the compiler on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layerdsl.cli.files import read_sources
from layerdsl.cli.report import fault_of_the_compiler
from layerdsl.source import Diagnostic, Source
from layerdsl.source.consequences import first_faults

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation

ModuleOf = Callable[[Source], "str | None"]
Result = tuple["Compilation | None", tuple[Diagnostic, ...]]


@dataclass(frozen=True)
class Compiled:
    """What became of the files of one run, in their order; none where the run itself is at fault."""

    files: tuple[Compilation, ...]
    diagnostics: tuple[Diagnostic, ...]


def compile_all(names: Sequence[str], settings: Mapping[str, str], module_of: ModuleOf) -> Compiled:
    """Reads and compiles the files `names`; a file on which the compiler itself fails is one diagnostic."""
    sources, unreadable = read_sources(names)
    results = [_compiled(source, settings, module_of(source)) for source in sources]
    files = tuple(file for file, _ in results if file is not None)
    found = (*unreadable, *(each for _, found in results for each in found))
    unknown = _unknown(files, settings)
    return Compiled(() if unknown else files, (*found, *unknown))


def _compiled(source: Source, settings: Mapping[str, str], module: str | None) -> Result:
    try:
        # The compiler is loaded when there is something to compile: `explain` and `--help` do without it.
        from layerdsl.lints import findings
        from layerdsl.pipeline import compile_source

        file = compile_source(source, settings, module)
        found = (*file.diagnostics, *findings(file))
        return file, first_faults(found, [item.span for item in file.file.items])
    except Exception as error:
        return None, _unreadable_lines(source) or (fault_of_the_compiler(error, source.name),)


def _unknown(files: Sequence[Compilation], settings: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    if not files or not settings:
        return ()
    from layerdsl.pipeline import unknown_settings

    return unknown_settings(files, settings)


def _unreadable_lines(source: Source) -> tuple[Diagnostic, ...]:
    """The faults of syntax: where there are any, later stages saw a tree with holes, and no wonder that they fail."""
    from layerdsl.syntax import parse

    try:
        return parse(source)[1]
    except Exception:
        return ()
