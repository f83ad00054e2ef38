"""`layerdsl check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from layerdsl.cli import options, streams
from layerdsl.cli.compiling import compile_all
from layerdsl.cli.outputs import stem
from layerdsl.cli.report import Style, fault_of_the_compiler, finish, has_errors
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation


@click.command("check", short_help="Hold every gradient against the formula, and run the examples.")
@options.files
@options.set_option
@options.style_options
def check(names: tuple[str, ...], settings: Mapping[str, str], form: str, deny_warnings: bool) -> int:
    """Check the gradients of every layer numerically, in float64 and in both phases, and run the `example` blocks."""
    return run(names, settings, options.style(form, deny_warnings))


def run(names: Sequence[str], settings: Mapping[str, str], style: Style) -> int:
    """Prints a table of what was checked to standard output; gives the exit status."""
    compiled = compile_all(names, settings, stem)
    found = list(compiled.diagnostics)
    broken = {each.span.source.name for each in found if each.span and has_errors([each])}
    sound = [file for file in compiled.files if file.source.name not in broken]
    for number, file in enumerate(sound):
        found.extend(_checked(file, apart=number > 0))
    return finish(found, style)


def _checked(file: Compilation, apart: bool) -> tuple[Diagnostic, ...]:
    """Checks one file and prints its table, `apart` from the one before."""
    try:
        from layerdsl.check import check_file

        result = check_file(file)
        table = result.table()
        streams.put("\n" * (apart and bool(table)) + table)
        return result.diagnostics
    except BrokenPipeError:
        raise
    except Exception as error:
        return (fault_of_the_compiler(error, file.source.name),)
