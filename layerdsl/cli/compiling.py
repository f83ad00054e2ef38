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


@dataclass(frozen=True)
class Compiled:
    """What became of the files of one run, in their order."""

    files: tuple[Compilation, ...]
    diagnostics: tuple[Diagnostic, ...]


def compile_all(names: Sequence[str], settings: Mapping[str, str], module_of: ModuleOf) -> Compiled:
    """Reads and compiles the files `names`; a file on which the compiler itself fails is one diagnostic."""
    sources, unreadable = read_sources(names)
    results = [_compiled(source, settings, module_of(source)) for source in sources]
    files = tuple(each for each in results if not isinstance(each, Diagnostic))
    found = [(each,) if isinstance(each, Diagnostic) else _first_faults(each) for each in results]
    return Compiled(files, (*unreadable, *(each for some in found for each in some)))


def _first_faults(file: Compilation) -> tuple[Diagnostic, ...]:
    return first_faults(file.diagnostics, [item.span for item in file.file.items])


def _compiled(source: Source, settings: Mapping[str, str], module: str | None) -> Compilation | Diagnostic:
    try:
        from layerdsl.pipeline import compile_source

        return compile_source(source, settings, module)
    except Exception as error:
        return fault_of_the_compiler(error, source.name)
